"""The nouns of the engine for servers: which function each method of `core.store` and `webhooks.ports` runs."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from leadloop.core.catalogue.catalogue import Catalogue as AccountCatalogue
from leadloop.core.catalogue.model import Entry
from leadloop.core.leads.model import Lead
from leadloop.core.pages import Page
from leadloop.core.store import NO_BYTE_LIMIT, LeadQuery
from leadloop.core.writes.unit import History
from leadloop.storage.batches import batches
from leadloop.storage.catalogues import CatalogueCache
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
from leadloop.storage.postgres.database import Database, Noun, runs, runs_by_account, runs_keyed
from leadloop.storage.postgres.engine import Connection
from leadloop.storage.postgres.finding import DIALECT
from leadloop.storage.scan_queue import ScanQueue
from leadloop.storage.spans import Span
from leadloop.webhooks.ports import Trigger
from leadloop.webhooks.routing import OnQueued, QueuedDelivery


class Leads(Noun):
    def __init__(self, database: Database, catalogues: CatalogueCache) -> None:
        super().__init__(database)
        self._catalogues = catalogues
        self._scans = ScanQueue(DIALECT)

    get = runs(lists.lead)
    messages = runs(changes.messages)
    by_keys = runs(matching_keys.by_keys)
    renew_keys = runs_keyed(matching_keys.renew)

    async def page(self, query: LeadQuery, most_bytes: int) -> Page[Lead]:
        read = partial(lists.page, query=query, most_bytes=most_bytes)
        return await self._scans.run(query, lambda: self._database.lists.run(read))

    async def find(self, query: LeadQuery) -> list[Lead]:
        return list((await self.page(query, NO_BYTE_LIMIT)).items)

    async def count(self, query: LeadQuery, most: int) -> int:
        read = partial(lists.count, query=query, most=most)
        return await self._scans.run(query, lambda: self._database.lists.run(read))

    async def load(self, histories: Iterable[History]) -> None:
        for batch in batches(histories):
            await self._database.any.run(partial(bulk.load, batch=batch, catalogues=self._catalogues))


class Changes(Noun):
    of_lead = runs(changes.of_lead)
    feed = runs(changes.feed)
    position = runs(changes.position)
    version_at = runs(changes.version_at)


class Catalogue(Noun):
    def __init__(self, database: Database, catalogues: CatalogueCache) -> None:
        super().__init__(database)
        self._catalogues = catalogues

    page = runs(catalogue.list_page)
    entry = runs(catalogue.get)

    async def get(self, account_id: str) -> AccountCatalogue:
        return await self._database.any.run(lambda c: catalogue.read(c, self._catalogues.of(account_id)))

    async def manage(self, account_id: str, change: Callable[[AccountCatalogue], Entry]) -> Entry:
        return await self._database.keyed.run(lambda c: catalogue.manage(c, self._catalogues.of(account_id), change))


class Deliveries(Noun):
    def __init__(self, database: Database, on_queued: OnQueued) -> None:
        super().__init__(database)
        self._on_queued = on_queued

    claim = runs_by_account(deliveries.claim, by_account.claim)
    finish = runs_by_account(deliveries.finish, by_account.finish)
    leads_and_changes = runs_by_account(changes.leads_and_changes, by_account.leads_and_changes)
    page = runs(deliveries.list_page)
    at = runs(deliveries.list_at)
    attempts = runs(deliveries.attempts)
    purge = runs_keyed(deliveries.purge)

    async def queue_again(self, queued: Sequence[QueuedDelivery], trigger: Trigger, at_ms: int) -> int:
        count = await self._database.keyed.run(lambda c: deliveries.queue_again(c, queued, trigger, at_ms))
        self._on_queued({(delivery.account_id, delivery.endpoint_id) for delivery, _ in queued})
        return count

    async def recover(
        self, account_id: str, endpoint_id: str, since_ms: int, at_ms: int, most: int, *, in_turn: bool
    ) -> int:
        parameters = account_id, endpoint_id, since_ms, at_ms, most
        count = await self._database.keyed.run(lambda c: deliveries.recover(c, *parameters, in_turn=in_turn))
        self._on_queued({(account_id, endpoint_id)})
        return count


class InsightSums(Noun):
    tallies = runs(insights.tallies)
    owners = runs(insights.owners)
    fold_leads = runs(lead_views.fold_leads)


class Derived(Noun):
    is_counted = runs(insights.is_counted)
    miscounted = runs(insights.miscounted)
    misindexed = runs(search.misindexed)

    async def is_indexed(self, lead: Lead) -> bool:
        async def is_indexed(connection: Connection) -> bool:
            countries = await matching_keys.countries(connection)
            return await search.is_indexed(connection, lead, lambda: countries.get(lead.account_id))

        return await self._database.any.run(is_indexed)

    async def recompute(self) -> None:
        run = self._database.any.run
        account_id = await run(partial(derived.next_account, account_id=""))
        while account_id is not None:
            after: str | None = ""
            while after is not None:
                span = await run(partial(derived.read_span, account_id=account_id, after=after))
                rest: Span | None = span
                while rest is not None:
                    rest = await run(partial(derived.correct, span=rest))
                after = span.last
            account_id = await run(partial(derived.next_account, account_id=account_id))
