"""Free Insights: the leads of a period in groups of one's own choice, measured, beside the period before.

The engine hands over lead after lead; what is kept of them is a sum for each group, and for percentiles one number for
each lead.
"""

from collections.abc import Iterable, Iterator
from datetime import tzinfo
from itertools import islice
from itertools import product as combinations
from typing import Any, NamedTuple, TypeAlias, cast

from msgspec import Struct, field

from leadloop.core.errors import LeadloopError
from leadloop.insights import measures
from leadloop.insights.buckets import Bucket, Buckets, Grain
from leadloop.insights.dimensions import DIMENSIONS, Dimension, Filters
from leadloop.insights.entities import EntityResolver, Identity, Names, entity_resolver
from leadloop.insights.lead_view import LeadView
from leadloop.insights.measures import Counted, Sum
from leadloop.insights.period import Period, later
from leadloop.insights.ports import InsightStore, LeadScan

Key: TypeAlias = "tuple[Identity | Bucket | None, ...]"

MAX_GROUPS = 100_000
"""Some 80 MB."""


class TooManyGroups(LeadloopError):
    """What is asked makes more than `MAX_GROUPS`."""


class BreakdownQuery(Struct, frozen=True, kw_only=True):
    """`by` are dimensions and at most one grain. `before` is the period just before, where it is compared."""

    account_id: str
    period: Period
    zone: tzinfo
    by: tuple[Dimension | Grain, ...]
    measures: tuple[str, ...]
    filters: Filters
    limit: int
    before: Period | None = None

    @property
    def overlaps(self) -> bool:
        """Whether a lead may be in several groups."""
        return any(isinstance(one, Dimension) and one.is_many for one in self.by)


class Group(Struct):
    """There may be as many as leads."""

    now: Sum = field(default_factory=Sum)
    before: Sum | None = None

    def add(self, one: Counted, *, is_before: bool) -> None:
        if not is_before:
            self.now.add(one)
        else:
            self.before = self.before or Sum()
            self.before.add(one)

    def add_all(self, other: "Group") -> None:
        self.now.add_all(other.now)
        if other.before is not None:
            self.before = self.before or Sum()
            self.before.add_all(other.before)


class Row(NamedTuple):
    """`key` has the name of each dimension."""

    key: dict[str, Any]
    group: Group


class Found(NamedTuple):
    """The largest groups, what the others add up to and how many of these have leads, and all leads, each once."""

    rows: list[Row]
    other: Group
    others: int
    total: Group


async def breakdown(store: InsightStore, asked: BreakdownQuery) -> "Groups":
    """Raises `TooManyGroups`."""
    by = [one for one in asked.by if isinstance(one, Dimension)]
    members = measures.members(asked.measures)
    for one in (*by, *(DIMENSIONS[name] for name in asked.filters)):
        members.update(one.members)
    begin_ms = (asked.before or asked.period).from_ms
    with_moves = measures.need_moves(asked.measures)
    sought = LeadScan(asked.account_id, begin_ms, asked.period.to_ms, frozenset(members), with_moves)
    known = await entity_resolver(store, asked.account_id, by, asked.filters)
    return await store.insights.fold_leads(sought, lambda: Groups(asked, known))


class Groups:
    """What has been seen so far."""

    def __init__(self, asked: BreakdownQuery, entity_resolver: EntityResolver) -> None:
        self._asked = asked
        self._things = entity_resolver
        self._names = Names(entity_resolver)
        self._groups: dict[Key, Group] = {}
        self._total = Group()
        self._grain = next((one for one in asked.by if isinstance(one, Grain)), None)
        self._buckets = None if self._grain is None else Buckets(self._grain, asked.zone)
        self._product_place = next((n for n, one in enumerate(asked.by) if one is DIMENSIONS["product"]), None)

    def add(self, subject: LeadView) -> None:
        asked = self._asked
        if not self._things.passes(subject):
            return
        is_before = subject.lead_date_ms < asked.period.from_ms
        one = measures.counted(subject, asked.measures)
        self._total.add(one, is_before=is_before)
        if not asked.by:
            return
        for key, own in self._parts(subject, one):
            group = self._groups.get(key)
            if group is None:
                if len(self._groups) == MAX_GROUPS:
                    raise TooManyGroups
                group = self._groups[key] = Group()
            group.add(own, is_before=is_before)

    def _parts(self, subject: LeadView, one: Counted) -> Iterator[tuple[Key, Counted]]:
        """The groups that the lead is in, and what it adds to each: to a product, what was sold of that."""
        parts = [self._identities(by, subject) for by in self._asked.by]
        place = self._product_place
        products = {} if place is None else self._products(subject)
        if place is None or not products:
            yield from ((key, one) for key in combinations(*parts))
            return
        parts[place] = products
        for key in combinations(*parts):
            yield key, (one._replace(value_micros=products[key[place]]) if one.is_sale else one)

    def _identities(self, by: Dimension | Grain, subject: LeadView) -> Iterable[Identity | Bucket | None]:
        if isinstance(by, Grain):
            return (self._bucket(subject.lead_date_ms),)
        identities: dict[Identity, None] = {}
        for reference in by.find(subject):
            identity = self._things.identity(by, reference)
            if identity is not None:
                self._names.learn(by, identity, reference, subject.id)
                identities[identity] = None
        return identities or (None,)

    def _products(self, subject: LeadView) -> dict[Identity | Bucket | None, int]:
        """What each product of a cart is worth in it, `None` what its lines without one are. Empty without products."""
        values: dict[Identity | Bucket | None, int] = {}
        for line in subject.cart.lines if subject.cart else ():
            known = self._things.identity(DIMENSIONS["product"], line.product) if line.product else None
            values[known] = values.get(known, 0) + (line.value_micros or 0)
        return {} if values.keys() <= {None} else values

    def _bucket(self, at_ms: int) -> Bucket:
        """One of the period's; a moment of the period before belongs to where it would be that much later."""
        assert self._buckets is not None
        period, before = self._asked.period, self._asked.before
        if before is not None and at_ms < period.from_ms:
            at_ms = later(at_ms, before, period, self._asked.zone)
        return self._buckets.of(at_ms)

    def found(self) -> Found:
        if self._buckets is not None and len(self._asked.by) == 1:
            period = self._asked.period
            for bucket in islice(self._buckets.between(period.from_ms, period.to_ms), self._asked.limit):
                self._groups.setdefault((bucket,), Group())
        in_order = sorted(self._groups.items(), key=lambda item: (-item[1].now.leads, self._order(item[0])))
        shown, left_out = in_order[: self._asked.limit], in_order[self._asked.limit :]
        if self._grain is not None:
            place = self._asked.by.index(self._grain)
            shown.sort(key=lambda item: cast(Bucket, item[0][place]))
        other, others = Group(), 0
        for _, group in left_out:
            other.add_all(group)
            others += bool(group.now.leads or group.before)
        return Found([Row(self._key(key), group) for key, group in shown], other, others, self._total)

    def _key(self, key: Key) -> dict[str, Any]:
        return {by.name: self._shown(by, part) for by, part in zip(self._asked.by, key, strict=True)}

    def _shown(self, by: Dimension | Grain, part: Identity | Bucket | None) -> Any:
        if isinstance(part, Bucket):
            return part.label
        assert isinstance(by, Dimension)
        return self._names.key(by, part)

    def _order(self, key: Key) -> list[tuple[str, ...]]:
        """By the names, nothing first."""
        return [self._name(by, part) for by, part in zip(self._asked.by, key, strict=True)]

    def _name(self, by: Dimension | Grain, part: Identity | Bucket | None) -> tuple[str, ...]:
        if part is None:
            return ()
        if isinstance(part, Bucket):
            return (f"{part.start_ms + 10**15:020}",)
        assert isinstance(by, Dimension)
        return (self._names.name(by, part), *part)
