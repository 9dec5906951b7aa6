"""A lead is the fold of its changes. Reads as of a moment, undo and the proof of the log all come from here.

Each record costs what it changed, however large the lead is: a list of items is indexed by key once and listed again
at the end. Pure.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from leadloop.core.changes import Change, pointer_parts
from leadloop.core.leads.merge import ITEMS
from leadloop.core.leads.model import Lead, blank_lead

MESSAGES = "messages"
"""Recorded in the log, stored in a table of their own: the fold of a lead leaves them out."""


def fold(changes: Iterable[Change]) -> Lead:
    """The lead after `changes`: its records from version 1 on, in order, without a gap.

    Raises `ValueError` when the first is not version 1 or one is missing.
    """
    folding = Folding()
    for change in changes:
        folding.apply(change)
    return folding.lead()


def unfold(lead: Lead, history: Iterable[Change], version: int) -> Lead:
    """The lead at `version`, computed from the current one by undoing the records after it.

    Items removed since then come back at the end of their list, and `updated_at_ms` stays that of `lead`; `fold`
    restores both. Raises `ValueError` when a record is missing.
    """
    unfolding = Unfolding(lead)
    for change in sorted((c for c in history if version < c.version <= lead.version), key=lambda c: -c.version):
        unfolding.undo(change)
    if unfolding.version != version:
        raise ValueError(f"the log of lead {lead.id} lacks a record after version {version}")
    return unfolding.lead()


class Folding:
    """A lead under construction from its records, in order from version 1 on."""

    def __init__(self) -> None:
        self.version = 0
        self._fields = _Fields({})

    def apply(self, change: Change) -> None:
        """Raises `ValueError` for any but the next version."""
        if change.version != self.version + 1:
            raise ValueError(f"version {change.version} follows {self.version} in lead {change.lead_id}")
        if not self.version:
            self._fields = _Fields(msgspec.to_builtins(blank_lead(change.account_id, change.lead_id, change.at_ms)))
        self.version = change.version
        for field in change.fields:
            self._fields.set(field.field, field.after)
        self._fields.doc |= {"version": change.version, "updated_at_ms": change.at_ms}

    @property
    def size(self) -> int:
        return self._fields.size

    def lead(self) -> Lead:
        """The lead at `version`; the records behind it can still be applied. Raises `ValueError` before the first."""
        if not self.version:
            raise ValueError("a lead has at least one change")
        return self._fields.lead()


class Unfolding:
    """A lead on its way back through its records, newest first."""

    def __init__(self, lead: Lead) -> None:
        self.version = lead.version
        self._fields = _Fields(msgspec.to_builtins(lead))

    def undo(self, change: Change) -> None:
        """Raises `ValueError` for any record but that of the present version."""
        if change.version != self.version:
            raise ValueError(f"version {self.version} of lead {change.lead_id} is not undone by {change.version}")
        for field in reversed(change.fields):
            self._fields.set(field.field, field.before)
        self.version -= 1
        self._fields.doc["version"] = self.version

    @property
    def size(self) -> int:
        return self._fields.size

    def lead(self) -> Lead:
        """The lead at `version`, as `unfold` describes it."""
        return self._fields.lead()


class _Fields:
    """A lead's document, with the lists of items that records have touched held by key."""

    def __init__(self, doc: dict[str, Any]) -> None:
        self.doc = doc
        self._items: dict[str, dict[str, Any]] = {}

    @property
    def size(self) -> int:
        """How many items and members it holds, of which making the lead takes its time."""
        held = (*self.doc.values(), *self._items.values())
        return sum(len(value) for value in held if isinstance(value, list | dict))

    def set(self, field: str, value: Any) -> None:
        """`field` is a pointer into the lead; `None` unsets it."""
        name, *rest = pointer_parts(field)
        if name == MESSAGES:
            return
        if not rest:
            self._items.pop(name, None)
            _put(self.doc, name, msgspec.to_builtins(value))
        elif name in ITEMS:
            # A record from a store holds items as dictionaries, which nobody changes in place: no copy is needed.
            _put(self._by_key(name), rest[0], value if type(value) is dict else msgspec.to_builtins(value))
        else:
            _put(self.doc.setdefault(name, {}), rest[0], msgspec.to_builtins(value))
            if not self.doc[name]:
                del self.doc[name]

    def lead(self) -> Lead:
        lists = {name: list(items.values()) for name, items in self._items.items()}
        return msgspec.convert(self.doc | lists, Lead)

    def _by_key(self, name: str) -> dict[str, Any]:
        items = self._items.get(name)
        if items is None:
            items = self._items[name] = _indexed(self.doc.pop(name, ()), ITEMS[name][1])
        return items


def _indexed(items: Iterable[Mapping[str, Any]], key: str) -> dict[str, Any]:
    return {item[key]: item for item in items}


def _put(doc: dict[str, Any], name: str, value: Any) -> None:
    if value is None:
        doc.pop(name, None)
    else:
        doc[name] = value
