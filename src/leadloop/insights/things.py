"""What leads are about: the things that the catalogue knows, by its identity; others as the leads themselves say."""

import asyncio
from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import Any, NamedTuple

from leadloop.core.catalogue.catalogue import Catalogue
from leadloop.core.catalogue.model import KINDS, OF_KIND, Entry
from leadloop.core.catalogue.place import PLACE_KINDS
from leadloop.core.search.folding import whole
from leadloop.insights.dimensions import DIMENSIONS, Dimension, Filters, Form
from leadloop.insights.ports import SubjectStore
from leadloop.insights.subject import Subject

ENTRY = "entry"


class Identity(NamedTuple):
    """What a thing is known by: the key of its entry, else one of its members, and that."""

    by: str
    value: str


_MEMBER = {"id": "id", "userId": "user_id", "email": "email", "name": "name"}
"""What things are known by and shown with, the first that is set first."""

_TELLING = ("id", "name", "user_id", "email", "unit_id", "department_id")
_TELLS = {
    kind: attrgetter(*(name for name in _TELLING if name in OF_KIND[kind].part.__struct_fields__)) for kind in KINDS
}
"""Of a reference, all that decides which entry it means."""


class _Wanted(NamedTuple):
    """A filter: any of these folded texts, or of the entries that have one as their id or present name."""

    dimension: Dimension
    texts: frozenset[str]
    entries: frozenset[str]


class Things:
    """Of one request. `catalogue` must not change meanwhile."""

    def __init__(self, catalogue: Catalogue, filters: Filters) -> None:
        self._catalogue = catalogue
        self._meant: dict[Any, Identity | None] = {}
        self._wanted = [self._want(DIMENSIONS[name], texts) for name, texts in filters.items()]

    def _want(self, dimension: Dimension, texts: frozenset[str]) -> _Wanted:
        entries = self._catalogue.of_kind(dimension.kind) if dimension.kind else ()
        found = (one.key for one in entries if whole(one.id) in texts or (one.name and whole(one.name) in texts))
        return _Wanted(dimension, texts, frozenset(found))

    def passes(self, subject: Subject) -> bool:
        """Whether the lead has, for each dimension that is filtered by, something that is wanted."""
        return all(self._has(subject, wanted) for wanted in self._wanted)

    def _has(self, subject: Subject, wanted: _Wanted) -> bool:
        if any(text and whole(text) in wanted.texts for text in wanted.dimension.texts(subject)):
            return True
        if not wanted.entries:
            return False
        known = (self._known(wanted.dimension, one) for one in wanted.dimension.find(subject))
        return any(one is not None and one.value in wanted.entries for one in known)

    def identity(self, dimension: Dimension, reference: Any) -> Identity | None:
        """Nothing where the reference says nothing."""
        if isinstance(reference, str):
            return Identity("name", reference)
        return self._known(dimension, reference) or _own(reference)

    def _known(self, dimension: Dimension, reference: Any) -> Identity | None:
        kind = dimension.kind
        if kind is None or isinstance(reference, str):
            return None
        told = kind, _TELLS[kind](reference)
        if told not in self._meant:
            entry = self._catalogue.meant(kind, reference)
            self._meant[told] = None if entry is None else Identity(ENTRY, entry.key)
        return self._meant[told]

    def entry(self, dimension: Dimension, identity: Identity) -> Entry | None:
        if identity.by != ENTRY or dimension.kind is None:
            return None
        return self._catalogue.by_key(dimension.kind, identity.value)


def _own(reference: Any) -> Identity | None:
    for by, member in _MEMBER.items():
        if value := getattr(reference, member, None):
            return Identity(by, value)
    return None


class Names:
    """What identities are called now: as in the catalogue, else as the lead that was created last calls them, of those
    that do."""

    def __init__(self, things: Things) -> None:
        self._things = things
        self._known: dict[tuple[str, Identity], tuple[str, str]] = {}

    def learn(self, dimension: Dimension, identity: Identity, reference: Any, lead_id: str) -> None:
        if identity.by not in (ENTRY, "name") and reference.name:
            key, said = (dimension.name, identity), (lead_id, reference.name)
            self._known[key] = max(self._known.get(key, said), said)

    def name(self, dimension: Dimension, identity: Identity) -> str:
        """What it is sorted by: where it has no name, what it is known by."""
        entry = self._things.entry(dimension, identity)
        if entry is None:
            return self._present(dimension, identity) or identity.value
        return entry.name or (entry.id if entry.given else "") or entry.user_id or entry.email or entry.key

    def key(self, dimension: Dimension, identity: Identity | None) -> Any:
        """What is shown of a group's key; `None` for the leads that have none."""
        if identity is None or dimension.form is Form.WORD:
            return identity and identity.value
        entry = self._things.entry(dimension, identity)
        if entry is not None:
            shown = {member: getattr(entry, _MEMBER[member]) for member in dimension.form.value}
            return shown if entry.given else {**shown, "id": None}
        unset = dict.fromkeys(dimension.form.value)
        return {**unset, "name": self._present(dimension, identity), identity.by: identity.value}

    def _present(self, dimension: Dimension, identity: Identity) -> str | None:
        return self._known.get((dimension.name, identity), (None, None))[1]


async def things(store: SubjectStore, account_id: str, by: Iterable[Dimension], filters: Filters) -> Things:
    """By the catalogue of now, for these dimensions and filters."""
    kinds = {one.kind for one in (*by, *(DIMENSIONS[name] for name in filters)) if one.kind}
    for kind in tuple(kinds):
        kinds |= PLACE_KINDS.get(kind, frozenset())
    catalogue = copying(await store.catalogue(account_id), kinds)
    return await asyncio.to_thread(lambda: Things(catalogue(), filters))


def copying(catalogue: Catalogue, kinds: Iterable[str]) -> Callable[[], Catalogue]:
    """What makes a catalogue of these kinds as they are now, in any thread: the store's own goes on changing."""
    entries = [entry for kind in kinds for entry in catalogue.of_kind(kind)]

    def copy() -> Catalogue:
        found = Catalogue(catalogue.account_id)
        found.put(entries)
        return found

    return copy
