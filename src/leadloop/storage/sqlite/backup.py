"""Backup and restore of a database. A backup is one file, marked by its application id and user version.

It is a copy of all pages at one moment; a server may write meanwhile.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import apsw
from msgspec import Struct

from leadloop.core.errors import LeadloopError, Unavailable
from leadloop.storage.sql import statements
from leadloop.storage.sqlite import generations, migrations
from leadloop.storage.sqlite.engine import BUSY_TIMEOUT_MS, is_unreachable
from leadloop.storage.sqlite.lock import ServerLock
from leadloop.storage.sqlite.nouns import get_instance

SQL = statements(__file__)

APPLICATION_ID = 0x4C4C424B
"""`LLBK` in the header of the file, which `file` shows as well. A database has 0."""
APPLICATION_ID_OFFSET = 68
CREATE = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
KNOWN_VERSIONS = {migration.version for migration in migrations.KNOWN}
FORMAT = 1
"""The user version of a backup. Increment it if an older leadloop could not restore the backup."""
COMPANIONS = ("-wal", "-shm", "-journal")
"""SQLite treats a file with one of these endings beside a database as part of it."""


class BackupRefused(LeadloopError):
    """The backup was not made, or not restored. The message is one sentence: why, and what to do."""


class BackupContent(Struct, frozen=True, kw_only=True):
    format: int
    migration: str
    """The newest applied migration."""
    accounts: int
    leads: int
    changes: int
    bytes: int
    instance: str | None
    """The instance's id; `None` for a database that no server of this version has opened."""


def back_up(database: Path, target: Path) -> BackupContent:
    """Creates `target`, readable only by its owner. Raises `BackupRefused`, `Unavailable`."""
    with _translated_errors(), _draft(target) as draft, closing(_connect(draft, CREATE)) as copy:
        with closing(_connect(database, apsw.SQLITE_OPEN_READWRITE)) as source:
            generations.require_own_log(source, database)
            _copy(source, copy)
        copy.pragma("journal_mode", "delete")
        if not _is_leadloop(copy):
            raise BackupRefused(f"{database} is not a database of leadloop")
        _require_sound(copy, "quick_check", f"{database} is damaged: run `leadloop doctor`; no backup was made")
        copy.pragma("application_id", APPLICATION_ID)
        copy.pragma("user_version", FORMAT)
        return _content(copy, draft)


def restore(source: Path, database: Path) -> BackupContent:
    """Creates `database` from a backup. Raises `BackupRefused`, `Unavailable`."""
    _require_free(database)
    _require_backup(source)
    lock = ServerLock(database)
    if not lock.acquire():
        raise BackupRefused(f"a server still runs on {database}: stop it first")
    with closing(lock), _translated_errors(), _draft(database) as draft, closing(_connect(draft, CREATE)) as copy:
        with closing(_connect(source, apsw.SQLITE_OPEN_READONLY)) as backup:
            _copy(backup, copy)
        _require_sound(copy, "integrity_check", f"{source} is damaged: use another backup; nothing was restored")
        if copy.pragma("user_version") > FORMAT or migrations.applied(copy) - KNOWN_VERSIONS:
            raise BackupRefused(f"{source} was made by a newer leadloop: restore it with that version")
        copy.pragma("application_id", 0)
        copy.pragma("user_version", generations.first())
        return _content(copy, draft)


def is_backup(file: Path) -> bool:
    """Whether the file's header marks a backup. Raises `OSError`. Do not call it for a file that this process has open
    with SQLite."""
    with file.open("rb") as opened:
        opened.seek(APPLICATION_ID_OFFSET)
        return int.from_bytes(opened.read(4), "big") == APPLICATION_ID


def _connect(path: Path, flags: int) -> apsw.Connection:
    connection = apsw.Connection(str(path), flags=flags)
    connection.set_busy_timeout(BUSY_TIMEOUT_MS)
    connection.pragma("synchronous", "full")
    return connection


def _copy(source: apsw.Connection, copy: apsw.Connection) -> None:
    """Copies in one step, and so in one read transaction: in several steps it would restart at each write."""
    with copy.backup("main", source, "main") as backup:
        backup.step(-1)


def _is_leadloop(connection: apsw.Connection) -> bool:
    return bool(connection.execute(SQL["has_leads"]).get)


def _require_sound(connection: apsw.Connection, check: str, refusal: str) -> None:
    if connection.pragma(check) != "ok":
        raise BackupRefused(refusal)


def _require_free(database: Path) -> None:
    for path in (database, *(Path(f"{database}{ending}") for ending in COMPANIONS)):
        if os.path.lexists(path):
            raise BackupRefused(f"{path} exists: move it away, or restore to another --database")


def _require_backup(source: Path) -> None:
    try:
        if not is_backup(source):
            raise BackupRefused(f"{source} is not a backup: `leadloop backup` makes one")
    except OSError as error:
        raise BackupRefused(f"{source} cannot be read: {error.strerror}") from None


def _content(connection: apsw.Connection, file: Path) -> BackupContent:
    applied = migrations.applied(connection)
    names = [migration.name for migration in migrations.KNOWN if migration.version in applied]
    return BackupContent(
        format=FORMAT,
        migration=names[-1],
        accounts=connection.execute(SQL["count_accounts"]).get,
        leads=connection.execute(SQL["count_leads"]).get,
        changes=connection.execute(SQL["count_changes"]).get,
        bytes=file.stat().st_size,
        instance=None if (row := get_instance(connection)) is None else row.id,
    )


@contextmanager
def _draft(target: Path) -> Iterator[Path]:
    """A file beside `target` that gets its name once it is complete and on the disk. Never replaces another file."""
    if os.path.lexists(target):
        raise BackupRefused(f"{target} exists: choose another name")
    draft = target.with_name(f"{target.name}.{secrets.token_hex(4)}.part")
    try:
        draft.touch(mode=0o600, exist_ok=False)
        yield draft
        _give_name(draft, target)
    except OSError as error:
        raise BackupRefused(f"{target} cannot be created: {error.strerror}") from None
    finally:
        draft.unlink(missing_ok=True)
        for ending in COMPANIONS:
            Path(f"{draft}{ending}").unlink(missing_ok=True)


def _give_name(draft: Path, target: Path) -> None:
    try:
        os.link(draft, target)
    except FileExistsError:
        raise BackupRefused(f"{target} exists: choose another name") from None
    except OSError:  # a file system without hard links
        if os.path.lexists(target):
            raise BackupRefused(f"{target} exists: choose another name") from None
        draft.rename(target)
    handle = os.open(target.absolute().parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _translated_errors() -> Iterator[None]:
    try:
        yield
    except (apsw.CorruptError, apsw.NotADBError):
        raise BackupRefused("the file is damaged: SQLite cannot read it") from None
    except apsw.Error as error:
        if is_unreachable(error):
            raise Unavailable(f"SQLite: {error}") from error
        raise
