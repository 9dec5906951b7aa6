"""The catalogue: upserted with each change of a lead, managed and read; and the assignment counts of users."""

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
from leadloop.storage.catalogues import build_catalogue, catch_up, decode_entry, entry_row, read_options, replace_stale
from leadloop.storage.results import Failure
from leadloop.storage.sql import statements
from leadloop.storage.sqlite.bounded import documents

SQL = statements(__file__)

Refresh = Callable[[Catalogue], Catalogue]
"""Brings a catalogue up to date."""


def read_version(connection: apsw.Connection, account_id: str) -> int:
    """0 if the catalogue never had an entry."""
    version: int = connection.execute(SQL["get_version"], (account_id,)).get or 0
    return version


def refresh(connection: apsw.Connection, catalogue: Catalogue) -> Catalogue:
    """The catalogue, brought up to date."""
    apply = read_changes(connection, catalogue.account_id, catalogue.version)
    return catalogue if apply is None else apply(catalogue)


def read_changes(connection: apsw.Connection, account_id: str, since: int) -> Refresh | None:
    """Reads the changes since a version; `None` if there are none. A current version below it means that the database
    was restored: the catalogue is reloaded."""
    version = read_version(connection, account_id)
    if version == since:
        return None
    after = since if version > since else 0
    docs = [doc for (doc,) in connection.execute(SQL["changed_entries"], (account_id, after))]
    options = read_options(connection.execute(SQL["get_options"], (account_id,)).fetchone())
    if after:
        return partial(catch_up, version=version, options=options, entries=list(map(decode_entry, docs)))
    return partial(replace_stale, since=since, loaded=build_catalogue(account_id, version, options, docs))


def upsert(connection: apsw.Connection, catalogue: Catalogue, references: Iterable[LeadReference]) -> None:
    """Upserts entries from references."""
    if entries := entries_from(catalogue, references):
        put(connection, catalogue, entries)


def put(connection: apsw.Connection, catalogue: Catalogue, entries: list[Entry]) -> None:
    """Writes entries to the table and to the catalogue, which must be up to date."""
    version = bump_version(connection, catalogue.account_id)
    connection.executemany(SQL["put_entry"], (entry_row(catalogue.account_id, version, entry) for entry in entries))
    catch_up(catalogue, version, catalogue.options, entries)


def bump_version(connection: apsw.Connection, account_id: str) -> int:
    """Increments the version of the account's catalogue and returns it."""
    version: int = connection.execute(SQL["bump_version"], (account_id,)).get
    return version


def manage(connection: apsw.Connection, catalogue: Catalogue, change: Callable[[Catalogue], Entry]) -> Entry | Failure:
    refresh(connection, catalogue)
    try:
        entry = change(catalogue)
    except Exception as error:
        return Failure(error)
    if catalogue.by_key(entry.kind, entry.key) != entry:
        put(connection, catalogue, [entry])
    return entry


def list_page(connection: apsw.Connection, query: EntryQuery, most_bytes: int) -> Page[Entry]:
    after = query.after or ("", "")
    parameters = query.account_id, query.kind, *after, query.part, query.archived, query.limit
    docs, is_cut = documents(connection, SQL["list_entries"], parameters, most_bytes)
    return make_page(docs, decode_entry, is_cut=is_cut)


def get(connection: apsw.Connection, account_id: str, kind: str, entry_id: str) -> Entry | None:
    doc = connection.execute(SQL["get_entry"], (account_id, kind, entry_id)).get
    return None if doc is None else decode_entry(doc)


def assignment_counts(connection: apsw.Connection, account_id: str) -> dict[str, AssignmentCount]:
    records = connection.execute(SQL["list_assignment_counts"], (account_id,))
    return {key: AssignmentCount(*count) for key, *count in records}


def count_assignment(connection: apsw.Connection, account_id: str, assigned: Assignment) -> None:
    count = count_one(assignment_counts(connection, account_id).get(assigned.key), assigned)
    connection.execute(SQL["put_assignment_count"], (account_id, assigned.key, *count))


def fill(connection: apsw.Connection) -> None:
    """Fills empty catalogues from the references of all leads."""
    catalogues: dict[str, Catalogue] = {}
    for account_id, doc in connection.execute(SQL["all_leads"]):
        catalogue = catalogues.setdefault(account_id, Catalogue(account_id))
        catalogue.put(entries_from(catalogue, references(decode(doc))))
    for catalogue in catalogues.values():
        put(connection, catalogue, list(catalogue.entries()))
