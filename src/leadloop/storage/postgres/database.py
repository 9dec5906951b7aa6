"""The pools of connections to one PostgreSQL database, and how they run what a noun asks."""

from collections.abc import Awaitable, Callable, Coroutine
from functools import update_wrapper
from typing import Any, Concatenate, ParamSpec, TypeVar

from leadloop.storage.postgres.bounded import documents
from leadloop.storage.postgres.engine import KEYED_SETTINGS, LIST_SETTINGS, Connection, Engine, transaction
from leadloop.storage.steps import Steps

P = ParamSpec("P")
T = TypeVar("T")


class Database:
    def __init__(self, url: str) -> None:
        self.any = Engine(url)
        """For any statement."""
        self.keyed = Engine(url, KEYED_SETTINGS)
        self.lists = Engine(url, LIST_SETTINGS)

    async def open(self) -> None:
        for engine in (self.any, self.keyed, self.lists):
            await engine.open()

    async def close(self) -> None:
        for engine in (self.lists, self.keyed, self.any):
            await engine.close()

    async def read_steps(self, steps: Callable[[], Steps[T]]) -> T:
        return await self.any.run(lambda connection: run_steps(connection, steps()))

    async def write_steps(self, steps: Callable[[], Steps[T]]) -> T:
        async def work(connection: Connection) -> T:
            async with transaction(connection):
                return await run_steps(connection, steps())

        return await self.keyed.run(work)


async def run_steps(connection: Connection, steps: Steps[T], limit: int = 0, most_bytes: int = 0) -> T:
    """Runs the statements of `steps`; of documents at most `limit` and `most_bytes` are read."""
    try:
        statement = next(steps)
        while True:
            sql, values, reads_documents = statement
            if reads_documents:
                statement = steps.send(await documents(connection, sql, values, limit, most_bytes))
            else:
                statement = steps.send(await connection.fetch(sql, *values))
    except StopIteration as done:
        found: T = done.value
        return found


class Noun:
    """A part of the store whose statements are PostgreSQL's own."""

    def __init__(self, database: Database) -> None:
        self._database = database


def runs(
    function: Callable[Concatenate[Connection, P], Awaitable[T]],
) -> Callable[Concatenate[Any, P], Coroutine[Any, Any, T]]:
    """The method of a noun that runs `function` on a connection of the pool for any statement."""

    async def method(noun: Noun, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await noun._database.any.run(lambda connection: function(connection, *args, **kwargs))

    update_wrapper(method, function)
    return method


def runs_keyed(
    function: Callable[Concatenate[Connection, P], Awaitable[T]],
) -> Callable[Concatenate[Any, P], Coroutine[Any, Any, T]]:
    """Like `runs`, for statements that find each row by its key."""

    async def method(noun: Noun, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await noun._database.keyed.run(lambda connection: function(connection, *args, **kwargs))

    update_wrapper(method, function)
    return method
