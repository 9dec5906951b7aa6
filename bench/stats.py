"""Small statistics over few numbers. Pure."""

from collections.abc import Sequence
from statistics import median
from typing import NamedTuple


class Spread(NamedTuple):
    median: float
    least: float
    most: float


def spread(values: Sequence[float]) -> Spread:
    return Spread(median(values), min(values), max(values))


def percentile(ordered: Sequence[float], percent: float) -> float:
    """The percentile of an ascending sequence, by nearest rank."""
    if not ordered:
        return 0.0
    rank = -(-len(ordered) * percent // 100)
    return ordered[max(0, int(rank) - 1)]


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> Spread | None:
    """The ratios of ours to theirs, round by round: only rates of the same round are compared. `None` without pairs."""
    pairs = [our / their for our, their in zip(ours, theirs, strict=False) if their > 0]
    return spread(pairs) if pairs else None
