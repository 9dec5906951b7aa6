"""The free Insights and the stage funnel: what is asked, and how the figures are shown (docs/insights.md)."""

import csv
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta, tzinfo
from functools import partial
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from msgspec import Raw

from leadloop.api.body import encode
from leadloop.api.call import Answer, Call, Route
from leadloop.api.envelope import success
from leadloop.api.errors import invalid
from leadloop.api.instants import show_instant
from leadloop.api.pages import in_place
from leadloop.api.queries import end_of_period, instant, number, parsed
from leadloop.api.queues import insights_queue
from leadloop.api.request import Request
from leadloop.api.scalars import TIME_MAX_MS, TIME_MIN_MS
from leadloop.core.errors import Problem
from leadloop.core.leads.normalize import timezones
from leadloop.core.pages import PAGE_LIMIT_BYTES
from leadloop.core.threads import in_thread
from leadloop.insights import funnel
from leadloop.insights.breakdown import MAX_GROUPS, BreakdownQuery, Group, Groups, TooManyGroups, breakdown
from leadloop.insights.buckets import GRAINS, Grain, instant_of
from leadloop.insights.dimensions import DIMENSIONS, Dimension, Filters
from leadloop.insights.measures import MEASURES, Sum, change, figures
from leadloop.insights.period import Period, before

T = TypeVar("T")

FUNNEL_PARAMETERS = ("from", "to", "timeZone", *DIMENSIONS)
PARAMETERS = (*FUNNEL_PARAMETERS, "groupBy", "measures", "limit", "compare")

LIMIT, MAX_LIMIT = 100, 1_000
MAX_DIMENSIONS, MAX_VALUES = 3, 100
ZONE = Problem("zone_expected")
NOTHING = Sum()
GROUPINGS: dict[str, Dimension | Grain] = {**DIMENSIONS, **GRAINS}
MANY = tuple(one.name for one in DIMENSIONS.values() if one.is_many)


class Insights:
    def __init__(self) -> None:
        self._queue = insights_queue()

    def routes(self) -> list[Route]:
        return [
            Route("GET", "/api/v1/insights", "leads:read", self.insights, query=PARAMETERS),
            Route("GET", "/api/v1/insights/funnel", "leads:read", self.funnel, query=FUNNEL_PARAMETERS),
        ]

    async def insights(self, call: Call) -> Answer:
        when = _when(call.request)
        asked = _asked(call, when)
        async with self._queue.place(call.caller.account_id):
            try:
                groups = await breakdown(call.context.insights, asked)
            except TooManyGroups:
                raise invalid("groupBy", "too_many_groups", limit=MAX_GROUPS) from None
            return await in_place(call, partial(_answer, when, asked, groups))

    async def funnel(self, call: Call) -> Answer:
        when, filters = _when(call.request), _filters(call.request)
        period, account_id = when.period, call.caller.account_id
        async with self._queue.place(account_id):
            found = await funnel.funnel(call.context.insights, account_id, period.from_ms, period.to_ms, filters)
        return success({**_period(when), "leads": found.leads, "stages": funnel.shown(found)})


def _asked(call: Call, when: "_When") -> BreakdownQuery:
    request = call.request
    by = _listed(request, "groupBy", GROUPINGS) or ()
    if len(by) > MAX_DIMENSIONS:
        raise invalid("groupBy", "too_many_names", limit=MAX_DIMENSIONS)
    if len([one for one in by if one.name in GRAINS]) > 1:
        raise invalid("groupBy", "only_one_of", choices=tuple(GRAINS))
    if len([one for one in by if one.name in MANY]) > 1:
        raise invalid("groupBy", "only_one_of", choices=MANY)
    return BreakdownQuery(
        account_id=call.caller.account_id,
        period=when.period,
        zone=when.zone,
        by=by,
        measures=_listed(request, "measures", {name: name for name in MEASURES}) or MEASURES,
        filters=_filters(request),
        limit=number(request, "limit", LIMIT, 1, MAX_LIMIT),
        before=_compared(request, when),
    )


class _When(NamedTuple):
    period: Period
    zone: tzinfo
    zone_name: str


def _when(request: Request) -> _When:
    zone_name = (
        parsed(request, "timeZone", lambda name: name if name in timezones() else None, Problem("zone_expected"))
        or "UTC"
    )
    zone = ZoneInfo(zone_name)
    begin, end = _moment(request, "from", zone), _moment(request, "to", zone)
    if end == begin and end.day is not None and end.day < date.max:
        end = _start_of(end.day + timedelta(days=1), zone)
    else:
        end = end._replace(at_ms=min(end_of_period(request, begin.at_ms, end.at_ms), TIME_MAX_MS))
    days = (end.day - begin.day).days if begin.day and end.day else None
    return _When(Period(begin.at_ms, end.at_ms, days), zone, zone_name)


class _Moment(NamedTuple):
    """`day` is the day that begins then, if a day was given."""

    at_ms: int
    day: date | None = None


def _start_of(day: date, zone: tzinfo) -> _Moment:
    return _Moment(instant_of(datetime(day.year, day.month, day.day, tzinfo=zone)), day)


def _moment(request: Request, name: str, zone: tzinfo) -> _Moment:
    def parse(value: str) -> _Moment | None:
        if len(value) > len("2026-01-31"):
            at_ms = instant(value)
            return None if at_ms is None else _Moment(at_ms)
        try:
            day = date.fromisoformat(value)
            return _start_of(day, zone) if value == day.isoformat() else None
        except (ValueError, OverflowError):
            return None

    found = parsed(request, name, parse, Problem("moment_expected"))
    if found is None:
        raise invalid(name, "moment_missing")
    if not TIME_MIN_MS <= found.at_ms <= TIME_MAX_MS:
        raise invalid(name, "utc_year_range")
    return found


def _compared(request: Request, when: _When) -> Period | None:
    if not parsed(request, "compare", {"previous": True}.get, Problem("previous_expected")):
        return None
    try:
        earlier = before(when.period, when.zone)
    except OverflowError:
        earlier = None
    if earlier is None or not TIME_MIN_MS <= earlier.from_ms <= TIME_MAX_MS:
        raise invalid("compare", "nothing_before")
    return earlier


def _listed(request: Request, name: str, known: Mapping[str, T]) -> tuple[T, ...] | None:
    """Names, with commas."""

    def parse(value: str) -> tuple[T, ...] | None:
        names = [one.strip() for one in value.split(",")]
        is_right = len(set(names)) == len(names) and all(one in known for one in names)
        return tuple(known[one] for one in names) if is_right else None

    return parsed(request, name, parse, Problem("some_of", choices=tuple(known)))


def _filters(request: Request) -> Filters:
    """A parameter may be repeated, and have several values with commas; quotes are for a value with a comma in it."""
    found: Filters = {}
    for name in DIMENSIONS:
        given = [value for value in request.query_params.getlist(name) if value]
        wanted = frozenset(value.strip() for line in given for value in _split(name, line)) - {""}
        if given and not wanted:
            raise invalid(name, "values_expected")
        if len(wanted) > MAX_VALUES:
            raise invalid(name, "too_many_values", limit=MAX_VALUES)
        if wanted:
            found[name] = wanted
    return found


def _split(name: str, line: str) -> list[str]:
    try:
        return next(csv.reader([line], skipinitialspace=True), [])
    except csv.Error:
        raise invalid(name, "values_expected") from None


def _period(when: _When) -> dict[str, Any]:
    return {
        "from": show_instant(when.period.from_ms),
        "to": show_instant(when.period.to_ms),
        "timeZone": when.zone_name,
    }


async def _answer(when: _When, asked: BreakdownQuery, groups: Groups) -> Answer:
    """Raises `ApiError` 400 where the names of the groups make it too large."""
    text = await in_thread(lambda: encode(_shown(when, asked, groups)), is_long=True)
    if len(text) > PAGE_LIMIT_BYTES:
        raise invalid("limit", "answer_too_large")
    return success(Raw(text), size=len(text))


def _shown(when: _When, asked: BreakdownQuery, groups: Groups) -> dict[str, Any]:
    found = groups.found()
    measured = _comparing(asked) if asked.before else _measuring(asked)
    compared = asked.before and {"from": show_instant(asked.before.from_ms), "to": show_instant(asked.before.to_ms)}
    return {
        **_period(when),
        "previous": compared,
        "groupBy": [one.name for one in asked.by],
        "overlapping": asked.overlaps,
        "groups": [{"key": row.key, **measured(row.group)} for row in found.rows],
        "other": {"groups": found.others, **measured(found.other)} if found.others else None,
        "total": measured(found.total),
    }


def _measuring(asked: BreakdownQuery) -> Callable[[Group], dict[str, Any]]:
    return lambda group: figures(group.now, asked.measures)


def _comparing(asked: BreakdownQuery) -> Callable[[Group], dict[str, Any]]:
    def measured(group: Group) -> dict[str, Any]:
        now, earlier = figures(group.now, asked.measures), figures(group.before or NOTHING, asked.measures)
        return {**now, "previous": earlier, "change": change(now, earlier)}

    return measured
