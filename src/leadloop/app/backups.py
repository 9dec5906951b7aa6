"""Backup and restore of an embedded database."""

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from leadloop.app.stores import NotReady, require_usable
from leadloop.settings import BadSettings, DatabaseSettings

if TYPE_CHECKING:
    from leadloop.storage.sqlite.backup import BackupContent

__all__ = ["BackupContent", "back_up", "last_backup_ms", "restore"]


def back_up(settings: DatabaseSettings, target: Path) -> "BackupContent":
    """Copies the database into a new file while servers go on writing. Raises `NotReady`, `BackupRefused`,
    `Unavailable`."""
    from leadloop.storage.sqlite import backup

    database = _embedded(settings)
    if settings.is_missing:
        raise NotReady(f"there is no database {settings.database}")
    require_usable(database)
    content = backup.back_up(database, target)
    with contextlib.suppress(OSError):  # the backup is what counts
        _marker(database).touch()
    return content


def last_backup_ms(settings: DatabaseSettings) -> int | None:
    """When `back_up` last finished on this machine; `None` if it never did, and for what PostgreSQL's tools back up."""
    if not settings.is_embedded:
        return None
    try:
        return int(_marker(Path(settings.database)).stat().st_mtime * 1_000)
    except OSError:
        return None


def _marker(database: Path) -> Path:
    """An empty file beside the database, changed with each backup: the time is all that the page of the instance needs,
    and the backup itself may be on its way to another machine."""
    return database.with_name(f"{database.name}.backed-up")


def restore(settings: DatabaseSettings, source: Path) -> "BackupContent":
    """Restores a database from a backup, unless it exists. Raises `NotReady`, `BackupRefused`, `Unavailable`."""
    from leadloop.storage.sqlite import backup

    database = _embedded(settings)
    if not (folder := database.absolute().parent).is_dir():
        raise NotReady(f"the folder {folder} does not exist: create it, or choose another --database")
    return backup.restore(source, database)


def _embedded(settings: DatabaseSettings) -> Path:
    if not settings.is_embedded:
        raise BadSettings("this is for embedded databases: use pg_dump and pg_restore on PostgreSQL")
    return Path(settings.database)
