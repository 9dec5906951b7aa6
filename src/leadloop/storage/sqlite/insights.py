"""The facts of the Insights, written with each change, and their sums for a period."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import apsw
import msgspec

from leadloop.core.leads.doc import decode
from leadloop.core.leads.model import Lead
from leadloop.core.leads.parts import User
from leadloop.derived.columns import columns
from leadloop.derived.facts import FACTS, FactRow
from leadloop.derived.projection import Parts, difference
from leadloop.insights.model import Tally
from leadloop.insights.stages import Move, without_repeats
from leadloop.storage.rows import user
from leadloop.storage.sql import statements

SQL = statements(__file__)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_MS, _LAST_MS = -62_135_596_800_000, 253_402_300_799_999
"""The years 1 to 9999, which all leads lie in; a period may extend beyond."""


def save(connection: apsw.Connection, before: Lead | None, after: Lead, parts: Parts) -> None:
    facts = difference(FACTS, before, after, parts)
    if facts is not None:
        delete(connection, with_months(facts.removed))
        load(connection, facts.added)


def delete(connection: apsw.Connection, old: Iterable[tuple[Any, ...]]) -> None:
    """Deletes rows that have their months."""
    keys = ((account, month, traits, at_ms, lead, n) for account, lead, n, at_ms, _, _, traits, month in old)
    connection.executemany(SQL["delete_fact"], keys)


def load(connection: apsw.Connection, new: Iterable[FactRow]) -> None:
    connection.executemany(SQL["insert_fact"], with_months(new))


def rekey_stages(connection: apsw.Connection) -> None:
    """Rewrites the column `stage` and the facts of leads whose stage is not spelled as one of the four."""
    docs: list[Any] = connection.execute(SQL["leads_of_other_stages"]).fetchall()
    for (doc,) in docs:
        lead = decode(doc)
        connection.execute(SQL["set_stage"], (lead.account_id, lead.id, columns(lead).stage))
        delete(connection, with_months(FACTS.rows(lead)))
        load(connection, FACTS.rows(lead))


def tallies(connection: apsw.Connection, account_id: str, from_ms: int, to_ms: int) -> list[Tally]:
    parameters = account_id, from_ms, to_ms, _month(from_ms), _month(to_ms - 1)
    try:
        records: list[Any] = connection.execute(SQL["tallies"], parameters).fetchall()
    except apsw.SQLError:  # a sum exceeds 63 bits
        halves = connection.execute(SQL["large_tallies"], parameters)
        records = [(traits, n, _joined(*sums[:2]), _joined(*sums[2:]), newest) for traits, n, *sums, newest in halves]
    return [Tally(traits, n, amount or 0, value or 0, newest) for traits, n, amount, value, newest in records]


def owners(connection: apsw.Connection, account_id: str, lead_ids: Sequence[str]) -> dict[str, User]:
    records = connection.execute(SQL["owners"], (account_id, msgspec.json.encode(lead_ids).decode()))
    return {lead_id: user(owner) for lead_id, owner in records}


def stage_moves(
    connection: apsw.Connection, account_id: str, lead_id: str, after_version: int, to_version: int
) -> list[Move]:
    rows = connection.execute(SQL["stage_moves"], (account_id, lead_id, after_version, to_version))
    return without_repeats([Move(*row) for row in rows])


def is_counted(connection: apsw.Connection, lead: Lead) -> bool:
    return all(connection.execute(SQL["has_fact"], row).get for row in with_months(FACTS.rows(lead)))


def miscounted(connection: apsw.Connection, account_id: str) -> int:
    number: int = connection.execute(SQL["miscounted"], (account_id,)).get
    return number


def with_months(facts: Iterable[FactRow]) -> Iterator[tuple[Any, ...]]:
    """The rows with their months."""
    return ((*row, _month(row[3])) for row in facts)


@lru_cache(maxsize=4_096)
def _month(at_ms: int) -> int:
    """In UTC, as a number such as 202601."""
    at = _EPOCH + timedelta(milliseconds=min(max(at_ms, _FIRST_MS), _LAST_MS))
    return at.year * 100 + at.month


def _joined(upper: int | None, lower: int | None) -> int:
    return 0 if upper is None or lower is None else (upper << 32) + lower
