"""Follows the content of a database from check to check. Each check reads only what is new, so that a hundred take
minutes."""

import time
from collections import Counter, defaultdict
from collections.abc import Sequence

from lab import databases
from lab.load import Ack, Update
from lab.load_checks import ALL, AccountContent, find_lost_in, inconsistencies_of, load_content, read_content, read_feed
from lab.stores import with_store
from leadloop.core.changes import Change
from leadloop.core.leads.doc import encode
from leadloop.core.leads.model import Lead
from leadloop.core.store import LeadQuery, Order, Store

PATIENCE_S, POLL_S = 30.0, 0.05
BUSY = """SELECT state || ' since ' || state_change || ': ' || query FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'"""


class Ledger:
    """The content of one account. No write may run during a check."""

    def __init__(self, database: str, account_id: str) -> None:
        self._database = database
        self._account_id = account_id
        self._feed: list[Change] = []
        self._records: defaultdict[str, list[Change]] = defaultdict(list)
        self._pointer_counts: Counter[tuple[str, str]] = Counter()
        """How many records have a pointer of a lead."""
        self._leads: dict[str, Lead] = {}
        """As of the last check."""

    @property
    def records(self) -> int:
        return len(self._feed)

    def check(self) -> list[str]:
        """Checks the records since the last check, and their leads; returns what is wrong."""
        wait_until_at_rest(self._database)
        return with_store(self._database, self._check)

    def check_everything(self) -> list[str]:
        """Checks the whole feed and all leads again: none may have changed without a new record."""
        wait_until_at_rest(self._database)
        return with_store(self._database, self._check_everything)

    def find_lost(self, acks: Sequence[Ack], created: Sequence[str]) -> list[str]:
        """Reports acknowledged creations and updates that are missing or have another version than the answer named."""
        return find_lost_in(self._leads, self._record, acks, created)

    def find_applied_twice(self, updates: Sequence[tuple[str, Update]]) -> list[str]:
        times = ((lead_id, update, self._pointer_counts[lead_id, update.pointer]) for lead_id, update in updates)
        return [f"{update.pointer} of lead {lead_id} was applied {n} times" for lead_id, update, n in times if n > 1]

    def count_applied(self, updates: Sequence[tuple[str, Update]]) -> int:
        return sum(bool(self._pointer_counts[lead_id, update.pointer]) for lead_id, update in updates)

    def _record(self, lead_id: str, version: int) -> Change | None:
        records = self._records[lead_id]
        return records[version - 1] if version <= len(records) else None

    async def _check(self, store: Store) -> list[str]:
        last_ms = max((lead.created_at_ms for lead in self._leads.values()), default=0)
        problems, touched = [], set[str]()
        for record in await read_feed(store, self._account_id, self._feed[-1].position if self._feed else 0):
            if record.position != len(self._feed) + 1:
                problems.append(f"position {record.position} follows {len(self._feed)} in the feed")
            self._feed.append(record)
            self._records[record.lead_id].append(record)
            self._pointer_counts.update((record.lead_id, field.field) for field in record.fields)
            touched.add(record.lead_id)
        for lead_id in touched:
            if (lead := await store.leads.get(self._account_id, lead_id)) is not None:
                self._leads[lead_id] = lead
            problems += inconsistencies_of(lead_id, lead, self._records[lead_id])
        query = LeadQuery(account_id=self._account_id, order=Order.CREATED, limit=ALL, created_from_ms=last_ms)
        strays = [lead.id for lead in await store.leads.find(query) if lead.id not in self._records]
        return problems + [f"lead {lead_id} has no records" for lead_id in strays]

    async def _check_everything(self, store: Store) -> list[str]:
        feed, leads = await read_content(store, self._account_id)
        problems = [] if feed == self._feed else ["the feed differs from what earlier checks have read"]
        problems += [
            f"lead {lead_id} has no records, or its records have no lead"
            for lead_id in leads.keys() ^ self._leads.keys()
        ]
        for lead_id in leads.keys() & self._leads.keys():
            if encode(leads[lead_id]) != encode(self._leads[lead_id]):
                problems.append(f"lead {lead_id} has changed without a record")
        return problems


def load_content_at_rest(database: str, account_id: str) -> AccountContent:
    wait_until_at_rest(database)
    return load_content(database, account_id)


def wait_until_at_rest(database: str) -> None:
    """Waits until PostgreSQL has ended the statements of disconnected clients."""
    if not databases.is_postgres(database):
        return
    for _ in range(round(PATIENCE_S / POLL_S)):
        if not (busy := databases.rows(database, BUSY)):
            return
        time.sleep(POLL_S)
    raise TimeoutError(f"the database is not at rest: {'; '.join(text for (text,) in busy)}")
