"""Backup and restore of an embedded database."""

from pathlib import Path
from typing import TYPE_CHECKING

from leadloop.app.stores import NotReady, require_usable
from leadloop.settings import BadSettings, DatabaseSettings

if TYPE_CHECKING:
    from leadloop.storage.sqlite.backup import BackupContent

__all__ = ["BackupContent", "back_up", "restore"]


def back_up(settings: DatabaseSettings, target: Path) -> "BackupContent":
    """Copies the database into a new file while servers go on writing. Raises `NotReady`, `BackupRefused`,
    `Unavailable`."""
    from leadloop.storage.sqlite import backup

    database = _embedded(settings)
    if settings.is_missing:
        raise NotReady(f"there is no database {settings.database}")
    require_usable(database)
    return backup.back_up(database, target)


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
