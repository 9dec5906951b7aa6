"""Restores a lead's content from another time, and computes the change to record. Pure."""

from collections.abc import Iterator
from typing import Any

from msgspec import structs

from leadloop.core.changes import FieldChange, pointer
from leadloop.core.leads.merge import ITEMS, PARTS, none_if_empty, same
from leadloop.core.leads.model import Lead
from leadloop.core.leads.patch import MERGE_TABLE, Rule

PRESERVED = frozenset({"format", "account_id", "id", "version", "created_at_ms", "updated_at_ms"})
"""Fields that a revert leaves unchanged."""


def restore_content(now: Lead, then: Lead, at_ms: int) -> Lead:
    """`now` with the content of `then`, as its next version: the result of applying `difference`."""
    preserved = {name: getattr(now, name) for name in PRESERVED}
    preserved |= {"version": now.version + 1, "updated_at_ms": max(at_ms, now.updated_at_ms)}
    return structs.replace(then, **preserved)


def difference(now: Lead, then: Lead) -> list[FieldChange]:
    """The changes that turn the content of `now` into that of `then`, as merging would record them.

    Empty if the content is the same. If changing single items would not give the right order, the whole list is
    recorded.
    """
    changes: list[FieldChange] = []
    for name in Lead.__struct_fields__:
        old, new = getattr(now, name), getattr(then, name)
        if name not in PRESERVED and not same(old, new):
            changes += _field(name, old, new)
    return changes


def _field(name: str, old: Any, new: Any) -> Iterator[FieldChange]:
    rule = MERGE_TABLE.get(name, Rule.REPLACE)
    if rule is Rule.MEMBERS:
        empty = PARTS[name]()
        yield from _entries(name, structs.asdict(old or empty), structs.asdict(new or empty))
    elif rule is Rule.KEYS:
        yield from _entries(name, old, new)
    elif rule is Rule.ITEMS and _keeps_order(name, old, new):
        yield from _entries(name, _by_key(name, old), _by_key(name, new))
    else:
        yield FieldChange(pointer(name), none_if_empty(old), none_if_empty(new))


def _entries(name: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[FieldChange]:
    for key in old | new:
        before, after = old.get(key), new.get(key)
        if not same(before, after):
            yield FieldChange(pointer(name, key), before, after)


def _keeps_order(name: str, old: list[Any], new: list[Any]) -> bool:
    """Whether removing items in place, and adding others at the end, gives the order of `new`."""
    before, after = _by_key(name, old), _by_key(name, new)
    return len(after) == len(new) and [key for key in before | after if key in after] == list(after)


def _by_key(name: str, items: list[Any]) -> dict[str, Any]:
    key = ITEMS[name][1]
    return {getattr(item, key): item for item in items}
