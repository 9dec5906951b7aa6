"""A group against the database: load its leads, save what its units decided. Two round trips, no lock in between.

The second is one statement, and so one transaction, guarded by the version each lead was read at.
"""

from typing import Any, cast

import msgspec
from msgspec import Struct, structs

from leadloop.core.changes import FieldChange
from leadloop.core.leads.doc import Columns, columns, decode
from leadloop.core.leads.merge import Conversation
from leadloop.core.leads.parts import Message
from leadloop.core.ports import SAME_CONTACT_LIMIT, Saved
from leadloop.storage import rows
from leadloop.storage.postgres.engine import STATEMENT_TIMEOUT_S, Connection
from leadloop.storage.postgres.group import Group, Job, Row
from leadloop.storage.sql import statements

SQL = statements(__file__)
_LOAD, _SAVE = SQL["load_leads"], SQL["save_group"]
_ENCODE = msgspec.json.Encoder().encode

_LeadRow = msgspec.defstruct(
    "_LeadRow", ["n", "account_id", "id", "read_version", "version", *Columns.__struct_fields__]
)


class _RecordRow(Struct):
    """`n` is the number of the lead, `place` that of the record."""

    n: int
    place: int
    version: int
    at_ms: int
    actor: str
    dialect: str
    request_id: str
    fields: list[FieldChange]


class _MessageRow(Struct):
    n: int
    id: str
    created_at_ms: int
    doc: Message


async def load(connection: Connection, group: Group) -> None:
    """What the units ask for. The leads come first: what is read after them can only be newer, and a lead that has
    moved on in between loses its guard."""
    asked = list(group.rows.values())
    accounts, ids = zip(*group.rows, strict=True)
    for n, doc in await _fetch(connection, _LOAD, accounts, ids):
        row = asked[n - 1]
        row.read = row.now = decode(doc)
    await _load_contacts(connection, group)
    await _load_conversations(connection, group)


async def committed(connection: Connection, jobs: list[Job]) -> dict[Job, Any]:
    """The answers of those `jobs` whose change was saved after all when a connection was lost."""
    tries = [(job, version, result) for job in jobs for version, result in job.tried.items()]
    asked = [(*job.lead_key, version, job.unit.request_id) for job, version, _ in tries]
    found = await _fetch(connection, SQL["find_changes"], *zip(*asked, strict=True))
    return {tries[n - 1][0]: tries[n - 1][2] for (n,) in found}


async def save(connection: Connection, group: Group) -> set[Row]:
    """Saves what has been changed and returns it, without the leads that somebody else has changed since."""
    changed = sorted((row for row in group.rows.values() if row.saved is not None), key=lambda row: row.key)
    number = {row.key: n for n, row in enumerate(changed, 1)}
    leads, docs = [], []
    for n, row in enumerate(changed, 1):
        lead, doc, _, _ = cast(Saved, row.saved)
        leads.append(_LeadRow(n, *row.key, row.read_version, lead.version, *structs.astuple(columns(lead))))
        docs.append(doc)
    records, messages = [], []
    for place, (row, _, (_, _, change, message), _) in enumerate(group.saves):
        n = number[row.key]
        about = change.version, change.at_ms, change.actor, change.dialect, change.request_id, change.fields
        records.append(_RecordRow(n, place, *about))
        if message is not None:
            messages.append(_MessageRow(n, message.id, message.created_at_ms or 0, message))
    won = await _fetch(connection, _SAVE, _json(leads), docs, _json(records), _json(messages))
    return {changed[n - 1] for (n,) in won}


async def _load_contacts(connection: Connection, group: Group) -> None:
    jobs = [(job, keys) for job in group.jobs if (keys := group.contact_keys(job)) is not None]
    if jobs:
        asked = zip(*((*job.lead_key, *keys) for job, keys in jobs), strict=True)
        counts = await _fetch(connection, SQL["count_same_contact"], *asked, SAME_CONTACT_LIMIT)
        group.same_contact = {job: count for (job, _), (count,) in zip(jobs, counts, strict=True)}


async def _load_conversations(connection: Connection, group: Group) -> None:
    jobs = [job for job in group.jobs if job.unit.message_id is not None]
    if jobs:
        asked = zip(*((*job.lead_key, job.unit.message_id) for job in jobs), strict=True)
        found = await _fetch(connection, SQL["load_conversations"], *asked)
        for job, docs in zip(jobs, found, strict=True):
            group.conversations[job] = Conversation(*(doc and rows.message(doc) for doc in docs))


def _json(table: list[Any]) -> str:
    """One text for the whole table: half the price of an array a column, which the driver writes value by value."""
    return _ENCODE(table).decode()


async def _fetch(connection: Connection, sql: str, *parameters: Any) -> list[Any]:
    return await connection.fetch(sql, *parameters, timeout=STATEMENT_TIMEOUT_S)
