"""The nouns of the embedded engine: which function each method of `core.store` and `webhooks.ports` runs."""

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
from leadloop.storage.catalogues import CatalogueCache
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
    lead_views,
    lists,
    matching_keys,
    search,
)
from leadloop.storage.sqlite.database import Database, Noun, reads, reads_long, run_script, writes
from leadloop.storage.sqlite.engine import SQL
from leadloop.storage.sqlite.finding import DIALECT
from leadloop.webhooks.ports import Trigger
from leadloop.webhooks.routing import OnQueued, QueuedDelivery

RECOMPUTE_S = 3_600.0
"""The timeout of reading the projection rows of an account of millions of leads."""


class Leads(Noun):
    def __init__(self, database: Database, catalogues: CatalogueCache, full_text: search.FullText) -> None:
        """`catalogues` is the writer's cache."""
        super().__init__(database)
        self._catalogues = catalogues
        self._full_text = full_text
        self._scans = ScanQueue(DIALECT)

    get = reads(lists.lead)
    messages = reads(changes.messages)
    by_keys = reads(matching_keys.by_keys)

    async def page(self, query: LeadQuery, most_bytes: int) -> Page[Lead]:
        read = partial(lists.page, query=query, most_bytes=most_bytes)
        return await self._scans.run(query, lambda: self._database.read(read, LONGEST_S))

    async def find(self, query: LeadQuery) -> list[Lead]:
        return list((await self.page(query, NO_BYTE_LIMIT)).items)

    async def count(self, query: LeadQuery, most: int) -> int:
        read = partial(lists.count, query=query, most=most)
        return await self._scans.run(query, lambda: self._database.read(read, LONGEST_S))

    async def renew_keys(self, account_id: str) -> bool:
        return await self._database.write(
            partial(matching_keys.renew, full_text=self._full_text, account_id=account_id)
        )

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
    def __init__(self, database: Database, writer_cache: CatalogueCache) -> None:
        """Only the writer's thread may use `writer_cache`."""
        super().__init__(database)
        self._writer_cache = writer_cache
        self._cache = CatalogueCache()

    page = reads_long(catalogue.list_page)
    entry = reads(catalogue.get)

    async def get(self, account_id: str) -> AccountCatalogue:
        cached = self._cache.of(account_id)
        refresh = await self._database.read(lambda c: catalogue.read_changes(c, account_id, cached.version))
        return cached if refresh is None else refresh(cached)

    async def manage(self, account_id: str, change: Callable[[AccountCatalogue], Entry]) -> Entry:
        return await self._database.write(lambda c: catalogue.manage(c, self._writer_cache.of(account_id), change))


class SqliteInstances(Instances):
    _database: Database

    async def get(self) -> Instance | None:
        """`None` also before the migration that creates the table."""
        return await self._database.read(get_instance)


def get_instance(connection: apsw.Connection) -> Instance | None:
    return run_script(connection, read_instance()) if connection.execute(SQL["has_instances"]).get else None


class Deliveries(Noun):
    def __init__(self, database: Database, on_queued: OnQueued) -> None:
        super().__init__(database)
        self._on_queued = on_queued

    claim = writes(deliveries.claim)
    finish = writes(deliveries.finish)
    leads_and_changes = reads(changes.leads_and_changes)
    page = reads(deliveries.list_page)
    at = reads(deliveries.list_at)
    attempts = reads(deliveries.attempts)
    purge = writes(deliveries.purge)

    async def queue_again(self, queued: Sequence[QueuedDelivery], trigger: Trigger, at_ms: int) -> int:
        count = await self._database.write(lambda c: deliveries.queue_again(c, queued, trigger, at_ms))
        self._on_queued({(delivery.account_id, delivery.endpoint_id) for delivery, _ in queued})
        return count

    async def recover(
        self, account_id: str, endpoint_id: str, since_ms: int, at_ms: int, most: int, *, in_turn: bool
    ) -> int:
        parameters = account_id, endpoint_id, since_ms, at_ms, most
        count = await self._database.write(lambda c: deliveries.recover(c, *parameters, in_turn=in_turn))
        self._on_queued({(account_id, endpoint_id)})
        return count


class InsightSums(Noun):
    tallies = reads_long(insights.tallies)
    owners = reads_long(insights.owners)
    fold_leads = reads_long(lead_views.fold_leads)


class Derived(Noun):
    def __init__(self, database: Database, full_text: search.FullText) -> None:
        super().__init__(database)
        self._full_text = full_text

    is_counted = reads(insights.is_counted)
    miscounted = reads(insights.miscounted)
    misindexed = reads(search.misindexed)

    async def is_indexed(self, lead: Lead) -> bool:
        return await self._database.read(
            lambda c: search.is_indexed(c, lead, lambda: matching_keys.countries(c).get(lead.account_id))
        )

    async def recompute(self) -> None:
        read, write = self._database.read, self._database.write
        account_id = await read(partial(derived.next_account, account_id=""))
        while account_id is not None:
            after: str | None = ""
            while after is not None:
                span = await read(partial(derived.read_span, account_id=account_id, after=after), RECOMPUTE_S)
                rest: Span | None = span
                while rest is not None:
                    rest = await write(partial(derived.correct, span=rest))
                after = span.last
            account_id = await read(partial(derived.next_account, account_id=account_id))
        await write(partial(derived.refill_words, full_text=self._full_text))
