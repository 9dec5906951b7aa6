"""A lead is the fold of its changes. Reading a past state, undoing changes and verifying the log all use this.

The cost of a record depends on what it changes, not on the size of the lead: a list of items is indexed by key once and
turned back into a list at the end. Pure.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from leadloop.core.changes import Change, pointer_parts
from leadloop.core.leads.merge import ITEMS
from leadloop.core.leads.model import Lead, blank_lead

MESSAGES = "messages"
"""The log records messages, but they are stored in a table of their own, and the fold of a lead skips them."""


def fold(changes: Iterable[Change]) -> Lead:
    """The lead after `changes`, its records from version 1 on, in order and without a gap.

    Raises `ValueError` when the first record is not version 1 or a record is missing.
    """
    folding = Folding()
    for change in changes:
        folding.apply(change)
    return folding.lead()


def unfold(lead: Lead, history: Iterable[Change], version: int) -> Lead:
    """The lead at `version`, computed from the current lead by undoing the records after it.

    Items that were removed since then return at the end of their list, and `updated_at_ms` is that of `lead`; only
    `fold` restores both exactly. Raises `ValueError` when a record is missing.
    """
    unfolding = Unfolding(lead)
    for change in sorted((c for c in history if version < c.version <= lead.version), key=lambda c: -c.version):
        unfolding.undo(change)
    if unfolding.version != version:
        raise ValueError(f"the log of lead {lead.id} lacks a record after version {version}")
    return unfolding.lead()


class Folding:
    """Builds a lead from its records, in order from version 1 on."""

    def __init__(self) -> None:
        self.version = 0
        self._document = _LeadDocument({})

    def apply(self, change: Change) -> None:
        """Raises `ValueError` for any but the next version."""
        if change.version != self.version + 1:
            raise ValueError(f"version {change.version} follows {self.version} in lead {change.lead_id}")
        if not self.version:
            self._document = _LeadDocument(
                msgspec.to_builtins(blank_lead(change.account_id, change.lead_id, change.at_ms))
            )
        self.version = change.version
        for field in change.fields:
            self._document.set(field.field, field.after)
        self._document.doc |= {"version": change.version, "updated_at_ms": change.at_ms}

    @property
    def size(self) -> int:
        return self._document.size

    def lead(self) -> Lead:
        """The lead at `version`; later records can still be applied. Raises `ValueError` before the first record."""
        if not self.version:
            raise ValueError("a lead has at least one change")
        return self._document.lead()


class Unfolding:
    """Undoes the records of a lead, newest first."""

    def __init__(self, lead: Lead) -> None:
        self.version = lead.version
        self._document = _LeadDocument(msgspec.to_builtins(lead))

    def undo(self, change: Change) -> None:
        """Raises `ValueError` for any record except that of the current version."""
        if change.version != self.version:
            raise ValueError(f"version {self.version} of lead {change.lead_id} is not undone by {change.version}")
        for field in reversed(change.fields):
            self._document.set(field.field, field.before)
        self.version -= 1
        self._document.doc["version"] = self.version

    @property
    def size(self) -> int:
        return self._document.size

    def lead(self) -> Lead:
        """The lead at `version`, with the limits that `unfold` describes."""
        return self._document.lead()


class _LeadDocument:
    """A lead's document. Lists of items that records have changed are held by key."""

    def __init__(self, doc: dict[str, Any]) -> None:
        self.doc = doc
        self._items: dict[str, dict[str, Any]] = {}

    @property
    def size(self) -> int:
        """The number of items and members, which decides how long `lead` takes."""
        collections = (*self.doc.values(), *self._items.values())
        return sum(len(value) for value in collections if isinstance(value, list | dict))

    def set(self, field: str, value: Any) -> None:
        """Sets the field at this pointer; `None` unsets it."""
        name, *rest = pointer_parts(field)
        if name == MESSAGES:
            return
        if not rest:
            self._items.pop(name, None)
            _put(self.doc, name, msgspec.to_builtins(value))
        elif name in ITEMS:
            # Records from a store hold items as dictionaries that nothing changes in place, so they need no copy.
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
            items = self._items[name] = _index_items(self.doc.pop(name, ()), ITEMS[name][1])
        return items


def _index_items(items: Iterable[Mapping[str, Any]], key: str) -> dict[str, Any]:
    return {item[key]: item for item in items}


def _put(doc: dict[str, Any], name: str, value: Any) -> None:
    if value is None:
        doc.pop(name, None)
    else:
        doc[name] = value
