"""A group against the database: load its leads, save what its units decided. No lock in between.

Saving is one transaction, guarded by the version each lead was read at: one statement, or several where a group is of
one account (see `one_account`).
"""

from collections import defaultdict
from collections.abc import Iterable, Set
from typing import Any

from leadloop.core.catalogue.learn import LeadReference
from leadloop.core.ids import stable_id
from leadloop.core.leads.doc import decode
from leadloop.core.leads.merge import Conversation
from leadloop.core.store import CANDIDATES, HISTORY_LIMIT, SAME_CONTACT_LIMIT
from leadloop.core.writes.idempotency import StoredAnswer
from leadloop.storage import endpoints, rows, webhook_rows
from leadloop.storage.catalogues import PendingEntries
from leadloop.storage.postgres import catalogue, one_account, renewal, search
from leadloop.storage.postgres.batch import Batch, Claim, Job, LeadState
from leadloop.storage.postgres.batch_rows import batch_rows
from leadloop.storage.postgres.engine import Connection, transaction
from leadloop.storage.rows import as_json
from leadloop.storage.sql import statements
from leadloop.webhooks.ports import AFTER_ANOTHER_MS

SQL = statements(__file__)
_LIST_ENDPOINTS = endpoints.SQL["list_endpoints"]

COLUMNS = ("email_key", "phone_key", "external_key")
"""What a lead can be asked to be absent by, in the order of the statement's parameters."""


async def load(connection: Connection, group: Batch) -> None:
    """What the units ask for. The leads come first: what is read after them can only be newer, and a lead that has
    moved on in between loses its guard."""
    asked = list(group.rows.values())
    accounts = list({account_id for account_id, _ in group.rows})
    more = () if group.one_account else (accounts,)
    for n, doc, route_version, catalogue_version in await _ask(connection, group, "load_leads", group.rows, *more):
        if route_version is not None:
            group.route_versions[accounts[n - 1]] = route_version
            group.catalogue_versions[accounts[n - 1]] = catalogue_version
        elif doc is not None:
            asked[n - 1].read = asked[n - 1].now = decode(doc)
    await _load_routes(connection, group)
    await _load_catalogues(connection, group)
    await _load_contacts(connection, group)
    await _load_conversations(connection, group)
    await _load_histories(connection, group)
    await _load_kept(connection, group)
    await _load_claims(connection, group)


async def committed(connection: Connection, group: Batch) -> dict[Job, Any]:
    """The answers of those jobs whose change was saved after all when a connection was lost."""
    tries = [(job, version, result) for job in group.jobs for version, result in job.tried.items()]
    if not tries:
        return {}
    asked = ((*job.lead_key, version, job.unit.request_id) for job, version, _ in tries)
    found = await _ask(connection, group, "find_changes", asked)
    return {tries[n - 1][0]: tries[n - 1][2] for (n,) in found}


async def save(connection: Connection, group: Batch) -> set[LeadState]:
    """Saves what has been changed and returns it, without the leads that somebody else has changed since."""
    if not group.taught and not group.attributed:
        return await _save(connection, group)
    async with transaction(connection):
        group.lose(await _lost(connection, group))
        won = await _save(connection, group)
        await _take_turns(connection, group, won)
        learnt = await _teach(connection, group, won)
    for one in learnt:
        one.remember()
    return won


async def _take_turns(connection: Connection, group: Batch, won: Set[LeadState]) -> None:
    for account_id, (_, turns) in group.turns.items():
        took = [one for row, one in group.attributed if row in won and row.key[0] == account_id]
        await catalogue.take_turns(connection, account_id, turns, took)


async def _teach(connection: Connection, group: Batch, won: Set[LeadState]) -> list[PendingEntries]:
    """In the order of the accounts, so that two groups do not wait for each other crosswise."""
    found: defaultdict[str, list[LeadReference]] = defaultdict(list)
    for row, named in group.taught:
        if row in won:
            found[row.key[0]] += named
    return [await catalogue.teach(connection, group.catalogues[by], found[by]) for by in sorted(found)]


async def _lost(connection: Connection, group: Batch) -> set[LeadState]:
    """The leads that were given to users although others have taken their turns since."""
    rows = {row for row, _ in group.attributed}
    accounts = sorted({row.key[0] for row in rows})
    late = set[str]()
    for by in accounts:
        if by not in group.turns or not await catalogue.move_turns(connection, by, group.turns[by][0]):
            late.add(by)
    return {row for row in rows if row.key[0] in late}


async def _save(connection: Connection, group: Batch) -> set[LeadState]:
    found = batch_rows(group)
    if group.one_account:
        return await one_account.save(connection, group.jobs[0].unit.account_id, found)
    texts = (as_json(table) for table in (found.records, found.messages, found.kept, found.deliveries))
    added = (as_json(table) for table in (found.facts, *found.searched))
    parameters = as_json(found.leads), found.docs, *texts, AFTER_ANOTHER_MS, *added
    saved = await connection.fetch(SQL["save_group"], *parameters)
    won, edited = ({n for n, is_edited in saved if is_edited is wanted} for wanted in (False, True))
    await search.restore(connection, found.not_edited(won, edited))
    return {found.changed[n - 1] for n in won}


async def _load_routes(connection: Connection, group: Batch) -> None:
    """Endpoints that have changed since they were read come with a newer version the next time."""
    for account_id, version in group.route_versions.items():
        if not group.routes.has(account_id, version):
            found = await connection.fetch(_LIST_ENDPOINTS, account_id)
            group.routes.cache(account_id, version, [webhook_rows.endpoint(row).endpoint for row in found])


async def _load_catalogues(connection: Connection, group: Batch) -> None:
    for account_id, version in group.catalogue_versions.items():
        known = await catalogue.current(connection, group.catalogues[account_id], version)
        if known.options.auto_assign:
            group.turns[account_id] = await catalogue.turns(connection, account_id)


async def _load_contacts(connection: Connection, group: Batch) -> None:
    group.find_contact_keys()
    if group.contact_keys:
        asked = ((*job.lead_key, keys.email, keys.phone) for job, keys in group.contact_keys.items())
        counts = await _ask(connection, group, "count_same_contact", asked, SAME_CONTACT_LIMIT)
        group.same_contact = {job: count for job, (count,) in zip(group.contact_keys, counts, strict=True)}
    for job, keys in group.contact_keys.items():
        if keys.former is not None:
            account_id, lead_id = job.lead_key
            candidates = await renewal.by_keys(connection, account_id, keys.former, CANDIDATES)
            country = group.country(account_id)
            group.same_contact[job] = sum(one.id != lead_id and keys.match(one, country) for one in candidates)


async def _load_conversations(connection: Connection, group: Batch) -> None:
    jobs = [job for job in group.jobs if job.unit.message_id is not None]
    if jobs:
        asked = ((*job.lead_key, job.unit.message_id) for job in jobs)
        found = await _ask(connection, group, "load_conversations", asked)
        for job, docs in zip(jobs, found, strict=True):
            group.conversations[job] = Conversation(*(doc and rows.message(doc) for doc in docs))


async def _load_histories(connection: Connection, group: Batch) -> None:
    jobs = [job for job in group.jobs if job.unit.history_after is not None]
    if jobs:
        asked = ((*job.lead_key, job.unit.history_after) for job in jobs)
        for n, *record in await _ask(connection, group, "load_histories", asked, HISTORY_LIMIT):
            group.histories[jobs[n - 1]].append(rows.change(jobs[n - 1].unit.account_id, record))


async def _load_kept(connection: Connection, group: Batch) -> None:
    jobs = [job for job in group.jobs if job.unit.idempotency_key is not None]
    if jobs:
        asked = ((job.unit.account_id, job.unit.idempotency_key) for job in jobs)
        for n, *kept in await _ask(connection, group, "load_kept", asked):
            group.kept[jobs[n - 1]] = StoredAnswer(*kept)


async def _load_claims(connection: Connection, group: Batch) -> None:
    jobs = [(job, job.unit.absent) for job in group.jobs if job.unit.absent is not None]
    if jobs:
        keys = [stable_id(*absent[:2]) for _, absent in jobs]  # no contact stays behind in the clear
        values = ([absent.value if absent.column == column else None for column in COLUMNS] for _, absent in jobs)
        asked = ((job.unit.account_id, key, *value) for (job, _), key, value in zip(jobs, keys, values, strict=True))
        found = await _ask(connection, group, "load_claims", asked)
        for (job, _), key, (version, taken) in zip(jobs, keys, found, strict=True):
            group.claims[job] = Claim(key, version, taken)
        for job, match in jobs:
            if match.former is not None:
                account_id = job.unit.account_id
                candidates = await renewal.by_keys(connection, account_id, match.former, CANDIDATES)
                taken = any(match.matches(one, group.country(account_id)) for one in candidates)
                group.claims[job] = group.claims[job]._replace(taken=taken)


async def _ask(
    connection: Connection, group: Batch, name: str, asked: Iterable[tuple[Any, ...]], *more: Any
) -> list[Any]:
    """Asks for each of `asked`, which begin with the account: a column of it, or one value where it is the same."""
    accounts, *columns = zip(*asked, strict=True)
    if group.one_account:
        return await connection.fetch(one_account.SQL[name], accounts[0], *columns, *more)
    return await connection.fetch(SQL[name], accounts, *columns, *more)
