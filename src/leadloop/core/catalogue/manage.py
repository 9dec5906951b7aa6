"""Setting the catalogue up by hand: what becomes of an entry. Pure; see `ports.CatalogueStore.manage`."""

from collections.abc import Mapping
from typing import Any

from msgspec import structs

from leadloop.core.catalogue.catalogue import Catalogue
from leadloop.core.catalogue.learn import renamed
from leadloop.core.catalogue.model import MOST_ENTRIES, Entry
from leadloop.core.errors import CatalogueFull, EntryExists, EntryNotFound
from leadloop.core.ids import new_id

_UNSET: dict[str, Any] = {"weight": 1, "unit_ids": [], "department_ids": [], "interest_ids": []}
_TELLING = frozenset({"name", "user_id", "email", "unit_id", "department_id"})
"""What leads find an entry by, and tell it from others."""


def create(
    catalogue: Catalogue, kind: str, entry_id: str | None, name: str, members: Mapping[str, Any], at_ms: int
) -> Entry:
    """A new entry; one that leads alone have told of, and can not tell from it, becomes it. The very same entry where a
    manager has made this one already: the answer was lost.

    Raises `EntryExists`, `CatalogueFull`.
    """
    if entry_id and (taken := catalogue.by_id(kind, entry_id)):
        said = {"id": entry_id, "name": name, **members}
        if taken.managed and taken.archived_at_ms is None and said == {one: getattr(taken, one) for one in said}:
            return taken
        raise EntryExists("id", taken.id)
    key = entry_id or new_id(at_ms)
    entry = Entry(kind=kind, key=key, id=key, name=name, created_at_ms=at_ms, updated_at_ms=at_ms)
    entry = structs.replace(entry, **members, given=True, managed=True)
    known = catalogue.alike(entry)
    if known is None:
        if sum(one.managed for one in catalogue.of_kind(kind)) >= MOST_ENTRIES:
            raise CatalogueFull(kind, MOST_ENTRIES)
        return entry
    if known.given or known.managed:
        raise EntryExists(_shared(entry, known), known.id)
    changes = {**members, **(renamed(known, name) if name != known.name else {})}
    entry_id = entry_id or known.id
    return structs.replace(known, **changes, id=entry_id, given=True, managed=True, updated_at_ms=at_ms)


def update(catalogue: Catalogue, kind: str, entry_id: str, changes: Mapping[str, Any], at_ms: int) -> Entry:
    """`changes` are of the name and the kind's members; `None` clears one. The very same entry where nothing changes.

    Raises `EntryNotFound`, `EntryExists`.
    """
    entry = _present(catalogue, kind, entry_id)
    wanted = {member: _UNSET.get(member) if value is None else value for member, value in changes.items()}
    changed = {member: value for member, value in wanted.items() if value != getattr(entry, member)}
    if not changed:
        return entry
    if name := changed.get("name"):
        changed |= renamed(entry, name)
    new = structs.replace(entry, **changed, managed=True, updated_at_ms=at_ms)
    if new.archived_at_ms is None and not _TELLING.isdisjoint(changed):
        _refuse_taken(catalogue, new)
    return new


def archive(catalogue: Catalogue, kind: str, entry_id: str, at_ms: int, *, archived: bool = True) -> Entry:
    """Archived entries are not found by their name any more; with `archived` false it is found again.

    Raises `EntryNotFound`, `EntryExists`.
    """
    entry = _present(catalogue, kind, entry_id)
    if (entry.archived_at_ms is not None) is archived:
        return entry
    if not archived:
        _refuse_taken(catalogue, entry)
    return structs.replace(entry, archived_at_ms=at_ms if archived else None, managed=True, updated_at_ms=at_ms)


def _present(catalogue: Catalogue, kind: str, entry_id: str) -> Entry:
    entry = catalogue.by_id(kind, entry_id)
    if entry is None:
        raise EntryNotFound
    return entry


def _refuse_taken(catalogue: Catalogue, entry: Entry) -> None:
    if taken := catalogue.alike(entry):
        raise EntryExists(_shared(entry, taken), taken.id)


def _shared(entry: Entry, other: Entry) -> str:
    """What two entries that are alike have in common."""
    return next(
        (member for member in ("user_id", "email") if getattr(entry, member) and getattr(other, member)), "name"
    )
