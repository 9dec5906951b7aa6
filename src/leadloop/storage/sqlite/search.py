"""Writes the search index in the transaction of each change. `finding` reads it."""

from collections.abc import Iterable
from operator import itemgetter
from typing import Any, cast

import apsw
from msgspec import structs

from leadloop.core.leads.matching import Country
from leadloop.core.leads.model import Lead
from leadloop.derived.projection import Parts, difference
from leadloop.derived.terms import TERMS, TermRow
from leadloop.derived.tokens import phone_tokens
from leadloop.derived.words import WORDS, Edit, IndexEntry, Tokens, edit, has_index_entry, index_entry
from leadloop.storage.sql import statements

SQL = statements(__file__)
NO_WORDS: tuple[Tokens, Tokens] = ((), ())


class FullText:
    """The pending edits of the full text, written before the commit in the order of the rows: in any other order FTS5
    flushes its buffer at each row, which takes four times as long."""

    def __init__(self) -> None:
        self._edits: list[tuple[int, str, Iterable[str]]] = []

    def put(self, n: int, tokens: Iterable[Iterable[str]]) -> None:
        self._edits.append((n, SQL["insert_words"], map(" ".join, tokens)))

    def remove(self, n: int, tokens: Iterable[Iterable[str]]) -> None:
        """Removes tokens, which must be stored."""
        self._edits.append((n, SQL["delete_words"], map(" ".join, tokens)))

    def write(self, connection: apsw.Connection) -> None:
        edits, self._edits = sorted(self._edits, key=itemgetter(0)), []
        for n, sql, columns in edits:
            connection.execute(sql, (n, *columns))

    def discard(self) -> None:
        """Discards the pending edits after a rollback."""
        self._edits = []


def save(
    connection: apsw.Connection, full_text: FullText, before: Lead | None, after: Lead, parts: Parts, country: Country
) -> None:
    if terms := difference(TERMS, before, after, parts):
        for term in terms.removed:
            connection.execute(SQL["delete_term"], term)
        for term in terms.added:
            connection.execute(SQL["insert_term"], term)
    if has_index_entry(before) and has_index_entry(after):
        words = difference(WORDS, before, after, parts, country)
        change = words and edit(after, words)
        if change is not None and not edit_entry(connection, full_text, after, change):
            _put(connection, full_text, cast(IndexEntry, index_entry(after, country)))
    elif before is None or WORDS.name in parts:
        if before is not None:  # also for a lead that is restored: damage may have left an entry
            _delete(connection, full_text, after)
        if (new := index_entry(after, country)) is not None:
            _put(connection, full_text, new)


def _put(connection: apsw.Connection, full_text: FullText, entry: IndexEntry) -> None:
    n = connection.execute(SQL["insert_place"], (*entry[:4], _text(entry.tokens))).get
    full_text.put(n, entry.tokens)


def edit_entry(connection: apsw.Connection, full_text: FullText, lead: Lead, edit: Edit) -> bool:
    """Edits the entry. False if there is none, because of damage or an old server."""
    place = lead.account_id, lead.id, edit.lead_date_ms, edit.value_micros
    if not edit.is_in_full_text:
        connection.execute(SQL["move_place"], place)
        return connection.changes() > 0
    stored = connection.execute(SQL["get_place"], place[:2]).get
    if stored is None:
        return False
    n, _, _, text = stored
    name, email, other = (line.split() for line in text.split("\n"))
    removed, added = edit.removed.intersection(other), edit.added.difference(other)
    if edit.phones is not None:  # includes one that a former reading of the number left
        removed |= phone_tokens(lead.account_id, other) - edit.phones
    has_words = edit.old_words != edit.new_words
    words = edit.new_words if has_words else (name, email)
    connection.execute(SQL["change_place"], (*place, _text([*words, sorted({*other} - removed | added)])))
    if has_words or removed or added:  # always both: FTS5 counts rows
        full_text.remove(n, (*((name, email) if has_words else NO_WORDS), removed))
        full_text.put(n, (*(words if has_words else NO_WORDS), added))
    return True


def _delete(connection: apsw.Connection, full_text: FullText, lead: Lead) -> None:
    rows: list[Any] = connection.execute(SQL["delete_place"], (lead.account_id, lead.id)).fetchall()
    for n, text in rows:
        full_text.remove(n, (column.split() for column in text.split("\n")))


def _text(columns: Iterable[Iterable[str]]) -> str:
    """The tokens of name, e-mail and the rest, a line each, with a space before and after each token."""
    return "\n".join(f" {' '.join(tokens)} " for tokens in columns)


def load(
    connection: apsw.Connection, full_text: FullText, entries: Iterable[IndexEntry], new_terms: Iterable[TermRow]
) -> None:
    """Indexes leads that are not indexed yet."""
    for text_entry in entries:
        _put(connection, full_text, text_entry)
    connection.executemany(SQL["insert_term"], new_terms)


def put(connection: apsw.Connection, full_text: FullText, lead: Lead, country: Country) -> None:
    """Adds the words of a lead that has none yet."""
    if (new := index_entry(lead, country)) is not None:
        _put(connection, full_text, new)


def place(lead: Lead, country: Country) -> tuple[Any, ...] | None:
    """The row of a lead in `lead_places`, without its number."""
    text_entry = index_entry(lead, country)
    return None if text_entry is None else (*text_entry[:4], _text(text_entry.tokens))


def is_indexed(connection: apsw.Connection, lead: Lead, country: Country) -> bool:
    live_terms = structs.replace(lead, deleted_at_ms=None)
    is_there = [connection.execute(SQL["has_term"], term).get is not None for term in TERMS.rows(live_terms)]
    place = connection.execute(SQL["get_place"], (lead.account_id, lead.id)).get
    expected = index_entry(lead, country)
    if expected is None:
        return place is None and not any(is_there)
    stored = (*expected[2:4], _text(expected.tokens))
    return place is not None and place[1:] == stored and all(is_there) and _has_tokens(connection, place[0], expected)


def _has_tokens(connection: apsw.Connection, n: int, expected: IndexEntry) -> bool:
    clauses = [
        f'{name} : "{" ".join(getattr(expected, name))}"' for name in ("name", "email") if getattr(expected, name)
    ]
    clauses += [f'other : "{token}"' for token in expected.other]
    return not clauses or connection.execute(SQL["has_words"], (n, " AND ".join(clauses))).get is not None


def misindexed(connection: apsw.Connection, account_id: str) -> int:
    number: int = connection.execute(SQL["misindexed"], (account_id,)).get
    return number
