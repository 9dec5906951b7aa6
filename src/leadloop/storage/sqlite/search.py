"""The search index, written in the transaction of each change. `finding` reads it."""

from collections.abc import Iterable, Sequence

import apsw
from msgspec import structs

from leadloop.core.leads.doc import decode
from leadloop.core.leads.model import Lead
from leadloop.core.ports import Saved
from leadloop.storage.search_rows import Edit, Entry, Term, Tokens, difference, entry, terms
from leadloop.storage.sql import statements

SQL = statements(__file__)


def save(connection: apsw.Connection, before: Lead | None, saved: Saved) -> None:
    found = difference(before, saved.lead, [saved.change])
    for term in found.gone:
        connection.execute(SQL["delete_term"], term)
    for term in found.new:
        connection.execute(SQL["insert_term"], term)
    if found.is_gone:
        _delete(connection, saved.lead)
    if isinstance(found.entry, Entry):
        _put(connection, found.entry)
    elif found.entry is not None:
        _edit(connection, saved.lead, found.entry)


def _put(connection: apsw.Connection, entry: Entry) -> None:
    n = connection.execute(SQL["insert_place"], (*entry[:4], _text(entry.tokens))).get
    connection.execute(SQL["insert_words"], (n, *map(" ".join, entry.tokens)))


def _edit(connection: apsw.Connection, lead: Lead, edit: Edit) -> None:
    """The words that are known of the lead are those of the full text, and need not be made again."""
    place = lead.account_id, lead.id, edit.lead_date_ms, edit.value_micros
    if not edit.is_in_full_text:
        connection.execute(SQL["move_place"], place)
        return
    n, _, _, text = connection.execute(SQL["get_place"], place[:2]).get
    name, email, other = (tuple(line.split()) for line in text.split("\n"))
    if edit.old_words != edit.new_words:
        name, email = edit.new_words
    tokens = name, email, tuple(sorted({*other} - edit.gone | edit.new))
    connection.execute(SQL["change_place"], (*place, _text(tokens)))
    connection.execute(SQL["update_words"], (n, *map(" ".join, tokens)))


def _text(columns: Iterable[Tokens]) -> str:
    """The tokens of name, e-mail and the rest, a line each, with a space before and after each token."""
    return "\n".join(f" {' '.join(tokens)} " for tokens in columns)


def _delete(connection: apsw.Connection, lead: Lead) -> None:
    for (n,) in connection.execute(SQL["delete_place"], (lead.account_id, lead.id)).fetchall():
        connection.execute(SQL["delete_words"], (n,))


def load(connection: apsw.Connection, entries: Iterable[Entry], new_terms: Iterable[Term]) -> None:
    """Of leads that are not indexed yet."""
    for one in entries:
        _put(connection, one)
    connection.executemany(SQL["insert_term"], new_terms)


def fill(connection: apsw.Connection) -> None:
    """The index of all leads there are; there must be none yet."""
    for (doc,) in connection.execute(SQL["all_leads"]):
        lead = decode(doc)
        found = entry(lead)
        load(connection, [] if found is None else [found], terms(lead))


def is_indexed(connection: apsw.Connection, lead: Lead) -> bool:
    alive = structs.replace(lead, deleted_at_ms=None)
    is_there = [connection.execute(SQL["has_term"], term).get is not None for term in terms(alive)]
    place = connection.execute(SQL["get_place"], (lead.account_id, lead.id)).get
    wanted = entry(lead)
    if wanted is None:
        return place is None and not any(is_there)
    known = (*wanted[2:4], _text(wanted.tokens))
    return place is not None and place[1:] == known and all(is_there) and _has_tokens(connection, place[0], wanted)


def _has_tokens(connection: apsw.Connection, n: int, wanted: Entry) -> bool:
    """So many in each column, and in this order: these and no others."""
    if connection.execute(SQL["words_size"], (n,)).get != b"".join(_varint(len(column)) for column in wanted.tokens):
        return False
    columns: Sequence[tuple[str, tuple[str, ...]]] = [
        (name, getattr(wanted, name)) for name in ("name", "email", "other") if getattr(wanted, name)
    ]
    asked = " AND ".join(f'{name} : "{" ".join(tokens)}"' for name, tokens in columns)
    return not asked or connection.execute(SQL["has_words"], (n, asked)).get is not None


def _varint(number: int) -> bytes:
    """A number as SQLite writes it: seven bits a byte, the last one first to lack the eighth."""
    found = bytes([number & 127])
    while number := number >> 7:
        found = bytes([number & 127 | 128]) + found
    return found


def misindexed(connection: apsw.Connection, account_id: str) -> int:
    number: int = connection.execute(SQL["misindexed"], (account_id,)).get
    return number
