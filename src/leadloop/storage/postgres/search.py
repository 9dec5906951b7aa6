"""The search index, written by the statements that save leads. `finding` reads it."""

from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter
from typing import Any

import msgspec
from msgspec import Struct, structs

from leadloop.core.changes import Change
from leadloop.core.leads.doc import decode
from leadloop.core.leads.model import Lead
from leadloop.storage.postgres.engine import Connection
from leadloop.storage.search_rows import Entry, Term, difference, entry, terms
from leadloop.storage.sql import statements

SQL = statements(__file__)

TERMS = "lead_terms"
TERM_COLUMNS = ("account_id", "field", "value", "lead_date_ms", "lead_id")
BATCH = 2_000
"""Leads that are read and indexed together when the tables are filled: some 10 MB."""
LONGEST_S = 120.0
"""A batch takes some 1 s."""

_ENCODE = msgspec.json.Encoder().encode


class TermRow(Struct):
    """`n` is the number of the lead. A term that it has from now on, or no more."""

    n: int
    field: str
    value: str
    lead_date_ms: int
    is_new: bool


class EntryRow(Struct):
    """A lead in the full text. `n` is its number; without words it is indexed no more."""

    n: int
    lead_date_ms: int = 0
    value_micros: int | None = None
    words: str | None = None


IndexRows = tuple[list[TermRow], list[EntryRow]]


def index_rows(before: Lead | None, now: Lead | None, changes: list[Change], n: int) -> IndexRows:
    found = difference(before, now, changes)
    gone = [TermRow(n, *term[1:4], is_new=False) for term in found.gone]
    new = [TermRow(n, *term[1:4], is_new=True) for term in found.new]
    entries = [EntryRow(n) if found.entry is None else _row(found.entry, n)] if found.is_other else []
    return gone + new, entries


def _row(new: Entry, n: int) -> EntryRow:
    return EntryRow(n, new.lead_date_ms, new.value_micros, _words(new))


def _words(found: Entry) -> str:
    """As text for a tsvector. A place is left free between name and e-mail, so that no phrase is of both."""
    name = [f"'{token}':{place}A" for place, token in enumerate(found.name, 1)]
    email = [f"'{token}':{place}B" for place, token in enumerate(found.email, len(name) + 2)]
    return " ".join([*name, *email, *(f"'{token}'" for token in found.other)])


async def load(connection: Connection, entries: Iterable[Entry], new_terms: Iterable[Term]) -> None:
    """Of leads that are not indexed yet."""
    for account_id, group in groupby(sorted(entries, key=itemgetter(0, 1)), itemgetter(0)):
        found = list(group)
        rows = [_row(one, n) for n, one in enumerate(found, 1)]
        ids = [one.lead_id for one in found]
        await connection.execute(SQL["save_entries"], account_id, ids, as_text(rows), timeout=LONGEST_S)
    records = sorted(new_terms)
    await connection.copy_records_to_table(TERMS, columns=TERM_COLUMNS, records=records, timeout=LONGEST_S)


def as_text(rows: list[Any]) -> str:
    return _ENCODE(rows).decode()


async def fill(connection: Connection) -> None:
    """The index of all leads there are; there must be none yet. Inside a transaction."""
    cursor = await connection.cursor(SQL["all_leads"])
    while found := await cursor.fetch(BATCH):
        leads = [decode(doc) for (doc,) in found]
        entries = [one for lead in leads if (one := entry(lead)) is not None]
        await load(connection, entries, [term for lead in leads for term in terms(lead)])


async def is_indexed(connection: Connection, lead: Lead) -> bool:
    alive = terms(structs.replace(lead, deleted_at_ms=None))
    columns = [list(column) for column in zip(*(term[1:4] for term in alive), strict=True)] or [[], [], []]
    there: int = await connection.fetchval(SQL["count_terms"], lead.account_id, lead.id, *columns)
    wanted = entry(lead)
    found = await connection.fetchrow(SQL["has_entry"], lead.account_id, lead.id, wanted and _words(wanted))
    if wanted is None:
        return found is None and there == 0
    return found is not None and tuple(found) == (*wanted[2:4], True) and there == len(alive)


async def misindexed(connection: Connection, account_id: str) -> int:
    number: int = await connection.fetchval(SQL["misindexed"], account_id)
    return number
