"""Durations for percentiles, stored so that no single step takes long, however many there are."""

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator

RUN = 4_096
"""How many are sorted at once: takes less than a millisecond."""

_NONE: "array[int]" = array("q")


class Times:
    """Durations in ms, never negative; 8 bytes each."""

    __slots__ = ("_last", "_runs", "total_ms")

    def __init__(self) -> None:
        self._runs: tuple[array[int], ...] = ()
        self._last: array[int] = _NONE
        self.total_ms = 0

    def add(self, ms: int) -> None:
        self.total_ms += ms
        if self._last is _NONE:
            self._last = array("q")
        self._last.append(ms)
        if len(self._last) == RUN:
            self._runs = (*self._runs, array("q", sorted(self._last)))
            self._last = _NONE

    def add_all(self, times_ms: Iterable[int]) -> None:
        for ms in times_ms:
            self.add(ms)

    def __iter__(self) -> Iterator[int]:
        for run in (*self._runs, self._last):
            yield from run

    def __len__(self) -> int:
        return len(self._runs) * RUN + len(self._last)

    def ranks(self, percents: Iterable[int]) -> list[int | None]:
        """The percentiles by nearest rank; `None` for each if there are no times."""
        runs = [*self._runs, array("q", sorted(self._last))]
        longest = max((run[-1] for run in runs if run), default=None)
        if longest is None:
            return [None for _ in percents]
        return [_rank(runs, -(-percent * len(self) // 100), longest) for percent in percents]


def _rank(runs: list["array[int]"], rank: int, longest: int) -> int:
    """The time at this rank, counted from 1, in all runs together."""
    least, most = 0, longest
    while least < most:
        middle = (least + most) // 2
        if sum(bisect_right(run, middle) for run in runs) >= rank:
            most = middle
        else:
            least = middle + 1
    return least
