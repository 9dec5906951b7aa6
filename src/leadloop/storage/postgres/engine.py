"""Connections to PostgreSQL: a pool for reading and small writes, lines for the group writer, and what errors mean.

A connection that is lost is replaced; while the server is away, callers wait a little and are then told so.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeAlias, TypeVar

import asyncpg

from leadloop.core.errors import Unavailable
from leadloop.storage.postgres.refusals import refusal
from leadloop.storage.sql import statements

T = TypeVar("T")
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

SQL = statements(__file__)

PATIENCE_S = 5.0
"""So long a caller waits for a server that is away."""
CONNECT_TIMEOUT_S = 5.0
STATEMENT_TIMEOUT_S = 10.0
LONGEST_S = 3_600.0
"""An index over millions of leads takes its time."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.02, 0.5
POOL_SIZE = 8
PLAN_LIFETIME_S = 10
"""A plan made while a table was nearly empty may read a whole account where the table has grown since."""

SETTINGS = {"application_name": "leadloop", "jit": "off"}
_PLANS = "plan_cache_mode"
_SHARDS_SHOWN = {"citus.override_table_visibility": "off"}
KEYED_SETTINGS = SETTINGS | {
    # Some 64 rows by their primary keys are a nested loop over the index, also when the plan was made while the table
    # was empty or nothing is known about it. Planning afresh took longer than running.
    _PLANS: "force_generic_plan",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "enable_seqscan": "off",
    # Less than others wait for a lock: who vanishes or freezes in the middle must let go before they give up.
    "idle_in_transaction_session_timeout": "1s",
}
"""Of sessions that read and write rows by their keys only."""
LIST_SETTINGS = KEYED_SETTINGS | {"enable_sort": "off"}
"""Of sessions that list leads: an index that has them in order is better than one to sort, whatever is known of it."""
WRITER_SETTINGS = KEYED_SETTINGS | {"lock_timeout": "2s"}


def on_nodes(settings: Mapping[str, str]) -> dict[str, str]:
    """The settings of a session on a distributed database. Its planner needs the values of a statement to find the node
    that has the account: it refuses a generic plan. Citus hides shards from catalogue queries, which made the driver's
    query about the types of a new session's first statement take seconds: 2 to 3 on a busy machine, 0.05 without."""
    return {name: value for name, value in settings.items() if name != _PLANS} | _SHARDS_SHOWN


_LOST_CLASSES = ("08", "53", "57", "58")
_LOST_STATES = ("25006", "25P03", "40003")
"""Connection, resources, operator, system; a server that has become a read-only replica, or has closed the connection
because nothing came; outcome unknown."""
_RACE_STATES = ("40001", "40P01", "57014")
"""Serialisation, deadlock, cancelled: nothing was done, and a rerun may succeed."""


def is_race(error: BaseException) -> bool:
    return isinstance(error, asyncpg.PostgresError) and error.sqlstate in _RACE_STATES


def is_taken(error: BaseException) -> bool:
    """Another one has filed the same key, and a rerun finds what it filed. But when both are of one group, they never
    get through together."""
    return isinstance(error, asyncpg.UniqueViolationError)


UNREADABLE_ADDRESS = (
    "its address cannot be understood: a port is a number up to 65535, and after the ? stand options of PostgreSQL, "
    "such as sslmode=require"
)


def is_lost(error: BaseException) -> bool:
    """Whether the server, or the line to it, has failed: what was under way may or may not have been done."""
    if isinstance(error, asyncpg.PostgresError):
        state = error.sqlstate or ""
        return state not in _RACE_STATES and (state[:2] in _LOST_CLASSES or state in _LOST_STATES)
    if isinstance(error, asyncpg.InterfaceError):
        return not isinstance(error, ValueError)  # those are parameters that can not be encoded
    return isinstance(error, OSError | TimeoutError | asyncpg.InternalClientError)


def is_locked(error: BaseException) -> bool:
    """Somebody outside holds a row for long."""
    return isinstance(error, asyncpg.LockNotAvailableError)


def unavailable(error: BaseException) -> Unavailable:
    return Unavailable(f"PostgreSQL: {_words(error)}")


def _words(error: BaseException) -> str:
    """Of PostgreSQL and the operating system; any other message may quote the address, with its password."""
    known = isinstance(error, asyncpg.PostgresError | asyncpg.InterfaceError | OSError) and not isinstance(
        error, ValueError
    )
    return (known and str(error)) or type(error).__name__


async def pause(failures: int) -> None:
    """Waits longer after each failure, and never as long as another process."""
    await asyncio.sleep(min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2**failures) * random.uniform(0.5, 1.0))


@asynccontextmanager
async def transaction(connection: Connection) -> AsyncIterator[None]:
    """What failed is rolled back, but not on a line that has failed: it is dropped, and the server sees that.

    Inside another one it is a part of that.
    """
    if connection.is_in_transaction():
        yield
        return
    await connection.execute(SQL["begin"])
    try:
        yield
        await connection.execute(SQL["commit"])
    except BaseException as error:
        if not is_lost(error):
            await connection.execute(SQL["rollback"])
        raise


class WriterConnection:
    """One connection of the group writer, made when it is needed and again after it was lost."""

    def __init__(self, url: str, settings: Mapping[str, str] = WRITER_SETTINGS) -> None:
        self._url = url
        self._settings = dict(settings)
        self._connection: Connection | None = None

    async def connection(self) -> Connection:
        """Raises `OSError` when there is none to be had, for whatever reason."""
        if self._connection is None or self._connection.is_closed():
            try:
                self._connection = await asyncpg.connect(
                    self._url,
                    timeout=CONNECT_TIMEOUT_S,
                    command_timeout=STATEMENT_TIMEOUT_S,
                    max_cached_statement_lifetime=PLAN_LIFETIME_S,
                    server_settings=self._settings,
                )
            except Exception as error:
                raise ConnectionError(f"no connection: {_words(error)}") from error
        return self._connection

    def drop(self) -> None:
        """Without a word to the server, which may not be listening."""
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    async def close(self) -> None:
        if self._connection is not None:
            try:
                await self._connection.close(timeout=CONNECT_TIMEOUT_S)
            except Exception as error:
                if not is_lost(error):
                    raise
                self.drop()
            self._connection = None


class Engine:
    """The pool. Its connections are given back as they are: nothing in here leaves a session changed."""

    def __init__(self, url: str, settings: Mapping[str, str] = SETTINGS) -> None:
        self._url = url
        self._settings = dict(settings)
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None

    async def open(self) -> None:
        """Raises `Unavailable` when the server does not answer."""
        self._pool = asyncpg.create_pool(
            self._url,
            min_size=0,
            max_size=POOL_SIZE,
            timeout=CONNECT_TIMEOUT_S,
            command_timeout=STATEMENT_TIMEOUT_S,
            reset=_leave_as_it_is,
            max_cached_statement_lifetime=PLAN_LIFETIME_S,
            server_settings=self._settings,
        )
        await self._pool
        try:
            await self.run(server_version)
        except BaseException as error:
            await self.close()
            if isinstance(error, ValueError | OverflowError):  # asyncpg reads the address only now
                raise Unavailable(UNREADABLE_ADDRESS) from error
            raise

    async def close(self) -> None:
        pool, self._pool = self._pool, None
        if pool is None:
            return
        try:
            await asyncio.wait_for(pool.close(), STATEMENT_TIMEOUT_S)
        except (OSError, TimeoutError, asyncpg.InterfaceError):
            pool.terminate()

    async def run(self, work: Callable[[Any], Awaitable[T]]) -> T:
        """Does `work` with a connection of its own, again if that is lost: it must be harmless to do it twice.

        Raises `Unavailable` when it can not be done within `PATIENCE_S`, and `Refused` at once.
        """
        give_up_at = time.monotonic() + PATIENCE_S
        failures = 0
        while True:
            if self._pool is None:
                raise Unavailable("the store is not open")
            try:
                async with self._pool.acquire(timeout=CONNECT_TIMEOUT_S) as connection:
                    return await work(connection)
            except Exception as error:
                if (refused := refusal(error, self._url)) is not None:
                    raise refused from error
                if not is_lost(error) and not is_race(error):
                    raise
                if time.monotonic() >= give_up_at:
                    raise unavailable(error) from error
            await pause(failures)
            failures += 1


async def is_distributed(connection: Connection) -> bool:
    """Whether the tables are distributed over the nodes of a cluster: then each statement is of one account."""
    return await connection.fetchval(SQL["has_mark"]) and await connection.fetchval(SQL["get_mark"]) is not None


async def server_version(connection: Connection) -> str:
    version: str = await connection.fetchval(SQL["server_version"])
    return version


async def unsafe_settings(connection: Connection) -> str:
    """Names, with commas; empty when what is committed is safe."""
    names: str = await connection.fetchval(SQL["unsafe_settings"])
    return names


async def _leave_as_it_is(connection: object) -> None:
    pass
