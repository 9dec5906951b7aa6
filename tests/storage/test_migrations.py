"""Each migration is applied once, whichever process applies it, and `health` lists the pending ones."""

import asyncio

import pytest

from leadloop.storage.migrate import Migration, pending, problem
from tests.storage.database import Database

KNOWN = [Migration(1, "0001_start", ""), Migration(2, "0002_more", "")]


def test_an_empty_database_needs_migrations_until_it_has_them(empty: Database) -> None:
    async def run() -> None:
        store = empty.store()
        await store.open()
        before = await store.health()
        assert before.pending_migrations[0] == "0001_start"
        assert before.problem is not None and "leadloop migrate" in before.problem
        assert await store.migrate() == before.pending_migrations
        after = await store.health()
        assert after.pending_migrations == [] and after.problem is None
        assert after.engine in ("SQLite", "PostgreSQL") and after.version[0].isdigit()
        assert await store.migrate() == []
        await store.close()

    asyncio.run(run())


def test_processes_that_migrate_at_the_same_time_share_the_work(empty: Database) -> None:
    async def run() -> None:
        stores = [empty.store() for _ in range(4)]
        for store in stores:
            await store.open()
        wanted = (await stores[0].health()).pending_migrations
        done = await asyncio.gather(*(store.migrate() for store in stores))
        assert sorted(name for names in done for name in names) == wanted
        for store in stores:
            assert (await store.health()).problem is None
            await store.close()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("applied", "names", "word"),
    [([], ["0001_start", "0002_more"], "0001_start, 0002_more"), ([1], ["0002_more"], "0002_more"), ([1, 2], [], None)],
)
def test_what_is_missing(applied: list[int], names: list[str], word: str | None) -> None:
    assert [migration.name for migration in pending(KNOWN, applied)] == names
    sentence = problem(KNOWN, applied)
    assert sentence is None if word is None else sentence is not None and word in sentence


def test_a_database_of_a_newer_version_is_not_served() -> None:
    sentence = problem(KNOWN, [1, 2, 3])
    assert sentence is not None and "newer leadloop" in sentence
