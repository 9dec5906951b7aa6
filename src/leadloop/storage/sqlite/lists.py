"""Reads leads: one, a page, their number or their value."""

import apsw

from leadloop.core.leads.doc import decode
from leadloop.core.leads.model import Lead
from leadloop.core.pages import Page, make_page
from leadloop.core.stage_sums import StageSum
from leadloop.core.store import LeadQuery
from leadloop.storage import finding, quick_counts, totals
from leadloop.storage.sqlite.database import run_script
from leadloop.storage.sqlite.finding import DIALECT
from leadloop.storage.sqlite.leads import SQL as LEADS_SQL


def lead(connection: apsw.Connection, account_id: str, lead_id: str) -> Lead | None:
    row = connection.execute(LEADS_SQL["get_lead"], (account_id, lead_id)).fetchone()
    return None if row is None else decode(row[0])


def page(connection: apsw.Connection, query: LeadQuery, most_bytes: int) -> Page[Lead]:
    docs, is_cut = run_script(connection, finding.page(query, DIALECT), most_bytes)
    return make_page(docs, decode, is_cut=is_cut)


def count(connection: apsw.Connection, query: LeadQuery, most: int) -> int:
    return run_script(connection, finding.count(query, DIALECT, most))


def stage_sums(connection: apsw.Connection, query: LeadQuery) -> list[StageSum]:
    return run_script(connection, totals.stage_sums(query, DIALECT))


def stage_values(connection: apsw.Connection, account_id: str, limit: int) -> list[str]:
    return run_script(connection, totals.stage_values(account_id, limit, DIALECT))


def quick_count(connection: apsw.Connection, query: LeadQuery, most: int) -> int | None:
    return run_script(connection, quick_counts.quick_count(query, DIALECT, most))
