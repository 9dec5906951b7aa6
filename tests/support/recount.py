"""The free Insights and the funnel once more, in plain Python, from the leads and the change log as they are stored."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from itertools import product
from math import ceil
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from leadloop.core.changes import Change
from leadloop.core.leads.model import Lead
from leadloop.core.leads.source import source_of, type_of
from leadloop.core.search.folding import whole
from tests.support.load_checks import Stored

TIMES = ("hour", "day", "week", "month")
WORDS = ("stage", "status", "provider", *(f"utm_{what}" for what in ("source", "medium", "campaign", "term", "content")))
MEASURES = ("leads", "sales", "value", "conversion", "averageTicket", "timeToFirstContact", "timeToSale")
QUARTER = timedelta(minutes=15)

Query = Mapping[str, str]
Thing = dict[str, str | None]
"""What a thing is shown as, with the name as this lead has it."""


class Past(NamedTuple):
    """A lead, and the stages it has been in: each with when it came into it."""

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


def pasts(found: Stored) -> list[Past]:
    """All leads that are not deleted."""
    records: defaultdict[str, list[Change]] = defaultdict(list)
    for record in found.feed:
        records[record.lead_id].append(record)
    return [
        Past(lead, stages(sorted(records[lead_id], key=lambda one: one.version)))
        for lead_id, lead in found.leads.items()
        if lead.deleted_at_ms is None
    ]


def stages(records: Sequence[Change]) -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = []
    for record in records:
        set_to = [field.after for field in record.fields if field.field == "/stage"]
        if record.version == 1:
            set_to = set_to or ["NEW"]
        found += [(stage, record.at_ms) for stage in set_to]
    return found


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


# What a lead is counted under.


def ref(known_id: str | None, name: str | None) -> list[Thing]:
    if known_id:
        return [{"id": known_id, "name": name}]
    return [{"id": None, "name": name}] if name else []


def things(lead: Lead, by: str) -> list[Any]:
    if by in WORDS:
        word = {"stage": lead.stage, "status": lead.status, "provider": provider(lead)}.get(by) or lead.params.get(by)
        return [word] if word else []
    if by == "user":
        return user(lead)
    if by in ("source", "type"):
        word = source_of(lead) if by == "source" else type_of(lead)
        own = getattr(lead, f"custom_{by}_id"), getattr(lead, f"custom_{by}_name")
        return (ref(*own) if word == "CUSTOM" else []) or [{"id": None, "name": word}]
    campaign = lead.campaign
    if by == "campaign":
        google = str(lead.google_campaign_id) if lead.google_campaign_id else None
        return ref((campaign.id if campaign else None) or google, campaign.name if campaign else None)
    if by in ("client", "offer"):
        return ref(getattr(campaign, f"{by}_id"), getattr(campaign, f"{by}_name")) if campaign else []
    if by == "tag":
        return [thing for tag in lead.tags for thing in ref(tag.id, tag.name)]
    if by == "product":
        return [thing for thing, _ in lines(lead)]
    found = getattr(lead, {"lossReason": "loss_reason"}.get(by, by))
    return ref(found.id, found.name) if found else []


def user(lead: Lead) -> list[Thing]:
    owner = lead.owner
    members = {"id": "id", "userId": "user_id", "email": "email", "name": "name"}
    for shown, member in members.items():
        if owner and (value := getattr(owner, member)):
            return [{**dict.fromkeys(members), "name": owner.name, shown: value}]
    return []


def provider(lead: Lead) -> str:
    clicks = lead.attribution
    named = ("lead_id", "campaign_id", "adgroup_id", "creative_id", "form_id")
    if any(getattr(lead, f"google_{name}") for name in named):
        return "GOOGLE"
    if clicks and (clicks.gclid or clicks.gbraid or clicks.wbraid):
        return "GOOGLE"
    if any(getattr(lead, f"facebook_{name}") for name in ("lead_id", "form_id", "page_id", "ad_id", "adgroup_id")):
        return "FACEBOOK"
    return "FACEBOOK" if clicks and (clicks.fbclid or clicks.fbc or clicks.fbp) else "NONE"


def lines(lead: Lead) -> list[tuple[Thing, int]]:
    """The products of the cart, and the values of their lines."""
    every = lead.cart.lines if lead.cart else []
    return [
        (thing, line.value_micros or 0)
        for line in every
        if line.product
        for thing in ref(line.product.id, line.product.name)
    ]


def identity(thing: Any) -> tuple[str, str]:
    """By what it is known."""
    if isinstance(thing, str):
        return "", thing
    return next((member, value) for member, value in thing.items() if value and (member != "name" or only_name(thing)))


def only_name(thing: Thing) -> bool:
    return not any(value for member, value in thing.items() if member != "name")


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


def filtered(lead: Lead, query: Query) -> bool:
    for name, values in query.items():
        if name in WORDS or name in FILTERS:
            wanted = {whole(value) for value in values.split(",")}
            if not wanted & {whole(text) for text in FILTERS.get(name, plain(name))(lead) if text}:
                return False
    return True


def plain(name: str) -> Callable[[Lead], list[Any]]:
    return lambda lead: things(lead, name)


def members(part: Any, *names: str) -> list[Any]:
    return [getattr(part, name) for name in names] if part else []


FILTERS: dict[str, Callable[[Lead], list[Any]]] = {
    "user": lambda lead: members(lead.owner, "id", "user_id", "email", "name"),
    **{name: lambda lead, name=name: members(getattr(lead, name), "id", "name") for name in ("unit", "department")},
    "interest": lambda lead: members(lead.interest, "id", "name"),
    "lossReason": lambda lead: members(lead.loss_reason, "id", "name"),
    "source": lambda lead: [source_of(lead), lead.custom_source_id, lead.custom_source_name],
    "type": lambda lead: [type_of(lead), lead.custom_type_id, lead.custom_type_name],
    "campaign": lambda lead: [*members(lead.campaign, "id", "name"), str(lead.google_campaign_id or "")],
    "client": lambda lead: members(lead.campaign, "client_id", "client_name", "client_abbrev"),
    "offer": lambda lead: members(lead.campaign, "offer_id", "offer_name", "offer_abbrev"),
    "tag": lambda lead: [text for tag in lead.tags for text in (tag.id, tag.name)],
    "product": lambda lead: [
        text for line in (lead.cart.lines if lead.cart else []) for text in members(line.product, "id", "name")
    ],
}


# What is measured.


def value(lead: Lead, key: Sequence[Any] = (), by: Sequence[str] = ()) -> int:
    if lead.stage != "COMPLETE":
        return 0
    sold = [part for part, name in zip(key, by, strict=True) if name == "product" and part is not None]
    if sold:
        return sum(micros for thing, micros in lines(lead) if identity(thing) == sold[0])
    if lead.sale_value_micros is not None:
        return lead.sale_value_micros
    return (lead.cart.value_micros or 0) if lead.cart else 0


def measured(found: Sequence[tuple[Past, int]], measures: Sequence[str]) -> dict[str, Any]:
    """`found` are the leads of a group, and what each adds to its value."""
    sold = [one for one, _ in found if one.lead.stage == "COMPLETE"]
    micros = sum(value for _, value in found)
    every: dict[str, dict[str, Any]] = {
        "leads": {"leads": len(found)},
        "sales": {"sales": len(sold)},
        "value": {"value": Decimal(micros) / 1_000_000, "valueMicros": micros},
        "conversion": {"conversion": rounded(Fraction(len(sold), len(found)), 6) if found else None},
        "averageTicket": {"averageTicket": rounded(Fraction(micros, len(sold) * 1_000_000), 6) if sold else None},
        "timeToFirstContact": {"timeToFirstContact": spread([ms for one, _ in found for ms in contact(one)])},
        "timeToSale": {"timeToSale": spread([max(0, one.stages[-1][1] - one.born_ms) for one in sold])},
    }
    return {name: number for measure in measures for name, number in every[measure].items()}


def contact(one: Past) -> Iterator[int]:
    signs = [at_ms for _, at_ms in one.stages[1:2]]
    signs += [done.completed_at_ms for done in one.lead.activities if done.completed_at_ms is not None]
    if signs:
        yield max(0, min(signs) - one.born_ms)


def rounded(number: Fraction, places: int) -> Decimal:
    return Decimal(round(number * 10**places)).scaleb(-places)  # Python rounds fractions half to even


def spread(times_ms: Sequence[int]) -> dict[str, Any]:
    in_order = sorted(times_ms)
    ranks = {f"p{n}": ceil(Fraction(n * len(in_order), 100)) for n in (50, 90)}
    return {"count": len(in_order)} | {
        name: Decimal(in_order[rank - 1]) / 1_000 if in_order else None for name, rank in ranks.items()
    }


def difference(now: Any, before: Any) -> Any:
    if isinstance(now, dict):
        return {name: difference(now[name], before[name]) for name in now}
    return None if now is None or before is None else now - before


# The answers.


class Group(NamedTuple):
    now: list[tuple[Past, int]]
    before: list[tuple[Past, int]]


def recount(leads: Sequence[Past], query: Query) -> dict[str, Any]:
    """`data` of the right answer; numbers are `Decimal` or `int`."""
    period, by = period_of(query), [name for name in query.get("groupBy", "").split(",") if name]
    measures = query["measures"].split(",") if "measures" in query else MEASURES
    before = earlier(period) if "compare" in query else None
    found = [one for one in leads if filtered(one.lead, query)]
    now_and_before = [(one, period.has(one.lead)) for one in found]
    counted = [(one, is_now) for one, is_now in now_and_before if is_now or (before and before.has(one.lead))]
    show = showing(measures, compared=before is not None)
    names = called([one.lead for one, _ in counted], by)
    labels = buckets(period, by)
    groups: defaultdict[tuple[Any, ...], Group] = defaultdict(lambda: Group([], []))
    limit = int(query.get("limit", "100"))
    if len(by) == 1:
        for label in list(labels)[:limit]:
            groups[(("", label),)]
    for one, is_now in counted:
        for key in keys(one.lead, by, period, before if not is_now else None) if by else ():
            adds = value(one.lead, key, by)
            (groups[key].now if is_now else groups[key].before).append((one, adds))
    in_order = sorted(groups.items(), key=lambda item: (-len(item[1].now), order(item[0], by, names, labels)))
    shown, left_out = in_order[:limit], [group for _, group in in_order[limit:]]
    if labels:
        place = next(n for n, name in enumerate(by) if name in TIMES)
        shown.sort(key=lambda item: labels[item[0][place][1]])
    other = Group([one for group in left_out for one in group.now], [one for group in left_out for one in group.before])
    total = Group(*([(one, value(one.lead)) for one, is_now in counted if is_now is when] for when in (True, False)))
    return {
        **about(query, period),
        "previous": {"from": text(before.begin), "to": text(before.end)} if before else None,
        "groupBy": by,
        "overlapping": bool({"tag", "product"} & set(by)),
        "groups": [{"key": shown_key(key, by, names), **show(group)} for key, group in shown],
        "other": {"groups": len(left_out), **show(other)} if left_out else None,
        "total": show(total),
    }


def about(query: Query, period: Period) -> dict[str, Any]:
    return {"from": text(period.begin), "to": text(period.end), "timeZone": query.get("timeZone", "UTC")}


def showing(measures: Sequence[str], *, compared: bool) -> Callable[[Group], dict[str, Any]]:
    def show(group: Group) -> dict[str, Any]:
        now, before = measured(group.now, measures), measured(group.before, measures)
        return {**now, "previous": before, "change": difference(now, before)} if compared else now

    return show


def keys(lead: Lead, by: Sequence[str], period: Period, before: Period | None) -> set[tuple[Any, ...]]:
    parts: list[list[Any]] = []
    for name in by:
        if name in TIMES:
            parts.append([("", bucket(placed(lead, period, before), name))])
        else:
            parts.append([identity(thing) for thing in things(lead, name)] or [None])
    return set(product(*parts))


def placed(lead: Lead, period: Period, before: Period | None) -> datetime:
    """The lead's date in the time zone, in the period before as much later as that is earlier."""
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
    """Every label of the period, with its place."""
    labels: dict[str, int] = {}
    for name in by:
        at = period.begin
        while name in TIMES and at < period.end:
            labels.setdefault(bucket(at.astimezone(period.zone), name), len(labels))
            at += QUARTER
    return labels


def called(leads: Sequence[Lead], by: Sequence[str]) -> dict[Any, str]:
    """The names that the newest lead uses, of those that use one."""
    found: dict[Any, tuple[str, str]] = {}
    for lead in leads:
        for name in by:
            for thing in things(lead, name) if name not in (*TIMES, *WORDS) else ():
                if thing["name"]:
                    known = name, identity(thing)
                    found[known] = max(found.get(known, ("", "")), (lead.id, thing["name"]))
    return {known: name for known, (_, name) in found.items()}


def shown_key(key: Sequence[Any], by: Sequence[str], names: Mapping[Any, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, part in zip(by, key, strict=True):
        if part is None or name in TIMES or name in WORDS:
            found[name] = part and part[1]
        else:
            members = ("id", "userId", "email", "name") if name == "user" else ("id", "name")
            found[name] = dict.fromkeys(members) | {"name": names.get((name, part)), part[0]: part[1]}
    return found


def order(key: Sequence[Any], by: Sequence[str], names: Mapping[Any, str], labels: Mapping[str, int]) -> list[Any]:
    """By the names that are shown; nothing comes first, then by what they are known by."""
    found: list[tuple[str, ...]] = []
    for name, part in zip(by, key, strict=True):
        if part is None:
            found.append(())
        elif name in TIMES:
            found.append((f"{labels[part[1]]:09}",))
        else:
            found.append((names.get((name, part), part[1]), *part))
    return found


def refunnel(leads: Sequence[Past], query: Query) -> dict[str, Any]:
    period = period_of(query)
    found = [one for one in leads if period.has(one.lead) and filtered(one.lead, query)]
    entries: Counter[str] = Counter(stage for one in found for stage, _ in one.stages)
    entered: Counter[str] = Counter(stage for one in found for stage in {stage for stage, _ in one.stages})
    stayed: defaultdict[str, list[int]] = defaultdict(list)
    to: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for one in found:
        for (stage, since_ms), (after, until_ms) in zip(one.stages, one.stages[1:], strict=False):
            stayed[stage].append(until_ms - since_ms)
            to[stage][after] += 1
    usual = ["NEW", "ACTIVE", "COMPLETE", "LOST"]
    own = sorted(set(entries) - set(usual), key=lambda stage: (-entered[stage], stage))
    return {
        **about(query, period),
        "leads": len(found),
        "stages": [
            {
                "stage": stage,
                "leads": entered[stage],
                "entries": entries[stage],
                "stayed": {**spread(stayed[stage]), "mean": mean(stayed[stage])},
                "to": dict(sorted(to[stage].items(), key=lambda item: (-item[1], item[0]))),
                "stay": entries[stage] - len(stayed[stage]),
            }
            for stage in (*usual, *own)
        ],
    }


def mean(times_ms: Sequence[int]) -> Decimal | None:
    if not times_ms:
        return None
    return (Decimal(sum(times_ms)) / len(times_ms)).quantize(Decimal(1), ROUND_HALF_EVEN) / 1_000
