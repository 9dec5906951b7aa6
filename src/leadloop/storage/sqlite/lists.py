"""Reading leads: one, a page of them, or how many there are."""

import apsw

from leadloop.core.leads.doc import decode
from leadloop.core.leads.model import Lead
from leadloop.core.ports import LeadQuery
from leadloop.storage import finding
from leadloop.storage.finding import Steps, T
from leadloop.storage.sqlite.finding import SPEECH
from leadloop.storage.sqlite.leads import SQL as LEADS_SQL


def lead(connection: apsw.Connection, account_id: str, lead_id: str) -> Lead | None:
    doc = connection.execute(LEADS_SQL["get_lead"], (account_id, lead_id)).get
    return None if doc is None else decode(doc)


def leads(connection: apsw.Connection, query: LeadQuery) -> list[Lead]:
    return [decode(doc) for (doc,) in _run(connection, finding.page(query, SPEECH))]


def count(connection: apsw.Connection, query: LeadQuery, most: int) -> int:
    return _run(connection, finding.count(query, SPEECH, most))


def _run(connection: apsw.Connection, steps: Steps[T]) -> T:
    try:
        statement = next(steps)
        while True:
            statement = steps.send(connection.execute(*statement).fetchall())
    except StopIteration as done:
        found: T = done.value
        return found
