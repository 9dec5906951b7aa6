"""A large body is read before the store's transaction, and again only if the lead changes in between."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from leadloop.core.errors import InvalidFields, Problem, VersionMoved
from leadloop.core.leads.matching import Contact
from leadloop.core.leads.model import Lead
from leadloop.core.leads.patch import LeadPatch
from leadloop.core.store import Store
from leadloop.core.writes import use_cases
from leadloop.core.writes.ahead import LARGE_BYTES
from leadloop.core.writes.preconditions import NONE, Preconditions
from leadloop.core.writes.use_cases import WriteRequest, WriteResult
from leadloop.storage.sqlite import SqliteStore
from tests.storage.database import ACCOUNT, stamp

LARGE_WORK = "large-work"


def write(size: int, terms: Preconditions = NONE) -> WriteRequest[WriteResult]:
    return WriteRequest(
        stamp=stamp(), account_id=ACCOUNT, answer=lambda lead: lead, preconditions=terms, body_bytes=size
    )


class Reader:
    """A dialect that records in which threads, and for which versions, it reads a body."""

    def __init__(self, *, is_valid: bool = True) -> None:
        self.is_valid = is_valid
        self.threads: list[str] = []
        self.versions: list[int] = []

    def read_patch(self, base: Lead, now: Lead) -> LeadPatch:
        self.threads.append(threading.current_thread().name)
        self.versions.append(now.version)
        if not self.is_valid:
            raise InvalidFields([Problem("text_expected", "/name")])
        return LeadPatch(detail=f"of version {now.version}")

    def make(self) -> LeadPatch:
        self.threads.append(threading.current_thread().name)
        return LeadPatch(name="Ana")

    @property
    def places(self) -> set[bool]:
        return {name.startswith(LARGE_WORK) for name in self.threads}


class Moving(SqliteStore):
    """A store in which the lead changes as soon as it has been read."""

    moves = 0

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._get_lead = self.leads.get
        self.leads.get = self._get_and_change  # type: ignore[method-assign]

    async def _get_and_change(self, account_id: str, lead_id: str) -> Lead | None:
        lead = await self._get_lead(account_id, lead_id)
        if self.moves:
            self.moves -= 1
            await use_cases.update(self, write(0), lead_id, lambda base, now: LeadPatch(company_name=str(now.version)))
        return lead


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "leads.db"


async def new_lead(store: Store) -> str:
    written = await use_cases.create(store, write(0), lambda: LeadPatch(name="Ana"), Contact(None, None))
    return written.lead.id


@pytest.mark.parametrize(("size", "is_ahead"), [(LARGE_BYTES, False), (LARGE_BYTES + 1, True)])
def test_a_large_body_is_read_once_on_the_thread_for_large_work(path: Path, size: int, is_ahead: bool) -> None:
    async def run() -> None:
        store = SqliteStore(path)
        await store.open()
        await store.migrate()
        reader = Reader()
        written = await use_cases.create(store, write(size), reader.make, Contact(None, None))
        assert reader.places == {is_ahead} and len(reader.threads) == 1
        for reader in (Reader(), Reader(is_valid=False)):
            if reader.is_valid:
                done = await use_cases.update(store, write(size), written.lead.id, reader.read_patch)
                assert done.lead.detail == "of version 1"
            else:
                with pytest.raises(InvalidFields):
                    await use_cases.update(store, write(size), written.lead.id, reader.read_patch)
            assert reader.places == {is_ahead} and len(reader.threads) == 1
        reader = Reader(is_valid=False)
        with pytest.raises(VersionMoved):
            terms = Preconditions(versions=frozenset({7}))
            await use_cases.update(store, write(size, terms), written.lead.id, reader.read_patch)
        assert reader.threads == []
        await store.close()

    asyncio.run(run())


def test_a_lead_that_moves_in_between_has_the_body_read_again(path: Path) -> None:
    async def run() -> None:
        store = Moving(path)
        await store.open()
        await store.migrate()
        lead_id, reader = await new_lead(store), Reader()
        store.moves = 1
        done = await use_cases.update(store, write(LARGE_BYTES + 1), lead_id, reader.read_patch)
        assert reader.versions == [1, 2] and done.lead.version == 3
        assert (done.lead.detail, done.lead.company_name) == ("of version 2", "1")
        await store.close()

    asyncio.run(run())
