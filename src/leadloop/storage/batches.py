"""Converts whole histories to rows, in batches that the engines load in one transaction each."""

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from msgspec import Struct, field, structs

from leadloop.core.catalogue.learn import LeadReference
from leadloop.core.leads.model import Lead
from leadloop.core.writes.unit import History
from leadloop.derived.columns import Columns, columns
from leadloop.derived.facts import FACTS, FactRow
from leadloop.derived.projection import touched_parts
from leadloop.derived.references import added_references
from leadloop.derived.terms import TERMS, TermRow
from leadloop.derived.words import IndexEntry, index_entry
from leadloop.storage import rows
from leadloop.storage.rows import Row

MAX_LEADS = 2_000
"""Most leads in one batch: some 25 MB of rows, for which other writers of the account's feed wait 0.1 to 0.3 s."""

_KEY = ("account_id", "id", "version")
DELETED = (*_KEY, *Columns.__struct_fields__).index("deleted_at_ms")
"""The place of the column in the row of a lead."""


class BulkBatch(Struct):
    """New leads of one account. Values have the order of the tables' columns; the positions of records are still 0."""

    account_id: str
    leads: dict[str, Row] = field(default_factory=dict)
    records: list[Row] = field(default_factory=list)
    messages: dict[tuple[str, str], Row] = field(default_factory=dict)
    facts: list[FactRow] = field(default_factory=list)
    references: dict[tuple[str, Any, tuple[str, ...]], LeadReference] = field(default_factory=dict)
    """The references of the leads, without duplicates."""
    entries: list[IndexEntry] = field(default_factory=list)
    terms: list[TermRow] = field(default_factory=list)

    def add(self, history: History) -> None:
        lead, doc, _, _ = history[-1]
        self.leads[lead.id] = (lead.account_id, lead.id, lead.version, *structs.astuple(columns(lead)), doc.decode())
        self.facts += FACTS.rows(lead)
        before: Lead | None = None
        self.terms += TERMS.rows(lead)
        if (text_entry := index_entry(lead)) is not None:
            self.entries.append(text_entry)
        for saved in history:
            for reference in added_references(before, saved.lead, touched_parts(saved.change.fields)):
                self.references.setdefault((reference.kind, reference.reference, reference.implied), reference)
            before = saved.lead
            self.records.append(rows.change_row(saved.change, 0))
            if (message := saved.message) is not None:
                row = (lead.account_id, lead.id, message.id, message.created_at_ms or 0, rows.message_json(message))
                self.messages[lead.id, message.id] = row

    def without(self, lead_ids: Collection[str]) -> "BulkBatch":
        """The batch without these leads, which exist already."""
        if not lead_ids:
            return self
        return BulkBatch(
            self.account_id,
            {lead_id: row for lead_id, row in self.leads.items() if lead_id not in lead_ids},
            [row for row in self.records if row[1] not in lead_ids],
            {key: row for key, row in self.messages.items() if key[0] not in lead_ids},
            [row for row in self.facts if row[1] not in lead_ids],
            self.references,
            [entry for entry in self.entries if entry.lead_id not in lead_ids],
            [term for term in self.terms if term[-1] not in lead_ids],
        )

    @property
    def lead_count(self) -> int:
        """The number of leads that are not deleted."""
        return sum(row[DELETED] is None for row in self.leads.values())

    def references_in_order(self) -> list[LeadReference]:
        return sorted(self.references.values(), key=lambda reference: reference.at_ms)

    def with_positions(self, last_position: int) -> list[Row]:
        """The records by time, with positions that end at `last_position`."""
        in_order = sorted(self.records, key=_when)
        first = last_position - len(in_order) + 1
        return [(*row[:3], position, *row[4:]) for position, row in enumerate(in_order, first)]


def _when(row: Row) -> tuple[int, str, int]:
    _, lead_id, version, _, at_ms, *_ = row
    return at_ms, lead_id, version


def batches(histories: Iterable[History]) -> Iterator[BulkBatch]:
    """Splits the histories into batches of one account each. Consumes only as many histories as the next batch
    takes."""
    batch: BulkBatch | None = None
    for history in histories:
        account_id = history[-1].lead.account_id
        if batch is not None and (batch.account_id != account_id or len(batch.leads) == MAX_LEADS):
            yield batch
            batch = None
        if batch is None:
            batch = BulkBatch(account_id)
        batch.add(history)
    if batch is not None:
        yield batch
