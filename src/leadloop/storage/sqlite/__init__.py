"""SQLite, embedded: nothing to install, one file."""

from leadloop.storage.sqlite.store import SqliteStore

__all__ = ["SqliteStore"]
