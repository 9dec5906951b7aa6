"""Automatic attribution: which salesperson a lead without one is given to. Pure.

Weighted round robin among the real users of the lead's interest, else its department, else its unit; among all of
them where the lead has none of the three. The next one is who was given the least today for his weight, of those the
one whose last lead is the longest ago, of those the one with the smallest id. Days are those of UTC.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from msgspec import UNSET, structs

from leadloop.core.catalogue.catalogue import Catalogue
from leadloop.core.catalogue.model import Entry, reference
from leadloop.core.catalogue.scope import scope_setter
from leadloop.core.changes import FieldChange, pointer
from leadloop.core.leads.model import Lead
from leadloop.core.leads.parts import User
from leadloop.core.leads.patch import LeadPatch

DAY_MS = 86_400_000
REASON = "autoAttribution"
OWNER = pointer("owner")

_PLACES = (
    ("interest", "interests", "interest_ids"),
    ("department", "departments", "department_ids"),
    ("unit", "units", "unit_ids"),
)


class AssignmentCount(NamedTuple):
    """How many leads a user was given on one day (counted from 1970), and when the last of them."""

    day: int
    given: int
    last_at_ms: int


AssignmentCounts = Mapping[str, AssignmentCount]
"""By the user's key in the catalogue."""


class Attributed(NamedTuple):
    """A lead was given to a user, known by the key in the catalogue."""

    key: str
    at_ms: int


class Choice(NamedTuple):
    """Whom the lead is given to and why; or why it is given to nobody."""

    reason: str
    user: User | None = None
    attributed: Attributed | None = None

    def fill(self, patch: LeadPatch) -> LeadPatch:
        return patch if self.user is None else structs.replace(patch, owner=self.user)

    def explain(self, fields: Sequence[FieldChange]) -> list[FieldChange]:
        """The fields of the record, that of the user with the reason."""
        others = [field for field in fields if field.field != OWNER]
        return [*others, FieldChange(OWNER, None, self.user, self.reason)]


def choose(catalogue: Catalogue, turns: AssignmentCounts, place: Mapping[str, Any], at_ms: int) -> Choice:
    """`place` has the lead's unit, department and interest."""
    where, users = _candidates(catalogue, place)
    if not users:
        return Choice(f"{REASON}: no user of {where} takes leads")
    today = {user.key: _today(turns.get(user.key), at_ms) for user in users}
    left = [user for user in users if user.daily_cap is None or today[user.key].given < user.daily_cap]
    if not left:
        return Choice(f"{REASON}: every user of {where} has had the day's leads")
    chosen = min(left, key=lambda user: (today[user.key].given / user.weight, today[user.key].last_at_ms, user.id))
    of_cap = "" if chosen.daily_cap is None else f" of {chosen.daily_cap}"
    reason = f"{REASON}: round robin of {where}, {today[chosen.key].given + 1}{of_cap} today"
    return Choice(reason, reference(chosen), Attributed(chosen.key, at_ms))


def count_one(turn: AssignmentCount | None, at_ms: int) -> AssignmentCount:
    """With one more lead."""
    today = _today(turn, at_ms)
    return AssignmentCount(today.day, today.given + 1, max(at_ms, today.last_at_ms))


def _today(turn: AssignmentCount | None, at_ms: int) -> AssignmentCount:
    """Of a later day than the request's, if there is one: the request came just before midnight."""
    day = at_ms // DAY_MS
    if turn is None:
        return AssignmentCount(day, 0, 0)
    return turn if turn.day >= day else AssignmentCount(day, 0, turn.last_at_ms)


def _candidates(catalogue: Catalogue, place: Mapping[str, Any]) -> tuple[str, Sequence[Entry]]:
    """What of the lead decides, in words, and the users who take leads of it."""
    users = [user for user in catalogue.of_kind("users") if _takes_leads(user)]
    where, found = "the account", users
    for field, kind, ids in _PLACES:
        if (named := place[field]) is not None:
            asked = scope_setter(catalogue, place, field)(named)
            entry = None if catalogue.is_ambiguous(kind, asked) else catalogue.meant(kind, asked)
            known = {named.id, *((entry.id, entry.key) if entry else ())}
            name = named.name or (entry and entry.name) or named.id
            where, found = f"{field} {name}", [user for user in users if not known.isdisjoint(getattr(user, ids))]
            if found:
                break
    return where, found


def _takes_leads(user: Entry) -> bool:
    return bool(user.is_real) and user.archived_at_ms is None and not user.auto_attribution_disabled


def moves(lead: Lead, patch: LeadPatch) -> bool:
    """Whether it sets what users are of to something else."""
    return any((sent := getattr(patch, field)) and sent != getattr(lead, field) for field, _, _ in _PLACES)


def place_of(lead: Lead, patch: LeadPatch) -> dict[str, Any]:
    """What `choose` goes by, as it will be."""
    sent = {field: getattr(patch, field) for field, _, _ in _PLACES}
    return {field: getattr(lead, field) if value is UNSET else value for field, value in sent.items()}
