"""An account's catalogue in memory: its entries, found by id, by name, by what else they are known by.

It changes only when the store says what has changed. Functions that decide on a write read it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

from leadloop.core.catalogue.model import OWN, Entry
from leadloop.core.ids import stable_id
from leadloop.core.leads.normalize import email_key

ID, NAME, PAST, USER_ID, EMAIL = "id", "name", "past", "user_id", "email"

Place = tuple[str, str, str]
"""A kind, how an entry is found, and by what."""


class Options(NamedTuple):
    """What writes of leads read of their account. A change of it counts as one of the catalogue."""

    attributes: bool = False
    """Whether leads without a user are given one."""
    country: str | None = None


class Catalogue:
    def __init__(self, account_id: str) -> None:
        self.account_id = account_id
        self.version = 0
        """Counts the changes to it."""
        self.options = Options()
        self._entries: defaultdict[str, dict[str, Entry]] = defaultdict(dict)
        self._places: defaultdict[Place, dict[str, Entry]] = defaultdict(dict)

    @property
    def size(self) -> int:
        """How many entries it has."""
        return sum(map(len, self._entries.values()))

    def become(self, other: "Catalogue") -> None:
        """As if it were `other`, which is given up by that."""
        self.version, self.options = other.version, other.options
        self._entries, self._places = other._entries, other._places

    def put(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            if before := self._entries[entry.kind].get(entry.key):
                for place in _places(before):
                    self._places[place].pop(entry.key, None)
                    if not self._places[place]:
                        del self._places[place]
            self._entries[entry.kind][entry.key] = entry
            for place in _places(entry):
                self._places[place][entry.key] = entry

    def count(self, kind: str) -> int:
        return len(self._entries[kind])

    def entries(self) -> Iterator[Entry]:
        return (entry for entries in self._entries.values() for entry in entries.values())

    def of_kind(self, kind: str) -> Iterable[Entry]:
        return self._entries[kind].values()

    def by_key(self, kind: str, key: str) -> Entry | None:
        return self._entries[kind].get(key)

    def by_id(self, kind: str, entry_id: str) -> Entry | None:
        """Also by the id that was made of its name, before it was given one."""
        found = self._places.get((kind, ID, entry_id), {}).values()
        return next((entry for entry in found if entry.id == entry_id), next(iter(found), None))

    def named(self, kind: str, name: str) -> list[Entry]:
        return list(self._places.get((kind, NAME, name), {}).values())

    def meant(self, kind: str, reference: Any, *, id_too: bool = True) -> Entry | None:
        """What a reference in a lead is about: by its id, else by what it says otherwise, archived entries and past
        names too. With `id_too` false, it is looked for as if it had no id."""
        if id_too and reference.id:
            found = self.by_id(kind, reference.id)
            if found is not None or not self.is_derived(kind, reference):
                return found
        return next(self._likely(kind, reference, (USER_ID, EMAIL, NAME, PAST)), None)

    def derived_id(self, kind: str, name: str, *more: str | None) -> str:
        """The id of something that is known by its name alone, and by where it belongs."""
        own = OWN.get(kind)
        return stable_id(self.account_id, own or kind, name.strip().casefold() if own else name, *filter(None, more))

    def is_derived(self, kind: str, reference: Any) -> bool:
        """Whether the reference is of a mere name, though leads show an id with it."""
        return kind in OWN and bool(reference.name) and reference.id == self.derived_id(kind, reference.name)

    def match(self, kind: str, reference: Any) -> Entry | None:
        """What a reference that a client sends is resolved to (expad.md section 2)."""
        if reference.id:
            return self.by_id(kind, reference.id)
        found = self._fitting(kind, reference)
        return found[0] if len(found) == 1 else None

    def is_unclear(self, kind: str, reference: Any) -> bool:
        """Whether it could be about several things, which what it leaves unset tells apart."""
        return not reference.id and len(self._fitting(kind, reference)) > 1

    def alike(self, entry: Entry) -> Entry | None:
        """Another one that is not archived, which references without an id can not tell from this one."""
        found = self._likely(entry.kind, entry, (USER_ID, EMAIL, NAME))
        return next((one for one in found if one.archived_at_ms is None and one.key != entry.key), None)

    def _likely(self, kind: str, reference: Any, ways: Iterable[str]) -> Iterator[Entry]:
        for way in ways:
            value = getattr(reference, NAME if way == PAST else way, None)
            if found := value and self._places.get((kind, way, (email_key(value) or value) if way == EMAIL else value)):
                likely = [one for one in found.values() if not self._differ(one, reference, way)]
                yield from likely if len(likely) < 2 else sorted(likely, key=partial(_rank, reference))

    def _fitting(self, kind: str, reference: Any) -> list[Entry]:
        """Those that fit it best, of the ones that are not archived: more than one where it does not say enough. What
        nobody has given an id or set comes last, as it fills nothing."""
        for way in (USER_ID, EMAIL, NAME):
            if found := [one for one in self._likely(kind, reference, (way,)) if one.archived_at_ms is None]:
                found = [one for one in found if one.given or one.managed] or found
                most = max(_agreement(reference, one) for one in found)
                return [one for one in found if _agreement(reference, one) == most]
        return []

    def _differ(self, entry: Entry, reference: Any, way: str) -> bool:
        """Whether the reference says what is not so of the entry. Who is found by `userId` may have another e-mail."""
        for name, same in _TELLING.items():
            said, known = getattr(reference, name, None), getattr(entry, name)
            if name == EMAIL and way == USER_ID:
                continue
            if said and known and said != known and not same(self, said, known):
                return True
        return False

    def _one_of(self, kind: str, said: str, known: str) -> bool:
        """Whether two ids are of one entry."""
        return (found := self.by_id(kind, said)) is not None and found is self.by_id(kind, known)


_TELLING: Mapping[str, Callable[[Catalogue, str, str], bool]] = {
    "user_id": lambda _, said, known: False,
    "email": lambda _, said, known: email_key(said) == email_key(known),
    "unit_id": lambda catalogue, said, known: catalogue._one_of("units", said, known),
    "department_id": lambda catalogue, said, known: catalogue._one_of("departments", said, known),
}
"""Members that tell things of one name apart, and whether two values that differ are the same after all."""


def _rank(reference: Any, entry: Entry) -> tuple[bool, int, bool, int, str]:
    is_archived = entry.archived_at_ms is not None
    return is_archived, -_agreement(reference, entry), not entry.given, entry.created_at_ms, entry.key


def _agreement(reference: Any, entry: Entry) -> int:
    """How much of what tells it apart both say. They do not differ."""
    return sum(bool(getattr(reference, name, None) and getattr(entry, name)) for name in _TELLING)


def _places(entry: Entry) -> Iterator[Place]:
    yield entry.kind, ID, entry.id
    yield entry.kind, ID, entry.key
    if entry.name:
        yield entry.kind, NAME, entry.name
    for name in entry.past_names:
        yield entry.kind, PAST, name
    if entry.user_id:
        yield entry.kind, USER_ID, entry.user_id
    if entry.email:
        yield entry.kind, EMAIL, email_key(entry.email) or entry.email
