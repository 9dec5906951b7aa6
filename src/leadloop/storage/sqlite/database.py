"""An open SQLite database: its writer and reader threads, and how nouns run functions on them."""

import asyncio
import re
from collections.abc import Callable, Coroutine
from functools import lru_cache, update_wrapper
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import apsw

from leadloop.core.errors import DatabaseDamaged, FilesMoved, Unavailable
from leadloop.storage.deadlines import LONGEST_S
from leadloop.storage.nouns import Noun
from leadloop.storage.results import Failure
from leadloop.storage.scripts import Script
from leadloop.storage.sqlite.bounded import documents
from leadloop.storage.sqlite.checkpoints import Checkpoints
from leadloop.storage.sqlite.engine import Readers, connect_writer, is_unreachable
from leadloop.storage.sqlite.files import DatabaseFiles
from leadloop.storage.sqlite.writer import Work, Writer

P = ParamSpec("P")
T = TypeVar("T")

_PARAMETER = re.compile(r"\$(?=\d)")


class Database:
    """Belongs to the event loop that opened it. Raises `Unavailable` while it is not open."""

    def __init__(self, path: Path, vfs: str | None) -> None:
        self._path = path
        self._vfs = vfs
        self._connection: apsw.Connection | None = None
        self._checkpoints: Checkpoints | None = None
        self._files: DatabaseFiles | None = None
        self._writer: Writer | None = None
        self._readers: Readers | None = None

    def open(self, before_commit: Callable[[apsw.Connection], None], on_rolled_back: Callable[[], None]) -> None:
        """Creates the file if it is missing; does not change the schema. See `Writer` for the two functions."""
        try:
            self._connection = connect_writer(self._path, self._vfs)
        except apsw.Error as error:
            if is_unreachable(error):
                raise Unavailable(f"SQLite: {error}") from error
            if isinstance(error, apsw.CorruptError | apsw.NotADBError):
                raise DatabaseDamaged(str(self._path)) from None
            raise
        self._files = DatabaseFiles(self._connection, None if self._vfs else self._path)
        self._checkpoints = Checkpoints(self._connection, self._path, self._vfs, self._files)
        self._writer = Writer(self._connection, self._files, before_commit, on_rolled_back)
        self._readers = Readers(self._path, self._vfs, self._files)

    async def close(self) -> None:
        """Closes the writing connection last: it copies the log into the file."""
        if self._writer is not None:
            await self._writer.close()
        readers, self._readers = self._readers, None
        if readers is not None:
            await asyncio.to_thread(readers.close)
        if self._checkpoints is not None:
            await asyncio.to_thread(self._checkpoints.close)
        connection, self._connection = self._connection, None
        if connection is not None:
            if self._files is not None:
                self._files.leave_overwritten()
            connection.close()

    async def write(self, work: Work[T], short_work: Work[T] | None = None) -> T:
        """See `Writer.run`."""
        if self._writer is None:
            raise Unavailable("the store is not open")
        return await self._writer.run(work, short_work)

    async def read(self, read: Callable[[apsw.Connection], T], longest_s: float | None = None) -> T:
        """Raises `Overloaded` if it takes longer than `longest_s`."""
        if self._readers is None:
            raise Unavailable("the store is not open")
        return await self._readers.run(read, longest_s)

    async def read_script(self, script: Callable[[], Script[T]]) -> T:
        return await self.read(lambda connection: run_script(connection, script()))

    async def write_script(self, script: Callable[[], Script[T]]) -> T:
        def work(connection: apsw.Connection) -> T | Failure:
            before = connection.total_changes()
            try:
                return run_script(connection, script())
            except Exception as error:
                if isinstance(error, apsw.Error) or connection.total_changes() != before:
                    raise
                return Failure(error)

        return await self.write(work)

    async def examine_files(self) -> None:
        """Raises `FilesMoved`, after the writer has saved the log if it can."""
        try:
            if self._files is not None:
                self._files.require_in_place()
                await self.read(self._files.require_not_overwritten)
        except FilesMoved:
            await self.write(lambda connection: None)


@lru_cache(maxsize=512)
def as_sqlite(sql: str) -> str:
    """Translates a statement that both engines share: SQLite numbers parameters with `?` and has no row locks."""
    return _PARAMETER.sub("?", sql).removesuffix(" FOR UPDATE")


def run_script(connection: apsw.Connection, script: Script[T], most_bytes: int = 0) -> T:
    """Runs a script. Reads at most `most_bytes` of documents."""
    try:
        statement = next(script)
        while True:
            sql, values, reads_documents = statement
            if reads_documents:
                statement = script.send(documents(connection, as_sqlite(sql), values, most_bytes))
            else:
                statement = script.send(connection.execute(as_sqlite(sql), values).fetchall())
    except StopIteration as stop:
        result: T = stop.value
        return result


def reads(
    function: Callable[Concatenate[apsw.Connection, P], T],
) -> Callable[Concatenate[Any, P], Coroutine[Any, Any, T]]:
    """A noun's method that runs `function` on a reading connection."""

    async def method(noun: Noun[Database], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await noun._database.read(lambda connection: function(connection, *args, **kwargs))

    update_wrapper(method, function)
    return method


def reads_long(
    function: Callable[Concatenate[apsw.Connection, P], T],
) -> Callable[Concatenate[Any, P], Coroutine[Any, Any, T]]:
    """Like `reads`, for functions that may read many rows: raises `Overloaded` after `LONGEST_S`."""

    async def method(noun: Noun[Database], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await noun._database.read(lambda connection: function(connection, *args, **kwargs), LONGEST_S)

    update_wrapper(method, function)
    return method


def writes(
    function: Callable[Concatenate[apsw.Connection, P], T | Failure],
) -> Callable[Concatenate[Any, P], Coroutine[Any, Any, T]]:
    """A noun's method that runs `function` in the writer's transaction."""

    async def method(noun: Noun[Database], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await noun._database.write(lambda connection: function(connection, *args, **kwargs))

    update_wrapper(method, function)
    return method
