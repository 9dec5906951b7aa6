"""The connection pools of one PostgreSQL database, and how nouns run functions on them."""

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from functools import update_wrapper
from typing import Any, Concatenate, Literal, ParamSpec, TypeVar

from leadloop.storage.nouns import Noun
from leadloop.storage.postgres.bounded import documents
from leadloop.storage.postgres.engine import (
    KEYED_SETTINGS,
    LIST_SETTINGS,
    SETTINGS,
    Connection,
    Engine,
    for_distributed,
    is_distributed,
    transaction,
)
from leadloop.storage.scripts import Script

P = ParamSpec("P")
T = TypeVar("T")
Pool = Literal["any", "keyed", "lists"]
"""An engine of `Database`."""


class Database:
    def __init__(self, url: str) -> None:
        self._url = url
        self.is_distributed = False
        """Read from the database when it is opened."""
        self._create_engines(dict)

    def _create_engines(self, adapt: Callable[[Mapping[str, str]], dict[str, str]]) -> None:
        self.any = Engine(self._url, adapt(SETTINGS))
        """For any statement."""
        self.keyed = Engine(self._url, adapt(KEYED_SETTINGS))
        """For statements that find each row by its key."""
        self.lists = Engine(self._url, adapt(LIST_SETTINGS))

    async def open(self) -> None:
        await self.any.open()
        self.is_distributed = await self.any.run(is_distributed)
        if self.is_distributed:
            await self.any.close()
            self._create_engines(for_distributed)
            await self.any.open()
        await self.keyed.open()
        await self.lists.open()

    async def close(self) -> None:
        for engine in (self.lists, self.keyed, self.any):
            await engine.close()

    async def read_script(self, script: Callable[[], Script[T]]) -> T:
        return await self.any.run(lambda connection: run_script(connection, script()))

    async def write_script(self, script: Callable[[], Script[T]]) -> T:
        async def work(connection: Connection) -> T:
            async with transaction(connection):
                return await run_script(connection, script())

        return await self.keyed.run(work)


async def run_script(connection: Connection, script: Script[T], limit: int = 0, most_bytes: int = 0) -> T:
    """Runs a script. Reads at most `limit` documents and `most_bytes` of them."""
    try:
        statement = next(script)
        while True:
            sql, values, reads_documents = statement
            if reads_documents:
                statement = script.send(await documents(connection, sql, values, limit, most_bytes))
            else:
                statement = script.send(await connection.fetch(sql, *values))
    except StopIteration as stop:
        result: T = stop.value
        return result


def runs(
    function: Callable[Concatenate[Connection, P], Awaitable[T]], pool: Pool = "any"
) -> Callable[Concatenate[Any, P], Coroutine[Any, Any, T]]:
    """A noun's method that runs `function` on a connection of this pool."""

    async def method(noun: Noun[Database], /, *args: P.args, **kwargs: P.kwargs) -> T:
        engine: Engine = getattr(noun._database, pool)
        return await engine.run(lambda connection: function(connection, *args, **kwargs))

    update_wrapper(method, function)
    return method


def runs_by_account(
    function: Callable[Concatenate[Connection, P], Awaitable[T]],
    by_account: Callable[Concatenate[Engine, P], Awaitable[T]],
) -> Callable[Concatenate[Any, P], Coroutine[Any, Any, T]]:
    """Like `runs` in the keyed pool, for several accounts. On a distributed database `by_account` runs in place of
    `function`."""

    async def method(noun: Noun[Database], /, *args: P.args, **kwargs: P.kwargs) -> T:
        if noun._database.is_distributed:
            return await by_account(noun._database.keyed, *args, **kwargs)
        return await noun._database.keyed.run(lambda connection: function(connection, *args, **kwargs))

    update_wrapper(method, function)
    return method
