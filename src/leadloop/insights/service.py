"""The figures of a period (expad.md section 2, Insights): the tallies that the engine made, put together by identity.

A salesperson is who the lead says: by id, else user id, else e-mail, else name. Products and the account's own sources
and types go by id, else by name, whatever its spelling. Whatever the catalogue knows under that is one thing, also
where leads remember it by a name it had once, and has the name that it has there now. Sources and types are rows by
what they are called; that of CUSTOM are the leads without one of the account's own.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

import msgspec
from msgspec import Struct, structs

from leadloop.core.catalogue.catalogue import Catalogue
from leadloop.core.catalogue.model import Entry, reference
from leadloop.core.catalogue.own import OwnFilter, display_name, own_filter
from leadloop.core.leads.normalize import matching_name
from leadloop.core.leads.parts import Ref, User
from leadloop.core.leads.status import GROUPS, stage_key
from leadloop.core.threads import SMALL, in_thread_if_large
from leadloop.derived.facts import CUSTOM, SALE, LeadTraits, Traits, identity
from leadloop.insights.entities import copying
from leadloop.insights.model import Insights, ProductFigures, Tally, UserFigures
from leadloop.insights.ports import InsightStore

_DECODE: Callable[[str], Traits] = msgspec.json.Decoder(Traits).decode

KINDS = ("users", "products", "sources", "types")
"""What figures are told by."""

Found = list[tuple[Traits, Tally]]


async def insights(
    store: InsightStore, account_id: str, from_ms: int, to_ms: int, source: str | None = None
) -> Insights:
    """`source` leaves the leads of that source: what it is called, or the id of a source of the account's own."""
    tallies = await store.insights.tallies(account_id, from_ms, to_ms)
    catalogue = await store.catalogue.get(account_id)
    known = copying(catalogue, KINDS) if len(tallies) > SMALL else lambda: catalogue
    sums = await in_thread_if_large(len(tallies), lambda: _added_up(tallies, known(), source), is_long=True)
    unknown = [one.newest for (by, _), one in sums.users.items() if by and one.entry is None]
    owners = await store.insights.owners(account_id, unknown) if unknown else {}
    return await in_thread_if_large(len(tallies), lambda: _figures(sums, owners), is_long=True)


def _added_up(tallies: list[Tally], catalogue: Catalogue, source: str | None) -> "_Sums":
    found = [(_DECODE(tally.traits), tally) for tally in tallies]
    names = _Names(found, catalogue)
    if source is not None:
        wanted = own_filter(catalogue, "sources", source)
        found = [(traits, tally) for traits, tally in found if names.is_of_source(traits, wanted)]
    return _Sums(found, names)


def _figures(sums: "_Sums", owners: Mapping[str, User]) -> Insights:
    names = sums.names
    users = [
        UserFigures(_present_user(by, value, one, owners), one.leads, one.sales, one.value_micros)
        for (by, value), one in sums.users.items()
    ]
    products = [
        ProductFigures(*names.product(key, one), one.amount_micros, one.value_micros)
        for key, one in sums.products.items()
    ]
    return Insights(
        users=sorted(users, key=lambda one: (-one.leads, (one.user and one.user.name) or "")),
        products=sorted(products, key=lambda one: (-one.value_micros, one.name or "", one.id or "")),
        stages=_most_first(_staged(sums.stages)),
        sources=_most_first(_named(sums.sources, partial(names.shown, "source"))),
        types=_most_first(_named(sums.types, partial(names.shown, "type"))),
        providers=_most_first(sums.providers),
    )


class _Names:
    """What things of the account's own are called now: as the catalogue says, else as the lead that was created last
    calls them."""

    def __init__(self, found: Found, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self.entry, self.user = cache(self._entry), cache(self._user)
        self._known: dict[tuple[str, str | None, str | None], tuple[str, str]] = {}
        for traits, tally in found:
            if traits.source_name:
                self._learn("source", traits.source_id, traits.source_name, tally.newest)
            if isinstance(traits, LeadTraits):
                if traits.kind_name:
                    self._learn("type", traits.kind_id, traits.kind_name, tally.newest)
            elif traits.name:
                self._learn("product", traits.id, traits.name, tally.newest)

    def _learn(self, kind: str, own_id: str | None, name: str, newest: str) -> None:
        key = kind, *own_key(own_id, name)
        self._known[key] = max(self._known.get(key, ("", "")), (newest, name))

    def _entry(self, kind: str, own_id: str | None, name: str | None) -> Entry | None:
        return self._catalogue.find(f"{kind}s", Ref(id=own_id, name=name))

    def _user(self, by: str | None, value: str | None) -> Entry | None:
        return self._catalogue.find("users", structs.replace(User(), **{by: value})) if by else None

    def present(self, kind: str, own_id: str | None, name: str | None) -> str | None:
        entry = self.entry(kind, own_id, name)
        return (entry and entry.name) or self._known.get((kind, *own_key(own_id, name)), (None, None))[1]

    def product(self, key: tuple[str | None, str | None], one: "_Sum") -> tuple[str | None, str | None]:
        """Its id and its name."""
        if one.entry is None:
            return key[0], self.present("product", *key)
        return (one.entry.id if one.entry.given else None), one.entry.name

    def shown(self, kind: str, word: str, own_id: str | None, name: str | None) -> str:
        """Of a source or type: its word, where that is CUSTOM what the account's own is called."""
        if word != CUSTOM or not (own_id or name):
            return word
        entry = self.entry(kind, own_id, name)
        return display_name(self.present(kind, own_id, name), entry.id if entry else own_id)

    def is_of_source(self, traits: Traits, wanted: OwnFilter) -> bool:
        shown = self.shown("source", traits.source, traits.source_id, traits.source_name)
        entry = self.entry("source", traits.source_id, traits.source_name)
        own_ids = (traits.source_id, entry.id if entry else None) if traits.source == CUSTOM else ()
        return wanted.matches(shown, own_ids)


def own_key(own_id: str | None, name: str | None) -> tuple[str | None, str | None]:
    """The identity of a thing of the account's own."""
    return (own_id, None) if own_id else (None, name and (matching_name(name) or name))


class _Sum(Struct):
    leads: int = 0
    sales: int = 0
    amount_micros: int = 0
    value_micros: int = 0
    newest: str = ""
    entry: Entry | None = None
    """What the catalogue knows of it."""


class _Sums:
    """By identity; sources and types by word, id and name."""

    def __init__(self, found: Found, names: _Names) -> None:
        self.names = names
        self.users: dict[Any, _Sum] = defaultdict(_Sum)
        self.products: dict[Any, _Sum] = defaultdict(_Sum)
        self.stages: dict[str, int] = defaultdict(int)
        self.sources: dict[Any, int] = defaultdict(int)
        self.types: dict[Any, int] = defaultdict(int)
        self.providers: dict[str, int] = defaultdict(int)
        for traits, tally in found:
            if isinstance(traits, LeadTraits):
                self._add_leads(traits, tally)
            else:
                entry = names.entry("product", traits.id, traits.name)
                product = self.products[_key(entry) or own_key(traits.id, traits.name)]
                product.entry = entry
                product.amount_micros += tally.amount_micros
                product.value_micros += tally.value_micros

    def _add_leads(self, traits: LeadTraits, tally: Tally) -> None:
        entry, count = self.names.user(traits.user_by, traits.user), tally.facts
        user = self.users[_key(entry) or user_key(traits.user_by, traits.user)]
        user.entry = entry
        user.leads += count
        user.sales += count if stage_key(traits.stage) == SALE else 0
        user.value_micros += tally.value_micros
        user.newest = max(user.newest, tally.newest)
        self.stages[traits.stage] += count
        self.sources[traits.source, traits.source_id, traits.source_name] += count
        self.types[traits.kind, traits.kind_id, traits.kind_name] += count
        self.providers[traits.provider] += count


def _key(entry: Entry | None) -> tuple[str, str] | None:
    return None if entry is None else (entry.kind, entry.key)


def user_key(by: str | None, value: str | None) -> tuple[str | None, str | None]:
    """Whom leads name by the same member; of e-mails and names whatever the spelling."""
    return by, matching_name(value) or value if value and by in ("email", "name") else value


def _present_user(by: str | None, value: str, one: _Sum, owners: Mapping[str, User]) -> User | None:
    """As the catalogue has it, else as the lead that was created last, unless that was just given to somebody else."""
    if one.entry is not None:
        user: User = reference(one.entry)
        return user
    if by is None:
        return None
    newest = owners.get(one.newest)
    if user_key(*identity(newest)) == (by, value):
        return newest
    return structs.replace(User(), **{by: value})


def _named(counts: dict[Any, int], name: Callable[..., str]) -> dict[str, int]:
    """By name: two spellings of one are one row, under that of which there is most."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for key, count in counts.items():
        shown = name(*key)
        found[matching_name(shown) or shown][shown] += count
    return {min(names, key=lambda one: (-names[one], one)): names.total() for names in found.values()}


def _staged(counts: dict[str, int]) -> dict[str, int]:
    """The four as they are written, the account's own as names are."""
    usual: dict[str, int] = defaultdict(int)
    own: dict[Any, int] = defaultdict(int)
    for stage, count in counts.items():
        key = stage_key(stage)
        if key in GROUPS:
            usual[key] += count
        else:
            own[(stage,)] += count
    return usual | _named(own, str)


def _most_first(counts: dict[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
