"""Which leads a member of an account sees. Agents of an account with `agentsSee: own` see those assigned to them, and
those of their units that are assigned to nobody; everybody else sees all (own.md section 2)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import NamedTuple

from msgspec import Struct, structs

from leadloop.core.accounts import Account
from leadloop.core.catalogue.catalogue import Catalogue
from leadloop.core.catalogue.model import Entry, has_address
from leadloop.core.leads.model import Lead
from leadloop.core.people.model import Membership
from leadloop.core.people.roles import Role
from leadloop.core.search.folding import whole
from leadloop.core.search.searchable import exact
from leadloop.core.search.tree import Has, Is, Query, Term
from leadloop.core.store import LeadQuery, Store

USER, UNIT = "user", "unit"
USERS, UNITS = "users", "units"


class Ownership(NamedTuple):
    """Who owns a lead, and its unit: their folded texts, as the search fields of these names have them."""

    users: frozenset[str]
    units: frozenset[str]


def ownership_of(lead: Lead) -> Ownership:
    return Ownership(frozenset(exact(lead, USER)), frozenset(exact(lead, UNIT)))


class Visibility(Struct, frozen=True):
    """What a member sees. `users` and `units` are folded texts, as the search fields of these names compare them."""

    sees_all: bool
    users: tuple[str, ...] = ()
    """Texts of the member's own salesperson: the values of `user:me`, also for those who see all."""
    units: tuple[str, ...] = ()
    """Texts of the salesperson's units."""

    def shows(self, lead: Lead) -> bool:
        """Whether the lead is visible; for a single lead, and the reference for the lists."""
        return self.sees_all or self.covers(ownership_of(lead))

    def covers(self, ownership: Ownership) -> bool:
        """Whether leads of this ownership are visible."""
        if self.sees_all:
            return True
        users, units = ownership
        return not users.isdisjoint(self.users) if users else not units.isdisjoint(self.units)

    def parts(self, query: LeadQuery) -> list[LeadQuery]:
        """Queries that together find the visible leads of `query`, each lead once; none if nothing is visible.

        Leads without a user come first: one that is assigned between two reads is then read twice rather than never.
        """
        if self.sees_all:
            return [query]
        parts = []
        if self.units:
            parts.append(narrowed(query, Term(Has((USER,)), is_negated=True), Term(Is(UNIT, self.units))))
        if self.users:
            parts.append(narrowed(query, Term(Is(USER, self.users))))
        return parts


ALL = Visibility(sees_all=True)


async def visibility_of(store: Store, account: Account, membership: Membership) -> Visibility:
    """What the member sees now: it changes with the account's settings, the role and the catalogue."""
    sees_all = not (account.agents_see_own and membership.role is Role.AGENT)
    if membership.catalogue_user_id is None:
        return Visibility(sees_all)
    catalogue = await store.catalogue.get(account.id)
    user = catalogue.by_id(USERS, membership.catalogue_user_id)
    if user is None:
        return Visibility(sees_all)
    units = [unit for id in user.unit_ids if (unit := catalogue.by_id(UNITS, id)) is not None]
    return Visibility(sees_all, texts_of(catalogue, [user]), texts_of(catalogue, units))


def texts_of(catalogue: Catalogue, entries: Sequence[Entry]) -> tuple[str, ...]:
    """The folded texts by which leads refer to the entries, in order; without those that another entry has too."""
    if not entries:
        return ()
    keys = {entry.key for entry in entries}
    entries_with = _entries_with(catalogue, entries[0].kind)
    return tuple(sorted({text for entry in entries for text in _texts(entry) if entries_with[text] <= keys}))


def _entries_with(catalogue: Catalogue, kind: str) -> Mapping[str, Set[str]]:
    """The keys of the entries that have each text."""
    name = f"texts of {kind}"
    if name not in catalogue.memo:
        entries_with = catalogue.memo[name] = defaultdict(set)
        for entry in catalogue.of_kind(kind):
            for text in _texts(entry):
                entries_with[text].add(entry.key)
    keys_by_text: Mapping[str, Set[str]] = catalogue.memo[name]
    return keys_by_text


def _texts(entry: Entry) -> Iterable[str]:
    """An e-mail such as `n/a` identifies nobody."""
    email = entry.email if has_address(entry) else None
    texts = (entry.key, entry.id, entry.user_id, email, entry.name, *entry.past_names)
    return [folded for text in texts if text and (folded := whole(text))]


def narrowed(query: LeadQuery, *terms: Term) -> LeadQuery:
    """The leads of the query that the terms match too."""
    search = query.search or Query()
    return structs.replace(query, search=structs.replace(search, terms=(*search.terms, *terms)))
