"""What a group changes, as the tables that its saving statements read."""

from typing import Any, NamedTuple, cast

import msgspec
from msgspec import Struct, structs

from leadloop.core.changes import FieldChange
from leadloop.core.leads.doc import Columns, columns
from leadloop.core.leads.parts import Message
from leadloop.core.ports import Saved
from leadloop.storage.postgres.group import Group, Row

_ENCODE = msgspec.json.Encoder().encode

_LeadRow = msgspec.defstruct(
    "_LeadRow", ["n", "account_id", "id", "read_version", "version", *Columns.__struct_fields__]
)


class RecordRow(Struct):
    """`n` is the number of the lead, `place` that of the record."""

    n: int
    place: int
    version: int
    at_ms: int
    actor: str
    dialect: str
    request_id: str
    fields: list[FieldChange]


class MessageRow(Struct):
    """`n` is the number of the lead."""

    n: int
    id: str
    created_at_ms: int
    doc: Message


class Tables(NamedTuple):
    changed: list[Row]
    """In the order of their keys; their numbers, `n` in the tables, count from 1."""
    leads: list[Any]
    docs: list[bytes]
    records: list[RecordRow]
    """In the order in which the units ran."""
    messages: list[MessageRow]


def tables(group: Group) -> Tables:
    changed = sorted((row for row in group.rows.values() if row.saved is not None), key=lambda row: row.key)
    number = {row.key: n for n, row in enumerate(changed, 1)}
    found = Tables(changed, [], [], [], [])
    for n, row in enumerate(changed, 1):
        lead, doc, _, _ = cast(Saved, row.saved)
        found.leads.append(_LeadRow(n, *row.key, row.read_version, lead.version, *structs.astuple(columns(lead))))
        found.docs.append(doc)
    for place, (row, _, (_, _, change, message), _) in enumerate(group.saves, 1):
        n = number[row.key]
        about = change.version, change.at_ms, change.actor, change.dialect, change.request_id, change.fields
        found.records.append(RecordRow(n, place, *about))
        if message is not None:
            found.messages.append(MessageRow(n, message.id, message.created_at_ms or 0, message))
    return found


def as_json(table: list[Any]) -> str:
    """One text for the whole table: half the price of an array a column, which the driver writes value by value."""
    return _ENCODE(table).decode()
