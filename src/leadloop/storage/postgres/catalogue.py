"""The catalogue: upserted with each batch of changes, managed and read; and the assignment counts of users."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence

from leadloop.core.catalogue.assignment import Assignment, AssignmentCount, AssignmentCounts, count_one
from leadloop.core.catalogue.catalogue import Catalogue
from leadloop.core.catalogue.learn import LeadReference, entries_from
from leadloop.core.catalogue.model import Entry
from leadloop.core.catalogue.query import EntryQuery
from leadloop.core.leads.doc import decode
from leadloop.core.pages import Page, make_page
from leadloop.derived.references import references
from leadloop.storage.catalogues import (
    PendingEntries,
    build_catalogue,
    catch_up,
    decode_entry,
    entry_row,
    read_options,
    replace_stale,
)
from leadloop.storage.postgres.bounded import documents
from leadloop.storage.postgres.engine import Connection, transaction
from leadloop.storage.sql import statements

SQL = statements(__file__)

BATCH = 2_000


async def refresh(connection: Connection, catalogue: Catalogue, version: int) -> Catalogue:
    """Brings the catalogue to this version or, after a full reload, to a later one.

    A version lower than the cached one means that the database was restored.
    """
    account_id, since = catalogue.account_id, catalogue.version
    if version < since:
        version = await _version(connection, account_id)
    if version == since:
        return catalogue
    after = since if version > since else 0
    records = await connection.fetch(SQL["changed_entries"], account_id, after)
    options = read_options(await connection.fetchrow(SQL["get_options"], account_id))
    docs = [doc for (doc,) in records]
    if after:
        return catch_up(catalogue, version, options, map(decode_entry, docs))
    loaded = await asyncio.to_thread(build_catalogue, account_id, version, options, docs)
    return replace_stale(catalogue, since, loaded)


async def read(connection: Connection, catalogue: Catalogue) -> Catalogue:
    return await refresh(connection, catalogue, await _version(connection, catalogue.account_id))


async def _version(connection: Connection, account_id: str) -> int:
    """0 if the catalogue never had an entry."""
    return await connection.fetchval(SQL["get_version"], account_id) or 0


async def upsert(connection: Connection, catalogue: Catalogue, references: Iterable[LeadReference]) -> PendingEntries:
    """Upserts entries from references inside a transaction; apply the result after the commit. A second process that
    upserts the same entries waits for the first and then reads them."""
    version = await _lock(connection, catalogue)
    entries = entries_from(catalogue, references)
    await _put(connection, catalogue.account_id, version, entries)
    return PendingEntries(catalogue, version, entries)


async def manage(connection: Connection, catalogue: Catalogue, change: Callable[[Catalogue], Entry]) -> Entry:
    async with transaction(connection):
        version = await _lock(connection, catalogue)
        entry = change(catalogue)
        entries = [] if catalogue.by_key(entry.kind, entry.key) == entry else [entry]
        await _put(connection, catalogue.account_id, version, entries)
    PendingEntries(catalogue, version, entries).apply()
    return entry


async def bump_version(connection: Connection, account_id: str) -> int:
    """Increments the version of the account's catalogue and returns it."""
    version: int = await connection.fetchval(SQL["bump_version"], account_id)
    return version


async def _lock(connection: Connection, catalogue: Catalogue) -> int:
    """Increments the version, which locks the catalogue until the transaction ends, and refreshes the cached one."""
    version = await bump_version(connection, catalogue.account_id)
    if catalogue.version >= version:
        catalogue.replace_with(Catalogue(catalogue.account_id))
    await refresh(connection, catalogue, version - 1)
    return version


async def _put(connection: Connection, account_id: str, version: int, entries: Sequence[Entry]) -> None:
    if entries:
        rows = sorted(entry_row(account_id, version, entry) for entry in entries)
        _, *columns = zip(*rows, strict=True)
        await connection.execute(SQL["put_entries"], account_id, *columns)


async def list_page(connection: Connection, query: EntryQuery, most_bytes: int) -> Page[Entry]:
    after = query.after or ("", "")
    parameters = query.account_id, query.kind, *after, query.part, query.archived, query.limit
    docs, is_cut = await documents(connection, SQL["list_entries"], parameters, query.limit, most_bytes)
    return make_page(docs, decode_entry, is_cut=is_cut)


async def get(connection: Connection, account_id: str, kind: str, entry_id: str) -> Entry | None:
    doc = await connection.fetchval(SQL["get_entry"], account_id, kind, entry_id)
    return None if doc is None else decode_entry(doc)


async def assignment_counts(connection: Connection, account_id: str) -> tuple[int, dict[str, AssignmentCount]]:
    """The account's assignment counts and their version, which is read first: newer counts fail the version check."""
    version = await connection.fetchval(SQL["get_assignments_version"], account_id)
    records = await connection.fetch(SQL["list_assignment_counts"], account_id)
    return version or 0, {key: AssignmentCount(*count) for key, *count in records}


async def lock_assignments(connection: Connection, account_id: str, version: int) -> bool:
    """Locks the account's assignment counts until the transaction ends. False if they have changed since this
    version."""
    return await connection.fetchval(SQL["bump_assignments_version"], account_id, version) is not None


async def count_assignments(
    connection: Connection, account_id: str, counts: AssignmentCounts, assigned: Collection[Assignment]
) -> None:
    current = dict(counts)
    for assignment in assigned:
        current[assignment.key] = count_one(current.get(assignment.key), assignment)
    if assigned:
        rows = [(key, *current[key]) for key in sorted({each.key for each in assigned})]
        await connection.execute(SQL["put_assignment_counts"], account_id, *zip(*rows, strict=True))


async def fill(connection: Connection) -> None:
    """Fills empty catalogues from the references of all leads. Runs inside a transaction."""
    catalogues: dict[str, Catalogue] = {}
    cursor = await connection.cursor(SQL["all_leads"])
    while records := await cursor.fetch(BATCH):
        for account_id, doc in records:
            catalogue = catalogues.setdefault(account_id, Catalogue(account_id))
            catalogue.put(entries_from(catalogue, references(decode(doc))))
    for catalogue in catalogues.values():
        version = await bump_version(connection, catalogue.account_id)
        await _put(connection, catalogue.account_id, version, list(catalogue.entries()))
