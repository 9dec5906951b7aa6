"""The nouns of the embedded engine: what each method of `core.store` and `webhooks.ports` runs on a connection."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial

import apsw

from leadloop.core.catalogue.catalogue import Catalogue as AccountCatalogue
from leadloop.core.catalogue.model import Entry
from leadloop.core.instance import Instance
from leadloop.core.leads.model import Lead
from leadloop.core.pages import Page
from leadloop.core.store import NO_BYTE_LIMIT, LeadQuery
from leadloop.core.writes.unit import History
from leadloop.storage.batches import batches
from leadloop.storage.catalogues import Catalogues
from leadloop.storage.deadlines import LONGEST_S
from leadloop.storage.instances import Instances, read_instance
from leadloop.storage.scan_queue import ScanQueue
from leadloop.storage.spans import Span
from leadloop.storage.sqlite import (
    bulk,
    catalogue,
    changes,
    deliveries,
    derived,
    insights,
    lists,
    renewal,
    search,
    subjects,
)
from leadloop.storage.sqlite.database import Database, Noun, reads, reads_long, run_steps, writes
from leadloop.storage.sqlite.engine import SQL
from leadloop.storage.sqlite.finding import SPEECH
from leadloop.webhooks.ports import Trigger
from leadloop.webhooks.routing import OnQueued, QueuedDelivery

RECOMPUTE_S = 3_600.0
"""Reading what is stored of an account of millions of leads takes its time."""


class Leads(Noun):
    def __init__(self, database: Database, catalogues: Catalogues, full_text: search.FullText) -> None:
        """`catalogues` are the writer's."""
        super().__init__(database)
        self._catalogues = catalogues
        self._full_text = full_text
        self._scans = ScanQueue(SPEECH)

    get = reads(lists.lead)
    messages = reads(changes.messages)
    by_keys = reads(renewal.by_keys)

    async def page(self, query: LeadQuery, most_bytes: int) -> Page[Lead]:
        read = partial(lists.page, query=query, most_bytes=most_bytes)
        return await self._scans.run(query, lambda: self._database.read(read, LONGEST_S))

    async def find(self, query: LeadQuery) -> list[Lead]:
        return list((await self.page(query, NO_BYTE_LIMIT)).items)

    async def count(self, query: LeadQuery, most: int) -> int:
        read = partial(lists.count, query=query, most=most)
        return await self._scans.run(query, lambda: self._database.read(read, LONGEST_S))

    async def renew_keys(self, account_id: str) -> bool:
        return await self._database.write(partial(renewal.renew, full_text=self._full_text, account_id=account_id))

    async def load(self, histories: Iterable[History]) -> None:
        for batch in batches(histories):
            load = partial(bulk.load, batch=batch, catalogues=self._catalogues, full_text=self._full_text)
            await self._database.write(load)


class Changes(Noun):
    of_lead = reads(changes.of_lead)
    feed = reads(changes.feed)
    position = reads(changes.position)
    version_at = reads(changes.version_at)


class Catalogue(Noun):
    def __init__(self, database: Database, written: Catalogues) -> None:
        """`written` are the writer's, which no other thread may touch."""
        super().__init__(database)
        self._written = written
        self._read = Catalogues()

    page = reads_long(catalogue.listed)
    entry = reads(catalogue.get)

    async def get(self, account_id: str) -> AccountCatalogue:
        known = self._read.of(account_id)
        changed = await self._database.read(lambda c: catalogue.changes(c, account_id, known.version))
        return known if changed is None else changed(known)

    async def manage(self, account_id: str, change: Callable[[AccountCatalogue], Entry]) -> Entry:
        return await self._database.write(lambda c: catalogue.manage(c, self._written.of(account_id), change))


class SqliteInstances(Instances):
    _database: Database

    async def get(self) -> Instance | None:
        """`None` also before the migration that makes the table."""
        return await self._database.read(get_instance)


def get_instance(connection: apsw.Connection) -> Instance | None:
    return run_steps(connection, read_instance()) if connection.execute(SQL["has_instances"]).get else None


class Deliveries(Noun):
    def __init__(self, database: Database, on_queued: OnQueued) -> None:
        super().__init__(database)
        self._on_queued = on_queued

    claim = writes(deliveries.claim)
    finish = writes(deliveries.finish)
    leads_and_changes = reads(changes.leads_and_changes)
    page = reads(deliveries.listed)
    at = reads(deliveries.listed_at)
    attempts = reads(deliveries.attempts)
    purge = writes(deliveries.purge)

    async def queue_again(self, again: Sequence[QueuedDelivery], trigger: Trigger, at_ms: int) -> int:
        count = await self._database.write(lambda c: deliveries.queue_again(c, again, trigger, at_ms))
        self._on_queued({(one.account_id, one.endpoint_id) for one, _ in again})
        return count

    async def recover(
        self, account_id: str, endpoint_id: str, since_ms: int, at_ms: int, most: int, *, in_turn: bool
    ) -> int:
        about = account_id, endpoint_id, since_ms, at_ms, most
        count = await self._database.write(lambda c: deliveries.recover(c, *about, in_turn=in_turn))
        self._on_queued({(account_id, endpoint_id)})
        return count


class InsightSums(Noun):
    tallies = reads_long(insights.tallies)
    owners = reads_long(insights.owners)
    fold_leads = reads_long(subjects.fold_leads)


class Derived(Noun):
    def __init__(self, database: Database, full_text: search.FullText) -> None:
        super().__init__(database)
        self._full_text = full_text

    is_counted = reads(insights.is_counted)
    miscounted = reads(insights.miscounted)
    misindexed = reads(search.misindexed)

    async def is_indexed(self, lead: Lead) -> bool:
        return await self._database.read(
            lambda c: search.is_indexed(c, lead, lambda: renewal.countries(c).get(lead.account_id))
        )

    async def recompute(self) -> None:
        read, write = self._database.read, self._database.write
        account_id = await read(partial(derived.next_account, account_id=""))
        while account_id is not None:
            after: str | None = ""
            while after is not None:
                found = await read(partial(derived.span, account_id=account_id, after=after), RECOMPUTE_S)
                rest: Span | None = found
                while rest is not None:
                    rest = await write(partial(derived.correct, found=rest))
                after = found.last
            account_id = await read(partial(derived.next_account, account_id=account_id))
        await write(partial(derived.refill_words, full_text=self._full_text))
