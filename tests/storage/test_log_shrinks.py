"""SQLite's log grows during a long read, and shrinks afterwards."""

import asyncio
import time
from pathlib import Path

import apsw
import pytest

from leadloop.core.store import Store
from leadloop.storage.sqlite.checkpoints import COPY_PAGES, LARGE_PAGES
from tests.storage.database import Database, create, stored

LEADS, TEXT = 300, "x" * 100_000
PAGE_BYTES = 4_096
ENOUGH_S = 60.0


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database("sqlite", str(tmp_path / "leadloop.db"))


def log_bytes(database: Database) -> int:
    log = Path(f"{database.address}-wal")
    return log.stat().st_size if log.exists() else 0


async def grow(store: Store, database: Database) -> int:
    """The size of the log after writes during a read."""
    reader = apsw.Connection(database.address, flags=apsw.SQLITE_OPEN_READONLY)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM accounts").fetchall()
    for n in range(LEADS):
        await create(store, name=f"{n}", detail=TEXT)
    size = log_bytes(database)
    reader.close()
    return size


def test_the_log_shrinks_after_a_long_reader(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            first = await create(store, name="first", detail=TEXT)
            assert await grow(store, database) > LARGE_PAGES * PAGE_BYTES
            give_up_at = time.monotonic() + ENOUGH_S
            while log_bytes(database) > (LARGE_PAGES + COPY_PAGES) * PAGE_BYTES:
                await create(store, name="later")
                assert time.monotonic() < give_up_at
                await asyncio.sleep(0.05)
            assert (await stored(store, first)).detail == TEXT
        assert log_bytes(database) == 0
        async with database.opened() as store:
            assert (await stored(store, first)).detail == TEXT

    asyncio.run(run())


def test_a_log_that_never_grows_large_is_copied_by_the_writer(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            for n in range(LEADS):
                await create(store, name=f"{n}", detail=TEXT)
                assert log_bytes(database) < LARGE_PAGES * PAGE_BYTES

    asyncio.run(run())


def test_closing_while_the_log_is_copied(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            await grow(store, database)
            last = await create(store, name="last")  # begins to copy
        async with database.opened() as store:
            assert (await stored(store, last)).name == "last"

    asyncio.run(run())
