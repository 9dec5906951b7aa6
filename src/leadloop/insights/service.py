"""The figures of a period (expad.md section 2, Insights): merges the engine's tallies by the identity of entities.

A salesperson is identified by id, else user id, else e-mail (if it has a key), else name. Products and the account's
own sources and types are identified by id, else by name in any spelling. References that resolve to one catalogue entry
are one entity, also by a past name, and it has the entry's current name. Sources and types have one row for each name;
the row of CUSTOM has the leads without one of the account's own.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

import msgspec
from msgspec import Struct, structs

from leadloop.core.catalogue.catalogue import Catalogue
from leadloop.core.catalogue.model import Entry, address_key, reference
from leadloop.core.catalogue.own import OwnFilter, display_name, own_filter
from leadloop.core.leads.normalize import matching_name
from leadloop.core.leads.parts import Ref, User
from leadloop.core.leads.status import GROUPS, stage_key
from leadloop.core.threads import SMALL, in_thread_if_large
from leadloop.derived.facts import CUSTOM, SALE, LeadTraits, Traits, identity
from leadloop.insights.currencies import OtherValues, add_values, other_currency
from leadloop.insights.entities import catalogue_copier
from leadloop.insights.model import Insights, ProductFigures, Tally, UserFigures
from leadloop.insights.ports import InsightStore

_DECODE: Callable[[str], Traits] = msgspec.json.Decoder(Traits).decode

KINDS = ("users", "products", "sources", "types")
"""The kinds of catalogue entries that the figures use."""

DecodedTallies = list[tuple[Traits, Tally]]


async def insights(
    store: InsightStore, account_id: str, from_ms: int, to_ms: int, source: str | None = None
) -> Insights:
    """`source` restricts the figures to one source, by its name or by the id of the account's own source."""
    tallies = await store.insights.tallies(account_id, from_ms, to_ms)
    catalogue = await store.catalogue.get(account_id)
    snapshot = catalogue_copier(catalogue, KINDS) if len(tallies) > SMALL else lambda: catalogue
    sums = await in_thread_if_large(len(tallies), lambda: _sum_up(tallies, snapshot(), source), is_long=True)
    unknown = [user_sum.newest for (by, _), user_sum in sums.users.items() if by and user_sum.entry is None]
    owners = await store.insights.owners(account_id, unknown) if unknown else {}
    return await in_thread_if_large(len(tallies), lambda: _figures(sums, owners), is_long=True)


def _sum_up(tallies: list[Tally], catalogue: Catalogue, source: str | None) -> "_Sums":
    decoded = [(_DECODE(tally.traits), tally) for tally in tallies]
    names = _TallyNames(decoded, catalogue)
    if source is not None:
        source_filter = own_filter(catalogue, "sources", source)
        decoded = [(traits, tally) for traits, tally in decoded if names.is_of_source(traits, source_filter)]
    return _Sums(decoded, names, catalogue.options.currency)


def _figures(sums: "_Sums", owners: Mapping[str, User]) -> Insights:
    names = sums.names
    users = [
        UserFigures(
            _current_user(by, value, total, owners), total.leads, total.sales, total.value_micros, total.other_values
        )
        for (by, value), total in sums.users.items()
    ]
    products = [
        ProductFigures(*names.product(key, total), total.amount_micros, total.value_micros, total.other_values)
        for key, total in sums.products.items()
    ]
    return Insights(
        users=sorted(users, key=lambda row: (-row.leads, (row.user and row.user.name) or "")),
        products=sorted(products, key=lambda row: (-row.value_micros, row.name or "", row.id or "")),
        stages=_largest_first(_count_by_stage(sums.stages)),
        sources=_largest_first(_count_by_name(sums.sources, partial(names.shown_name, "source"))),
        types=_largest_first(_count_by_name(sums.types, partial(names.shown_name, "type"))),
        providers=_largest_first(sums.providers),
    )


class _TallyNames:
    """The current names of the account's own entities: the name in the catalogue, else the one in the newest lead."""

    def __init__(self, tallies: DecodedTallies, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self.entry, self.user = cache(self._entry), cache(self._user)
        self._latest_names: dict[tuple[str, str | None, str | None], tuple[str, str]] = {}
        for traits, tally in tallies:
            if traits.source_name:
                self._add("source", traits.source_id, traits.source_name, tally.newest)
            if isinstance(traits, LeadTraits):
                if traits.kind_name:
                    self._add("type", traits.kind_id, traits.kind_name, tally.newest)
            elif traits.name:
                self._add("product", traits.id, traits.name, tally.newest)

    def _add(self, kind: str, own_id: str | None, name: str, newest: str) -> None:
        key = kind, *own_key(own_id, name)
        self._latest_names[key] = max(self._latest_names.get(key, ("", "")), (newest, name))

    def _entry(self, kind: str, own_id: str | None, name: str | None) -> Entry | None:
        return self._catalogue.find(f"{kind}s", Ref(id=own_id, name=name))

    def _user(self, by: str | None, value: str | None) -> Entry | None:
        return self._catalogue.find("users", structs.replace(User(), **{by: value})) if by else None

    def current_name(self, kind: str, own_id: str | None, name: str | None) -> str | None:
        entry = self.entry(kind, own_id, name)
        return (entry and entry.name) or self._latest_names.get((kind, *own_key(own_id, name)), (None, None))[1]

    def product(self, key: tuple[str | None, str | None], product_sum: "_EntitySum") -> tuple[str | None, str | None]:
        """The id and name of a product."""
        if product_sum.entry is None:
            return key[0], self.current_name("product", *key)
        return (product_sum.entry.id if product_sum.entry.given else None), product_sum.entry.name

    def shown_name(self, kind: str, word: str, own_id: str | None, name: str | None) -> str:
        """The name of a source or type: its word, or for CUSTOM the name of the account's own one."""
        if word != CUSTOM or not (own_id or name):
            return word
        entry = self.entry(kind, own_id, name)
        return display_name(self.current_name(kind, own_id, name), entry.id if entry else own_id)

    def is_of_source(self, traits: Traits, source_filter: OwnFilter) -> bool:
        shown_name = self.shown_name("source", traits.source, traits.source_id, traits.source_name)
        entry = self.entry("source", traits.source_id, traits.source_name)
        own_ids = (traits.source_id, entry.id if entry else None) if traits.source == CUSTOM else ()
        return source_filter.matches(shown_name, own_ids)


def own_key(own_id: str | None, name: str | None) -> tuple[str | None, str | None]:
    """The identity of an entity of the account's own that has no catalogue entry."""
    return (own_id, None) if own_id else (None, name and (matching_name(name) or name))


class _EntitySum(Struct):
    leads: int = 0
    sales: int = 0
    amount_micros: int = 0
    value_micros: int = 0
    other_values: OtherValues | None = None
    newest: str = ""
    entry: Entry | None = None
    """Its catalogue entry, if it has one."""

    def add_value(self, micros: int, currency: str | None) -> None:
        """`currency` is `None` for the account's."""
        if currency is None:
            self.value_micros += micros
        else:
            self.other_values = add_values(self.other_values, {currency: micros})


class _Sums:
    """Sums by identity; sources and types by word, id and name."""

    def __init__(self, tallies: DecodedTallies, names: _TallyNames, currency: str | None) -> None:
        """`currency` is the account's."""
        self.names = names
        self._currency = currency
        self.users: dict[Any, _EntitySum] = defaultdict(_EntitySum)
        self.products: dict[Any, _EntitySum] = defaultdict(_EntitySum)
        self.stages: dict[str, int] = defaultdict(int)
        self.sources: dict[Any, int] = defaultdict(int)
        self.types: dict[Any, int] = defaultdict(int)
        self.providers: dict[str, int] = defaultdict(int)
        for traits, tally in tallies:
            if isinstance(traits, LeadTraits):
                self._add_leads(traits, tally)
            else:
                entry = names.entry("product", traits.id, traits.name)
                product = self.products[_key(entry) or own_key(traits.id, traits.name)]
                product.entry = entry
                product.amount_micros += tally.amount_micros
                product.add_value(tally.value_micros, other_currency(traits.currency, currency))

    def _add_leads(self, traits: LeadTraits, tally: Tally) -> None:
        entry, count = self.names.user(traits.user_by, traits.user), tally.facts
        user = self.users[_key(entry) or user_key(traits.user_by, traits.user)]
        user.entry = entry
        user.leads += count
        user.sales += count if stage_key(traits.stage) == SALE else 0
        user.add_value(tally.value_micros, other_currency(traits.currency, self._currency))
        user.newest = max(user.newest, tally.newest)
        self.stages[traits.stage] += count
        self.sources[traits.source, traits.source_id, traits.source_name] += count
        self.types[traits.kind, traits.kind_id, traits.kind_name] += count
        self.providers[traits.provider] += count


def _key(entry: Entry | None) -> tuple[str, str] | None:
    return None if entry is None else (entry.kind, entry.key)


def user_key(by: str | None, value: str | None) -> tuple[str | None, str | None]:
    """The identity of a user without catalogue entry: a member and its value, e-mails and names in any spelling."""
    key = address_key(value) if by == "email" else matching_name(value) if value and by == "name" else None
    return by, key or value


def _current_user(by: str | None, value: str, user_sum: _EntitySum, owners: Mapping[str, User]) -> User | None:
    """The user in the catalogue, else in the newest lead, unless that lead has just been assigned to another user."""
    if user_sum.entry is not None:
        user: User = reference(user_sum.entry)
        return user
    if by is None:
        return None
    newest = owners.get(user_sum.newest)
    if user_key(*identity(newest)) == (by, value):
        return newest
    return structs.replace(User(), **{by: value})


def _count_by_name(counts: dict[Any, int], name: Callable[..., str]) -> dict[str, int]:
    """Counts by name. All spellings of a name are one row, under the most frequent spelling."""
    spellings_by_key: dict[str, Counter[str]] = defaultdict(Counter)
    for key, count in counts.items():
        shown_name = name(*key)
        spellings_by_key[matching_name(shown_name) or shown_name][shown_name] += count
    return {
        min(names, key=lambda spelling: (-names[spelling], spelling)): names.total()
        for names in spellings_by_key.values()
    }


def _count_by_stage(counts: dict[str, int]) -> dict[str, int]:
    """Counts by stage: the four by their key, custom stages like names."""
    usual: dict[str, int] = defaultdict(int)
    own: dict[Any, int] = defaultdict(int)
    for stage, count in counts.items():
        key = stage_key(stage)
        if key in GROUPS:
            usual[key] += count
        else:
            own[(stage,)] += count
    return usual | _count_by_name(own, str)


def _largest_first(counts: dict[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
