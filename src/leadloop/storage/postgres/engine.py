"""Connections to PostgreSQL: a pool for reads and small writes, the writer's connections, and what errors mean.

A lost connection is replaced. While the server is unreachable, callers wait up to `PATIENCE_S` and then get
`Unavailable`.
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
"""How long a caller waits for an unreachable server."""
CONNECT_TIMEOUT_S = 5.0
STATEMENT_TIMEOUT_S = 10.0
LONGEST_S = 3_600.0
"""The timeout of statements that may take long, such as creating an index over millions of leads."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.02, 0.5
POOL_SIZE = 8
PLAN_LIFETIME_S = 10
"""A plan made while a table was nearly empty may read a whole account after the table has grown."""

SETTINGS = {"application_name": "leadloop", "jit": "off"}
_PLANS = "plan_cache_mode"
_SHARDS_SHOWN = {"citus.override_table_visibility": "off"}
KEYED_SETTINGS = SETTINGS | {
    # Some 64 rows by primary key need a nested loop over the index, even if the plan was made while the table was empty
    # or had no statistics. Planning each time took longer than running.
    _PLANS: "force_generic_plan",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "enable_seqscan": "off",
    # Shorter than the lock timeout: a process that freezes in a transaction loses its locks before others give up.
    "idle_in_transaction_session_timeout": "1s",
}
"""The settings of sessions that read and write rows only by their keys."""
LIST_SETTINGS = KEYED_SETTINGS | {"enable_sort": "off"}
"""The settings of sessions that list leads: an index in the list's order beats sorting, whatever the statistics say."""
WRITER_SETTINGS = KEYED_SETTINGS | {"lock_timeout": "2s"}


def for_distributed(settings: Mapping[str, str]) -> dict[str, str]:
    """The settings of a session on a distributed database. Its planner needs a statement's values to find the account's
    node, so it rejects generic plans. Citus hides shards from queries of the system catalogue; because of that the
    driver's query for a new session's types took 2 to 3 s on a busy machine, and 0.05 s with shards shown."""
    return {name: value for name, value in settings.items() if name != _PLANS} | _SHARDS_SHOWN


_LOST_CLASSES = ("08", "53", "57", "58")
_LOST_STATES = ("25006", "25P03", "40003")
"""Connection, resources, operator, system; a server that became a read-only replica or closed an idle connection;
outcome unknown."""
_RACE_STATES = ("40001", "40P01", "57014")
"""Serialization failure, deadlock, cancellation: nothing was written, and a rerun may succeed."""


def is_race(error: BaseException) -> bool:
    return isinstance(error, asyncpg.PostgresError) and error.sqlstate in _RACE_STATES


def is_unique_violation(error: BaseException) -> bool:
    """Another unit has stored the same key, and a rerun finds it. Two units of one batch must be written apart."""
    return isinstance(error, asyncpg.UniqueViolationError)


UNREADABLE_ADDRESS = (
    "its address cannot be understood: a port is a number up to 65535, and after the ? stand options of PostgreSQL, "
    "such as sslmode=require"
)


def is_lost(error: BaseException) -> bool:
    """Whether the server or the connection has failed: a statement under way may or may not have been committed."""
    if isinstance(error, asyncpg.PostgresError):
        state = error.sqlstate or ""
        return state not in _RACE_STATES and (state[:2] in _LOST_CLASSES or state in _LOST_STATES)
    if isinstance(error, asyncpg.InterfaceError):
        return not isinstance(error, ValueError)  # those are parameters that cannot be encoded
    return isinstance(error, OSError | TimeoutError | asyncpg.InternalClientError)


def is_locked(error: BaseException) -> bool:
    """Another process holds a row lock beyond the lock timeout."""
    return isinstance(error, asyncpg.LockNotAvailableError)


def unavailable(error: BaseException) -> Unavailable:
    return Unavailable(f"PostgreSQL: {_message(error)}")


def _message(error: BaseException) -> str:
    """The message of PostgreSQL or the operating system; any other may quote the address, with its password."""
    is_safe = isinstance(error, asyncpg.PostgresError | asyncpg.InterfaceError | OSError) and not isinstance(
        error, ValueError
    )
    return (is_safe and str(error)) or type(error).__name__


async def back_off(failures: int) -> None:
    """Waits longer after each failure, with jitter."""
    await asyncio.sleep(min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2**failures) * random.uniform(0.5, 1.0))


@asynccontextmanager
async def transaction(connection: Connection) -> AsyncIterator[None]:
    """Rolls back on an error, except on a lost connection, which the server rolls back itself.

    Joins a transaction that is already open.
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
    """A connection of the writer, opened when needed and again after a loss."""

    def __init__(self, url: str, settings: Mapping[str, str] = WRITER_SETTINGS) -> None:
        self._url = url
        self._settings = dict(settings)
        self._connection: Connection | None = None

    async def session(self) -> Connection:
        """The open connection. Raises `ConnectionError` if it cannot be opened, for whatever reason."""
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
                raise ConnectionError(f"no connection: {_message(error)}") from error
        return self._connection

    def terminate(self) -> None:
        """Closes without notifying the server, which may not respond."""
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
                self.terminate()
            self._connection = None


class Engine:
    """A pool of connections. They are not reset on release: no code changes a session."""

    def __init__(self, url: str, settings: Mapping[str, str] = SETTINGS) -> None:
        self._url = url
        self._settings = dict(settings)
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None

    async def open(self) -> None:
        """Raises `Unavailable` if the server does not respond."""
        self._pool = asyncpg.create_pool(
            self._url,
            min_size=0,
            max_size=POOL_SIZE,
            timeout=CONNECT_TIMEOUT_S,
            command_timeout=STATEMENT_TIMEOUT_S,
            reset=_no_reset,
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
        """Runs `work` on a connection of the pool, and again if the connection is lost: `work` must be idempotent.

        Raises `Unavailable` if it fails for `PATIENCE_S`, and `Refused` at once.
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
            await back_off(failures)
            failures += 1


async def is_distributed(connection: Connection) -> bool:
    """Whether the tables are distributed over nodes: then each statement must be of one account."""
    return await connection.fetchval(SQL["has_mark"]) and await connection.fetchval(SQL["get_mark"]) is not None


async def server_version(connection: Connection) -> str:
    version: str = await connection.fetchval(SQL["server_version"])
    return version


async def database_bytes(connection: Connection) -> int:
    """What the database takes on this node's disks."""
    size: int = await connection.fetchval(SQL["database_bytes"])
    return size


async def unsafe_settings(connection: Connection) -> str:
    """The names of settings, comma-separated, that make commits unsafe; empty if there are none."""
    names: str = await connection.fetchval(SQL["unsafe_settings"])
    return names


async def _no_reset(connection: object) -> None:
    pass
