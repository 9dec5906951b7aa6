"""The search index, written by the statements that save leads. `finding` reads it."""

from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple, cast

import asyncpg
from msgspec import Struct, structs

from leadloop.core.leads.matching import Country
from leadloop.core.leads.model import Lead
from leadloop.derived.projection import Parts, difference
from leadloop.derived.terms import TERMS, Term
from leadloop.derived.tokens import phone
from leadloop.derived.words import WORDS, Edit, Entry, Tokens, edit, entry, has_entry
from leadloop.storage.postgres.engine import Connection
from leadloop.storage.rows import as_json
from leadloop.storage.sql import statements

SQL = statements(__file__)

TABLE = "lead_terms"
TERM_COLUMNS = ("account_id", "field", "value", "lead_date_ms", "lead_id")
LONGEST_S = 120.0
"""A batch takes some 1 s."""


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


class EditRow(Struct):
    """What is other of a lead there. `n` is its number; `gone` are tokens, `new` is added to what remains.
    With `phone` the tokens go that begin so, also one that was read in another way when it was written."""

    n: int
    lead_date_ms: int
    value_micros: int | None
    gone: list[str] | None = None
    new: str = ""
    phone: str | None = None


class IndexRows(NamedTuple):
    terms: list[TermRow]
    entries: list[EntryRow]
    edits: list[EditRow]


def add_rows(rows: IndexRows, before: Lead | None, after: Lead, parts: Parts, n: int, country: Country) -> None:
    if terms := difference(TERMS, before, after, parts):
        rows.terms.extend(TermRow(n, *term[1:4], is_new=False) for term in terms.gone)
        rows.terms.extend(TermRow(n, *term[1:4], is_new=True) for term in terms.added)
    if has_entry(before) and has_entry(after):
        words = difference(WORDS, before, after, parts, country)
        if words and (change := edit(after, words)) is not None:
            rows.edits.append(edit_row(after.account_id, change, n))
    elif (new := entry(after, country)) is not None:
        rows.entries.append(entry_row(new, n))
    elif has_entry(before):
        rows.entries.append(EntryRow(n))


def entry_row(new: Entry, n: int) -> EntryRow:
    return EntryRow(n, new.lead_date_ms, new.value_micros, _vector(*new.tokens))


def edit_row(account_id: str, edit: Edit, n: int) -> EditRow:
    """Where words are other, all of them go and come: without them nothing has a place, and they keep theirs."""
    if not edit.is_in_full_text:
        return EditRow(n, edit.lead_date_ms, edit.value_micros)
    old, new = (edit.old_words, edit.new_words) if edit.old_words != edit.new_words else (((), ()), ((), ()))
    gone, others = sorted(edit.gone.union(*old)), tuple(sorted(edit.new.union(edit.phones or ())))
    begin = None if edit.phones is None else phone(account_id, "")
    return EditRow(n, edit.lead_date_ms, edit.value_micros, gone, _vector(*new, others), begin)


def _vector(name: Tokens, email: Tokens, other: Tokens) -> str:
    """As text for a tsvector. A place is left free between name and e-mail, so that no phrase is of both."""
    named = [f"'{token}':{place}A" for place, token in enumerate(name, 1)]
    mailed = [f"'{token}':{place}B" for place, token in enumerate(email, len(name) + 2)]
    return " ".join([*named, *mailed, *(f"'{token}'" for token in other)])


async def restore(connection: Connection, leads: Iterable[tuple[Lead, Country]]) -> None:
    """Puts whole entries of leads that were just saved and had none to change: damage, or an old server, has left none.

    Outside a transaction the leads are committed, so that a failure is left to the next change. Whoever has changed one
    meanwhile does this as well.
    """
    for lead, country in leads:
        _, _, at_ms, value, *tokens = cast(Entry, entry(lead, country))
        row = lead.account_id, lead.id, lead.version, at_ms, value, _vector(*tokens)
        try:
            await connection.execute(SQL["restore_entry"], *row)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
            if connection.is_in_transaction():
                raise


async def load(connection: Connection, entries: Iterable[Entry], new_terms: Iterable[Term]) -> None:
    """Of leads that are not indexed yet."""
    for account_id, group in groupby(sorted(entries, key=itemgetter(0, 1)), itemgetter(0)):
        found = list(group)
        rows = [entry_row(one, n) for n, one in enumerate(found, 1)]
        ids = [one.lead_id for one in found]
        await connection.execute(SQL["save_entries"], account_id, ids, as_json(rows), timeout=LONGEST_S)
    records = sorted(new_terms)
    await connection.copy_records_to_table(TABLE, columns=TERM_COLUMNS, records=records, timeout=LONGEST_S)


async def is_indexed(connection: Connection, lead: Lead, country: Country) -> bool:
    alive = TERMS.rows(structs.replace(lead, deleted_at_ms=None))
    columns = [list(column) for column in zip(*(term[1:4] for term in alive), strict=True)] or [[], [], []]
    there: int = await connection.fetchval(SQL["count_terms"], lead.account_id, lead.id, *columns)
    wanted = entry(lead, country)
    found = await connection.fetchrow(SQL["has_entry"], lead.account_id, lead.id, wanted and _vector(*wanted.tokens))
    if wanted is None:
        return found is None and there == 0
    return found is not None and tuple(found) == (*wanted[2:4], True) and there == len(alive)


async def misindexed(connection: Connection, account_id: str) -> int:
    number: int = await connection.fetchval(SQL["misindexed"], account_id)
    return number
