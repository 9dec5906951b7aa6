"""The catalogue: learnt with each group of changes, managed, read; and whose turn it is to get a lead."""

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
from leadloop.storage.catalogues import PendingEntries, catch_up, entry, options, read_anew, renew, row
from leadloop.storage.postgres.bounded import documents
from leadloop.storage.postgres.engine import Connection, transaction
from leadloop.storage.sql import statements

SQL = statements(__file__)

BATCH = 2_000


async def current(connection: Connection, catalogue: Catalogue, version: int) -> Catalogue:
    """The catalogue as it is at this version or, where it has been read anew, later.

    A version that is lower now than the one that is remembered is of a database that was restored.
    """
    account_id, since = catalogue.account_id, catalogue.version
    if version < since:
        version = await _version(connection, account_id)
    if version == since:
        return catalogue
    after = since if version > since else 0
    found = await connection.fetch(SQL["changed_entries"], account_id, after)
    present = options(await connection.fetchrow(SQL["get_options"], account_id))
    docs = [doc for (doc,) in found]
    if after:
        return catch_up(catalogue, version, present, map(entry, docs))
    known = await asyncio.to_thread(read_anew, account_id, version, present, docs)
    return renew(catalogue, since, known)


async def read(connection: Connection, catalogue: Catalogue) -> Catalogue:
    return await current(connection, catalogue, await _version(connection, catalogue.account_id))


async def _version(connection: Connection, account_id: str) -> int:
    """0 where nothing was ever learnt."""
    return await connection.fetchval(SQL["get_version"], account_id) or 0


async def teach(connection: Connection, catalogue: Catalogue, found: Iterable[LeadReference]) -> PendingEntries:
    """Inside a transaction, after whose commit it is to be remembered. Two processes that learn the same wait for each
    other, and the second one knows by then."""
    version = await _moved(connection, catalogue)
    entries = entries_from(catalogue, found)
    await _put(connection, catalogue.account_id, version, entries)
    return PendingEntries(catalogue, version, entries)


async def manage(connection: Connection, catalogue: Catalogue, change: Callable[[Catalogue], Entry]) -> Entry:
    async with transaction(connection):
        version = await _moved(connection, catalogue)
        found = change(catalogue)
        entries = [] if catalogue.by_key(found.kind, found.key) == found else [found]
        await _put(connection, catalogue.account_id, version, entries)
    PendingEntries(catalogue, version, entries).remember()
    return found


async def move(connection: Connection, account_id: str) -> int:
    """Says that the account's catalogue has changed; its new version."""
    version: int = await connection.fetchval(SQL["move_version"], account_id)
    return version


async def _moved(connection: Connection, catalogue: Catalogue) -> int:
    """Nobody else moves it before the transaction ends: what is remembered can only be older."""
    version = await move(connection, catalogue.account_id)
    if catalogue.version >= version:
        catalogue.replace_with(Catalogue(catalogue.account_id))
    await current(connection, catalogue, version - 1)
    return version


async def _put(connection: Connection, account_id: str, version: int, entries: Sequence[Entry]) -> None:
    if entries:
        rows = sorted(row(account_id, version, one) for one in entries)
        _, *columns = zip(*rows, strict=True)
        await connection.execute(SQL["put_entries"], account_id, *columns)


async def listed(connection: Connection, query: EntryQuery, most_bytes: int) -> Page[Entry]:
    after = query.after or ("", "")
    asked = query.account_id, query.kind, *after, query.part, query.archived, query.limit
    docs, is_cut = await documents(connection, SQL["list_entries"], asked, query.limit, most_bytes)
    return make_page(docs, entry, is_cut=is_cut)


async def get(connection: Connection, account_id: str, kind: str, entry_id: str) -> Entry | None:
    doc = await connection.fetchval(SQL["get_entry"], account_id, kind, entry_id)
    return None if doc is None else entry(doc)


async def turns(connection: Connection, account_id: str) -> tuple[int, dict[str, AssignmentCount]]:
    """With the number that tells whether they are still so. It comes first: turns that are newer lose."""
    version = await connection.fetchval(SQL["get_turns_version"], account_id)
    found = await connection.fetch(SQL["list_turns"], account_id)
    return version or 0, {key: AssignmentCount(*turn) for key, *turn in found}


async def move_turns(connection: Connection, account_id: str, version: int) -> bool:
    """Whether the turns are still those that were seen at this version. Until the transaction ends nobody else takes
    one."""
    return await connection.fetchval(SQL["move_turns"], account_id, version) is not None


async def take_turns(
    connection: Connection, account_id: str, seen: AssignmentCounts, took: Collection[Assignment]
) -> None:
    now = dict(seen)
    for key, at_ms in took:
        now[key] = count_one(now.get(key), at_ms)
    if took:
        rows = [(key, *now[key]) for key in sorted({one.key for one in took})]
        await connection.execute(SQL["take_turns"], account_id, *zip(*rows, strict=True))


async def fill(connection: Connection) -> None:
    """What the leads there are teach; nothing must be known yet. Inside a transaction."""
    catalogues: dict[str, Catalogue] = {}
    cursor = await connection.cursor(SQL["all_leads"])
    while found := await cursor.fetch(BATCH):
        for account_id, doc in found:
            catalogue = catalogues.setdefault(account_id, Catalogue(account_id))
            catalogue.put(entries_from(catalogue, references(decode(doc))))
    for catalogue in catalogues.values():
        version = await move(connection, catalogue.account_id)
        await _put(connection, catalogue.account_id, version, list(catalogue.entries()))
