"""Corrects the stored projection rows of a span of leads. Both engines correct in the same way.

The rows of a span are read at once, since no index has them by lead; then its leads are read in small batches, each in
a transaction in which they cannot change. The rows are read before the leads: correction deletes stored rows that a
lead does not imply and inserts those that it lacks. A concurrent write has already corrected its own lead.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

from leadloop.core.leads.model import Lead

SPAN, BATCH = 20_000, 250
"""Leads whose rows are read at once, and leads that are corrected in one transaction (some 0.05 s)."""

RowsByLead = dict[str, set[Any]]
"""Rows by the id of their lead."""


class Span(NamedTuple):
    """The stored rows of the leads after `after`, up to `last` if it is set."""

    account_id: str
    after: str
    last: str | None
    facts: RowsByLead
    terms: RowsByLead
    entries: RowsByLead

    def after_correcting(self, leads: Sequence[Lead]) -> "Span | None":
        """The rest of the span after these leads, the next ones, are corrected; `None` if nothing is left."""
        return self._replace(after=leads[-1].id) if len(leads) == BATCH else None

    def ids_to_correct(self, leads: Sequence[Lead]) -> list[str]:
        """The ids of these leads, and of missing leads between them that still have rows."""
        last = leads[-1].id if len(leads) == BATCH else None
        stored = self.facts.keys() | self.terms.keys() | self.entries.keys()
        leftover = {lead_id for lead_id in stored if self.after < lead_id and (last is None or lead_id <= last)}
        return sorted(leftover.union(lead.id for lead in leads))


class Correction(NamedTuple):
    removed: set[Any]
    added: set[Any]


def correction(stored: RowsByLead, lead_ids: Collection[str], rows: Iterable[Any]) -> Correction:
    """The difference between the stored and the expected rows of these leads."""
    existing = {row for lead_id in lead_ids for row in stored.get(lead_id, ())}
    expected = set(rows)
    return Correction(existing - expected, expected - existing)


def by_lead(rows: Iterable[Any], column: int) -> RowsByLead:
    """`column` is the index of the lead's id in a row."""
    rows_by_lead: defaultdict[str, set[Any]] = defaultdict(set)
    for row in rows:
        rows_by_lead[row[column]].add(tuple(row))
    return dict(rows_by_lead)
