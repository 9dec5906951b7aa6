"""What a group changes, as the tables that its saving statements read."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Set
from typing import Any, NamedTuple, cast

import msgspec
from msgspec import Struct, structs

from leadloop.core.changes import FieldChange
from leadloop.core.leads.matching import Country
from leadloop.core.leads.model import Lead
from leadloop.core.leads.parts import Message
from leadloop.core.writes.unit import Saved
from leadloop.derived.columns import Columns, columns
from leadloop.derived.facts import FACTS
from leadloop.derived.projection import Parts, difference, touched
from leadloop.derived.stage_moves import moved_to
from leadloop.storage.postgres import search
from leadloop.storage.postgres.batch import Batch, Keep, LeadKey, LeadState
from leadloop.storage.webhook_rows import due_at_once_ms

_ENCODE = msgspec.json.Encoder().encode

_LeadRow = msgspec.defstruct(
    "_LeadRow",
    ["n", "account_id", "id", "read_version", "version", *Columns.__struct_fields__, "claim", "claim_version"],
)


class RecordRow(Struct, omit_defaults=True):
    """`n` is the number of the lead, `place` that of the record, `stage` what it set as such."""

    n: int
    place: int
    version: int
    at_ms: int
    actor: str
    dialect: str
    request_id: str
    fields: list[FieldChange]
    stage: str | None = None


class MessageRow(Struct):
    """`n` is the number of the lead."""

    n: int
    id: str
    created_at_ms: int
    doc: Message


class KeptRow(Struct):
    """`n` is the number of the lead that it depends on, if any."""

    n: int | None
    account_id: str
    key: str
    fingerprint: str
    at_ms: int
    lead_id: str
    answer: str


class DeliveryRow(Struct):
    """`n` is the number of the lead. One that is `in_turn` waits if the one before it of the lead is unfinished; one
    that `waits` has it in this group."""

    n: int
    endpoint_id: str
    version: int
    event: str
    at_ms: int
    due_at_ms: int
    in_turn: bool
    waits: bool


class FactRow(Struct):
    """What a lead adds to the Insights. `n` is the number of the lead, `fact` that of the fact; without a date it is no
    more."""

    n: int
    fact: int
    lead_date_ms: int | None
    amount_micros: int | None = None
    value_micros: int | None = None
    traits: str = ""


class BatchRows(NamedTuple):
    changed: list[LeadState]
    """In the order of their keys; their numbers, `n` in the tables, count from 1."""
    leads: list[Any]
    docs: list[bytes]
    records: list[RecordRow]
    """In the order in which the units ran."""
    messages: list[MessageRow]
    kept: list[KeptRow]
    """In the order of their keys, so that two groups do not wait for each other crosswise."""
    deliveries: list[DeliveryRow]
    facts: list[FactRow]
    """Of the leads whose facts have changed."""
    searched: search.IndexRows
    """What is new for searching."""

    country: Callable[[str], Country]
    """Of each account of the group."""

    def not_edited(self, won: Set[int], edited: Set[int]) -> list[tuple[Lead, Country]]:
        """The leads whose entries were to be edited, of those that were saved, and were not there."""
        missing = [edit.n for edit in self.searched.edits if edit.n in won and edit.n not in edited]
        rows = [self.changed[n - 1] for n in missing]
        return [(cast(Lead, row.now), self.country(row.key[0])) for row in rows]


def batch_rows(group: Batch) -> BatchRows:
    changed = sorted((row for row in group.rows.values() if row.saved is not None), key=lambda row: row.key)
    number = {row.key: n for n, row in enumerate(changed, 1)}
    found = BatchRows(changed, [], [], [], [], [], [], [], search.IndexRows([], [], []), group.country)
    for n, row in enumerate(changed, 1):
        lead, doc, _, _ = cast(Saved, row.saved)
        claim = (None, None) if row.claim is None else (row.claim.key, row.claim.version)
        about = row.read_version, lead.version, *structs.astuple(columns(lead, group.country(row.key[0]))), *claim
        found.leads.append(_LeadRow(n, *row.key, *about))
        found.docs.append(doc)
    _add_derived(found, group, number)
    for place, (row, _, (_, _, change, message), _) in enumerate(group.saves, 1):
        n = number[row.key]
        about = change.version, change.at_ms, change.actor, change.dialect, change.request_id, change.fields
        found.records.append(RecordRow(n, place, *about, moved_to(change)))
        if message is not None:
            found.messages.append(MessageRow(n, message.id, message.created_at_ms or 0, message))
    found.kept.extend(_kept_row(keep, number) for keep in sorted(group.keeps, key=_once_key))
    filed: set[tuple[int, str]] = set()
    for row, (told, in_turn) in group.deliveries:
        n, endpoint_id = number[row.key], told.endpoint_id
        about = endpoint_id, told.version, told.event, told.at_ms, due_at_once_ms(told)
        found.deliveries.append(DeliveryRow(n, *about, in_turn, in_turn and (n, endpoint_id) in filed))
        filed.add((n, endpoint_id))
    return found


def _add_derived(found: BatchRows, group: Batch, number: Mapping[LeadKey, int]) -> None:
    """What the changes of the group make of each lead's facts and of the search index."""
    changes: defaultdict[LeadKey, list[FieldChange]] = defaultdict(list)
    for row, _, saved, _ in group.saves:
        changes[row.key] += saved.change.fields
    for key, fields in changes.items():
        row, parts = group.rows[key], touched(fields)
        if parts or row.read is None:
            found.facts.extend(_fact_rows(row, parts, number[key]))
            search.add_rows(found.searched, row.read, cast(Lead, row.now), parts, number[key], group.country(key[0]))


def _once_key(keep: Keep) -> tuple[str, str]:
    return keep.job.unit.account_id, cast(str, keep.job.unit.idempotency_key)


def _kept_row(keep: Keep, number: Mapping[LeadKey, int]) -> KeptRow:
    n = None if keep.row is None else number[keep.row.key]
    fingerprint, at_ms, lead_id, answer = keep.kept
    return KeptRow(n, *_once_key(keep), fingerprint, at_ms, lead_id, answer)


def _fact_rows(row: LeadState, parts: Parts, n: int) -> list[FactRow]:
    found = difference(FACTS, row.read, cast(Lead, row.now), parts)
    if found is None:
        return []
    added = {row[2]: FactRow(n, *row[2:]) for row in found.added}
    return [*added.values(), *(FactRow(n, row[2], None) for row in found.gone if row[2] not in added)]
