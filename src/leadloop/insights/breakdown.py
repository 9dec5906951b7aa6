"""The breakdown: groups the leads of a period by chosen dimensions and measures them, also for the period before.

The engine passes lead after lead. A breakdown stores a sum for each group, and for percentiles one number for each
lead.
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
from leadloop.insights.entities import EntityNames, EntityResolver, Identity, entity_resolver
from leadloop.insights.lead_view import LeadView
from leadloop.insights.measures import Contribution, Sum
from leadloop.insights.period import Period, later
from leadloop.insights.ports import InsightStore, LeadScan

GroupKey: TypeAlias = "tuple[Identity | Bucket | None, ...]"

MAX_GROUPS = 100_000
"""About 80 MB."""


class TooManyGroups(LeadloopError):
    """The query makes more than `MAX_GROUPS` groups."""


class BreakdownQuery(Struct, frozen=True, kw_only=True):
    """`by` has dimensions and at most one grain. `before` is the period before, if the query compares with it."""

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
        """Whether a lead can be in several groups."""
        return any(isinstance(dimension, Dimension) and dimension.is_many for dimension in self.by)


class Group(Struct):
    """The sums of one group. There may be as many groups as leads."""

    now: Sum = field(default_factory=Sum)
    before: Sum | None = None

    def add(self, contribution: Contribution, *, is_before: bool) -> None:
        if not is_before:
            self.now.add(contribution)
        else:
            self.before = self.before or Sum()
            self.before.add(contribution)

    def add_all(self, other: "Group") -> None:
        self.now.add_all(other.now)
        if other.before is not None:
            self.before = self.before or Sum()
            self.before.add_all(other.before)


class ResultRow(NamedTuple):
    """`key` has the value to show for each dimension, by its name."""

    key: dict[str, Any]
    group: Group


class BreakdownResult(NamedTuple):
    """The largest groups; the sum of the other groups, and how many of them have leads; and the sum of all leads, each
    counted once."""

    rows: list[ResultRow]
    other: Group
    others: int
    total: Group


async def breakdown(store: InsightStore, query: BreakdownQuery) -> "Groups":
    """Raises `TooManyGroups`."""
    dimensions = [dimension for dimension in query.by if isinstance(dimension, Dimension)]
    members = measures.members(query.measures)
    for dimension in (*dimensions, *(DIMENSIONS[name] for name in query.filters)):
        members.update(dimension.members)
    begin_ms = (query.before or query.period).from_ms
    with_moves = measures.needs_moves(query.measures)
    scan = LeadScan(query.account_id, begin_ms, query.period.to_ms, frozenset(members), with_moves)
    resolver = await entity_resolver(store, query.account_id, dimensions, query.filters)
    return await store.insights.fold_leads(scan, lambda: Groups(query, resolver))


class Groups:
    """The groups of the leads added so far."""

    def __init__(self, query: BreakdownQuery, entity_resolver: EntityResolver) -> None:
        self._query = query
        self._resolver = entity_resolver
        self._names = EntityNames(entity_resolver)
        self._groups: dict[GroupKey, Group] = {}
        self._total = Group()
        self._grain = next((dimension for dimension in query.by if isinstance(dimension, Grain)), None)
        self._buckets = None if self._grain is None else Buckets(self._grain, query.zone)
        self._product_index = next(
            (index for index, dimension in enumerate(query.by) if dimension is DIMENSIONS["product"]), None
        )

    def add(self, lead: LeadView) -> None:
        query = self._query
        if not self._resolver.passes(lead):
            return
        is_before = lead.lead_date_ms < query.period.from_ms
        contribution = measures.contribution(lead, query.measures, self._resolver.currency)
        self._total.add(contribution, is_before=is_before)
        if not query.by:
            return
        for key, share in self._contributions(lead, contribution):
            group = self._groups.get(key)
            if group is None:
                if len(self._groups) == MAX_GROUPS:
                    raise TooManyGroups
                group = self._groups[key] = Group()
            group.add(share, is_before=is_before)

    def _contributions(self, lead: LeadView, contribution: Contribution) -> Iterator[tuple[GroupKey, Contribution]]:
        """The groups of the lead and its contribution to each; to a product it contributes that product's value."""
        parts = [self._identities(by, lead) for by in self._query.by]
        index = self._product_index
        products = {} if index is None else self._product_values(lead)
        if index is None or not products:
            yield from ((key, contribution) for key in combinations(*parts))
            return
        parts[index] = products
        for key in combinations(*parts):
            if contribution.is_sale:
                yield key, contribution._replace(value_micros=products[key[index]])
            else:
                yield key, contribution

    def _identities(self, by: Dimension | Grain, lead: LeadView) -> Iterable[Identity | Bucket | None]:
        if isinstance(by, Grain):
            return (self._bucket(lead.lead_date_ms),)
        identities: dict[Identity, None] = {}
        for reference in by.find(lead):
            identity = self._resolver.identity(by, reference)
            if identity is not None:
                self._names.add(by, identity, reference, lead.id)
                identities[identity] = None
        return identities or (None,)

    def _product_values(self, lead: LeadView) -> dict[Identity | Bucket | None, int]:
        """The value of each product in the cart; `None` is the key for lines without product. Empty without
        products."""
        values: dict[Identity | Bucket | None, int] = {}
        for line in lead.cart.lines if lead.cart else ():
            identity = self._resolver.identity(DIMENSIONS["product"], line.product) if line.product else None
            values[identity] = values.get(identity, 0) + (line.value_micros or 0)
        return {} if values.keys() <= {None} else values

    def _bucket(self, at_ms: int) -> Bucket:
        """The bucket in the period. A time in the period before is first moved forward by the distance of the two."""
        assert self._buckets is not None
        period, before = self._query.period, self._query.before
        if before is not None and at_ms < period.from_ms:
            at_ms = later(at_ms, before, period, self._query.zone)
        return self._buckets.of(at_ms)

    def result(self) -> BreakdownResult:
        if self._buckets is not None and len(self._query.by) == 1:
            period = self._query.period
            for bucket in islice(self._buckets.between(period.from_ms, period.to_ms), self._query.limit):
                self._groups.setdefault((bucket,), Group())
        ranked = sorted(self._groups.items(), key=lambda item: (-item[1].now.leads, self._order(item[0])))
        shown, remaining = ranked[: self._query.limit], ranked[self._query.limit :]
        if self._grain is not None:
            index = self._query.by.index(self._grain)
            shown.sort(key=lambda item: cast(Bucket, item[0][index]))
        other, other_groups = Group(), 0
        for _, group in remaining:
            other.add_all(group)
            other_groups += bool(group.now.leads or group.before)
        return BreakdownResult(
            [ResultRow(self._key(key), group) for key, group in shown], other, other_groups, self._total
        )

    def _key(self, key: GroupKey) -> dict[str, Any]:
        return {by.name: self._label(by, part) for by, part in zip(self._query.by, key, strict=True)}

    def _label(self, by: Dimension | Grain, part: Identity | Bucket | None) -> Any:
        if isinstance(part, Bucket):
            return part.label
        assert isinstance(by, Dimension)
        return self._names.key(by, part)

    def _order(self, key: GroupKey) -> list[tuple[str, ...]]:
        """The sort key: the names, with missing values first."""
        return [self._name(by, part) for by, part in zip(self._query.by, key, strict=True)]

    def _name(self, by: Dimension | Grain, part: Identity | Bucket | None) -> tuple[str, ...]:
        if part is None:
            return ()
        if isinstance(part, Bucket):
            return (f"{part.start_ms + 10**15:020}",)
        assert isinstance(by, Dimension)
        return (self._names.name(by, part), *part)
