"""Recomputes the projections: one pass over the leads passes each batch to all projections."""

from collections.abc import Collection, Mapping
from functools import partial
from typing import Any

import apsw

from leadloop.core.leads.doc import decode
from leadloop.derived.facts import FACTS
from leadloop.derived.terms import TERMS
from leadloop.derived.words import WORDS
from leadloop.storage.spans import BATCH, SPAN, Span, by_lead, correction
from leadloop.storage.sql import statements
from leadloop.storage.sqlite import insights, matching_keys, search
from leadloop.storage.sqlite.search import FullText

SQL = statements(__file__)

EMPTY = {
    FACTS.name: ("empty_facts",),
    TERMS.name: ("empty_terms",),
    WORDS.name: ("empty_places", "empty_words"),
}
"""The statements that empty the tables of a projection."""


def rebuild(connection: apsw.Connection, projections: Collection[str], countries: Mapping[str, str]) -> None:
    """Empties the tables of these projections and refills them, as part of a migration. `countries` has the countries
    of accounts."""
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


def next_account(connection: apsw.Connection, account_id: str) -> str | None:
    """The first account after this one that has leads, or projection rows of missing leads."""
    next_id: str | None = connection.execute(SQL["next_account"], (account_id,)).get
    return next_id


def lead_surplus(connection: apsw.Connection, account_id: str) -> int | None:
    row: tuple[int | None] | None = connection.execute(SQL["lead_surplus"], (account_id,)).fetchone()
    return 0 if row is None else row[0]


def recount(connection: apsw.Connection, account_id: str) -> None:
    connection.execute(SQL["recount"], (account_id,))


def read_span(connection: apsw.Connection, account_id: str, after: str) -> Span:
    """Reads the projection rows of the account's next leads, those after `after`."""
    last: str | None = connection.execute(SQL["last_lead"], (account_id, after, SPAN - 1)).get
    between = account_id, after, last
    facts, terms, places = (connection.execute(SQL[name], between) for name in ("facts", "terms", "places"))
    return Span(*between, by_lead(facts, 1), by_lead(terms, 4), by_lead(places, 1))


def correct(connection: apsw.Connection, span: Span) -> Span | None:
    """Corrects the rows of the span's first leads and returns the rest of the span. Runs inside the writer's
    transaction. Corrects the places, but not the full text: see `refill_words`."""
    account_id, after, last, *_ = span
    docs: list[Any] = connection.execute(SQL["next_leads"], (account_id, after, last, BATCH)).fetchall()
    leads = [decode(doc) for (doc,) in docs]
    lead_ids = span.ids_to_correct(leads)
    country = partial(matching_keys.countries(connection).get, account_id)

    facts = correction(span.facts, lead_ids, insights.with_months(row for lead in leads for row in FACTS.rows(lead)))
    insights.delete(connection, facts.removed)
    connection.executemany(SQL["insert_fact"], facts.added)

    terms = correction(span.terms, lead_ids, (term for lead in leads for term in TERMS.rows(lead)))
    connection.executemany(search.SQL["delete_term"], terms.removed)
    connection.executemany(search.SQL["insert_term"], terms.added)

    places = correction(span.entries, lead_ids, filter(None, (search.place(lead, country) for lead in leads)))
    replaced = {place[1] for place in places.added}
    connection.executemany(SQL["delete_place"], (place[:2] for place in places.removed if place[1] not in replaced))
    connection.executemany(SQL["put_place"], places.added)
    return span.after_correcting(leads)


def refill_words(connection: apsw.Connection, full_text: FullText) -> None:
    """Refills the full text from the places, which also have what the transaction has not yet written to it."""
    full_text.discard()
    connection.execute(SQL["empty_words"])
    connection.execute(SQL["refill_words"])


def delete_places(connection: apsw.Connection, full_text: FullText, account_id: str, limit: int) -> int:
    """Deletes at most `limit` places of an account and their words; returns how many."""
    places: list[Any] = connection.execute(SQL["delete_account_places"], (account_id, limit)).fetchall()
    for n, text in places:
        full_text.remove(n, (column.split() for column in text.split("\n")))
    return len(places)
