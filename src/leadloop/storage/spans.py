"""Stored rows of a span of leads, to be corrected lead by lead. Both engines correct in the same way.

The rows of a span are read at once, since no index has them by lead; then its leads are read in small batches, each in
a transaction in which they do not change. The rows are older than the leads: what is stored of a lead and does not
follow from it goes, what follows from it and is not stored is added, and whoever changed it in between did just that.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

from leadloop.core.leads.model import Lead

SPAN, BATCH = 20_000, 250
"""Leads whose rows are read at once, and leads that are corrected in one transaction (some 0.05 s)."""

Rows = dict[str, set[Any]]
"""By the id of their lead."""


class Span(NamedTuple):
    """What is stored of the leads behind `after`, up to `last`; without one of all behind it."""

    account_id: str
    after: str
    last: str | None
    facts: Rows
    terms: Rows
    entries: Rows

    def moved(self, leads: Sequence[Lead]) -> "Span | None":
        """The rest of the span when these leads, the next ones, are correct."""
        return self._replace(after=leads[-1].id) if len(leads) == BATCH else None

    def ids(self, leads: Sequence[Lead]) -> list[str]:
        """These leads, and those of which something is stored among them although they are not there."""
        last = leads[-1].id if len(leads) == BATCH else None
        stored = self.facts.keys() | self.terms.keys() | self.entries.keys()
        left = {one for one in stored if self.after < one and (last is None or one <= last)}
        return sorted(left.union(lead.id for lead in leads))


class Correction(NamedTuple):
    gone: set[Any]
    added: set[Any]


def correction(stored: Rows, ids: Collection[str], right: Iterable[Any]) -> Correction:
    """What makes the stored rows of these leads the right ones."""
    known = {row for lead_id in ids for row in stored.get(lead_id, ())}
    wanted = set(right)
    return Correction(known - wanted, wanted - known)


def by_lead(rows: Iterable[Any], place: int) -> Rows:
    """`place` is that of the lead's id in a row."""
    found: defaultdict[str, set[Any]] = defaultdict(set)
    for row in rows:
        found[row[place]].add(tuple(row))
    return dict(found)
