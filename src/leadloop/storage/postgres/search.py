"""The rows of the search index, which the statements that save leads write. `finding` reads the index."""

from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple, cast

import asyncpg
from msgspec import Struct, structs

from leadloop.core.leads.matching import Country
from leadloop.core.leads.model import Lead
from leadloop.derived.projection import Parts, difference
from leadloop.derived.terms import TERMS, TermRow
from leadloop.derived.tokens import phone
from leadloop.derived.words import WORDS, Edit, IndexEntry, Tokens, edit, has_index_entry, index_entry
from leadloop.storage.postgres.engine import Connection
from leadloop.storage.rows import as_json
from leadloop.storage.sql import statements

SQL = statements(__file__)

TABLE = "lead_terms"
TERM_COLUMNS = ("account_id", "field", "value", "lead_date_ms", "lead_id")
LONGEST_S = 120.0
"""A batch takes some 1 s."""


class TermChange(Struct):
    """A term that a lead gains or loses. `n` is the number of the lead."""

    n: int
    field: str
    value: str
    lead_date_ms: int
    is_new: bool


class EntryRow(Struct):
    """A lead in the full text, or to be deleted from it if it has no words. `n` is its number."""

    n: int
    lead_date_ms: int = 0
    value_micros: int | None = None
    words: str | None = None


class EditRow(Struct):
    """The changes of a lead's entry. `n` is its number; `gone` has the tokens to remove, `new` the vector to add.
    `phone` is the prefix of phone tokens to remove, which includes one that a former reading of the number left."""

    n: int
    lead_date_ms: int
    value_micros: int | None
    gone: list[str] | None = None
    new: str = ""
    phone: str | None = None


class IndexRows(NamedTuple):
    terms: list[TermChange]
    entries: list[EntryRow]
    edits: list[EditRow]


def add_rows(rows: IndexRows, before: Lead | None, after: Lead, parts: Parts, n: int, country: Country) -> None:
    if terms := difference(TERMS, before, after, parts):
        rows.terms.extend(TermChange(n, *term[1:4], is_new=False) for term in terms.removed)
        rows.terms.extend(TermChange(n, *term[1:4], is_new=True) for term in terms.added)
    if has_index_entry(before) and has_index_entry(after):
        words = difference(WORDS, before, after, parts, country)
        if words and (change := edit(after, words)) is not None:
            rows.edits.append(edit_row(after.account_id, change, n))
    elif (new := index_entry(after, country)) is not None:
        rows.entries.append(entry_row(new, n))
    elif has_index_entry(before):
        rows.entries.append(EntryRow(n))


def entry_row(new: IndexEntry, n: int) -> EntryRow:
    return EntryRow(n, new.lead_date_ms, new.value_micros, _vector(*new.tokens))


def edit_row(account_id: str, edit: Edit, n: int) -> EditRow:
    """If the words of name or e-mail differ, all of them are replaced, so that their positions are right."""
    if not edit.is_in_full_text:
        return EditRow(n, edit.lead_date_ms, edit.value_micros)
    old, new = (edit.old_words, edit.new_words) if edit.old_words != edit.new_words else (((), ()), ((), ()))
    gone, others = sorted(edit.removed.union(*old)), tuple(sorted(edit.added.union(edit.phones or ())))
    begin = None if edit.phones is None else phone(account_id, "")
    return EditRow(n, edit.lead_date_ms, edit.value_micros, gone, _vector(*new, others), begin)


def _vector(name: Tokens, email: Tokens, other: Tokens) -> str:
    """The text of a tsvector. A gap between the positions of name and e-mail keeps phrases from matching across
    them."""
    name_lexemes = [f"'{token}':{place}A" for place, token in enumerate(name, 1)]
    email_lexemes = [f"'{token}':{place}B" for place, token in enumerate(email, len(name) + 2)]
    return " ".join([*name_lexemes, *email_lexemes, *(f"'{token}'" for token in other)])


async def restore(connection: Connection, leads: Iterable[tuple[Lead, Country]]) -> None:
    """Inserts whole entries of leads that were just saved but had none to edit, because of damage or an old server.

    Outside a transaction the leads are already committed: a failure is ignored, and the next change of the lead repairs
    it. Skips a lead that has changed since: that change does the same.
    """
    for lead, country in leads:
        _, _, at_ms, value, *tokens = cast(IndexEntry, index_entry(lead, country))
        row = lead.account_id, lead.id, lead.version, at_ms, value, _vector(*tokens)
        try:
            await connection.execute(SQL["restore_entry"], *row)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
            if connection.is_in_transaction():
                raise


async def load(connection: Connection, entries: Iterable[IndexEntry], new_terms: Iterable[TermRow]) -> None:
    """Indexes leads that are not indexed yet."""
    for account_id, account_entries in groupby(sorted(entries, key=itemgetter(0, 1)), itemgetter(0)):
        batch = list(account_entries)
        rows = [entry_row(text_entry, n) for n, text_entry in enumerate(batch, 1)]
        ids = [text_entry.lead_id for text_entry in batch]
        await connection.execute(SQL["save_entries"], account_id, ids, as_json(rows), timeout=LONGEST_S)
    records = sorted(new_terms)
    await connection.copy_records_to_table(TABLE, columns=TERM_COLUMNS, records=records, timeout=LONGEST_S)


async def is_indexed(connection: Connection, lead: Lead, country: Country) -> bool:
    terms = TERMS.rows(structs.replace(lead, deleted_at_ms=None))
    columns = [list(column) for column in zip(*(term[1:4] for term in terms), strict=True)] or [[], [], []]
    count: int = await connection.fetchval(SQL["count_terms"], lead.account_id, lead.id, *columns)
    expected = index_entry(lead, country)
    row = await connection.fetchrow(SQL["has_entry"], lead.account_id, lead.id, expected and _vector(*expected.tokens))
    if expected is None:
        return row is None and count == 0
    return row is not None and tuple(row) == (*expected[2:4], True) and count == len(terms)


async def misindexed(connection: Connection, account_id: str) -> int:
    number: int = await connection.fetchval(SQL["misindexed"], account_id)
    return number
