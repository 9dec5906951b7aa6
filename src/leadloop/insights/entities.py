"""What leads are about: the things that the catalogue knows, by its identity; others as the leads themselves say."""

from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import Any, NamedTuple

from leadloop.core.catalogue.catalogue import Catalogue
from leadloop.core.catalogue.model import KINDS, OF_KIND, Entry
from leadloop.core.catalogue.scope import SCOPE_KINDS
from leadloop.core.leads.normalize import matching_name
from leadloop.core.leads.status import GROUPS
from leadloop.core.threads import in_thread
from leadloop.insights.dimensions import DIMENSIONS, Dimension, Filters, Form, is_word, word_key
from leadloop.insights.lead_view import LeadView
from leadloop.insights.ports import InsightStore

ENTRY = "entry"


class Identity(NamedTuple):
    """What a thing is known by: the key of its entry, else one of its members, and that, a name as names are compared;
    or a word that is nobody's own."""

    by: str
    value: str


_MEMBER = {"id": "id", "userId": "user_id", "email": "email", "name": "name"}
"""What things are known by and shown with, the first that is set first."""

_TELLING = ("id", "name", "user_id", "email", "unit_id", "department_id")
_TELLS = {
    kind: attrgetter(*(name for name in _TELLING if name in OF_KIND[kind].part.__struct_fields__)) for kind in KINDS
}
"""Of a reference, all that decides which entry it means."""


class EntityResolver:
    """Of one request. `catalogue` must not change meanwhile."""

    def __init__(self, catalogue: Catalogue, filters: Filters) -> None:
        self._catalogue = catalogue
        self._known: dict[Any, Identity | None] = {}
        self._passing: dict[Any, bool] = {}
        self._filters = [Filter(catalogue, DIMENSIONS[name], texts) for name, texts in filters.items()]

    def passes(self, subject: LeadView) -> bool:
        """Whether the lead has, for each dimension that is filtered by, something that is wanted."""
        return all(self._has(subject, one) for one in self._filters)

    def _has(self, subject: LeadView, wanted: "Filter") -> bool:
        return any(self._is_wanted(reference, wanted) for reference in wanted.dimension.find(subject))

    def _is_wanted(self, reference: Any, wanted: "Filter") -> bool:
        told = wanted.dimension.name, _told(wanted.dimension, reference)
        passing = self._passing.get(told)
        if passing is None:
            passing = wanted.has(reference, self.identity(wanted.dimension, reference))
            self._passing[told] = passing
        return passing

    def identity(self, dimension: Dimension, reference: Any) -> Identity | None:
        """Nothing where the reference says nothing."""
        told = dimension.name, _told(dimension, reference)
        if told not in self._known:
            self._known[told] = self._identity(dimension, reference)
        return self._known[told]

    def _identity(self, dimension: Dimension, reference: Any) -> Identity | None:
        if isinstance(reference, str):
            return Identity("word", reference if dimension.kind else word_key(dimension.name, reference))
        if dimension.kind is None:
            return _own(reference)
        entry = self._catalogue.find(dimension.kind, reference)
        if entry is not None:
            return Identity(ENTRY, entry.key)
        return _own(reference, is_mere_name=self._catalogue.is_derived(dimension.kind, reference))

    def entry(self, dimension: Dimension, identity: Identity) -> Entry | None:
        if identity.by != ENTRY or dimension.kind is None:
            return None
        return self._catalogue.by_key(dimension.kind, identity.value)


class Filter:
    """Any of these texts: the id of a thing, else what things are known by otherwise. Of leads' own words for things
    that the catalogue knows only those count that it knows nothing by."""

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

    def has(self, reference: Any, identity: Identity | None) -> bool:
        if identity is None:
            return False
        if isinstance(reference, str):
            return word_key(self.dimension.name, identity.value) in self._words
        if identity.by == ENTRY:
            return identity.value in self._entries or self._says(reference, self._unknown)
        return reference.id in self._texts or self._says(reference, self._names)

    def _says(self, reference: Any, wanted: set[str]) -> bool:
        said = (getattr(reference, member, None) for member in ("user_id", "email", "name"))
        return any(text and matching_name(text) in wanted for text in said)


def _keys(texts: Iterable[str]) -> set[str]:
    return set(map(matching_name, texts))


def _entries(catalogue: Catalogue, kind: str, text: str) -> tuple[set[str], bool]:
    """The keys of the entries that it stands for, and whether as their id."""
    by_id = catalogue.by_id(kind, text)
    if by_id is not None:
        return {by_id.key}, True
    key, every = matching_name(text), catalogue.of_kind(kind)
    found = {
        one.key
        for one in every
        if one.user_id == text or any(said and matching_name(said) == key for said in (one.name, one.email))
    }
    return found or {one.key for one in every if matching_name(one.id) == key}, False


def _told(dimension: Dimension, reference: Any) -> Any:
    """All of a reference that decides what it is of."""
    if isinstance(reference, str):
        return reference
    return _TELLS[dimension.kind](reference) if dimension.kind else (reference.id, reference.name)


def _own(reference: Any, *, is_mere_name: bool = False) -> Identity | None:
    for by, member in _MEMBER.items():
        value = getattr(reference, member, None)
        if value and not (by == "id" and is_mere_name):
            return Identity(by, value if by in ("id", "userId") else matching_name(value) or value)
    return None


class Names:
    """What identities are called now: as in the catalogue, else as the lead that was created last calls them, of those
    that do."""

    def __init__(self, entity_resolver: EntityResolver) -> None:
        self._things = entity_resolver
        self._known: dict[tuple[str, Identity], tuple[str, str]] = {}

    def learn(self, dimension: Dimension, identity: Identity, reference: Any, lead_id: str) -> None:
        name = reference if isinstance(reference, str) else reference.name
        if identity.by != ENTRY and name:
            key, said = (dimension.name, identity), (lead_id, name)
            self._known[key] = max(self._known.get(key, said), said)

    def name(self, dimension: Dimension, identity: Identity) -> str:
        """What it is sorted by: where it has no name, what it is known by."""
        entry = self._things.entry(dimension, identity)
        if entry is None:
            is_key = identity.by == "word" and identity.value in GROUPS
            return identity.value if is_key else self._present(dimension, identity) or identity.value
        return entry.name or (entry.id if entry.given else "") or entry.user_id or entry.email or entry.key

    def key(self, dimension: Dimension, identity: Identity | None) -> Any:
        """What is shown of a group's key; `None` for the leads that have none."""
        if identity is None:
            return None
        if dimension.form is Form.WORD:
            return self.name(dimension, identity)
        entry = self._things.entry(dimension, identity)
        if entry is not None:
            shown = {member: getattr(entry, _MEMBER[member]) for member in dimension.form.value}
            return shown if entry.given else {**shown, "id": None}
        known_by = {} if identity.by in ("word", "name") else {identity.by: identity.value}
        return {**dict.fromkeys(dimension.form.value), "name": self._present(dimension, identity), **known_by}

    def _present(self, dimension: Dimension, identity: Identity) -> str | None:
        return self._known.get((dimension.name, identity), (None, None))[1]


async def entity_resolver(
    store: InsightStore, account_id: str, by: Iterable[Dimension], filters: Filters
) -> EntityResolver:
    """By the catalogue of now, for these dimensions and filters."""
    kinds = {one.kind for one in (*by, *(DIMENSIONS[name] for name in filters)) if one.kind}
    for kind in tuple(kinds):
        kinds |= SCOPE_KINDS.get(kind, frozenset())
    catalogue = copying(await store.catalogue.get(account_id), kinds)
    return await in_thread(lambda: EntityResolver(catalogue(), filters), is_long=True)


def copying(catalogue: Catalogue, kinds: Iterable[str]) -> Callable[[], Catalogue]:
    """What makes a catalogue of these kinds as they are now, in any thread: the store's own goes on changing."""
    entries = [entry for kind in kinds for entry in catalogue.of_kind(kind)]

    def copy() -> Catalogue:
        found = Catalogue(catalogue.account_id)
        found.put(entries)
        return found

    return copy
