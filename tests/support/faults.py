"""A leadloop on PostgreSQL where one write transaction in ten fails as it can on a distributed engine: with 40001,
rolled back.

`python faults.py 40001 serve …`, or `40001-not-retried` for the control. It starts like the real one (see
`Leadloop(command=…)`) and differs only in its connections.
"""

import random
import re
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from unittest.mock import patch

import asyncpg

from leadloop import cli
from leadloop.storage.postgres import engine, writer

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]
else:
    Connection = asyncpg.Connection

T = TypeVar("T")

FAULT, NOT_RETRIED = "40001", "40001-not-retried"
SHARE, SEED = 0.1, 40_001
MARK = "fault: 40001"
"""Printed for each injected failure."""
WRITES = re.compile(r"\b(?:INSERT INTO|UPDATE|DELETE FROM)\b")
FATES = ("refused", "undone")
"""Fails at the first write, before anything is done; or at the commit, after everything is."""


def command(fault: str = FAULT) -> tuple[str, ...]:
    """For `Leadloop(command=…)`."""
    return (str(Path(__file__).resolve()), fault)


class FailingConnection(Connection):
    """Decides at the beginning of a transaction whether it fails. A statement that writes by itself is one."""

    __slots__ = ("_fate",)
    dice = random.Random(SEED)

    async def execute(self, query: str, *args: Any, **more: Any) -> str:
        word = query.rstrip(";").upper()
        if word == "BEGIN":
            self._fate = self._draw()
        elif word == "COMMIT" and self._fate == "undone":
            await super().execute("ROLLBACK")
            raise self._failure()
        return await self._run(query, partial(super().execute, query, *args, **more))

    async def fetch(self, query: str, *args: Any, **more: Any) -> list[Any]:
        return await self._run(query, partial(super().fetch, query, *args, **more))

    async def fetchrow(self, query: str, *args: Any, **more: Any) -> Any:
        return await self._run(query, partial(super().fetchrow, query, *args, **more))

    async def fetchval(self, query: str, *args: Any, **more: Any) -> Any:
        return await self._run(query, partial(super().fetchval, query, *args, **more))

    async def _run(self, query: str, statement: Callable[[], Awaitable[T]]) -> T:
        if not WRITES.search(query):
            return await statement()
        alone = not self.is_in_transaction()
        fate = self._draw() if alone else self._fate
        if fate == "refused":
            raise self._failure()
        if not alone or fate is None:
            return await statement()
        await super().execute("BEGIN")
        try:
            await statement()
        finally:
            await super().execute("ROLLBACK")
        raise self._failure()

    def _draw(self) -> str | None:
        return self.dice.choice(FATES) if self.dice.random() < SHARE else None

    def _failure(self) -> asyncpg.PostgresError:
        print(MARK, flush=True)
        return asyncpg.SerializationError("restart transaction")


@contextmanager
def injected() -> Iterator[None]:
    """Every connection that is made in this context can fail."""
    with (
        patch.object(asyncpg, "connect", partial(asyncpg.connect, connection_class=FailingConnection)),
        patch.object(asyncpg, "create_pool", partial(asyncpg.create_pool, connection_class=FailingConnection)),
    ):
        yield


@contextmanager
def not_retried() -> Iterator[None]:
    with patch.object(engine, "is_race", lambda error: False), patch.object(writer, "is_race", lambda error: False):
        yield


def main() -> None:
    fault = sys.argv.pop(1)
    with injected():
        if fault == NOT_RETRIED:
            with not_retried():
                cli.main()
        else:
            cli.main()


if __name__ == "__main__":
    main()
