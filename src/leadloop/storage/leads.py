"""Lists and bulk loads of leads, as both engines offer them."""

from abc import ABC, abstractmethod
from collections.abc import Iterable

from leadloop.core.leads.model import Lead
from leadloop.core.pages import Page
from leadloop.core.stage_sums import StageSum
from leadloop.core.store import NO_BYTE_LIMIT, LeadQuery
from leadloop.core.writes.unit import History
from leadloop.storage.batches import BulkBatch, batches
from leadloop.storage.finding import SqlDialect
from leadloop.storage.nouns import D, Noun
from leadloop.storage.scan_queue import ScanQueue


class LeadLists(Noun[D], ABC):
    """A base class: an engine reads pages, counts leads and loads a batch."""

    def __init__(self, database: D, dialect: SqlDialect) -> None:
        super().__init__(database)
        self._scans = ScanQueue(dialect)

    async def page(self, query: LeadQuery, most_bytes: int) -> Page[Lead]:
        return await self._scans.run(query, lambda: self._read_page(query, most_bytes))

    async def find(self, query: LeadQuery) -> list[Lead]:
        return list((await self.page(query, NO_BYTE_LIMIT)).items)

    async def count(self, query: LeadQuery, most: int) -> int:
        return await self._scans.run(query, lambda: self._read_count(query, most))

    async def stage_sums(self, query: LeadQuery) -> list[StageSum]:
        return await self._scans.run(query, lambda: self._read_stage_sums(query))

    async def load(self, histories: Iterable[History]) -> None:
        for batch in batches(histories):
            await self._load_batch(batch)

    @abstractmethod
    async def _read_page(self, query: LeadQuery, most_bytes: int) -> Page[Lead]: ...

    @abstractmethod
    async def _read_count(self, query: LeadQuery, most: int) -> int: ...

    @abstractmethod
    async def _read_stage_sums(self, query: LeadQuery) -> list[StageSum]: ...

    @abstractmethod
    async def _load_batch(self, batch: BulkBatch) -> None: ...
