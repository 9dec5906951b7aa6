"""Reads leads: one, a page, their number or their value."""

from leadloop.core.leads.doc import decode
from leadloop.core.leads.model import Lead
from leadloop.core.pages import Page, make_page
from leadloop.core.stage_sums import StageSum
from leadloop.core.store import LeadQuery
from leadloop.storage import finding, quick_counts, totals
from leadloop.storage.postgres.database import run_script
from leadloop.storage.postgres.engine import Connection
from leadloop.storage.postgres.finding import DIALECT
from leadloop.storage.postgres.leads import SQL as LEADS_SQL


async def lead(connection: Connection, account_id: str, lead_id: str) -> Lead | None:
    doc = await connection.fetchval(LEADS_SQL["get_lead"], account_id, lead_id)
    return None if doc is None else decode(doc)


async def page(connection: Connection, query: LeadQuery, most_bytes: int) -> Page[Lead]:
    docs, is_cut = await run_script(connection, finding.page(query, DIALECT), query.limit, most_bytes)
    return make_page(docs, decode, is_cut=is_cut)


async def count(connection: Connection, query: LeadQuery, most: int) -> int:
    return await run_script(connection, finding.count(query, DIALECT, most))


async def stage_sums(connection: Connection, query: LeadQuery) -> list[StageSum]:
    return await run_script(connection, totals.stage_sums(query, DIALECT))


async def stage_values(connection: Connection, account_id: str, limit: int) -> list[str]:
    return await run_script(connection, totals.stage_values(account_id, limit, DIALECT))


async def quick_count(connection: Connection, query: LeadQuery, most: int) -> int | None:
    return await run_script(connection, quick_counts.quick_count(query, DIALECT, most))
