"""What follows from the leads, computed again: by one reader of leads that hands its batches to all projections."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import apsw

from leadloop.core.leads.doc import decode
from leadloop.core.leads.model import Lead
from leadloop.derived.facts import FACTS
from leadloop.derived.terms import TERMS
from leadloop.derived.words import WORDS
from leadloop.storage.sql import statements
from leadloop.storage.sqlite import insights, renewal, search
from leadloop.storage.sqlite.search import FullText

SQL = statements(__file__)

BATCH = 5_000
"""Leads whose rows are computed in one transaction. A batch reads the facts and terms of its whole account."""
EMPTY = {
    FACTS.name: ("empty_facts",),
    TERMS.name: ("empty_terms",),
    WORDS.name: ("empty_places", "empty_words"),
}
"""The statements that empty the tables of a projection."""


class Position(NamedTuple):
    """Up to which lead all rows are right."""

    account_id: str
    lead_id: str = ""


def rebuild(connection: apsw.Connection, projections: Collection[str], countries: Mapping[str, str]) -> None:
    """Empties the tables of these projections and fills them again, as a part of a migration. `countries` are those of
    accounts."""
    for projection in projections:
        for name in EMPTY[projection]:
            connection.execute(SQL[name])
    full_text = FullText()
    for (doc,) in connection.execute(SQL["all_leads"]):
        lead = decode(doc)
        if FACTS.name in projections:
            insights.load(connection, FACTS.rows(lead))
        if TERMS.name in projections:
            search.load(connection, full_text, [], TERMS.rows(lead))
        if WORDS.name in projections:
            search.put(connection, full_text, lead, partial(countries.get, lead.account_id))
            full_text.write(connection)


def next_account(connection: apsw.Connection, account_id: str) -> Position | None:
    """The first account behind this one that has leads, or rows that leads have left behind."""
    found: str | None = connection.execute(SQL["next_account"], (account_id,)).get
    return None if found is None else Position(found)


def correct(connection: apsw.Connection, position: Position) -> Position | None:
    """Corrects the rows of the next leads of an account, and removes those of leads that are not there. `None` behind
    the last one. The words are corrected without the full text: see `refill_words`."""
    account_id, after = position
    docs: list[Any] = connection.execute(SQL["next_leads"], (account_id, after, BATCH)).fetchall()
    leads = [decode(doc) for (doc,) in docs]
    last = leads[-1].id if len(leads) == BATCH else None
    between = account_id, after, last
    _correct_facts(connection, leads, between)
    _correct_terms(connection, leads, between)
    _correct_places(connection, leads, between)
    return None if last is None else Position(account_id, last)


def _correct_facts(connection: apsw.Connection, leads: Sequence[Lead], between: Sequence[Any]) -> None:
    stored = set(connection.execute(SQL["facts"], between))
    right = set(insights.with_months(row for lead in leads for row in FACTS.rows(lead)))
    insights.delete(connection, stored - right)
    connection.executemany(insights.SQL["insert_fact"], right - stored)


def _correct_terms(connection: apsw.Connection, leads: Sequence[Lead], between: Sequence[Any]) -> None:
    stored: set[Any] = set(connection.execute(SQL["terms"], between))
    right = {term for lead in leads for term in TERMS.rows(lead)}
    connection.executemany(search.SQL["delete_term"], stored - right)
    connection.executemany(search.SQL["insert_term"], right - stored)


def _correct_places(connection: apsw.Connection, leads: Sequence[Lead], between: Sequence[Any]) -> None:
    account_id, *_ = between
    country = partial(renewal.countries(connection).get, account_id)
    stored: dict[Any, Any] = {row[1]: row for row in connection.execute(SQL["places"], between)}
    right = {place[1]: place for place in _places(leads, country)}
    connection.executemany(SQL["delete_place"], ((account_id, lead_id) for lead_id in stored.keys() - right.keys()))
    wrong = [place for lead_id, place in right.items() if stored.get(lead_id) != place]
    connection.executemany(SQL["put_place"], wrong)


def _places(leads: Sequence[Lead], country: Any) -> Iterator[Any]:
    for lead in leads:
        if (place := search.place(lead, country)) is not None:
            yield place


def refill_words(connection: apsw.Connection, full_text: FullText) -> None:
    """The full text as the places have it; what the group has not written of it yet is in these as well."""
    full_text.forget()
    connection.execute(SQL["empty_words"])
    connection.execute(SQL["refill_words"])
