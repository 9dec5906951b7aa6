"""A group against the database: load its leads, save what its units decided. No lock in between.

Saving is one transaction, guarded by the version each lead was read at: one statement, or several where a group is of
one account (see `one_account`).
"""

from collections.abc import Iterable
from typing import Any

from leadloop.core.idempotency import Kept
from leadloop.core.ids import stable_id
from leadloop.core.leads.doc import decode
from leadloop.core.leads.merge import Conversation
from leadloop.core.ports import HISTORY_LIMIT, SAME_CONTACT_LIMIT
from leadloop.storage import rows
from leadloop.storage.postgres import endpoints, one_account
from leadloop.storage.postgres.engine import Connection
from leadloop.storage.postgres.group import Claim, Group, Job, Row
from leadloop.storage.postgres.tables import as_json, tables
from leadloop.storage.sql import statements
from leadloop.webhooks.ports import AFTER_ANOTHER_MS

SQL = statements(__file__)

COLUMNS = ("email_key", "phone_key", "external_key")
"""What a lead can be asked to be absent by, in the order of the statement's parameters."""


async def load(connection: Connection, group: Group) -> None:
    """What the units ask for. The leads come first: what is read after them can only be newer, and a lead that has
    moved on in between loses its guard."""
    asked = list(group.rows.values())
    for n, doc, route_version in await _ask(connection, group, "load_leads", group.rows):
        row = asked[n - 1]
        row.read = row.now = None if doc is None else decode(doc)
        group.route_versions[row.key[0]] = route_version
    await _load_routes(connection, group)
    await _load_contacts(connection, group)
    await _load_conversations(connection, group)
    await _load_histories(connection, group)
    await _load_kept(connection, group)
    await _load_claims(connection, group)


async def committed(connection: Connection, group: Group) -> dict[Job, Any]:
    """The answers of those jobs whose change was saved after all when a connection was lost."""
    tries = [(job, version, result) for job in group.jobs for version, result in job.tried.items()]
    if not tries:
        return {}
    asked = ((*job.lead_key, version, job.unit.request_id) for job, version, _ in tries)
    found = await _ask(connection, group, "find_changes", asked)
    return {tries[n - 1][0]: tries[n - 1][2] for (n,) in found}


async def save(connection: Connection, group: Group) -> set[Row]:
    """Saves what has been changed and returns it, without the leads that somebody else has changed since."""
    found = tables(group)
    if group.one_account:
        return await one_account.save(connection, group.jobs[0].unit.account_id, found)
    texts = (as_json(table) for table in (found.records, found.messages, found.kept, found.deliveries))
    added = (as_json(table) for table in (found.facts, *found.searched))
    parameters = as_json(found.leads), found.docs, *texts, AFTER_ANOTHER_MS, *added
    return {found.changed[n - 1] for (n,) in await connection.fetch(SQL["save_group"], *parameters)}


async def _load_routes(connection: Connection, group: Group) -> None:
    """Endpoints that have changed since they were read come with a newer version the next time."""
    for account_id, version in group.route_versions.items():
        if not group.routes.knows(account_id, version):
            found = await endpoints.listed(connection, account_id)
            group.routes.learn(account_id, version, [stored.endpoint for stored in found])


async def _load_contacts(connection: Connection, group: Group) -> None:
    group.find_contact_keys()
    if group.contact_keys:
        asked = ((*job.lead_key, *keys) for job, keys in group.contact_keys.items())
        counts = await _ask(connection, group, "count_same_contact", asked, SAME_CONTACT_LIMIT)
        group.same_contact = {job: count for job, (count,) in zip(group.contact_keys, counts, strict=True)}


async def _load_conversations(connection: Connection, group: Group) -> None:
    jobs = [job for job in group.jobs if job.unit.message_id is not None]
    if jobs:
        asked = ((*job.lead_key, job.unit.message_id) for job in jobs)
        found = await _ask(connection, group, "load_conversations", asked)
        for job, docs in zip(jobs, found, strict=True):
            group.conversations[job] = Conversation(*(doc and rows.message(doc) for doc in docs))


async def _load_histories(connection: Connection, group: Group) -> None:
    jobs = [job for job in group.jobs if job.unit.history_after is not None]
    if jobs:
        asked = ((*job.lead_key, job.unit.history_after) for job in jobs)
        for n, *record in await _ask(connection, group, "load_histories", asked, HISTORY_LIMIT):
            group.histories[jobs[n - 1]].append(rows.change(jobs[n - 1].unit.account_id, record))


async def _load_kept(connection: Connection, group: Group) -> None:
    jobs = [job for job in group.jobs if job.unit.once_key is not None]
    if jobs:
        asked = ((job.unit.account_id, job.unit.once_key) for job in jobs)
        for n, *kept in await _ask(connection, group, "load_kept", asked):
            group.kept[jobs[n - 1]] = Kept(*kept)


async def _load_claims(connection: Connection, group: Group) -> None:
    jobs = [(job, job.unit.absent) for job in group.jobs if job.unit.absent is not None]
    if jobs:
        keys = [stable_id(*absent) for _, absent in jobs]  # no contact stays behind in the clear
        values = ([absent.value if absent.column == column else None for column in COLUMNS] for _, absent in jobs)
        asked = ((job.unit.account_id, key, *value) for (job, _), key, value in zip(jobs, keys, values, strict=True))
        found = await _ask(connection, group, "load_claims", asked)
        for (job, _), key, (version, taken) in zip(jobs, keys, found, strict=True):
            group.claims[job] = Claim(key, version, taken)


async def _ask(
    connection: Connection, group: Group, name: str, asked: Iterable[tuple[Any, ...]], *more: Any
) -> list[Any]:
    """Asks for each of `asked`, which begin with the account: a column of it, or one value where it is the same."""
    accounts, *columns = zip(*asked, strict=True)
    if group.one_account:
        return await connection.fetch(one_account.SQL[name], accounts[0], *columns, *more)
    return await connection.fetch(SQL[name], accounts, *columns, *more)
