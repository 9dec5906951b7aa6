"""The search index as stored, read without the store."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

import apsw
import asyncpg

from leadloop.core.leads.model import Lead
from leadloop.derived.terms import TERMS, TermRow
from leadloop.derived.words import IndexEntry, index_entry
from tests.storage.database import SQLITE, Database

Tokens = dict[str, list[tuple[str, int]]]
"""The tokens of each column, with their positions."""


class Index(NamedTuple):
    entries: dict[tuple[str, str], IndexEntry]
    """Entries by account and lead."""
    terms: list[TermRow]


def wanted(leads: Iterable[Lead]) -> Index:
    """The expected index of the leads."""
    leads = list(leads)
    entries = {records[:2]: records for lead in leads if (records := index_entry(lead)) is not None}
    return Index(entries, sorted(term for lead in leads for term in TERMS.rows(lead)))


async def held(database: Database) -> Index:
    """Fails if tokens belong to no lead, or if their positions could match a phrase that the lead does not contain."""
    return _sqlite(database) if database.engine == SQLITE else await _postgres(database)


def _sqlite(database: Database) -> Index:
    line = apsw.Connection(database.address)
    try:
        line.execute("INSERT INTO lead_words (lead_words) VALUES ('integrity-check')")
        line.execute("CREATE VIRTUAL TABLE temp.tokens USING fts5vocab (main, lead_words, instance)")
        tokens: defaultdict[int, Tokens] = defaultdict(lambda: defaultdict(list))
        for token, n, column, place in line.execute("SELECT term, doc, col, offset FROM tokens"):
            tokens[n][column].append((token, place))
        places: list[Any] = line.execute(
            "SELECT n, account_id, lead_id, lead_date_ms, value_micros FROM lead_places"
        ).fetchall()
        assert tokens.keys() <= {n for n, *_ in places}
        entries = [_index_entry(tokens[n], *place) for n, *place in places]
        records: list[Any] = line.execute(
            "SELECT account_id, field, value, lead_date_ms, lead_id FROM lead_terms"
        ).fetchall()
    finally:
        line.close()
    return _index(entries, records)


async def _postgres(database: Database) -> Index:
    connection = await asyncpg.connect(database.address)
    try:
        rows = await connection.fetch("SELECT account_id, lead_id, lead_date_ms, value_micros FROM lead_words")
        tokens: defaultdict[tuple[str, str], Tokens] = defaultdict(lambda: defaultdict(list))
        unnested = "SELECT account_id, lead_id, lexeme, positions, weights FROM lead_words, unnest(words)"
        for account_id, lead_id, token, places, weights in await connection.fetch(unnested):
            if places is None:
                tokens[account_id, lead_id]["other"].append((token, 0))
            for place, weight in zip(places or (), weights or (), strict=True):
                tokens[account_id, lead_id][{"A": "name", "B": "email"}[weight]].append((token, place))
        for columns in tokens.values():
            if columns["name"] and columns["email"]:
                assert max(n for _, n in columns["name"]) + 1 < min(n for _, n in columns["email"])
        entries = [_index_entry(tokens[row[0], row[1]], *row) for row in rows]
        records = await connection.fetch("SELECT account_id, field, value, lead_date_ms, lead_id FROM lead_terms")
    finally:
        await connection.close()
    return _index(entries, records)


def _index(entries: Iterable[IndexEntry], records: Iterable[Any]) -> Index:
    return Index({entry[:2]: entry for entry in entries}, sorted(tuple(term) for term in records))


def _index_entry(
    tokens: Tokens, account_id: str, lead_id: str, lead_date_ms: int, value_micros: int | None
) -> IndexEntry:
    name, email = (_in_order(tokens[column]) for column in ("name", "email"))
    other = tuple(sorted(token for token, _ in tokens["other"]))
    return IndexEntry(account_id, lead_id, lead_date_ms, value_micros, name, email, other)


def _in_order(records: list[tuple[str, int]]) -> tuple[str, ...]:
    in_order = sorted(records, key=lambda term: term[1])
    places = [place for _, place in in_order]
    assert places == list(range(places[0], places[0] + len(places))) if places else True
    return tuple(token for token, _ in in_order)
