"""An account's catalogue in memory: its entries, found by id, by name, by what else they are known by.

Names are compared as `matching_name` has them; an entry of exactly the spelling comes before others. What could be one
of several entries is none of them: the first would be a guess.

It changes only when the store says what has changed. Functions that decide on a write read it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from leadloop.core.catalogue.model import OWN, Entry
from leadloop.core.ids import stable_id
from leadloop.core.leads.normalize import email_key, matching_name
from leadloop.core.leads.parts import Ref
from leadloop.core.leads.source import own_id

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

    def meant(self, kind: str, reference: Any, *, id_too: bool = True) -> Entry | None:
        """What a reference in a lead is about: by its id, else by what it says otherwise, archived entries and past
        names too; none where that fits several. With `id_too` false, it is looked for as if it had no id."""
        if id_too and reference.id:
            found = self.by_id(kind, reference.id)
            if not self.is_derived(kind, reference):
                return found
            if found is not None:
                is_ambiguous = found.id != reference.id and self._is_one_of_several(found)
                return None if is_ambiguous else self._eldest(found)
        for way in (USER_ID, EMAIL, NAME, PAST):
            if likely := self._likely(kind, reference, way):
                present = [one for one in likely if one.archived_at_ms is None]
                found = _only(self._best(reference, way, present or likely))
                return found and self._eldest(found)
        return None

    def _eldest(self, entry: Entry) -> Entry:
        """Of those that are nothing but this name: before spellings were compared, each made an entry."""
        if not _is_mere_name(entry) or not entry.name:
            return entry
        alike = self._live(entry.kind, Ref(name=entry.name), NAME)
        return min((one for one in alike if _is_mere_name(one)), key=partial(_rank, entry), default=entry)

    def derived_id(self, kind: str, name: str, *more: str | None) -> str:
        """The id of something that is known by its name alone, and by where it belongs."""
        if own := OWN.get(kind):
            return own_id(self.account_id, own, name)
        return stable_id(self.account_id, kind, name, *filter(None, more))

    def is_derived(self, kind: str, reference: Any) -> bool:
        """Whether the reference is of a mere name, though leads show an id with it."""
        return kind in OWN and bool(reference.name) and reference.id in self.derived_ids(kind, reference.name)

    def derived_ids(self, kind: str, name: str) -> tuple[str, str]:
        """Those that an account's own source or type of this name can have: as made now, and as made before spellings
        in other forms of Unicode or with other white space were one."""
        earlier = stable_id(self.account_id, OWN[kind], name.strip().casefold())
        return self.derived_id(kind, name), earlier

    def match(self, kind: str, reference: Any) -> Entry | None:
        """What a reference that a client sends is resolved to (expad.md section 2)."""
        if reference.id:
            return self.by_id(kind, reference.id)
        return _only(self._fitting(kind, reference))

    def is_ambiguous(self, kind: str, reference: Any) -> bool:
        """Whether it could be about several things, which what it leaves unset tells apart."""
        return not reference.id and len(self._fitting(kind, reference)) > 1

    def alike(self, entry: Entry) -> Entry | None:
        """Another one that is not archived, which references without an id can not tell from this one."""
        for way in (USER_ID, EMAIL, NAME):
            likely = self._likely(entry.kind, entry, way)
            if others := [one for one in likely if one.archived_at_ms is None and one.key != entry.key]:
                return min(others, key=partial(_rank, entry))
        return None

    def _is_one_of_several(self, entry: Entry) -> bool:
        """Whether its name alone says not which is meant."""
        by_name = Ref(name=entry.name)
        return len(self._best(by_name, PAST, self._live(entry.kind, by_name, NAME))) > 1

    def _live(self, kind: str, reference: Any, way: str) -> list[Entry]:
        return [one for one in self._likely(kind, reference, way) if one.archived_at_ms is None]

    def _likely(self, kind: str, reference: Any, way: str) -> list[Entry]:
        """Those that are known so, and of which the reference says nothing that is not so."""
        value = getattr(reference, NAME if way == PAST else way, None)
        found = self._places.get((kind, way, _KEYS[way](value)), {}) if value else {}
        return [one for one in found.values() if not self._differ(one, reference, way)]

    def _fitting(self, kind: str, reference: Any) -> Sequence[Entry]:
        """Those that fit it best, of the ones that are not archived: more than one where it does not say enough."""
        for way in (USER_ID, EMAIL, NAME):
            if found := self._live(kind, reference, way):
                return self._best(reference, way, found)
        return ()

    def _best(self, reference: Any, way: str, found: Sequence[Entry]) -> Sequence[Entry]:
        """Those of exactly its spelling come first, then what somebody has given an id or set, then those that say
        most of what it says. What is nothing but a name is the same thing in any spelling."""
        if way == NAME:
            found = [one for one in found if one.name == reference.name] or found
        if any(one.given or one.managed for one in found):
            found = [one for one in found if not _is_mere_name(one)]
        most = max((_agreement(reference, one) for one in found), default=0)
        found = [one for one in found if _agreement(reference, one) == most]
        names = [one for one in found if _is_mere_name(one)]
        return [min(names, key=partial(_rank, reference))] if names else found

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


_KEYS: Mapping[str, Callable[[str], str]] = {
    USER_ID: str,
    EMAIL: lambda email: email_key(email) or email,
    NAME: matching_name,
    PAST: matching_name,
}
"""By what of its value an entry is found."""


def _only(found: Sequence[Entry]) -> Entry | None:
    return found[0] if len(found) == 1 else None


def _is_mere_name(entry: Entry) -> bool:
    """Whether nothing is known of it but what leads call it."""
    return not (entry.given or entry.managed or any(getattr(entry, name) for name in _TELLING))


def _rank(reference: Any, entry: Entry) -> tuple[bool, int, bool, int, str]:
    is_archived = entry.archived_at_ms is not None
    return is_archived, -_agreement(reference, entry), not entry.given, entry.created_at_ms, entry.key


def _agreement(reference: Any, entry: Entry) -> int:
    """How much of what tells it apart both say. They do not differ."""
    return sum(bool(getattr(reference, name, None) and getattr(entry, name)) for name in _TELLING)


def _places(entry: Entry) -> Iterator[Place]:
    yield entry.kind, ID, entry.id
    yield entry.kind, ID, entry.key
    for way in (USER_ID, EMAIL, NAME):
        if value := getattr(entry, way):
            yield entry.kind, way, _KEYS[way](value)
    for name in entry.past_names:
        yield entry.kind, PAST, matching_name(name)
