"""Counts the free Insights again, in plain Python, from the stored leads and the change log: the expected answers."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import product
from math import ceil
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from lab.load_checks import AccountContent
from leadloop.core.changes import Change
from leadloop.core.leads.model import Lead
from tests.support.recount_money import Worth, difference, money, rounded
from tests.support.recount_things import WORDS, Entries, Query, Thing, filtered, identity, lines, shown, things, word

TIMES = ("hour", "day", "week", "month")
MEASURES = ("leads", "sales", "value", "conversion", "averageTicket", "timeToFirstContact", "timeToSale")
QUARTER = timedelta(minutes=15)


class Past(NamedTuple):
    """A lead and its stages, each with the time at which the lead entered it."""

    lead: Lead
    stages: list[tuple[str, int]]

    @property
    def born_ms(self) -> int:
        return min(self.lead.created_at_ms, self.lead.lead_date_ms)


class Period(NamedTuple):
    begin: datetime
    end: datetime
    days: int | None
    zone: ZoneInfo

    def has(self, lead: Lead) -> bool:
        return self.begin <= moment(lead.lead_date_ms) < self.end


def pasts(log: AccountContent) -> list[Past]:
    """All leads that are not deleted."""
    records: defaultdict[str, list[Change]] = defaultdict(list)
    for record in log.feed:
        records[record.lead_id].append(record)
    return [
        Past(lead, stages(sorted(records[lead_id], key=lambda change: change.version)))
        for lead_id, lead in log.leads.items()
        if lead.deleted_at_ms is None
    ]


def stages(records: Sequence[Change]) -> list[tuple[str, int]]:
    moves: list[tuple[str, int]] = []
    for record in records:
        set_to = [field.after for field in record.fields if field.field == "/stage"]
        if record.version == 1:
            set_to = set_to or ["NEW"]
        moves += [(stage, record.at_ms) for stage in set_to]
    return moves


def moment(ms: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)


def text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def period_of(query: Query) -> Period:
    zone = ZoneInfo(query.get("timeZone", "UTC"))
    first, last = (datetime.fromisoformat(query[end]) for end in ("from", "to"))
    days = (last - first).days if len(query["from"]) == len(query["to"]) == 10 else None
    begin, end = ((end if end.tzinfo else end.replace(tzinfo=zone)).astimezone(UTC) for end in (first, last))
    return Period(begin, end, days, zone)


def earlier(period: Period) -> Period:
    if period.days is None:
        return period._replace(begin=period.begin - (period.end - period.begin), end=period.begin)
    first = period.begin.astimezone(period.zone).date() - timedelta(days=period.days)
    begin = datetime.combine(first, datetime.min.time(), period.zone)
    return period._replace(begin=begin.astimezone(UTC), end=period.begin)


def bucket(at: datetime, by: str) -> str:
    """`at` is in the time zone."""
    if by == "hour":
        return at.replace(minute=0, second=0, microsecond=0).isoformat()
    if by == "day":
        return at.date().isoformat()
    if by == "month":
        return at.strftime("%Y-%m")
    year, week, _ = at.isocalendar()
    return f"{year}-W{week:02}"


# What is measured.


def value(lead: Lead, entries: Entries, key: Sequence[Any] = (), by: Sequence[str] = ()) -> int:
    if not is_sale(lead):
        return 0
    if "product" in by and things(lead, "product"):
        part = key[list(by).index("product")]
        return sum(micros for thing, micros in lines(lead) if product_of(lead, thing, entries) == part)
    if lead.sale_value_micros is not None:
        return lead.sale_value_micros
    return (lead.cart.value_micros or 0) if lead.cart else 0


def is_sale(lead: Lead) -> bool:
    return word("stage", lead.stage) == "COMPLETE"


def product_of(lead: Lead, thing: Thing | None, entries: Entries) -> tuple[str, str] | None:
    return identity(thing, "product", lead.account_id, entries) if thing else None


def measured(group: Sequence[tuple[Past, int]], measures: Sequence[str], currency: str | None) -> dict[str, Any]:
    """`group` has the leads of a group, and the amount that each adds to its value."""
    sold = [past for past, _ in group if is_sale(past.lead)]
    worths = [Worth(value, is_sale(past.lead), past.lead.currency) for past, value in group]
    every: dict[str, dict[str, Any]] = {
        "leads": {"leads": len(group)},
        "sales": {"sales": len(sold)},
        "conversion": {"conversion": rounded(Fraction(len(sold), len(group)), 6) if group else None},
        **money(worths, currency),
        "timeToFirstContact": {"timeToFirstContact": spread([ms for past, _ in group for ms in contact(past)])},
        "timeToSale": {"timeToSale": spread([max(0, past.stages[-1][1] - past.born_ms) for past in sold])},
    }
    return {name: number for measure in measures for name, number in every[measure].items()}


def contact(past: Past) -> Iterator[int]:
    signs = [at_ms for _, at_ms in past.stages[1:2]]
    signs += [done.completed_at_ms for done in past.lead.activities if done.completed_at_ms is not None]
    if signs:
        yield max(0, min(signs) - past.born_ms)


def spread(times_ms: Sequence[int]) -> dict[str, Any]:
    in_order = sorted(times_ms)
    ranks = {f"p{n}": ceil(Fraction(n * len(in_order), 100)) for n in (50, 90)}
    return {"count": len(in_order)} | {
        name: Decimal(in_order[rank - 1]) / 1_000 if in_order else None for name, rank in ranks.items()
    }


# The answers.


class Group(NamedTuple):
    now: list[tuple[Past, int]]
    before: list[tuple[Past, int]]


def recount(leads: Sequence[Past], query: Query, entries: Entries, currency: str | None = None) -> dict[str, Any]:
    """`data` of the expected answer; numbers are `Decimal` or `int`. `entries` are the catalogue, and `currency` is the
    account's."""
    period, by = period_of(query), [name for name in query.get("groupBy", "").split(",") if name]
    measures = query["measures"].split(",") if "measures" in query else MEASURES
    before = earlier(period) if "compare" in query else None
    matching = [past for past in leads if filtered(past.lead, query, entries)]
    now_and_before = [(past, period.has(past.lead)) for past in matching]
    counted = [(past, is_now) for past, is_now in now_and_before if is_now or (before and before.has(past.lead))]
    show = showing(measures, currency, compared=before is not None)
    names = called([past.lead for past, _ in counted], by, entries)
    labels = buckets(period, by)
    groups: defaultdict[tuple[Any, ...], Group] = defaultdict(lambda: Group([], []))
    limit = int(query.get("limit", "100"))
    if len(by) == 1:
        for label in list(labels)[:limit]:
            groups[(("", label),)]
    for past, is_now in counted:
        for key in keys(past.lead, by, period, before if not is_now else None, entries) if by else ():
            adds = value(past.lead, entries, key, by)
            (groups[key].now if is_now else groups[key].before).append((past, adds))
    in_order = sorted(groups.items(), key=lambda item: (-len(item[1].now), order(item[0], by, names, labels)))
    largest, left_out = in_order[:limit], [group for _, group in in_order[limit:] if group.now or group.before]
    if labels:
        place = next(n for n, name in enumerate(by) if name in TIMES)
        largest.sort(key=lambda item: labels[item[0][place][1]])
    other = Group(*([pair for group in left_out for pair in group[side]] for side in (0, 1)))
    total = Group(
        *([(past, value(past.lead, entries)) for past, is_now in counted if is_now is when] for when in (True, False))
    )
    return {
        **about(query, period),
        "previous": {"from": text(before.begin), "to": text(before.end)} if before else None,
        "groupBy": by,
        "overlapping": bool({"tag", "product"} & set(by)),
        "groups": [{"key": shown_key(key, by, names), **show(group)} for key, group in largest],
        "other": {"groups": len(left_out), **show(other)} if left_out else None,
        "total": show(total),
    }


def about(query: Query, period: Period) -> dict[str, Any]:
    return {"from": text(period.begin), "to": text(period.end), "timeZone": query.get("timeZone", "UTC")}


def showing(measures: Sequence[str], currency: str | None, *, compared: bool) -> Callable[[Group], dict[str, Any]]:
    def show(group: Group) -> dict[str, Any]:
        now, before = (measured(leads, measures, currency) for leads in group)
        return {**now, "previous": before, "change": difference(now, before)} if compared else now

    return show


def keys(
    lead: Lead, by: Sequence[str], period: Period, before: Period | None, entries: Entries
) -> set[tuple[Any, ...]]:
    parts: list[list[Any]] = []
    for name in by:
        if name in TIMES:
            parts.append([("", bucket(placed(lead, period, before), name))])
        elif name == "product" and lines(lead):
            parts.append([product_of(lead, thing, entries) for thing, _ in lines(lead)])
        else:
            parts.append([identity(thing, name, lead.account_id, entries) for thing in things(lead, name)] or [None])
    return set(product(*parts))


def placed(lead: Lead, period: Period, before: Period | None) -> datetime:
    """The lead's date in the time zone. A date of the previous period is moved into the current one."""
    at = moment(lead.lead_date_ms)
    if before is None:
        return at.astimezone(period.zone)
    if period.days is None:
        return (at + (period.begin - before.begin)).astimezone(period.zone)
    naive = at.astimezone(period.zone).replace(tzinfo=None) + timedelta(days=period.days)
    moved = naive.replace(tzinfo=period.zone)
    last = period.end - timedelta(milliseconds=1)
    return min(max(moved.astimezone(UTC), period.begin), last).astimezone(period.zone)


def buckets(period: Period, by: Sequence[str]) -> dict[str, int]:
    """Every label of the period, with its position."""
    labels: dict[str, int] = {}
    for name in by:
        at = period.begin
        while name in TIMES and at < period.end:
            labels.setdefault(bucket(at.astimezone(period.zone), name), len(labels))
            at += QUARTER
    return labels


def called(leads: Sequence[Lead], by: Sequence[str], entries: Entries) -> dict[Any, Thing]:
    """How things are shown: as in the catalogue, else with the name of the newest lead that names them."""
    newest: dict[Any, tuple[str, str]] = {}
    for lead in leads:
        for name in by:
            for thing in things(lead, name) if name not in TIMES else ():
                identified = name, identity(thing, name, lead.account_id, entries)
                said = thing if isinstance(thing, str) else thing["name"] or ""
                newest[identified] = max(newest.get(identified, ("", "")), (lead.id if said else "", said))
    return {
        (name, identified): spelt(identified[1], said) if name in WORDS else shown(name, identified, said, entries)
        for (name, identified), (_, said) in newest.items()
    }


def spelt(key: str, said: str) -> Any:
    return key if key in ("NEW", "ACTIVE", "COMPLETE", "LOST") else said


def shown_key(key: Sequence[Any], by: Sequence[str], names: Mapping[Any, Any]) -> dict[str, Any]:
    return {
        name: part and (part[1] if name in TIMES else names[name, part]) for name, part in zip(by, key, strict=True)
    }


def order(key: Sequence[Any], by: Sequence[str], names: Mapping[Any, Any], labels: Mapping[str, int]) -> list[Any]:
    """Sorts by the name that is shown, else by any value that is shown, nothing first; then by identity."""
    parts: list[tuple[str, ...]] = []
    for name, part in zip(by, key, strict=True):
        if part is None:
            parts.append(())
        elif name in TIMES:
            parts.append((f"{labels[part[1]]:09}",))
        else:
            said = names[name, part]
            said = {"name": said} if isinstance(said, str) else said
            parts.append((said.get("name") or next(filter(None, said.values()), part[1]), *part))
    return parts
