"""The facts of the Insights and their sums for a period. The statements that save leads write the facts."""

from collections.abc import Sequence
from decimal import Decimal

from leadloop.core.leads.doc import decode
from leadloop.core.leads.model import Lead
from leadloop.core.leads.parts import User
from leadloop.core.threads import in_thread_if_large
from leadloop.derived.columns import columns
from leadloop.derived.facts import FACTS, FactRow
from leadloop.insights.model import Tally
from leadloop.insights.stages import Move, without_repeats
from leadloop.storage.postgres.engine import Connection
from leadloop.storage.rows import user
from leadloop.storage.sql import statements

SQL = statements(__file__)

TABLE = "lead_facts"
COLUMNS = ("account_id", "lead_id", "n", "lead_date_ms", "amount_micros", "value_micros", "traits")


async def load(connection: Connection, new: Sequence[FactRow]) -> None:
    await connection.copy_records_to_table(TABLE, columns=COLUMNS, records=new)


async def rekey_stages(connection: Connection) -> None:
    """Rewrites the column `stage` and the facts of leads whose stage is not spelled as one of the four."""
    for (doc,) in await connection.fetch(SQL["leads_of_other_stages"]):
        lead = decode(doc)
        await connection.execute(SQL["set_stage"], lead.account_id, lead.id, columns(lead).stage)
        await connection.execute(SQL["delete_facts"], lead.account_id, lead.id)
        await load(connection, FACTS.rows(lead))


async def tallies(connection: Connection, account_id: str, from_ms: int, to_ms: int) -> list[Tally]:
    records = await connection.fetch(SQL["tallies"], account_id, from_ms, to_ms)
    return await in_thread_if_large(len(records), lambda: [_tally(*row) for row in records], is_long=True)


def _tally(traits: str, n: int, amount: Decimal | None, value: Decimal | None, newest: str) -> Tally:
    return Tally(traits, n, int(amount or 0), int(value or 0), newest)


async def owners(connection: Connection, account_id: str, lead_ids: Sequence[str]) -> dict[str, User]:
    records = await connection.fetch(SQL["owners"], account_id, lead_ids)
    return {lead_id: user(owner) for lead_id, owner in records}


async def stage_moves(
    connection: Connection, account_id: str, lead_id: str, after_version: int, to_version: int
) -> list[Move]:
    rows = await connection.fetch(SQL["stage_moves"], account_id, lead_id, after_version, to_version)
    return without_repeats([Move(*row) for row in rows])


async def is_counted(connection: Connection, lead: Lead) -> bool:
    records = await connection.fetch(SQL["facts"], lead.account_id, lead.id)
    return [tuple(row) for row in records] == FACTS.rows(lead)


async def miscounted(connection: Connection, account_id: str) -> int:
    number: int = await connection.fetchval(SQL["miscounted"], account_id)
    return number
