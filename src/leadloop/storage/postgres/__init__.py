"""PostgreSQL, for several processes and larger instances."""

from leadloop.storage.postgres.store import PostgresStore

__all__ = ["PostgresStore"]
