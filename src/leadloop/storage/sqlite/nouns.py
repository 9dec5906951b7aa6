"""The nouns of the embedded engine: which function each method of `core.store` and `webhooks.ports` runs."""

from collections.abc import Callable
from functools import partial
from typing import ClassVar

import apsw

from leadloop.core.catalogue.catalogue import Catalogue
from leadloop.core.catalogue.model import Entry
from leadloop.core.instance import Instance
from leadloop.core.leads.model import Lead
from leadloop.storage.account_deletion import LEAST, DeletableAccounts
from leadloop.storage.batches import BulkBatch
from leadloop.storage.catalogues import CatalogueCache
from leadloop.storage.delivery_queue import DeliveryQueue
from leadloop.storage.instances import Instances, read_instance
from leadloop.storage.leads import LeadLists
from leadloop.storage.nouns import Noun
from leadloop.storage.recompute import DerivedRows
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
from leadloop.storage.sqlite.database import Database, reads, reads_long, run_script, writes
from leadloop.storage.sqlite.engine import SQL
from leadloop.storage.sqlite.finding import DIALECT

RECOMPUTE_S = 3_600.0
"""The timeout of reading the projection rows of an account of millions of leads."""


class Leads(LeadLists[Database]):
    def __init__(self, database: Database, catalogues: CatalogueCache, full_text: search.FullText) -> None:
        """`catalogues` is the writer's cache."""
        super().__init__(database, DIALECT)
        self._catalogues = catalogues
        self._full_text = full_text

    _read_page = reads_long(lists.page)
    _read_count = reads_long(lists.count)
    _read_stage_sums = reads_long(lists.stage_sums)
    stage_values = reads(lists.stage_values)
    quick_count = reads_long(lists.quick_count)
    get = reads(lists.lead)
    messages = reads(changes.messages)
    by_keys = reads(matching_keys.by_keys)

    async def renew_keys(self, account_id: str) -> bool:
        return await self._database.write(
            partial(matching_keys.renew, full_text=self._full_text, account_id=account_id)
        )

    async def _load_batch(self, batch: BulkBatch) -> None:
        load = partial(bulk.load, batch=batch, catalogues=self._catalogues, full_text=self._full_text)
        await self._database.write(load)


class Changes(Noun[Database]):
    of_lead = reads(changes.of_lead)
    feed = reads(changes.feed)
    position = reads(changes.position)
    version_at = reads(changes.version_at)


class Catalogues(Noun[Database]):
    def __init__(self, database: Database, writer_cache: CatalogueCache) -> None:
        """Only the writer may use `writer_cache`."""
        super().__init__(database)
        self._writer_cache = writer_cache
        self._cache = CatalogueCache()

    page = reads_long(catalogue.list_page)
    entry = reads(catalogue.get)

    async def get(self, account_id: str) -> Catalogue:
        cached = self._cache.of(account_id)
        refresh = await self._database.read(lambda c: catalogue.read_changes(c, account_id, cached.version))
        return cached if refresh is None else refresh(cached)

    async def manage(self, account_id: str, change: Callable[[Catalogue], Entry]) -> Entry:
        return await self._database.write(lambda c: catalogue.manage(c, self._writer_cache.of(account_id), change))


class SqliteInstances(Instances):
    _database: Database

    async def get(self) -> Instance | None:
        """`None` also before the migration that creates the table."""
        return await self._database.read(get_instance)


class SqliteAccounts(DeletableAccounts):
    _database: Database
    own_batches: ClassVar = {derived.SQL["delete_account_facts"]: (LEAST, "", LEAST, "", LEAST)}

    def __init__(self, database: Database, full_text: search.FullText) -> None:
        super().__init__(database)
        self._full_text = full_text

    async def _delete_full_text(self, account_id: str, limit: int) -> int:
        return await self._database.write(lambda c: derived.delete_places(c, self._full_text, account_id, limit))


def get_instance(connection: apsw.Connection) -> Instance | None:
    return run_script(connection, read_instance()) if connection.execute(SQL["has_instances"]).get else None


class Deliveries(DeliveryQueue[Database]):
    claim = writes(deliveries.claim)
    finish = writes(deliveries.finish)
    leads_and_changes = reads(changes.leads_and_changes)
    page = reads(deliveries.list_page)
    of_lead = reads(deliveries.list_of_lead)
    at = reads(deliveries.list_at)
    attempts = reads(deliveries.attempts)
    purge = writes(deliveries.purge)
    _store_again = writes(deliveries.queue_again)
    _store_recovered = writes(deliveries.recover)


class InsightQueries(Noun[Database]):
    tallies = reads_long(insights.tallies)
    owners = reads_long(insights.owners)
    fold_leads = reads_long(lead_views.fold_leads)
    stage_moves = reads(insights.stage_moves)


class Derived(DerivedRows[Database]):
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
        await super().recompute()
        await self._database.write(partial(derived.refill_words, full_text=self._full_text))

    lead_surplus = reads(derived.lead_surplus)
    _recount = writes(derived.recount)
    _next_account = reads(derived.next_account)
    _correct = writes(derived.correct)

    async def _read_span(self, account_id: str, after: str) -> Span:
        read = partial(derived.read_span, account_id=account_id, after=after)
        return await self._database.read(read, RECOMPUTE_S)
