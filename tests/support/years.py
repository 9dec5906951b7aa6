"""The demonstration's year of leads, generated once for all engines."""

from functools import cache

from leadloop.core.writes.unit import History
from leadloop.demo import year as demo


@cache
def year(seed: int, count: int, account_id: str, end_ms: int) -> tuple[History, ...]:
    """The result of `leadloop.demo.year.year`."""
    return tuple(demo.year(seed, count, account_id, end_ms))
