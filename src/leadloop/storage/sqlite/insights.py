"""What leads add to the Insights: filed with each change, and added up for a period."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import apsw
import msgspec

from leadloop.core.leads.doc import columns, decode
from leadloop.core.leads.model import Lead
from leadloop.core.leads.parts import User
from leadloop.core.ports import Saved
from leadloop.insights.facts import touched_by
from leadloop.insights.model import Tally
from leadloop.storage.facts import Row, read_user, rows
from leadloop.storage.sql import statements

SQL = statements(__file__)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_MS, _LAST_MS = -62_135_596_800_000, 253_402_300_799_999
"""The years 1 to 9999, in which all leads are; a period may reach beyond."""


def save(connection: apsw.Connection, before: Lead | None, saved: Saved) -> None:
    if before is not None and not touched_by(saved.change):
        return
    old, new = rows(before), rows(saved.lead)
    if old != new:
        _delete(connection, old)
        load(connection, new)


def _delete(connection: apsw.Connection, old: Iterable[Row]) -> None:
    keys = ((account, _month(at_ms), traits, at_ms, lead, n) for account, lead, n, at_ms, _, _, traits in old)
    connection.executemany(SQL["delete_fact"], keys)


def load(connection: apsw.Connection, new: Iterable[Row]) -> None:
    connection.executemany(SQL["insert_fact"], _placed(new))


def fill(connection: apsw.Connection) -> None:
    """The facts of all leads there are; there must be none yet."""
    for (doc,) in connection.execute(SQL["all_leads"]):
        load(connection, rows(decode(doc)))


def rekey_stages(connection: apsw.Connection) -> None:
    """The column `stage` and the facts of leads whose stage is none of the four as these are written."""
    docs: list[Any] = connection.execute(SQL["leads_of_other_stages"]).fetchall()
    for (doc,) in docs:
        lead = decode(doc)
        connection.execute(SQL["set_stage"], (lead.account_id, lead.id, columns(lead).stage))
        _delete(connection, rows(lead))
        load(connection, rows(lead))


def tallies(connection: apsw.Connection, account_id: str, from_ms: int, to_ms: int) -> list[Tally]:
    asked = account_id, from_ms, to_ms, _month(from_ms), _month(to_ms - 1)
    try:
        found: list[Row] = connection.execute(SQL["tallies"], asked).fetchall()
    except apsw.SQLError:  # a sum has passed 63 bits
        halves = connection.execute(SQL["large_tallies"], asked)
        found = [(traits, n, _whole(*sums[:2]), _whole(*sums[2:]), newest) for traits, n, *sums, newest in halves]
    return [Tally(traits, n, amount or 0, value or 0, newest) for traits, n, amount, value, newest in found]


def owners(connection: apsw.Connection, account_id: str, lead_ids: Sequence[str]) -> dict[str, User]:
    found = connection.execute(SQL["owners"], (account_id, msgspec.json.encode(lead_ids).decode()))
    return {lead_id: read_user(owner) for lead_id, owner in found}


def is_counted(connection: apsw.Connection, lead: Lead) -> bool:
    return all(connection.execute(SQL["has_fact"], row).get for row in _placed(rows(lead)))


def miscounted(connection: apsw.Connection, account_id: str) -> int:
    number: int = connection.execute(SQL["miscounted"], (account_id,)).get
    return number


def _placed(found: Iterable[Row]) -> Iterator[Row]:
    """The rows with their months."""
    return ((*row, _month(row[3])) for row in found)


def _month(at_ms: int) -> int:
    """In UTC, as a number such as 202601."""
    at = _EPOCH + timedelta(milliseconds=min(max(at_ms, _FIRST_MS), _LAST_MS))
    return at.year * 100 + at.month


def _whole(upper: int | None, lower: int | None) -> int:
    return 0 if upper is None or lower is None else (upper << 32) + lower
