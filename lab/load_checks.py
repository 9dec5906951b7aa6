"""Checks the content of a database after its servers were killed or disturbed. Reads it through leadloop's store."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from lab.load import Ack, find_missing
from lab.stores import with_store
from leadloop.core.changes import Change
from leadloop.core.leads.doc import encode
from leadloop.core.leads.fold import fold
from leadloop.core.leads.model import Lead
from leadloop.core.store import LeadQuery, Order, Store

PAGE = 500
ALL = 1_000_000


class AccountContent(NamedTuple):
    """The content of one account: its feed in order, and its leads by id."""

    feed: list[Change]
    leads: dict[str, Lead]

    def records(self, lead_id: str) -> list[Change]:
        return sorted((record for record in self.feed if record.lead_id == lead_id), key=lambda record: record.version)


def load_content(database: str, account_id: str) -> AccountContent:
    return with_store(database, lambda store: read_content(store, account_id))


async def read_content(store: Store, account_id: str) -> AccountContent:
    """Deleted leads are among the leads."""
    feed = await read_feed(store, account_id)
    query = LeadQuery(account_id=account_id, order=Order.CREATED, limit=ALL)
    leads = {lead.id: lead for lead in await store.leads.find(query)}
    for lead_id in {record.lead_id for record in feed} - leads.keys():
        if (deleted := await store.leads.get(account_id, lead_id)) is not None:
            leads[lead_id] = deleted
    return AccountContent(feed, leads)


async def read_feed(store: Store, account_id: str, after: int = 0) -> list[Change]:
    """All records behind the position `after`."""
    feed: list[Change] = []
    while page := await store.changes.feed(account_id, feed[-1].position if feed else after, PAGE):
        feed += page
    return feed


def inconsistencies(content: AccountContent) -> list[str]:
    """Reports gaps in the feed, leads without records, records without a lead, and leads that differ from the fold of
    their records."""
    problems = []
    if [record.position for record in content.feed] != list(range(1, len(content.feed) + 1)):
        problems.append("the positions of the feed are not 1, 2, 3, …")
    records: defaultdict[str, list[Change]] = defaultdict(list)
    for record in content.feed:
        records[record.lead_id].append(record)
    for lead_id in records.keys() | content.leads.keys():
        problems += inconsistencies_of(lead_id, content.leads.get(lead_id), records[lead_id])
    return problems


def inconsistencies_of(lead_id: str, lead: Lead | None, records: Sequence[Change]) -> list[str]:
    """The same for one lead and all of its records."""
    if lead is None or not records:
        return [f"lead {lead_id} has {len(records)} records and is {'gone' if lead is None else 'there'}"]
    versions = [record.version for record in records]
    if versions != list(range(1, lead.version + 1)):
        return [f"lead {lead_id} is at version {lead.version}, its records are {versions}"]
    return [] if encode(fold(records)) == encode(lead) else [f"lead {lead_id} is not the fold of its records"]


def find_lost(content: AccountContent, acks: Sequence[Ack], created: Sequence[str]) -> list[str]:
    """Reports acknowledged creations and updates that are missing, or stored under another version than the answer
    named."""
    records = {(record.lead_id, record.version): record for record in content.feed}
    return find_lost_in(content.leads, lambda *key: records.get(key), acks, created)


def find_lost_in(
    leads: Mapping[str, Lead], record: Callable[[str, int], Change | None], acks: Sequence[Ack], created: Sequence[str]
) -> list[str]:
    """The same, where `record` looks up the change that led to a version of a lead."""
    problems = [f"created lead {lead_id} is lost" for lead_id in created if lead_id not in leads]
    for lead_id, update, version in acks:
        lead, change = leads.get(lead_id), record(lead_id, version)
        if lead is None or find_missing(lead, [update]):
            problems.append(f"{update.pointer} of lead {lead_id} is lost")
        elif change is None or update.pointer not in {field.field for field in change.fields}:
            problems.append(f"{update.pointer} of lead {lead_id} was not version {version}")
    return problems
