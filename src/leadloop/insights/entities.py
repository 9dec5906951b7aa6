"""Resolves the entities to which leads refer: catalogue entries by their key, others by their members in the lead."""

from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import Any, NamedTuple

from leadloop.core.catalogue.catalogue import Catalogue
from leadloop.core.catalogue.model import KINDS, OF_KIND, Entry, address_key, has_address
from leadloop.core.catalogue.parents import PARENT_KINDS
from leadloop.core.leads.normalize import matching_name
from leadloop.core.leads.status import GROUPS
from leadloop.core.threads import in_thread
from leadloop.insights.dimensions import DIMENSIONS, Dimension, Filters, Form, is_word, word_key
from leadloop.insights.lead_view import LeadView
from leadloop.insights.ports import InsightStore

ENTRY = "entry"


class Identity(NamedTuple):
    """The identity of an entity: `entry` and the entry's key; else the first member that is set, and its value (a name
    or e-mail by its matching key); or `word` and a word."""

    by: str
    value: str


_MEMBER = {"id": "id", "userId": "user_id", "email": "email", "name": "name"}
"""The members that identify an entity and are shown; the first one that is set takes precedence."""

_KEYS: dict[str, Callable[[str], str | None]] = {
    "id": str,
    "userId": str,
    "email": address_key,
    "name": lambda name: matching_name(name) or name,
}
"""The key of each member's value; a value without a key, such as the e-mail `n/a`, counts as unset."""

_DISTINGUISHING = ("id", "name", "user_id", "email", "unit_id", "department_id")
_DISTINGUISHING_MEMBERS = {
    kind: attrgetter(*(name for name in _DISTINGUISHING if name in OF_KIND[kind].part.__struct_fields__))
    for kind in KINDS
}
"""Reads all members of a reference that decide to which entry it resolves."""


class EntityResolver:
    """Resolves entities for one request. The catalogue must not change meanwhile."""

    def __init__(self, catalogue: Catalogue, filters: Filters) -> None:
        self._catalogue = catalogue
        self.currency = catalogue.options.currency
        """The account's."""
        self._identities: dict[Any, Identity | None] = {}
        self._matches_cache: dict[Any, bool] = {}
        self._filters = [Filter(catalogue, DIMENSIONS[name], texts) for name, texts in filters.items()]

    def passes(self, lead: LeadView) -> bool:
        """Whether the lead matches all filters."""
        return all(self._has(lead, criterion) for criterion in self._filters)

    def _has(self, lead: LeadView, criterion: "Filter") -> bool:
        return any(self._matches(reference, criterion) for reference in criterion.dimension.find(lead))

    def _matches(self, reference: Any, criterion: "Filter") -> bool:
        key = criterion.dimension.name, _lookup_key(criterion.dimension, reference)
        matches = self._matches_cache.get(key)
        if matches is None:
            matches = criterion.matches(reference, self.identity(criterion.dimension, reference))
            self._matches_cache[key] = matches
        return matches

    def identity(self, dimension: Dimension, reference: Any) -> Identity | None:
        """The identity; `None` for an empty reference."""
        key = dimension.name, _lookup_key(dimension, reference)
        if key not in self._identities:
            self._identities[key] = self._identity(dimension, reference)
        return self._identities[key]

    def _identity(self, dimension: Dimension, reference: Any) -> Identity | None:
        if isinstance(reference, str):
            return Identity("word", reference if dimension.kind else word_key(dimension.name, reference))
        if dimension.kind is None:
            return _lead_identity(reference)
        entry = self._catalogue.find(dimension.kind, reference)
        if entry is not None:
            return Identity(ENTRY, entry.key)
        return _lead_identity(reference, is_mere_name=self._catalogue.is_derived(dimension.kind, reference))

    def entry(self, dimension: Dimension, identity: Identity) -> Entry | None:
        if identity.by != ENTRY or dimension.kind is None:
            return None
        return self._catalogue.by_key(dimension.kind, identity.value)


class Filter:
    """Matches references with any of these texts: the id of an entity, else another identifier of it. If a reference
    resolves to an entry, the texts in the lead count only for texts that no entry has."""

    def __init__(self, catalogue: Catalogue, dimension: Dimension, texts: frozenset[str]) -> None:
        self.dimension = dimension
        self._texts = texts
        self._entries: set[str] = set()
        self._words = {word_key(dimension.name, text) for text in texts}
        names, unknown = set(texts), set(texts)
        if dimension.kind is not None:
            own_words = {text for text in texts if is_word(dimension.name, text)}
            names -= own_words
            for text in texts - own_words:
                keys, is_id = _entries(catalogue, dimension.kind, text)
                self._entries |= keys
                unknown -= {text} if keys else set()
                names -= {text} if is_id else set()
        self._names, self._unknown = _keys(names), _keys(names & unknown)

    def matches(self, reference: Any, identity: Identity | None) -> bool:
        if identity is None:
            return False
        if isinstance(reference, str):
            return word_key(self.dimension.name, identity.value) in self._words
        if identity.by == ENTRY:
            return identity.value in self._entries or self._has_text(reference, self._unknown)
        return reference.id in self._texts or self._has_text(reference, self._names)

    def _has_text(self, reference: Any, keys: set[str]) -> bool:
        if getattr(reference, "email", None) and address_key(reference.email) in keys:
            return True
        values = (getattr(reference, member, None) for member in ("user_id", "name"))
        return any(text and matching_name(text) in keys for text in values)


def _keys(texts: Iterable[str]) -> set[str]:
    return {key for text in texts for key in (matching_name(text), address_key(text)) if key is not None}


def _entries(catalogue: Catalogue, kind: str, text: str) -> tuple[set[str], bool]:
    """The keys of the entries for which the text stands, and whether it is their id."""
    by_id = catalogue.by_id(kind, text)
    if by_id is not None:
        return {by_id.key}, True
    key, address, entries = matching_name(text), address_key(text), catalogue.of_kind(kind)
    keys = {
        entry.key
        for entry in entries
        if entry.user_id == text
        or (entry.name and matching_name(entry.name) == key)
        or (address is not None and entry.email and address_key(entry.email) == address)
    }
    return keys or {entry.key for entry in entries if matching_name(entry.id) == key}, False


def _lookup_key(dimension: Dimension, reference: Any) -> Any:
    """Everything in a reference that decides its identity."""
    if isinstance(reference, str):
        return reference
    return _DISTINGUISHING_MEMBERS[dimension.kind](reference) if dimension.kind else (reference.id, reference.name)


def _lead_identity(reference: Any, *, is_mere_name: bool = False) -> Identity | None:
    for by, member in _MEMBER.items():
        value = getattr(reference, member, None)
        if value and not (by == "id" and is_mere_name) and (key := _KEYS[by](value)) is not None:
            return Identity(by, key)
    return None


def _address(entry: Entry) -> str | None:
    """The entry's e-mail if it identifies the entry."""
    return entry.email if has_address(entry) else None


class EntityNames:
    """The current names of identities: the name in the catalogue, else the one in the newest lead that has a name."""

    def __init__(self, entity_resolver: EntityResolver) -> None:
        self._resolver = entity_resolver
        self._latest_names: dict[tuple[str, Identity], tuple[str, str]] = {}

    def add(self, dimension: Dimension, identity: Identity, reference: Any, lead_id: str) -> None:
        name = reference if isinstance(reference, str) else reference.name
        if identity.by != ENTRY and name:
            key, named_by = (dimension.name, identity), (lead_id, name)
            self._latest_names[key] = max(self._latest_names.get(key, named_by), named_by)

    def name(self, dimension: Dimension, identity: Identity) -> str:
        """The name for sorting; without a name, another identifier."""
        entry = self._resolver.entry(dimension, identity)
        if entry is None:
            is_key = identity.by == "word" and identity.value in GROUPS
            return identity.value if is_key else self._present(dimension, identity) or identity.value
        return entry.name or (entry.id if entry.given else "") or entry.user_id or _address(entry) or entry.key

    def key(self, dimension: Dimension, identity: Identity | None) -> Any:
        """The value to show for a group; `None` for leads without a value."""
        if identity is None:
            return None
        if dimension.form is Form.WORD:
            return self.name(dimension, identity)
        entry = self._resolver.entry(dimension, identity)
        if entry is not None:
            members = {member: getattr(entry, _MEMBER[member]) for member in dimension.form.value}
            if "email" in members:
                members["email"] = _address(entry)
            return members if entry.given else {**members, "id": None}
        identifier = {} if identity.by in ("word", "name") else {identity.by: identity.value}
        return {**dict.fromkeys(dimension.form.value), "name": self._present(dimension, identity), **identifier}

    def _present(self, dimension: Dimension, identity: Identity) -> str | None:
        return self._latest_names.get((dimension.name, identity), (None, None))[1]


async def entity_resolver(
    store: InsightStore, account_id: str, dimensions: Iterable[Dimension], filters: Filters
) -> EntityResolver:
    """A resolver with the current catalogue, for these dimensions and filters."""
    kinds = {dimension.kind for dimension in (*dimensions, *(DIMENSIONS[name] for name in filters)) if dimension.kind}
    for kind in tuple(kinds):
        kinds |= PARENT_KINDS.get(kind, frozenset())
    catalogue = catalogue_copier(await store.catalogue.get(account_id), kinds)
    return await in_thread(lambda: EntityResolver(catalogue(), filters), is_long=True)


def catalogue_copier(catalogue: Catalogue, kinds: Iterable[str]) -> Callable[[], Catalogue]:
    """Returns a function that makes a snapshot of these kinds. It may run in any thread, while the store's catalogue
    changes."""
    entries = [entry for kind in kinds for entry in catalogue.of_kind(kind)]
    options = catalogue.options

    def copy() -> Catalogue:
        snapshot = Catalogue(catalogue.account_id)
        snapshot.options = options
        snapshot.put(entries)
        return snapshot

    return copy
