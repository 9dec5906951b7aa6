"""The changes of a batch as the rows that its saving statements take."""

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
from leadloop.derived.lead_counts import lead_count_change
from leadloop.derived.projection import Parts, difference, touched_parts
from leadloop.derived.stage_moves import new_stage
from leadloop.storage.postgres import search
from leadloop.storage.postgres.batch import Batch, LeadKey, LeadState, PendingAnswer
from leadloop.storage.webhook_rows import initial_due_ms

_ENCODE = msgspec.json.Encoder().encode

_LeadRow = msgspec.defstruct(
    "_LeadRow",
    ["n", "account_id", "id", "read_version", "version", *Columns.__struct_fields__, "claim", "claim_version"],
)


class RecordRow(Struct, omit_defaults=True):
    """`n` is the number of the lead, `place` that of the record; `stage` is the stage that the change set, if any, and
    `leads` by how much it changed the account's number of leads."""

    n: int
    place: int
    version: int
    at_ms: int
    actor: str
    dialect: str
    request_id: str
    fields: list[FieldChange]
    stage: str | None = None
    leads: int = 0


class MessageRow(Struct):
    """`n` is the number of the lead."""

    n: int
    id: str
    created_at_ms: int
    doc: Message


class AnswerRow(Struct):
    """An answer to store. `n` is the number of the lead that must be saved with it, if any."""

    n: int | None
    account_id: str
    key: str
    fingerprint: str
    at_ms: int
    lead_id: str
    answer: str


class DeliveryRow(Struct):
    """`n` is the number of the lead. A delivery that is `in_turn` waits while an earlier one of the lead is unfinished;
    with `waits` the earlier one is in this batch."""

    n: int
    endpoint_id: str
    version: int
    event: str
    at_ms: int
    due_at_ms: int
    in_turn: bool
    waits: bool


class FactChange(Struct):
    """A new or changed fact of a lead, or a deleted one, which has no date. `n` is the number of the lead, `fact` that
    of the fact."""

    n: int
    fact: int
    lead_date_ms: int | None
    amount_micros: int | None = None
    value_micros: int | None = None
    traits: str = ""


class BatchRows(NamedTuple):
    changed: list[LeadState]
    """In the order of their keys; their numbers, `n` in the rows, count from 1."""
    leads: list[Any]
    docs: list[bytes]
    records: list[RecordRow]
    """In the order in which the units ran."""
    messages: list[MessageRow]
    answers: list[AnswerRow]
    """In the order of their keys, so that two batches cannot deadlock."""
    deliveries: list[DeliveryRow]
    facts: list[FactChange]
    """The leads' facts that have changed."""
    index_rows: search.IndexRows
    """The changes of the search index."""

    country: Callable[[str], Country]
    """The country of each account in the batch."""

    def not_edited(self, won: Set[int], edited: Set[int]) -> list[tuple[Lead, Country]]:
        """The saved leads whose search entries were to be edited but did not exist."""
        missing = [edit.n for edit in self.index_rows.edits if edit.n in won and edit.n not in edited]
        states = [self.changed[n - 1] for n in missing]
        return [(cast(Lead, state.current), self.country(state.key[0])) for state in states]


def batch_rows(batch: Batch) -> BatchRows:
    changed = sorted((state for state in batch.states.values() if state.saved is not None), key=lambda state: state.key)
    numbers = {state.key: n for n, state in enumerate(changed, 1)}
    rows = BatchRows(changed, [], [], [], [], [], [], [], search.IndexRows([], [], []), batch.country)
    for n, state in enumerate(changed, 1):
        lead, doc, _, _ = cast(Saved, state.saved)
        claim = (None, None) if state.claim is None else (state.claim.key, state.claim.version)
        lead_columns = structs.astuple(columns(lead, batch.country(state.key[0])))
        rows.leads.append(_LeadRow(n, *state.key, state.loaded_version, lead.version, *lead_columns, *claim))
        rows.docs.append(doc)
    _add_derived(rows, batch, numbers)
    for place, (state, _, (_, _, change, message), _) in enumerate(batch.saves, 1):
        n = numbers[state.key]
        values = change.version, change.at_ms, change.actor, change.dialect, change.request_id, change.fields
        rows.records.append(RecordRow(n, place, *values, new_stage(change), lead_count_change(change)))
        if message is not None:
            rows.messages.append(MessageRow(n, message.id, message.created_at_ms or 0, message))
    rows.answers.extend(_answer_row(answer, numbers) for answer in sorted(batch.pending_answers, key=_idempotency_key))
    endpoints: set[tuple[int, str]] = set()
    for state, (delivery, in_turn) in batch.deliveries:
        endpoint = n, endpoint_id = numbers[state.key], delivery.endpoint_id
        delivery_values = endpoint_id, delivery.version, delivery.event, delivery.at_ms, initial_due_ms(delivery)
        rows.deliveries.append(DeliveryRow(n, *delivery_values, in_turn, in_turn and endpoint in endpoints))
        endpoints.add(endpoint)
    return rows


def _add_derived(rows: BatchRows, batch: Batch, numbers: Mapping[LeadKey, int]) -> None:
    """Adds the changes of each lead's facts and of the search index."""
    changes: defaultdict[LeadKey, list[FieldChange]] = defaultdict(list)
    for state, _, saved, _ in batch.saves:
        changes[state.key] += saved.change.fields
    for key, fields in changes.items():
        state, parts = batch.states[key], touched_parts(fields)
        if parts or state.loaded is None:
            lead, n = cast(Lead, state.current), numbers[key]
            rows.facts.extend(_fact_changes(state.loaded, lead, parts, n))
            search.add_rows(rows.index_rows, state.loaded, lead, parts, n, batch.country(key[0]))


def _idempotency_key(pending: PendingAnswer) -> tuple[str, str]:
    return pending.job.unit.account_id, cast(str, pending.job.unit.idempotency_key)


def _answer_row(pending: PendingAnswer, numbers: Mapping[LeadKey, int]) -> AnswerRow:
    n = None if pending.state is None else numbers[pending.state.key]
    fingerprint, at_ms, lead_id, answer = pending.answer
    return AnswerRow(n, *_idempotency_key(pending), fingerprint, at_ms, lead_id, answer)


def _fact_changes(before: Lead | None, after: Lead, parts: Parts, n: int) -> list[FactChange]:
    facts = difference(FACTS, before, after, parts)
    if facts is None:
        return []
    added = {row[2]: FactChange(n, *row[2:]) for row in facts.added}
    return [*added.values(), *(FactChange(n, row[2], None) for row in facts.removed if row[2] not in added)]
