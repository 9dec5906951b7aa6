"""The free Insights and the stage funnel: reads their parameters and shows the figures (docs/insights.md)."""

import csv
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta, tzinfo
from functools import partial
from typing import Any, NamedTuple, TypeVar

from msgspec import Raw

from leadloop.api.body import encode
from leadloop.api.call import Answer, Call, Route
from leadloop.api.envelope import success
from leadloop.api.errors import invalid_field
from leadloop.api.pages import make_within_limit
from leadloop.api.queries import end_of_period, parse_parameter, parse_rfc3339, read_number
from leadloop.api.queues import insights_queue
from leadloop.api.request import Request
from leadloop.api.scalars import TIME_MAX_MS, TIME_MIN_MS
from leadloop.core.days import instant_of, zone_of
from leadloop.core.errors import Problem
from leadloop.core.instants import show_instant
from leadloop.core.leads.normalize import timezones
from leadloop.core.pages import PAGE_LIMIT_BYTES
from leadloop.core.threads import in_thread
from leadloop.insights import funnel
from leadloop.insights.breakdown import MAX_GROUPS, BreakdownQuery, Group, Groups, TooManyGroups, breakdown
from leadloop.insights.buckets import GRAINS, Grain
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
MULTI_VALUED = tuple(dimension.name for dimension in DIMENSIONS.values() if dimension.is_many)


class InsightsRoutes:
    def __init__(self) -> None:
        self._queue = insights_queue()

    def routes(self) -> list[Route]:
        return [
            Route("GET", "/api/v1/insights", "leads:read", self.insights, query=PARAMETERS),
            Route("GET", "/api/v1/insights/funnel", "leads:read", self.funnel, query=FUNNEL_PARAMETERS),
        ]

    async def insights(self, call: Call) -> Answer:
        window = await _read_window(call)
        query = _read_query(call, window)
        async with self._queue.slot(call.caller.account_id):
            try:
                groups = await breakdown(call.context.insights, query)
            except TooManyGroups:
                raise invalid_field("groupBy", "too_many_groups", limit=MAX_GROUPS) from None
            return await make_within_limit(call, partial(_answer, window, query, groups))

    async def funnel(self, call: Call) -> Answer:
        window, filters = await _read_window(call), _read_filters(call.request)
        period, account_id = window.period, call.caller.account_id
        async with self._queue.slot(account_id):
            stages = await funnel.funnel(call.context.insights, account_id, period.from_ms, period.to_ms, filters)
        return success({**_period_members(window), "leads": stages.leads, "stages": funnel.funnel_rows(stages)})


def _read_query(call: Call, window: "_Window") -> BreakdownQuery:
    request = call.request
    by = _read_names(request, "groupBy", GROUPINGS) or ()
    if len(by) > MAX_DIMENSIONS:
        raise invalid_field("groupBy", "too_many_names", limit=MAX_DIMENSIONS)
    if len([dimension for dimension in by if dimension.name in GRAINS]) > 1:
        raise invalid_field("groupBy", "only_one_of", choices=tuple(GRAINS))
    if len([dimension for dimension in by if dimension.name in MULTI_VALUED]) > 1:
        raise invalid_field("groupBy", "only_one_of", choices=MULTI_VALUED)
    return BreakdownQuery(
        account_id=call.caller.account_id,
        period=window.period,
        zone=window.zone,
        by=by,
        measures=_read_names(request, "measures", {name: name for name in MEASURES}) or MEASURES,
        filters=_read_filters(request),
        limit=read_number(request, "limit", LIMIT, 1, MAX_LIMIT),
        before=_previous_period(request, window),
    )


class _Window(NamedTuple):
    period: Period
    zone: tzinfo
    zone_name: str


async def _read_window(call: Call) -> _Window:
    """Without `timeZone` the account's zone counts, else UTC."""
    request = call.request
    zone_name = parse_parameter(
        request, "timeZone", lambda name: name if name in timezones() else None, Problem("zone_expected")
    )
    if zone_name is None:
        zone_name = (await call.store.catalogue.get(call.caller.account_id)).options.time_zone or "UTC"
    zone = zone_of(zone_name)
    begin, end = _read_edge(request, "from", zone), _read_edge(request, "to", zone)
    if end == begin and end.day is not None and end.day < date.max:
        end = _start_of(end.day + timedelta(days=1), zone)
    else:
        end = end._replace(at_ms=min(end_of_period(request, begin.at_ms, end.at_ms), TIME_MAX_MS))
    days = (end.day - begin.day).days if begin.day and end.day else None
    return _Window(Period(begin.at_ms, end.at_ms, days), zone, zone_name)


class _Edge(NamedTuple):
    """One end of the period. `day` is the day that begins then, if the parameter is a date."""

    at_ms: int
    day: date | None = None


def _start_of(day: date, zone: tzinfo) -> _Edge:
    return _Edge(instant_of(datetime(day.year, day.month, day.day, tzinfo=zone)), day)


def _read_edge(request: Request, name: str, zone: tzinfo) -> _Edge:
    def parse(value: str) -> _Edge | None:
        if len(value) > len("2026-01-31"):
            at_ms = parse_rfc3339(value)
            return None if at_ms is None else _Edge(at_ms)
        try:
            day = date.fromisoformat(value)
            return _start_of(day, zone) if value == day.isoformat() else None
        except (ValueError, OverflowError):
            return None

    edge = parse_parameter(request, name, parse, Problem("moment_expected"))
    if edge is None:
        raise invalid_field(name, "moment_missing")
    if not TIME_MIN_MS <= edge.at_ms <= TIME_MAX_MS:
        raise invalid_field(name, "utc_year_range")
    return edge


def _previous_period(request: Request, window: _Window) -> Period | None:
    if not parse_parameter(request, "compare", {"previous": True}.get, Problem("previous_expected")):
        return None
    try:
        earlier = before(window.period, window.zone)
    except OverflowError:
        earlier = None
    if earlier is None or not TIME_MIN_MS <= earlier.from_ms <= TIME_MAX_MS:
        raise invalid_field("compare", "nothing_before")
    return earlier


def _read_names(request: Request, name: str, choices: Mapping[str, T]) -> tuple[T, ...] | None:
    """A comma-separated list of names, as their values in `choices`."""

    def parse(value: str) -> tuple[T, ...] | None:
        names = [word.strip() for word in value.split(",")]
        is_valid = len(set(names)) == len(names) and all(word in choices for word in names)
        return tuple(choices[word] for word in names) if is_valid else None

    return parse_parameter(request, name, parse, Problem("some_of", choices=tuple(choices)))


def _read_filters(request: Request) -> Filters:
    """A parameter may be repeated and may have several comma-separated values; a value with a comma needs quotes."""
    filters: Filters = {}
    for name in DIMENSIONS:
        lines = [value for value in request.query_params.getlist(name) if value]
        values = frozenset(value.strip() for line in lines for value in _split_values(name, line)) - {""}
        if lines and not values:
            raise invalid_field(name, "values_expected")
        if len(values) > MAX_VALUES:
            raise invalid_field(name, "too_many_values", limit=MAX_VALUES)
        if values:
            filters[name] = values
    return filters


def _split_values(name: str, line: str) -> list[str]:
    try:
        return next(csv.reader([line], skipinitialspace=True), [])
    except csv.Error:
        raise invalid_field(name, "values_expected") from None


def _period_members(window: _Window) -> dict[str, Any]:
    return {
        "from": show_instant(window.period.from_ms),
        "to": show_instant(window.period.to_ms),
        "timeZone": window.zone_name,
    }


async def _answer(window: _Window, query: BreakdownQuery, groups: Groups) -> Answer:
    """Raises `ApiError` 400 if the answer is too large."""
    text = await in_thread(lambda: encode(_render(window, query, groups)), is_long=True)
    if len(text) > PAGE_LIMIT_BYTES:
        raise invalid_field("limit", "answer_too_large")
    return success(Raw(text), size=len(text))


def _render(window: _Window, query: BreakdownQuery, groups: Groups) -> dict[str, Any]:
    result = groups.result()
    figures_of = _comparison_of(query) if query.before else _figures_of(query)
    compared = query.before and {"from": show_instant(query.before.from_ms), "to": show_instant(query.before.to_ms)}
    return {
        **_period_members(window),
        "previous": compared,
        "groupBy": [dimension.name for dimension in query.by],
        "overlapping": query.overlaps,
        "groups": [{"key": row.key, **figures_of(row.group)} for row in result.rows],
        "other": {"groups": result.others, **figures_of(result.other)} if result.others else None,
        "total": figures_of(result.total),
    }


def _figures_of(query: BreakdownQuery) -> Callable[[Group], dict[str, Any]]:
    return lambda group: figures(group.now, query.measures)


def _comparison_of(query: BreakdownQuery) -> Callable[[Group], dict[str, Any]]:
    def measured(group: Group) -> dict[str, Any]:
        now, earlier = figures(group.now, query.measures), figures(group.before or NOTHING, query.measures)
        return {**now, "previous": earlier, "change": change(now, earlier)}

    return measured
