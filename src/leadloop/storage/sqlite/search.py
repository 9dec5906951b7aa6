"""The search index, written in the transaction of each change. `finding` reads it."""

from collections.abc import Iterable, Sequence

import apsw
from msgspec import structs

from leadloop.core.leads.doc import decode
from leadloop.core.leads.model import Lead
from leadloop.core.ports import Saved
from leadloop.storage.search_rows import ALL, Entry, Term, entry, terms, touched_by
from leadloop.storage.sql import statements

SQL = statements(__file__)


def save(connection: apsw.Connection, before: Lead | None, saved: Saved) -> None:
    touched = ALL if before is None else touched_by([saved.change])
    if touched.terms:
        old_terms, new_terms = terms(before), terms(saved.lead)
        connection.executemany(SQL["delete_term"], old_terms - new_terms)
        connection.executemany(SQL["insert_term"], new_terms - old_terms)
    if touched.entry:
        _save_entry(connection, entry(before), entry(saved.lead))


def _save_entry(connection: apsw.Connection, old: Entry | None, new: Entry | None) -> None:
    if new == old:
        return
    if new is None:
        assert old is not None
        for (n,) in connection.execute(SQL["delete_place"], old[:2]).fetchall():
            connection.execute(SQL["delete_words"], (n,))
        return
    n = connection.execute(SQL["put_place"], (*new[:4], _text(new))).get
    if old is None or new.tokens != old.tokens:
        sql = SQL["insert_words"] if old is None else SQL["update_words"]
        connection.execute(sql, (n, *map(" ".join, new.tokens)))


def _text(found: Entry) -> str:
    """The tokens of name, e-mail and the rest, a line each, with a space before and after each token."""
    return "\n".join(f" {' '.join(tokens)} " for tokens in found.tokens)


def load(connection: apsw.Connection, entries: Iterable[Entry], new_terms: Iterable[Term]) -> None:
    """Of leads that are not indexed yet."""
    for one in entries:
        _save_entry(connection, None, one)
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
    known = (*wanted[2:4], _text(wanted))
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
