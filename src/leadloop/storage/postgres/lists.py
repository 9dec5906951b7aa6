"""Reading leads: one, a page of them, or how many there are."""

from leadloop.core.leads.doc import decode
from leadloop.core.leads.model import Lead
from leadloop.core.ports import LeadQuery
from leadloop.storage import finding
from leadloop.storage.finding import Steps, T
from leadloop.storage.postgres.engine import Connection
from leadloop.storage.postgres.finding import SPEECH
from leadloop.storage.postgres.leads import SQL as LEADS_SQL


async def lead(connection: Connection, account_id: str, lead_id: str) -> Lead | None:
    doc = await connection.fetchval(LEADS_SQL["get_lead"], account_id, lead_id)
    return None if doc is None else decode(doc)


async def leads(connection: Connection, query: LeadQuery) -> list[Lead]:
    return [decode(doc) for (doc,) in await _run(connection, finding.page(query, SPEECH))]


async def count(connection: Connection, query: LeadQuery, most: int) -> int:
    return await _run(connection, finding.count(query, SPEECH, most))


async def _run(connection: Connection, steps: Steps[T]) -> T:
    try:
        statement = next(steps)
        while True:
            statement = steps.send(await connection.fetch(statement.sql, *statement.values))
    except StopIteration as done:
        found: T = done.value
        return found
