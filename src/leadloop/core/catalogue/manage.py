"""Creates, updates and archives catalogue entries by hand. Pure; see `CatalogueStore.manage`."""

from collections.abc import Mapping
from typing import Any

from msgspec import structs

from leadloop.core.catalogue.catalogue import Catalogue
from leadloop.core.catalogue.learn import rename
from leadloop.core.catalogue.model import MOST_ENTRIES, Entry, has_address
from leadloop.core.errors import CatalogueFull, EntryExists, EntryNotFound
from leadloop.core.ids import new_id

_DEFAULTS: dict[str, Any] = {"weight": 1, "unit_ids": [], "department_ids": [], "interest_ids": []}
_DISTINGUISHING = frozenset({"name", "user_id", "email", "unit_id", "department_id"})
"""Members by which leads find an entry and distinguish it from others."""


def create(
    catalogue: Catalogue, kind: str, entry_id: str | None, name: str, members: Mapping[str, Any], at_ms: int
) -> Entry:
    """A new entry. If a duplicate exists that came from leads only, it becomes the new entry. If a manager has already
    created exactly this entry, returns it: the client repeats a request whose answer was lost.

    Raises `EntryExists`, `CatalogueFull`.
    """
    if entry_id and (taken := catalogue.by_id(kind, entry_id)):
        requested = {"id": entry_id, "name": name, **members}
        present = {member: getattr(taken, member) for member in requested}
        if taken.managed and taken.archived_at_ms is None and requested == present:
            return taken
        raise EntryExists("id", taken.id)
    key = entry_id or new_id(at_ms)
    entry = Entry(kind=kind, key=key, id=key, name=name, created_at_ms=at_ms, updated_at_ms=at_ms)
    entry = structs.replace(entry, **members, given=True, managed=True)
    duplicate = catalogue.duplicate_of(entry)
    if duplicate is None:
        if sum(other.managed for other in catalogue.of_kind(kind)) >= MOST_ENTRIES:
            raise CatalogueFull(kind, MOST_ENTRIES)
        return entry
    if duplicate.given or duplicate.managed:
        raise EntryExists(_shared(entry, duplicate), duplicate.id)
    changes = {**members, **(rename(duplicate, name) if name != duplicate.name else {})}
    entry_id = entry_id or duplicate.id
    return structs.replace(duplicate, **changes, id=entry_id, given=True, managed=True, updated_at_ms=at_ms)


def update(catalogue: Catalogue, kind: str, entry_id: str, changes: Mapping[str, Any], at_ms: int) -> Entry:
    """`changes` has the name or members of the kind; `None` clears one. Returns the same object if nothing changes.

    Raises `EntryNotFound`, `EntryExists`.
    """
    entry = _present(catalogue, kind, entry_id)
    requested = {member: _DEFAULTS.get(member) if value is None else value for member, value in changes.items()}
    effective = {member: value for member, value in requested.items() if value != getattr(entry, member)}
    if not effective:
        return entry
    if name := effective.get("name"):
        effective |= rename(entry, name)
    new = structs.replace(entry, **effective, managed=True, updated_at_ms=at_ms)
    if new.archived_at_ms is None and not _DISTINGUISHING.isdisjoint(effective):
        _refuse_taken(catalogue, new)
    return new


def archive(catalogue: Catalogue, kind: str, entry_id: str, at_ms: int, *, archived: bool = True) -> Entry:
    """Archives the entry, so that names no longer resolve to it; with `archived` false restores it.

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
    if taken := catalogue.duplicate_of(entry):
        raise EntryExists(_shared(entry, taken), taken.id)


def _shared(entry: Entry, other: Entry) -> str:
    """The member that two duplicates have in common."""
    if entry.user_id and other.user_id:
        return "user_id"
    return "email" if has_address(entry) and has_address(other) else "name"
