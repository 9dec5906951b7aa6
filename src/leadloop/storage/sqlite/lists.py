"""Reading leads: one, a page of them, or how many there are."""

import apsw

from leadloop.core.leads.doc import decode
from leadloop.core.leads.model import Lead
from leadloop.core.ports import LeadQuery, Order
from leadloop.storage.filters import Dialect, conditions
from leadloop.storage.sql import FILTERS, statements
from leadloop.storage.sqlite.leads import SQL as LEADS_SQL

SQL = statements(__file__)
DIALECT = Dialect(
    mark="?",
    one_of="{column} IN (SELECT value FROM json_each({}))",
    has_tag="EXISTS (SELECT 1 FROM json_each(doc, '$.tags') WHERE value ->> 'id' = {})",
)
PAGE_SQL = {Order.LEAD_DATE: SQL["list_by_lead_date"], Order.CREATED: SQL["list_by_creation"]}


def lead(connection: apsw.Connection, account_id: str, lead_id: str) -> Lead | None:
    doc = connection.execute(LEADS_SQL["get_lead"], (account_id, lead_id)).get
    return None if doc is None else decode(doc)


def leads(connection: apsw.Connection, query: LeadQuery) -> list[Lead]:
    found = conditions(query, DIALECT, 4, paged=True)
    sql = PAGE_SQL[query.order].replace(FILTERS, found.sql)
    cursor = connection.execute(sql, (query.account_id, query.limit, query.offset, *found.values))
    return [decode(doc) for (doc,) in cursor]


def count(connection: apsw.Connection, query: LeadQuery, most: int) -> int:
    found = conditions(query, DIALECT, 3, paged=False)
    sql = SQL["count_leads"].replace(FILTERS, found.sql)
    number: int = connection.execute(sql, (query.account_id, most, *found.values)).get
    return number
