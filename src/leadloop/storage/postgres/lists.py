"""Reading leads: one, a page of them, or how many there are."""

from leadloop.core.leads.doc import decode
from leadloop.core.leads.model import Lead
from leadloop.core.ports import LeadQuery, Order
from leadloop.storage.filters import Dialect, conditions
from leadloop.storage.postgres.engine import Connection
from leadloop.storage.postgres.leads import SQL as LEADS_SQL
from leadloop.storage.sql import FILTERS, statements

SQL = statements(__file__)
DIALECT = Dialect(
    mark="$",
    one_of="{column} = ANY (ARRAY(SELECT json_array_elements_text({}::json)))",
    has_tag="doc -> 'tags' @> jsonb_build_array(jsonb_build_object('id', {}::text))",
)
PAGE_SQL = {Order.LEAD_DATE: SQL["list_by_lead_date"], Order.CREATED: SQL["list_by_creation"]}


async def lead(connection: Connection, account_id: str, lead_id: str) -> Lead | None:
    doc = await connection.fetchval(LEADS_SQL["get_lead"], account_id, lead_id)
    return None if doc is None else decode(doc)


async def leads(connection: Connection, query: LeadQuery) -> list[Lead]:
    found = conditions(query, DIALECT, 4, paged=True)
    sql = PAGE_SQL[query.order].replace(FILTERS, found.sql)
    records = await connection.fetch(sql, query.account_id, query.limit, query.offset, *found.values)
    return [decode(doc) for (doc,) in records]


async def count(connection: Connection, query: LeadQuery, most: int) -> int:
    found = conditions(query, DIALECT, 3, paged=False)
    sql = SQL["count_leads"].replace(FILTERS, found.sql)
    number: int = await connection.fetchval(sql, query.account_id, most, *found.values)
    return number
