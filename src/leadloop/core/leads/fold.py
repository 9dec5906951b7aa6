"""A lead is the fold of its changes. Reads as of a moment, undo and the proof of the log all come from here."""

from collections.abc import Iterable
from typing import Any

import msgspec

from leadloop.core.changes import Change, pointer_parts
from leadloop.core.leads.merge import ITEMS
from leadloop.core.leads.model import Lead, unborn

MESSAGES = "messages"
"""Recorded in the log, stored in a table of their own: the fold of a lead leaves them out."""


def fold(changes: Iterable[Change]) -> Lead:
    """The lead after `changes`: its records from version 1 on, in order, without a gap.

    Raises `ValueError` when the first is not version 1 or one is missing.
    """
    doc: dict[str, Any] = {}
    version = 0
    for change in changes:
        if change.version != version + 1:
            raise ValueError(f"version {change.version} follows {version} in lead {change.lead_id}")
        version = change.version
        if version == 1:
            doc = msgspec.to_builtins(unborn(change.account_id, change.lead_id, change.at_ms))
        for field in change.fields:
            _set(doc, pointer_parts(field.field), msgspec.to_builtins(field.after))
        doc |= {"version": version, "updated_at_ms": change.at_ms}
    if not version:
        raise ValueError("a lead has at least one change")
    return msgspec.convert(doc, Lead)


def unfold(lead: Lead, history: Iterable[Change], version: int) -> Lead:
    """The lead as it was at `version`, found from the present one by undoing the records after it.

    What was removed since comes back at the end of its list; `fold` gives the order as well. The time of the last
    change is the present one's. Raises `ValueError` when a record is missing.
    """
    undone = sorted((c for c in history if version < c.version <= lead.version), key=lambda c: -c.version)
    if [change.version for change in undone] != list(range(lead.version, version, -1)):
        raise ValueError(f"the log of lead {lead.id} lacks a record after version {version}")
    doc: dict[str, Any] = msgspec.to_builtins(lead)
    for change in undone:
        for field in reversed(change.fields):
            _set(doc, pointer_parts(field.field), msgspec.to_builtins(field.before))
    return msgspec.convert(doc | {"version": version}, Lead)


def _set(doc: dict[str, Any], parts: list[str], value: Any) -> None:
    name = parts[0]
    if name == MESSAGES:
        return
    if len(parts) == 1:
        _put(doc, name, value)
    elif name in ITEMS:
        _put_item(doc, name, ITEMS[name][1], parts[1], value)
    else:
        _put(doc.setdefault(name, {}), parts[1], value)
        if not doc[name]:
            del doc[name]


def _put(doc: dict[str, Any], name: str, value: Any) -> None:
    if value is None:
        doc.pop(name, None)
    else:
        doc[name] = value


def _put_item(doc: dict[str, Any], name: str, key: str, item_key: str, value: Any) -> None:
    items = {item[key]: item for item in doc.get(name, ())}
    _put(items, item_key, value)
    _put(doc, name, list(items.values()) or None)
