"""What must hold of a database whatever happened to the servers on it, read through the store itself."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple, TypeVar

from leadloop.app import open_store
from leadloop.core.changes import Change
from leadloop.core.leads.doc import encode
from leadloop.core.leads.fold import fold
from leadloop.core.leads.model import Lead
from leadloop.core.store import LeadQuery, Order, Store
from leadloop.settings import Settings
from leadloop.webhooks.ports import WebhookStore
from tests.support.load import Ack, missing

T = TypeVar("T")
PAGE = 500


class Stored(NamedTuple):
    """All there is of one account: its feed in order, and the leads by id."""

    feed: list[Change]
    leads: dict[str, Lead]

    def records(self, lead_id: str) -> list[Change]:
        return sorted((record for record in self.feed if record.lead_id == lead_id), key=lambda one: one.version)


def with_store(database: str, read: Callable[[WebhookStore], Awaitable[T]]) -> T:
    async def run() -> T:
        store = open_store(Settings(database=database))
        await store.open()
        try:
            return await read(store)
        finally:
            await store.close()

    return asyncio.run(run())


def stored(database: str, account_id: str) -> Stored:
    return with_store(database, lambda store: read_stored(store, account_id))


async def read_stored(store: Store, account_id: str) -> Stored:
    feed: list[Change] = []
    while page := await store.changes.feed(account_id, feed[-1].position if feed else 0, PAGE):
        feed += page
    leads: dict[str, Lead] = {}
    for lead_id in {record.lead_id for record in feed}:
        if (lead := await store.leads.get(account_id, lead_id)) is not None:
            leads[lead_id] = lead
    query = LeadQuery(account_id=account_id, order=Order.CREATED, limit=100_000)
    leads |= {lead.id: lead for lead in await store.leads.find(query)}
    return Stored(feed, leads)


def inconsistencies(found: Stored) -> list[str]:
    """Gaps in the feed, leads without history or the other way round, leads that are not what their records make."""
    problems = []
    if [record.position for record in found.feed] != list(range(1, len(found.feed) + 1)):
        problems.append("the positions of the feed are not 1, 2, 3, …")
    records: defaultdict[str, list[Change]] = defaultdict(list)
    for record in found.feed:
        records[record.lead_id].append(record)
    for lead_id in records.keys() | found.leads.keys():
        problems += _inconsistencies_of(lead_id, found.leads.get(lead_id), records[lead_id])
    return problems


def _inconsistencies_of(lead_id: str, lead: Lead | None, records: Sequence[Change]) -> list[str]:
    if lead is None or not records:
        return [f"lead {lead_id} has {len(records)} records and is {'gone' if lead is None else 'there'}"]
    versions = [record.version for record in records]
    if versions != list(range(1, lead.version + 1)):
        return [f"lead {lead_id} is at version {lead.version}, its records are {versions}"]
    return [] if encode(fold(records)) == encode(lead) else [f"lead {lead_id} is not the fold of its records"]


def lost(found: Stored, acks: Sequence[Ack], created: Sequence[str]) -> list[str]:
    """The acknowledged creations and updates that are not there, or not as the version they were told."""
    problems = [f"created lead {lead_id} is lost" for lead_id in created if lead_id not in found.leads]
    by_version = {(record.lead_id, record.version): record for record in found.feed}
    for lead_id, update, version in acks:
        lead, record = found.leads.get(lead_id), by_version.get((lead_id, version))
        if lead is None or missing(lead, [update]):
            problems.append(f"{update.pointer} of lead {lead_id} is lost")
        elif record is None or update.pointer not in {field.field for field in record.fields}:
            problems.append(f"{update.pointer} of lead {lead_id} was not version {version}")
    return problems
