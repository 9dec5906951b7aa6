"""An account's catalogue in memory: its entries, indexed by id, name, past name, user id and e-mail.

Names are compared by `matching_name`; an entry with exactly the same spelling takes precedence. E-mails are compared by
`email_key`; one without a key (`n/a`) counts as unset. A reference that fits several entries resolves to none of them:
choosing the first would be a guess.

Only the store changes a catalogue. The functions that decide on a write read it.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import tzinfo
from functools import partial
from typing import Any, NamedTuple

from msgspec import structs

from leadloop.core.catalogue.model import OWN, Entry, address_key, has_address
from leadloop.core.days import zone_of
from leadloop.core.ids import stable_id
from leadloop.core.leads.normalize import matching_name
from leadloop.core.leads.parts import Ref
from leadloop.core.leads.source import own_id

ID, NAME, PAST_NAME, USER_ID, EMAIL = "id", "name", "past", "user_id", "email"

IndexKey = tuple[str, str, str]
"""The kind of an entry, the lookup (one of the constants above), and the value."""


class Options(NamedTuple):
    """The account's options for writes, searches and Insights. A change of them raises the catalogue's version."""

    auto_assign: bool = False
    """Whether leads without a user are assigned to one."""
    country: str | None = None
    time_zone: str | None = None
    currency: str | None = None

    @property
    def zone(self) -> tzinfo:
        """The zone whose days count."""
        return zone_of(self.time_zone)


MOST_NO_OPS = 4_096
"""How many references that change nothing a catalogue remembers."""


class Catalogue:
    def __init__(self, account_id: str) -> None:
        self.account_id = account_id
        self.version = 0
        """Counts the changes to the catalogue."""
        self.options = Options()
        self.memo: dict[str, Any] = {}
        """Results that were computed from all entries of a kind; emptied with every change."""
        self._entries: defaultdict[str, dict[str, Entry]] = defaultdict(dict)
        self._index: defaultdict[IndexKey, dict[str, Entry]] = defaultdict(dict)
        self._no_ops: set[Hashable] = set()

    @property
    def size(self) -> int:
        """The number of entries."""
        return sum(map(len, self._entries.values()))

    def replace_with(self, other: "Catalogue") -> None:
        """Takes over the content of `other`, which must not be used afterwards."""
        self.version, self.options = other.version, other.options
        self._entries, self._index, self._no_ops = other._entries, other._index, other._no_ops
        self.memo.clear()

    def record_no_op(self, reference: Hashable) -> None:
        """Remembers that upserting this reference changes nothing, until an entry changes."""
        if len(self._no_ops) >= MOST_NO_OPS:
            self._no_ops.clear()
        self._no_ops.add(reference)

    def is_no_op(self, reference: Hashable) -> bool:
        return reference in self._no_ops

    def put(self, entries: Iterable[Entry]) -> None:
        self.memo.clear()
        for entry in map(_without_foreign_names, entries):
            self._no_ops.clear()
            if before := self._entries[entry.kind].get(entry.key):
                for index_key in _index_keys(before):
                    self._index[index_key].pop(entry.key, None)
                    if not self._index[index_key]:
                        del self._index[index_key]
            self._entries[entry.kind][entry.key] = entry
            for index_key in _index_keys(entry):
                self._index[index_key][entry.key] = entry

    def count(self, kind: str) -> int:
        return len(self._entries[kind])

    def entries(self) -> Iterator[Entry]:
        return (entry for entries in self._entries.values() for entry in entries.values())

    def of_kind(self, kind: str) -> Iterable[Entry]:
        return self._entries[kind].values()

    def by_key(self, kind: str, key: str) -> Entry | None:
        return self._entries[kind].get(key)

    def by_id(self, kind: str, entry_id: str) -> Entry | None:
        """Also finds an entry by the id that was derived from its name, before a client assigned one."""
        entries = self._index.get((kind, ID, entry_id), {}).values()
        return next((entry for entry in entries if entry.id == entry_id), next(iter(entries), None))

    def find(self, kind: str, reference: Any, *, id_too: bool = True) -> Entry | None:
        """The entry that a stored reference means: by its id, else by its other members. Archived entries and past
        names count too. `None` if several entries fit. With `id_too` false the reference's id is ignored."""
        if id_too and reference.id:
            entry = self.by_id(kind, reference.id)
            if not self.is_derived(kind, reference):
                return entry
            if entry is not None:
                is_ambiguous = entry.id != reference.id and self._has_namesakes(entry)
                return None if is_ambiguous else self._oldest(entry)
        for lookup in (USER_ID, EMAIL, NAME, PAST_NAME):
            if candidates := self._candidates(kind, reference, lookup):
                active = [candidate for candidate in candidates if candidate.archived_at_ms is None]
                entry = _single(self._best_of(reference, lookup, active or candidates))
                return entry and self._oldest(entry)
        return None

    def _oldest(self, entry: Entry) -> Entry:
        """The oldest entry that consists of this name only: earlier versions made one entry per spelling."""
        if not _is_name_only(entry) or not entry.name:
            return entry
        namesakes = self._active(entry.kind, Ref(name=entry.name), NAME)
        return min(
            (namesake for namesake in namesakes if _is_name_only(namesake)), key=partial(_rank, entry), default=entry
        )

    def derived_id(self, kind: str, name: str, *parent_ids: str | None) -> str:
        """The id of an entry that has only a name, and the ids of the unit and department it belongs to."""
        if own := OWN.get(kind):
            return own_id(self.account_id, own, name)
        return stable_id(self.account_id, kind, name, *filter(None, parent_ids))

    def is_derived(self, kind: str, reference: Any) -> bool:
        """Whether the reference's id was derived from its name: leads show such ids, but nobody assigned them."""
        return kind in OWN and bool(reference.name) and reference.id in self.derived_ids(kind, reference.name)

    def derived_ids(self, kind: str, name: str) -> tuple[str, str]:
        """The ids that can be derived from the name of an account's own source or type: as derived now, and as derived
        before Unicode forms and white space were normalised."""
        earlier = stable_id(self.account_id, OWN[kind], name.strip().casefold())
        return self.derived_id(kind, name), earlier

    def resolve(self, kind: str, reference: Any) -> Entry | None:
        """The entry to which a reference sent by a client resolves (expad.md section 2)."""
        if reference.id:
            return self.by_id(kind, reference.id)
        return _single(self._best_matches(kind, reference))

    def is_ambiguous(self, kind: str, reference: Any) -> bool:
        """Whether the reference fits several entries, which differ in members that it leaves unset."""
        return not reference.id and len(self._best_matches(kind, reference)) > 1

    def duplicate_of(self, entry: Entry) -> Entry | None:
        """Another entry that is not archived and that a reference without an id cannot tell from this one."""
        for lookup in (USER_ID, EMAIL, NAME):
            candidates = self._candidates(entry.kind, entry, lookup)
            if duplicates := [
                candidate for candidate in candidates if candidate.archived_at_ms is None and candidate.key != entry.key
            ]:
                return min(duplicates, key=partial(_rank, entry))
        return None

    def _has_namesakes(self, entry: Entry) -> bool:
        """Whether the name alone is ambiguous."""
        by_name = Ref(name=entry.name)
        return len(self._best_of(by_name, PAST_NAME, self._active(entry.kind, by_name, NAME))) > 1

    def _active(self, kind: str, reference: Any, lookup: str) -> list[Entry]:
        return [entry for entry in self._candidates(kind, reference, lookup) if entry.archived_at_ms is None]

    def _candidates(self, kind: str, reference: Any, lookup: str) -> list[Entry]:
        """The entries with the reference's value of this lookup that the reference does not contradict."""
        value = getattr(reference, NAME if lookup == PAST_NAME else lookup, None)
        key = _KEYS[lookup](value) if value else None
        entries = self._index.get((kind, lookup, key), {}) if key is not None else {}
        return [entry for entry in entries.values() if not self._contradicts(entry, reference, lookup)]

    def _best_matches(self, kind: str, reference: Any) -> Sequence[Entry]:
        """The entries that fit the reference best and are not archived; several if it is ambiguous."""
        for lookup in (USER_ID, EMAIL, NAME):
            if candidates := self._active(kind, reference, lookup):
                return self._best_of(reference, lookup, candidates)
        return ()

    def _best_of(self, reference: Any, lookup: str, candidates: Sequence[Entry]) -> Sequence[Entry]:
        """The candidates in order of precedence: the same spelling, then an assigned id or a managed entry, then the
        most members in common. Entries that consist of a name only count as one, whatever its spelling."""
        if lookup == NAME:
            candidates = [entry for entry in candidates if entry.name == reference.name] or candidates
        if any(entry.given or entry.managed for entry in candidates):
            candidates = [entry for entry in candidates if not _is_name_only(entry)]
        most = max((_agreement(reference, entry) for entry in candidates), default=0)
        candidates = [entry for entry in candidates if _agreement(reference, entry) == most]
        names = [entry for entry in candidates if _is_name_only(entry)]
        return [min(names, key=partial(_rank, reference))] if names else candidates

    def _contradicts(self, entry: Entry, reference: Any, lookup: str) -> bool:
        """Whether a distinguishing member differs. A user who is found by `userId` may have another e-mail."""
        for name, same in _DISTINGUISHING.items():
            value, stored = getattr(reference, name, None), getattr(entry, name)
            if name == EMAIL and lookup == USER_ID:
                continue
            if value and stored and value != stored and not same(self, value, stored):
                return True
        return False

    def _are_same_entry(self, kind: str, one_id: str, other_id: str) -> bool:
        """Whether two ids belong to the same entry."""
        return (entry := self.by_id(kind, one_id)) is not None and entry is self.by_id(kind, other_id)


_DISTINGUISHING: Mapping[str, Callable[[Catalogue, str, str], bool]] = {
    "user_id": lambda _, value, stored: False,
    "email": lambda _, value, stored: _are_same_address(value, stored),
    "unit_id": lambda catalogue, value, stored: catalogue._are_same_entry("units", value, stored),
    "department_id": lambda catalogue, value, stored: catalogue._are_same_entry("departments", value, stored),
}
"""Members that distinguish entries of one name, and whether two different values of one are equivalent."""


_KEYS: Mapping[str, Callable[[str], str | None]] = {
    USER_ID: str,
    EMAIL: address_key,
    NAME: matching_name,
    PAST_NAME: matching_name,
}
"""The key under which a value is indexed; `None` if entries are not found by this value."""


def _single(entries: Sequence[Entry]) -> Entry | None:
    return entries[0] if len(entries) == 1 else None


def _is_name_only(entry: Entry) -> bool:
    """Whether the entry has nothing but the name that leads use."""
    return not (entry.given or entry.managed or any(_has(entry, name) for name in _DISTINGUISHING))


def _has(part: Any, name: str) -> bool:
    """Whether a reference or an entry has the distinguishing member."""
    return bool(getattr(part, name, None)) and (name != EMAIL or has_address(part))


def _are_same_address(value: str, stored: str) -> bool:
    key, stored_key = address_key(value), address_key(stored)
    return key is None or stored_key is None or key == stored_key


def _without_foreign_names(entry: Entry) -> Entry:
    """Without past names if the e-mail has no key: earlier versions took all users with such an e-mail for one, so the
    names may be other people's."""
    if entry.past_names and entry.email and not has_address(entry):
        return structs.replace(entry, past_names=[])
    return entry


def _rank(reference: Any, entry: Entry) -> tuple[bool, int, bool, int, str]:
    is_archived = entry.archived_at_ms is not None
    return is_archived, -_agreement(reference, entry), not entry.given, entry.created_at_ms, entry.key


def _agreement(reference: Any, entry: Entry) -> int:
    """How many distinguishing members both have. Their values are known to be equivalent."""
    return sum(_has(reference, name) and _has(entry, name) for name in _DISTINGUISHING)


def _index_keys(entry: Entry) -> Iterator[IndexKey]:
    yield entry.kind, ID, entry.id
    yield entry.kind, ID, entry.key
    for lookup in (USER_ID, EMAIL, NAME):
        value = getattr(entry, lookup)
        if value and (key := _KEYS[lookup](value)) is not None:
            yield entry.kind, lookup, key
    for name in entry.past_names:
        yield entry.kind, PAST_NAME, matching_name(name)
