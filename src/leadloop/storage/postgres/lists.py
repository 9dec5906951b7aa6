"""Reading leads: one, a page of them, or how many there are."""

from leadloop.core.leads.doc import decode
from leadloop.core.leads.model import Lead
from leadloop.core.pages import Page, page_of
from leadloop.core.store import LeadQuery
from leadloop.storage import finding
from leadloop.storage.postgres.bounded import documents
from leadloop.storage.postgres.engine import Connection
from leadloop.storage.postgres.finding import SPEECH
from leadloop.storage.postgres.leads import SQL as LEADS_SQL
from leadloop.storage.steps import Steps, T


async def lead(connection: Connection, account_id: str, lead_id: str) -> Lead | None:
    doc = await connection.fetchval(LEADS_SQL["get_lead"], account_id, lead_id)
    return None if doc is None else decode(doc)


async def page(connection: Connection, query: LeadQuery, most_bytes: int) -> Page[Lead]:
    docs, is_cut = await _run(connection, finding.page(query, SPEECH), query.limit, most_bytes)
    return page_of(docs, decode, is_cut=is_cut)


async def count(connection: Connection, query: LeadQuery, most: int) -> int:
    return await _run(connection, finding.count(query, SPEECH, most))


async def _run(connection: Connection, steps: Steps[T], limit: int = 0, most_bytes: int = 0) -> T:
    try:
        statement = next(steps)
        while True:
            sql, values, reads_documents = statement
            if reads_documents:
                statement = steps.send(await documents(connection, sql, values, limit, most_bytes))
            else:
                statement = steps.send(await connection.fetch(sql, *values))
    except StopIteration as done:
        found: T = done.value
        return found
