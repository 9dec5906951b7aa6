"""The catalogue: learnt with each change of a lead, managed, read; and whose turn it is to get a lead."""

from collections.abc import Callable, Iterable
from functools import partial

import apsw

from leadloop.core.catalogue.assignment import Assignment, AssignmentCount, count_one
from leadloop.core.catalogue.catalogue import Catalogue
from leadloop.core.catalogue.learn import LeadReference, entries_from
from leadloop.core.catalogue.model import Entry
from leadloop.core.catalogue.query import EntryQuery
from leadloop.core.leads.doc import decode
from leadloop.core.pages import Page, make_page
from leadloop.derived.references import references
from leadloop.storage.catalogues import catch_up, entry, options, read_anew, renew, row
from leadloop.storage.results import Failure
from leadloop.storage.sql import statements
from leadloop.storage.sqlite.bounded import documents

SQL = statements(__file__)

Changed = Callable[[Catalogue], Catalogue]
"""Brings the catalogue up to date."""


def version(connection: apsw.Connection, account_id: str) -> int:
    """0 where nothing was ever learnt."""
    found: int = connection.execute(SQL["get_version"], (account_id,)).get or 0
    return found


def current(connection: apsw.Connection, catalogue: Catalogue) -> Catalogue:
    """The catalogue, brought up to date."""
    changed = changes(connection, catalogue.account_id, catalogue.version)
    return catalogue if changed is None else changed(catalogue)


def changes(connection: apsw.Connection, account_id: str, since: int) -> Changed | None:
    """What has changed since a version; `None` for nothing. A lower version than that is of a database that was
    restored: all is read anew."""
    now = version(connection, account_id)
    if now == since:
        return None
    after = since if now > since else 0
    docs = [doc for (doc,) in connection.execute(SQL["changed_entries"], (account_id, after))]
    found = options(connection.execute(SQL["get_options"], (account_id,)).fetchone())
    if after:
        return partial(catch_up, version=now, options=found, entries=list(map(entry, docs)))
    return partial(renew, since=since, known=read_anew(account_id, now, found, docs))


def teach(connection: apsw.Connection, catalogue: Catalogue, found: Iterable[LeadReference]) -> None:
    if learnt := entries_from(catalogue, found):
        file(connection, catalogue, learnt)


def file(connection: apsw.Connection, catalogue: Catalogue, entries: list[Entry]) -> None:
    """Into the tables and the catalogue, which must be up to date."""
    now = move(connection, catalogue.account_id)
    connection.executemany(SQL["put_entry"], (row(catalogue.account_id, now, one) for one in entries))
    catch_up(catalogue, now, catalogue.options, entries)


def move(connection: apsw.Connection, account_id: str) -> int:
    """Says that the account's catalogue has changed; its new version."""
    found: int = connection.execute(SQL["move_version"], (account_id,)).get
    return found


def manage(connection: apsw.Connection, catalogue: Catalogue, change: Callable[[Catalogue], Entry]) -> Entry | Failure:
    current(connection, catalogue)
    try:
        found = change(catalogue)
    except Exception as error:
        return Failure(error)
    if catalogue.by_key(found.kind, found.key) != found:
        file(connection, catalogue, [found])
    return found


def listed(connection: apsw.Connection, query: EntryQuery, most_bytes: int) -> Page[Entry]:
    after = query.after or ("", "")
    asked = query.account_id, query.kind, *after, query.part, query.archived, query.limit
    docs, is_cut = documents(connection, SQL["list_entries"], asked, most_bytes)
    return make_page(docs, entry, is_cut=is_cut)


def get(connection: apsw.Connection, account_id: str, kind: str, entry_id: str) -> Entry | None:
    doc = connection.execute(SQL["get_entry"], (account_id, kind, entry_id)).get
    return None if doc is None else entry(doc)


def turns(connection: apsw.Connection, account_id: str) -> dict[str, AssignmentCount]:
    return {key: AssignmentCount(*turn) for key, *turn in connection.execute(SQL["list_turns"], (account_id,))}


def take_turn(connection: apsw.Connection, account_id: str, attributed: Assignment) -> None:
    turn = count_one(turns(connection, account_id).get(attributed.key), attributed.at_ms)
    connection.execute(SQL["take_turn"], (account_id, attributed.key, *turn))


def fill(connection: apsw.Connection) -> None:
    """What the leads there are teach; nothing must be known yet."""
    catalogues: dict[str, Catalogue] = {}
    for account_id, doc in connection.execute(SQL["all_leads"]):
        catalogue = catalogues.setdefault(account_id, Catalogue(account_id))
        catalogue.put(entries_from(catalogue, references(decode(doc))))
    for catalogue in catalogues.values():
        file(connection, catalogue, list(catalogue.entries()))
