"""Loads the leads of a batch and saves what its units decided, without a lock in between.

Saving is one transaction that checks the version at which each lead was read: one statement, or several for a batch of
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
from leadloop.storage.postgres import catalogue, matching_keys, one_account, search
from leadloop.storage.postgres.batch import Batch, Job, LeadState, UniquenessClaim
from leadloop.storage.postgres.batch_rows import batch_rows
from leadloop.storage.postgres.engine import Connection, transaction
from leadloop.storage.rows import as_json
from leadloop.storage.sql import statements
from leadloop.webhooks.ports import AFTER_ANOTHER_MS

SQL = statements(__file__)
_LIST_ENDPOINTS = endpoints.SQL["list_endpoints"]

COLUMNS = ("email_key", "phone_key", "external_key")
"""The columns that a unit may require to be unique, in the order of the statement's parameters."""


async def load(connection: Connection, batch: Batch) -> None:
    """Loads what the units need, the leads first: what is read later can only be newer, and a lead that has changed in
    between fails its version check."""
    states = list(batch.states.values())
    accounts = list({account_id for account_id, _ in batch.states})
    more = () if batch.one_account else (accounts,)
    for n, doc, route_version, catalogue_version in await _fetch(connection, batch, "load_leads", batch.states, *more):
        if route_version is not None:
            batch.route_versions[accounts[n - 1]] = route_version
            batch.catalogue_versions[accounts[n - 1]] = catalogue_version
        elif doc is not None:
            states[n - 1].loaded = states[n - 1].current = decode(doc)
    await _load_routes(connection, batch)
    await _load_catalogues(connection, batch)
    await _load_contacts(connection, batch)
    await _load_conversations(connection, batch)
    await _load_histories(connection, batch)
    await _load_answers(connection, batch)
    await _load_claims(connection, batch)


async def committed(connection: Connection, batch: Batch) -> dict[Job, Any]:
    """The answers of the jobs whose change was committed although the connection was lost."""
    tries = [(job, version, result) for job in batch.jobs for version, result in job.tries.items()]
    if not tries:
        return {}
    keys = ((*job.lead_key, version, job.unit.request_id) for job, version, _ in tries)
    numbers = await _fetch(connection, batch, "find_changes", keys)
    return {tries[n - 1][0]: tries[n - 1][2] for (n,) in numbers}


async def save(connection: Connection, batch: Batch) -> set[LeadState]:
    """Saves the changed leads and returns them, without those that another process has changed since."""
    if not batch.new_references and not batch.assignments:
        return await _save(connection, batch)
    async with transaction(connection):
        batch.drop(await _unassignable(connection, batch))
        won = await _save(connection, batch)
        await _count_assignments(connection, batch, won)
        upserted = await _upsert_references(connection, batch, won)
    for entries in upserted:
        entries.apply()
    return won


async def _count_assignments(connection: Connection, batch: Batch, won: Set[LeadState]) -> None:
    for account_id, (_, counts) in batch.assignment_counts.items():
        assigned = [each for state, each in batch.assignments if state in won and state.key[0] == account_id]
        await catalogue.count_assignments(connection, account_id, counts, assigned)


async def _upsert_references(connection: Connection, batch: Batch, won: Set[LeadState]) -> list[PendingEntries]:
    """In the order of the accounts, so that two batches cannot deadlock."""
    by_account: defaultdict[str, list[LeadReference]] = defaultdict(list)
    for state, references in batch.new_references:
        if state in won:
            by_account[state.key[0]] += references
    return [
        await catalogue.upsert(connection, batch.catalogues[account_id], by_account[account_id])
        for account_id in sorted(by_account)
    ]


async def _unassignable(connection: Connection, batch: Batch) -> set[LeadState]:
    """The assigned leads of accounts whose assignment counts another process has changed since they were read."""
    states = {state for state, _ in batch.assignments}
    accounts = sorted({state.key[0] for state in states})
    stale = set[str]()
    for account_id in accounts:
        counts = batch.assignment_counts.get(account_id)
        if counts is None or not await catalogue.lock_assignments(connection, account_id, counts[0]):
            stale.add(account_id)
    return {state for state in states if state.key[0] in stale}


async def _save(connection: Connection, batch: Batch) -> set[LeadState]:
    rows = batch_rows(batch)
    if batch.one_account:
        return await one_account.save(connection, batch.jobs[0].unit.account_id, rows)
    texts = (as_json(table) for table in (rows.records, rows.messages, rows.answers, rows.deliveries))
    derived = (as_json(table) for table in (rows.facts, *rows.index_rows))
    parameters = as_json(rows.leads), rows.docs, *texts, AFTER_ANOTHER_MS, *derived
    saved = await connection.fetch(SQL["save_batch"], *parameters)
    won, edited = ({n for n, is_edited in saved if is_edited is wanted} for wanted in (False, True))
    await search.restore(connection, rows.not_edited(won, edited))
    return {rows.changed[n - 1] for n in won}


async def _load_routes(connection: Connection, batch: Batch) -> None:
    """Endpoints that change after this have a newer version in the next batch."""
    for account_id, version in batch.route_versions.items():
        if not batch.routes.has(account_id, version):
            records = await connection.fetch(_LIST_ENDPOINTS, account_id)
            batch.routes.cache(account_id, version, [webhook_rows.endpoint(record).endpoint for record in records])


async def _load_catalogues(connection: Connection, batch: Batch) -> None:
    for account_id, version in batch.catalogue_versions.items():
        current = await catalogue.refresh(connection, batch.catalogues[account_id], version)
        if current.options.auto_assign:
            batch.assignment_counts[account_id] = await catalogue.assignment_counts(connection, account_id)


async def _load_contacts(connection: Connection, batch: Batch) -> None:
    batch.find_contact_keys()
    if batch.contact_keys:
        contacts = ((*job.lead_key, keys.email, keys.phone) for job, keys in batch.contact_keys.items())
        counts = await _fetch(connection, batch, "count_same_contact", contacts, SAME_CONTACT_LIMIT)
        batch.same_contact = {job: count for job, (count,) in zip(batch.contact_keys, counts, strict=True)}
    for job, keys in batch.contact_keys.items():
        if keys.former is not None:
            account_id, lead_id = job.lead_key
            candidates = await matching_keys.by_keys(connection, account_id, keys.former, CANDIDATES)
            country = batch.country(account_id)
            batch.same_contact[job] = sum(lead.id != lead_id and keys.match(lead, country) for lead in candidates)


async def _load_conversations(connection: Connection, batch: Batch) -> None:
    jobs = [job for job in batch.jobs if job.unit.message_id is not None]
    if jobs:
        keys = ((*job.lead_key, job.unit.message_id) for job in jobs)
        messages = await _fetch(connection, batch, "load_conversations", keys)
        for job, docs in zip(jobs, messages, strict=True):
            batch.conversations[job] = Conversation(*(doc and rows.message(doc) for doc in docs))


async def _load_histories(connection: Connection, batch: Batch) -> None:
    jobs = [job for job in batch.jobs if job.unit.history_after is not None]
    if jobs:
        keys = ((*job.lead_key, job.unit.history_after) for job in jobs)
        for n, *record in await _fetch(connection, batch, "load_histories", keys, HISTORY_LIMIT):
            batch.histories[jobs[n - 1]].append(rows.change(jobs[n - 1].unit.account_id, record))


async def _load_answers(connection: Connection, batch: Batch) -> None:
    jobs = [job for job in batch.jobs if job.unit.idempotency_key is not None]
    if jobs:
        keys = ((job.unit.account_id, job.unit.idempotency_key) for job in jobs)
        for n, *answer in await _fetch(connection, batch, "load_answers", keys):
            batch.stored_answers[jobs[n - 1]] = StoredAnswer(*answer)


async def _load_claims(connection: Connection, batch: Batch) -> None:
    jobs = [(job, job.unit.absent) for job in batch.jobs if job.unit.absent is not None]
    if jobs:
        claim_keys = [stable_id(*absent[:2]) for _, absent in jobs]  # a digest: no contact is stored in the clear
        values = ([absent.value if absent.column == column else None for column in COLUMNS] for _, absent in jobs)
        keys = ((job.unit.account_id, key, *row) for (job, _), key, row in zip(jobs, claim_keys, values, strict=True))
        claims = await _fetch(connection, batch, "load_claims", keys)
        for (job, _), key, (version, taken) in zip(jobs, claim_keys, claims, strict=True):
            batch.claims[job] = UniquenessClaim(key, version, taken)
        for job, match in jobs:
            if match.former is not None:
                account_id = job.unit.account_id
                candidates = await matching_keys.by_keys(connection, account_id, match.former, CANDIDATES)
                taken = any(match.matches(lead, batch.country(account_id)) for lead in candidates)
                batch.claims[job] = batch.claims[job]._replace(taken=taken)


async def _fetch(
    connection: Connection, batch: Batch, name: str, keys: Iterable[tuple[Any, ...]], *more: Any
) -> list[Any]:
    """Runs a statement for all `keys`, which begin with the account. It takes them as one array per column; for a batch
    of one account it takes the account as a single value."""
    accounts, *columns = zip(*keys, strict=True)
    if batch.one_account:
        return await connection.fetch(one_account.SQL[name], accounts[0], *columns, *more)
    return await connection.fetch(SQL[name], accounts, *columns, *more)
