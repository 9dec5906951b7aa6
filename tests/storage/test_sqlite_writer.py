"""Which work of the embedded engine runs on the event loop, and which on the writer's thread."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

import apsw
import pytest

from leadloop.core.errors import Unavailable
from leadloop.storage.sqlite.database import Database
from leadloop.storage.sqlite.writer import LONGEST_ON_LOOP_S, NotShort

LOOP, WRITER = "MainThread", "sqlite-writer"


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[Database]:
    """A database with the table `t`."""
    database = Database(path / "x.db", None)
    database.open(lambda connection: None, lambda: None)
    try:
        await database.write(create_table)
        yield database
    finally:
        await database.close()


def insert(number: int, threads: list[str]) -> Callable[[apsw.Connection], int]:
    def work(connection: apsw.Connection) -> int:
        threads.append(threading.current_thread().name)
        connection.execute("INSERT INTO t VALUES (?)", (number,))
        return number

    return work


def long(connection: apsw.Connection) -> int:
    raise NotShort


def create_table(connection: apsw.Connection) -> None:
    connection.execute("CREATE TABLE IF NOT EXISTS t (n UNIQUE)")


async def numbers(database: Database) -> list[int]:
    return await database.read(lambda connection: [n for (n,) in connection.execute("SELECT n FROM t ORDER BY n")])


def test_short_work_runs_on_the_event_loop_and_long_work_on_the_thread(tmp_path: Path) -> None:
    async def run() -> None:
        async with opened(tmp_path) as database:
            threads: list[str] = []
            works = [(insert(n, threads), insert(n, threads) if n < 3 else long) for n in range(5)]
            written = await asyncio.gather(*(database.write(*each) for each in works))
            assert (written, threads) == ([0, 1, 2, 3, 4], [LOOP] * 3 + [WRITER] * 2)
            assert await numbers(database) == [0, 1, 2, 3, 4]

    asyncio.run(run())


def test_after_slow_work_the_thread_does_all(tmp_path: Path) -> None:
    """Its pages are probably not in memory, and the event loop must not wait for the disk."""

    async def run() -> None:
        async with opened(tmp_path) as database:
            threads: list[str] = []

            def slow(connection: apsw.Connection) -> int:
                time.sleep(2 * LONGEST_ON_LOOP_S)
                return insert(1, threads)(connection)

            works = [slow, insert(2, threads), insert(3, threads)]
            assert await asyncio.gather(*(database.write(each, each) for each in works)) == [1, 2, 3]
            work = insert(4, threads)
            await database.write(work, work)
            assert threads == [LOOP, WRITER, WRITER, WRITER]

    asyncio.run(run())


def test_short_work_that_fails_fails_alone(tmp_path: Path) -> None:
    async def run() -> None:
        async with opened(tmp_path) as database:
            works = [insert(n, []) for n in (1, 2, 2, 3)]
            results = await asyncio.gather(*(database.write(each, each) for each in works), return_exceptions=True)
            assert results[:2] + results[3:] == [1, 2, 3]
            assert isinstance(results[2], apsw.ConstraintError)
            assert await numbers(database) == [1, 2, 3]

    asyncio.run(run())


def test_the_event_loop_runs_while_another_process_has_the_write_lock(tmp_path: Path) -> None:
    async def run() -> None:
        async with opened(tmp_path) as database:
            other = apsw.Connection(str(tmp_path / "x.db"))
            other.execute("BEGIN IMMEDIATE")
            threads: list[str] = []
            work = insert(1, threads)
            waiting = asyncio.ensure_future(database.write(work, work))
            for _ in range(50):
                await asyncio.sleep(0)
            assert not waiting.done()
            other.execute("COMMIT")
            assert (await waiting, threads) == (1, [WRITER])
            other.close()

    asyncio.run(run())


def test_closing_commits_what_waits(tmp_path: Path) -> None:
    async def run() -> None:
        async with opened(tmp_path) as database:
            works = [insert(n, []) for n in range(300)]
            waiting = [asyncio.ensure_future(database.write(each, each)) for each in works]
            await asyncio.sleep(0)
            await database.close()
            assert await asyncio.gather(*waiting) == list(range(300))
        async with opened(tmp_path) as database:
            assert await numbers(database) == list(range(300))

    asyncio.run(run())


def test_closing_refuses_what_comes_later(tmp_path: Path) -> None:
    async def run() -> None:
        async with opened(tmp_path) as database:
            written: list[int] = []

            async def keep_writing(first: int) -> None:
                for n in count(first, 10):
                    work = insert(n, [])
                    written.append(await database.write(work, work))

            writers = [asyncio.ensure_future(keep_writing(first)) for first in range(10)]
            await asyncio.wait(writers, timeout=0.2)
            await database.close()
            results = await asyncio.gather(*writers, return_exceptions=True)
            assert written and all(isinstance(result, Unavailable) for result in results)
        async with opened(tmp_path) as database:
            assert set(written) <= set(await numbers(database))

    asyncio.run(run())


@pytest.mark.parametrize("number", [1, 1_000])
def test_no_work_is_lost_or_doubled(tmp_path: Path, number: int) -> None:
    async def run() -> None:
        async with opened(tmp_path) as database:

            async def write(n: int) -> int:
                for _ in range(n % 7):
                    await asyncio.sleep(0)
                work = insert(n, [])
                return await database.write(work, work if n % 5 else None)

            assert await asyncio.gather(*map(write, range(number))) == list(range(number))
            assert await numbers(database) == list(range(number))

    asyncio.run(run())
