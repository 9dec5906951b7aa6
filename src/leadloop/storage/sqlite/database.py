"""One SQLite file, open for use: the thread that writes, the threads that read, and how they run what a noun asks."""

import asyncio
import re
from collections.abc import Callable, Coroutine
from functools import lru_cache, update_wrapper
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import apsw

from leadloop.core.errors import DatabaseDamaged, FilesMoved, Unavailable
from leadloop.storage.deadlines import LONGEST_S
from leadloop.storage.results import Failure
from leadloop.storage.sqlite.bounded import documents
from leadloop.storage.sqlite.checkpoints import Checkpoints
from leadloop.storage.sqlite.engine import Readers, connect_writer, is_unreachable
from leadloop.storage.sqlite.files import DatabaseFiles
from leadloop.storage.sqlite.writer import Work, Writer
from leadloop.storage.steps import Steps

P = ParamSpec("P")
T = TypeVar("T")

_PARAMETER = re.compile(r"\$(?=\d)")


class Database:
    """Belongs to the event loop it was opened in. Raises `Unavailable` while it is not open."""

    def __init__(self, path: Path, vfs: str | None) -> None:
        self._path = path
        self._vfs = vfs
        self._connection: apsw.Connection | None = None
        self._checkpoints: Checkpoints | None = None
        self._files: DatabaseFiles | None = None
        self._writer: Writer | None = None
        self._readers: Readers | None = None

    def open(self, before_commit: Callable[[apsw.Connection], None], on_rolled_back: Callable[[], None]) -> None:
        """Makes the file if there is none; the schema is left as it is. See `Writer` for the two functions."""
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
        """The connection that can write goes last: it empties the log into the file."""
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

    async def write(self, work: Work[T]) -> T:
        if self._writer is None:
            raise Unavailable("the store is not open")
        return await self._writer.run(work)

    async def read(self, read: Callable[[apsw.Connection], T], longest_s: float | None = None) -> T:
        """Raises `Overloaded` if it takes longer than `longest_s`."""
        if self._readers is None:
            raise Unavailable("the store is not open")
        return await self._readers.run(read, longest_s)

    async def read_steps(self, steps: Callable[[], Steps[T]]) -> T:
        return await self.read(lambda connection: run_steps(connection, steps()))

    async def write_steps(self, steps: Callable[[], Steps[T]]) -> T:
        def work(connection: apsw.Connection) -> T | Failure:
            before = connection.total_changes()
            try:
                return run_steps(connection, steps())
            except Exception as error:
                if isinstance(error, apsw.Error) or connection.total_changes() != before:
                    raise
                return Failure(error)

        return await self.write(work)

    async def examine_files(self) -> None:
        """Raises `FilesMoved`, after the writer has saved what can be saved."""
        try:
            if self._files is not None:
                self._files.require_in_place()
                await self.read(self._files.require_not_overwritten)
        except FilesMoved:
            await self.write(lambda connection: None)


@lru_cache(maxsize=512)
def as_sqlite(sql: str) -> str:
    """A statement that both engines share: SQLite numbers parameters by `?`, and its one writer needs no row locks."""
    return _PARAMETER.sub("?", sql).removesuffix(" FOR UPDATE")


def run_steps(connection: apsw.Connection, steps: Steps[T], most_bytes: int = 0) -> T:
    """Runs the statements of `steps`; of documents at most `most_bytes` are read."""
    try:
        statement = next(steps)
        while True:
            sql, values, reads_documents = statement
            if reads_documents:
                statement = steps.send(documents(connection, as_sqlite(sql), values, most_bytes))
            else:
                statement = steps.send(connection.execute(as_sqlite(sql), values).fetchall())
    except StopIteration as done:
        found: T = done.value
        return found


class Noun:
    """A part of the store whose statements are SQLite's own."""

    def __init__(self, database: Database) -> None:
        self._database = database


def reads(
    function: Callable[Concatenate[apsw.Connection, P], T],
) -> Callable[Concatenate[Any, P], Coroutine[Any, Any, T]]:
    """The method of a noun that runs `function` on a connection that reads."""

    async def method(noun: Noun, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await noun._database.read(lambda connection: function(connection, *args, **kwargs))

    update_wrapper(method, function)
    return method


def reads_long(
    function: Callable[Concatenate[apsw.Connection, P], T],
) -> Callable[Concatenate[Any, P], Coroutine[Any, Any, T]]:
    """Like `reads`, for what may look at many rows: raises `Overloaded` if it takes longer than `LONGEST_S`."""

    async def method(noun: Noun, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await noun._database.read(lambda connection: function(connection, *args, **kwargs), LONGEST_S)

    update_wrapper(method, function)
    return method


def writes(
    function: Callable[Concatenate[apsw.Connection, P], T | Failure],
) -> Callable[Concatenate[Any, P], Coroutine[Any, Any, T]]:
    """The method of a noun that runs `function` in the transaction of the writer."""

    async def method(noun: Noun, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await noun._database.write(lambda connection: function(connection, *args, **kwargs))

    update_wrapper(method, function)
    return method
