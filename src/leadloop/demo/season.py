"""Times of events: leads arrive by month, weekday and hour, with a peak on Black Friday; people work during the day.

Times are milliseconds in UTC. Hours and days are those of a zone with the offset `offset_h` from UTC all year.
"""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from random import Random

from leadloop.demo.chance import Shares

MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
YEAR_DAYS = 365
BRAZIL_H, US_H = -3, -6

MONTHS = (0.8, 0.82, 1.0, 0.95, 1.0, 0.9, 0.92, 1.05, 1.1, 1.1, 1.3, 0.85)
WEEKDAYS = (1.2, 1.25, 1.2, 1.1, 1.0, 0.65, 0.6)
HOURS = (6, 3, 2, 1, 1, 2, 5, 12, 26, 40, 46, 44, 34, 36, 42, 44, 42, 38, 34, 36, 40, 36, 24, 12)
WEEKEND_HOURS = (9, 6, 4, 2, 1, 1, 3, 6, 12, 20, 28, 30, 28, 26, 26, 26, 28, 30, 34, 38, 40, 36, 26, 14)
BLACK_FRIDAY, BLACK_WEEK, CYBER_MONDAY = 4.0, 1.6, 2.5
GROWTH = 0.35
"""Relative growth of arrivals from the beginning of the year to its end."""

WORK_BEGINS_H, WORK_ENDS_H = 8, 19
SUNDAY = 6

_WORKDAY, _WEEKEND = Shares(range(24), HOURS), Shares(range(24), WEEKEND_HOURS)
_EPOCH = date(1970, 1, 1)


class Season:
    """The year up to `end_ms`."""

    def __init__(self, end_ms: int) -> None:
        self._end_ms = end_ms
        self._start_ms = end_ms - YEAR_DAYS * DAY_MS
        first = datetime.fromtimestamp(self._start_ms // 1000, UTC).date() - timedelta(days=1)
        days = [first + timedelta(days=n) for n in range(YEAR_DAYS + 3)]
        self._days = Shares(days, (_weight(day) * (1 + GROWTH * n / YEAR_DAYS) for n, day in enumerate(days)))

    def draw(self, dice: Random, offset_h: int) -> int:
        """Draws the arrival time of a lead."""
        while True:
            day = self._days.draw(dice)
            hour = (_WEEKEND if day.weekday() >= 5 else _WORKDAY).draw(dice)
            midnight_ms = (day - _EPOCH).days * DAY_MS - offset_h * HOUR_MS
            at_ms = midnight_ms + hour * HOUR_MS + dice.randrange(HOUR_MS)
            if self._start_ms <= at_ms < self._end_ms:
                return at_ms


def next_work_time(dice: Random, at_ms: int, offset_h: int) -> int:
    """`at_ms` if it is in working hours, else a time just after the next beginning of work."""
    local_ms = at_ms + offset_h * HOUR_MS
    day, in_day_ms = divmod(local_ms, DAY_MS)
    if WORK_BEGINS_H * HOUR_MS <= in_day_ms < WORK_ENDS_H * HOUR_MS and _weekday(day) != SUNDAY:
        return at_ms
    day += in_day_ms >= WORK_ENDS_H * HOUR_MS
    day += _weekday(day) == SUNDAY
    return day * DAY_MS + WORK_BEGINS_H * HOUR_MS + dice.randrange(2 * HOUR_MS) - offset_h * HOUR_MS


def draw_wait_ms(dice: Random, mean_h: float) -> int:
    """Draws a duration with an average of `mean_h` hours: often less, sometimes much more, at least 1 minute."""
    return MINUTE_MS + int(dice.expovariate(1 / mean_h) * HOUR_MS)


def _weekday(day: int) -> int:
    """The weekday of a day counted from 1970; Monday is 0."""
    return (day + 3) % 7


@lru_cache
def black_friday(year: int) -> date:
    """The day after the fourth Thursday of November."""
    november = date(year, 11, 1)
    return november + timedelta(days=(3 - november.weekday()) % 7 + 22)


def _weight(day: date) -> float:
    weight = MONTHS[day.month - 1] * WEEKDAYS[day.weekday()]
    since = (day - black_friday(day.year)).days
    if since == 0:
        return weight * BLACK_FRIDAY
    if since == 3:
        return weight * CYBER_MONDAY
    return weight * BLACK_WEEK if -5 <= since <= 2 else weight
