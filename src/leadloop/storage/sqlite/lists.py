"""Reading leads: one, a page of them, or how many there are."""

import apsw

from leadloop.core.leads.doc import decode
from leadloop.core.leads.model import Lead
from leadloop.core.pages import Page, page_of
from leadloop.core.store import LeadQuery
from leadloop.storage import finding
from leadloop.storage.sqlite.bounded import documents
from leadloop.storage.sqlite.finding import SPEECH
from leadloop.storage.sqlite.leads import SQL as LEADS_SQL
from leadloop.storage.steps import Steps, T


def lead(connection: apsw.Connection, account_id: str, lead_id: str) -> Lead | None:
    doc = connection.execute(LEADS_SQL["get_lead"], (account_id, lead_id)).get
    return None if doc is None else decode(doc)


def page(connection: apsw.Connection, query: LeadQuery, most_bytes: int) -> Page[Lead]:
    docs, is_cut = _run(connection, finding.page(query, SPEECH), most_bytes)
    return page_of(docs, decode, is_cut=is_cut)


def count(connection: apsw.Connection, query: LeadQuery, most: int) -> int:
    return _run(connection, finding.count(query, SPEECH, most))


def _run(connection: apsw.Connection, steps: Steps[T], most_bytes: int = 0) -> T:
    try:
        statement = next(steps)
        while True:
            sql, values, reads_documents = statement
            if reads_documents:
                statement = steps.send(documents(connection, sql, values, most_bytes))
            else:
                statement = steps.send(connection.execute(sql, values).fetchall())
    except StopIteration as done:
        found: T = done.value
        return found
