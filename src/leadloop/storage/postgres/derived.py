"""What follows from the leads, computed again: by one reader of leads that hands its batches to all projections."""

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from leadloop.core.leads.doc import decode
from leadloop.core.leads.model import Lead
from leadloop.derived.facts import FACTS
from leadloop.derived.terms import TERMS
from leadloop.derived.words import WORDS, entry
from leadloop.storage.postgres import insights, one_account, renewal, search
from leadloop.storage.postgres.engine import LONGEST_S, Connection, transaction
from leadloop.storage.postgres.search import EntryRow, TermRow
from leadloop.storage.postgres.tables import FactRow
from leadloop.storage.rows import as_json
from leadloop.storage.sql import statements

SQL = statements(__file__)

BATCH = 2_000
"""Leads whose rows are computed together, some 10 MB. While a batch is corrected its leads cannot be written; it reads
the terms of its whole account."""
EMPTY = {FACTS.name: "empty_facts", TERMS.name: "empty_terms", WORDS.name: "empty_words"}


class Position(NamedTuple):
    """Up to which lead all rows are right."""

    account_id: str
    lead_id: str = ""


class Stored(NamedTuple):
    """What is stored of the leads of a batch."""

    facts: set[Any]
    terms: set[Any]
    entries: set[str]
    """The ids of those that are in the full text."""


async def hold_leads(connection: Connection) -> None:
    """Nobody writes leads until the transaction ends. Waits for those who do."""
    await connection.execute(SQL["hold_leads"], timeout=LONGEST_S)


async def rebuild(connection: Connection, projections: Collection[str], countries: Mapping[str, str]) -> None:
    """Empties the tables of these projections and fills them again, as a part of a migration and inside its
    transaction. `countries` are those of accounts."""
    for projection in projections:
        await connection.execute(SQL[EMPTY[projection]], timeout=LONGEST_S)
    cursor = await connection.cursor(SQL["all_leads"])
    while docs := await cursor.fetch(BATCH):
        leads = [decode(doc) for (doc,) in docs]
        if FACTS.name in projections:
            await insights.load(connection, [row for lead in leads for row in FACTS.rows(lead)])
        terms = [term for lead in leads for term in TERMS.rows(lead)] if TERMS.name in projections else []
        words = (entry(lead, partial(countries.get, lead.account_id)) for lead in leads)
        entries = [one for one in words if one is not None] if WORDS.name in projections else []
        await search.load(connection, entries, terms)


async def next_account(connection: Connection, account_id: str) -> Position | None:
    """The first account behind this one that has leads, or rows that leads have left behind."""
    found: str | None = await connection.fetchval(SQL["next_account"], account_id)
    return None if found is None else Position(found)


async def correct(connection: Connection, position: Position) -> Position | None:
    """Corrects the rows of the next leads of an account, and removes those of leads that are not there. `None` behind
    the last one.

    What is stored is read before the leads, so that it is of leads that are read: one that is created meanwhile keeps
    its rows. No lead of the batch can change from then on.
    """
    account_id, after = position
    async with transaction(connection):
        country = partial((await renewal.countries(connection)).get, account_id)
        last: str | None = await connection.fetchval(SQL["last_lead"], account_id, after, BATCH - 1)
        between = account_id, after, last
        stored = await _stored(connection, between)
        leads = [decode(doc) for (doc,) in await connection.fetch(SQL["lock_leads"], *between)]
        ids = sorted(
            {
                *(lead.id for lead in leads),
                *stored.entries,
                *(row[-1] for row in stored.terms),
                *(row[0] for row in stored.facts),
            }
        )
        number = {lead_id: n for n, lead_id in enumerate(ids, 1)}
        await _correct_facts(connection, account_id, leads, stored.facts, number)
        await _correct_terms(connection, account_id, leads, stored.terms, number)
        entries = [one for lead in leads if (one := entry(lead, country)) is not None]
        gone = [EntryRow(number[lead_id]) for lead_id in stored.entries - {one.lead_id for one in entries}]
        await _save(connection, search.SQL["delete_entries"], account_id, number, gone)
        rows = [search.entry_row(one, number[one.lead_id]) for one in entries]
        await _save(connection, SQL["correct_entries"], account_id, number, rows)
    return None if last is None else Position(account_id, last)


async def _stored(connection: Connection, between: Sequence[Any]) -> Stored:
    facts = await connection.fetch(SQL["facts"], *between)
    terms = await connection.fetch(SQL["terms"], *between, timeout=LONGEST_S)
    entries = await connection.fetch(SQL["entries"], *between)
    return Stored({tuple(row) for row in facts}, {tuple(row) for row in terms}, {lead_id for (lead_id,) in entries})


async def _correct_facts(
    connection: Connection, account_id: str, leads: Sequence[Lead], stored: set[Any], number: Mapping[str, int]
) -> None:
    right = {row[1:] for lead in leads for row in FACTS.rows(lead)}
    kept = {row[:2] for row in right}
    rows = [FactRow(number[row[0]], *row[1:]) for row in right - stored]
    rows += [FactRow(number[row[0]], row[1], None) for row in stored - right if row[:2] not in kept]
    await _save(connection, one_account.SQL["save_facts"], account_id, number, rows)


async def _correct_terms(
    connection: Connection, account_id: str, leads: Sequence[Lead], stored: set[Any], number: Mapping[str, int]
) -> None:
    right: set[Any] = {term[1:] for lead in leads for term in TERMS.rows(lead)}
    gone, added = (
        [TermRow(number[lead_id], field, value, at_ms, is_new) for field, value, at_ms, lead_id in terms]
        for terms, is_new in ((stored - right, False), (right - stored, True))
    )
    await _save(connection, search.SQL["delete_terms"], account_id, number, gone)
    await _save(connection, search.SQL["insert_terms"], account_id, number, added)


async def _save(
    connection: Connection, sql: str, account_id: str, number: Mapping[str, int], rows: Sequence[Any]
) -> None:
    if rows:
        await connection.execute(sql, account_id, list(number), as_json(list(rows)), timeout=LONGEST_S)
