"""The nouns of the engine for servers: which function each method of `core.store` and `webhooks.ports` runs."""

from collections.abc import Callable
from functools import partial
from typing import ClassVar

from leadloop.core.catalogue.catalogue import Catalogue
from leadloop.core.catalogue.model import Entry
from leadloop.core.leads.model import Lead
from leadloop.storage.account_deletion import LEAST, DeletableAccounts
from leadloop.storage.batches import BulkBatch
from leadloop.storage.catalogues import CatalogueCache
from leadloop.storage.delivery_queue import DeliveryQueue
from leadloop.storage.leads import LeadLists
from leadloop.storage.nouns import Noun
from leadloop.storage.postgres import (
    bulk,
    by_account,
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
from leadloop.storage.postgres.database import Database, runs, runs_by_account
from leadloop.storage.postgres.engine import Connection
from leadloop.storage.postgres.finding import DIALECT
from leadloop.storage.recompute import DerivedRows


class Leads(LeadLists[Database]):
    def __init__(self, database: Database, catalogues: CatalogueCache) -> None:
        super().__init__(database, DIALECT)
        self._catalogues = catalogues

    _read_page = runs(lists.page, "lists")
    _read_count = runs(lists.count, "lists")
    _read_stage_sums = runs(lists.stage_sums, "lists")
    stage_values = runs(lists.stage_values)
    quick_count = runs(lists.quick_count, "lists")
    get = runs(lists.lead)
    messages = runs(changes.messages)
    by_keys = runs(matching_keys.by_keys)
    renew_keys = runs(matching_keys.renew, "keyed")

    async def _load_batch(self, batch: BulkBatch) -> None:
        await self._database.any.run(partial(bulk.load, batch=batch, catalogues=self._catalogues))


class Changes(Noun[Database]):
    of_lead = runs(changes.of_lead)
    feed = runs(changes.feed)
    position = runs(changes.position)
    version_at = runs(changes.version_at)


class Catalogues(Noun[Database]):
    def __init__(self, database: Database, catalogues: CatalogueCache) -> None:
        super().__init__(database)
        self._catalogues = catalogues

    page = runs(catalogue.list_page)
    entry = runs(catalogue.get)

    async def get(self, account_id: str) -> Catalogue:
        return await self._database.any.run(lambda c: catalogue.read(c, self._catalogues.of(account_id)))

    async def manage(self, account_id: str, change: Callable[[Catalogue], Entry]) -> Entry:
        return await self._database.keyed.run(lambda c: catalogue.manage(c, self._catalogues.of(account_id), change))


class Deliveries(DeliveryQueue[Database]):
    claim = runs_by_account(deliveries.claim, by_account.claim)
    finish = runs_by_account(deliveries.finish, by_account.finish)
    leads_and_changes = runs_by_account(changes.leads_and_changes, by_account.leads_and_changes)
    page = runs(deliveries.list_page)
    of_lead = runs(deliveries.list_of_lead, "keyed")
    at = runs(deliveries.list_at)
    attempts = runs(deliveries.attempts)
    purge = runs(deliveries.purge, "keyed")
    _store_again = runs(deliveries.queue_again, "keyed")
    _store_recovered = runs(deliveries.recover, "keyed")


class PostgresAccounts(DeletableAccounts):
    own_batches: ClassVar = {
        derived.SQL["delete_account_facts"]: ("", LEAST),
        derived.SQL["delete_account_words"]: ("",),
        derived.SQL["delete_account_claims"]: ("",),
    }
    own_rest: ClassVar = (derived.SQL["delete_account_attribution_version"],)


class InsightQueries(Noun[Database]):
    tallies = runs(insights.tallies)
    owners = runs(insights.owners)
    fold_leads = runs(lead_views.fold_leads)
    stage_moves = runs(insights.stage_moves)


class Derived(DerivedRows[Database]):
    is_counted = runs(insights.is_counted)
    miscounted = runs(insights.miscounted)
    misindexed = runs(search.misindexed)

    async def is_indexed(self, lead: Lead) -> bool:
        async def is_indexed(connection: Connection) -> bool:
            countries = await matching_keys.countries(connection)
            return await search.is_indexed(connection, lead, lambda: countries.get(lead.account_id))

        return await self._database.any.run(is_indexed)

    lead_surplus = runs(derived.lead_surplus)
    _recount = runs(derived.recount)
    _next_account = runs(derived.next_account)
    _read_span = runs(derived.read_span)
    _correct = runs(derived.correct)
