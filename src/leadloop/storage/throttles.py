"""Counts of failed sign-ins: `core.people.store.ThrottleStore`."""

from collections.abc import Sequence

from leadloop.core.people.model import Throttle
from leadloop.storage.nouns import Noun, ScriptRunner, reads, writes
from leadloop.storage.scripts import Script, Statement
from leadloop.storage.sql import statements

SQL = statements(__file__)

DELETE_AT_ONCE = 5_000


class Throttles(Noun[ScriptRunner]):
    @reads
    def get(self, keys: Sequence[str]) -> Script[list[Throttle | None]]:
        throttles: list[Throttle | None] = []
        for key in keys:
            records = yield Statement(SQL["get_throttle"], (key,))
            throttles.append(Throttle(*records[0]) if records else None)
        return throttles

    @writes
    def count(self, keys: Sequence[str], at_ms: int, since_ms: int) -> Script[None]:
        """Counts in the order of the keys, so that two processes cannot deadlock. A rerun may count twice."""
        for key in sorted(set(keys)):
            yield Statement(SQL["count_failure"], (key, at_ms, since_ms))

    @writes
    def clear(self, keys: Sequence[str]) -> Script[None]:
        for key in sorted(set(keys)):
            yield Statement(SQL["delete_throttle"], (key,))

    @writes
    def purge(self, before_ms: int) -> Script[int]:
        ends = yield Statement(SQL["find_batch_end"], (before_ms, DELETE_AT_ONCE - 1))
        for (last_at_ms,) in ends:
            before_ms = last_at_ms + 1
        deleted = yield Statement(SQL["delete_expired"], (before_ms,))
        return len(deleted)
