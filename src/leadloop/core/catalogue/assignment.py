"""Automatic assignment: chooses a salesperson for a lead that has none. Pure.

Weighted round robin among the real users of the lead's interest, else its department, else its unit; among all real
users of the account if the lead has none of the three. The next user is the one with the fewest leads today relative to
the weight; of several, the one whose last assignment is the oldest; then the one with the smallest id. Days are those
of the account's time zone.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, tzinfo
from typing import Any, NamedTuple

from msgspec import UNSET, structs

from leadloop.core.catalogue.catalogue import Catalogue
from leadloop.core.catalogue.model import Entry, reference
from leadloop.core.catalogue.parents import parent_setter
from leadloop.core.changes import FieldChange, pointer
from leadloop.core.days import day_of, start_of_day
from leadloop.core.leads.model import Lead
from leadloop.core.leads.parts import User
from leadloop.core.leads.patch import LeadPatch

REASON = "autoAttribution"
OWNER = pointer("owner")

_PLACEMENT = (
    ("interest", "interests", "interest_ids"),
    ("department", "departments", "department_ids"),
    ("unit", "units", "unit_ids"),
)


class AssignmentCount(NamedTuple):
    """How many leads a user was assigned on one day (counted from 1970, in the account's zone at that time), and when
    the last one."""

    day: int
    leads: int
    last_at_ms: int


AssignmentCounts = Mapping[str, AssignmentCount]
"""By the user's key in the catalogue."""


class Assignment(NamedTuple):
    """A lead was assigned to a user; `key` is the user's key in the catalogue, `zone` the account's."""

    key: str
    at_ms: int
    zone: tzinfo = UTC


class Choice(NamedTuple):
    """The user to whom the lead is assigned, and why; or why it is assigned to nobody."""

    reason: str
    user: User | None = None
    assignment: Assignment | None = None

    def fill(self, patch: LeadPatch) -> LeadPatch:
        return patch if self.user is None else structs.replace(patch, owner=self.user)

    def explain(self, fields: Sequence[FieldChange]) -> list[FieldChange]:
        """The fields of the change record, with the reason at the owner."""
        others = [field for field in fields if field.field != OWNER]
        return [*others, FieldChange(OWNER, None, self.user, self.reason)]


def choose(catalogue: Catalogue, counts: AssignmentCounts, placement: Mapping[str, Any], at_ms: int) -> Choice:
    """`placement` is the lead's: its unit, department and interest."""
    where, users = _candidates(catalogue, placement)
    if not users:
        return Choice(f"{REASON}: no user of {where} takes leads")
    zone = catalogue.options.zone
    day_begins_ms = start_of_day(at_ms, zone)
    today = {user.key: leads_since(counts.get(user.key), day_begins_ms) for user in users}
    below_cap = [user for user in users if user.daily_cap is None or today[user.key][0] < user.daily_cap]
    if not below_cap:
        return Choice(f"{REASON}: every user of {where} has had the day's leads")
    chosen = min(below_cap, key=lambda user: (today[user.key][0] / user.weight, today[user.key][1], user.id))
    of_cap = "" if chosen.daily_cap is None else f" of {chosen.daily_cap}"
    reason = f"{REASON}: round robin of {where}, {today[chosen.key][0] + 1}{of_cap} today"
    return Choice(reason, reference(chosen), Assignment(chosen.key, at_ms, zone))


def count_one(count: AssignmentCount | None, assignment: Assignment) -> AssignmentCount:
    """The count with one more lead."""
    _, at_ms, zone = assignment
    leads, last_at_ms = leads_since(count, start_of_day(at_ms, zone))
    last_at_ms = max(at_ms, last_at_ms)
    return AssignmentCount(day_of(last_at_ms, zone), leads + 1, last_at_ms)


def leads_since(count: AssignmentCount | None, day_begins_ms: int) -> tuple[int, int]:
    """How many leads the user was assigned on the day that begins then, and the time of the last assignment ever.

    The count of a later day stays: the request came just before midnight. The time of the last assignment decides, not
    the stored day, because the account may have had another zone.
    """
    if count is None:
        return 0, 0
    return (count.leads if count.last_at_ms >= day_begins_ms else 0), count.last_at_ms


def _candidates(catalogue: Catalogue, placement: Mapping[str, Any]) -> tuple[str, Sequence[Entry]]:
    """The unit, department or interest that decides, in words, and its users who accept leads."""
    users = [user for user in catalogue.of_kind("users") if _accepts_leads(user)]
    where, candidates = "the account", users
    for field, kind, member in _PLACEMENT:
        if (ref := placement[field]) is not None:
            query = parent_setter(catalogue, placement, field)(ref)
            entry = None if catalogue.is_ambiguous(kind, query) else catalogue.find(kind, query)
            ids = {ref.id, *((entry.id, entry.key) if entry else ())}
            name = ref.name or (entry and entry.name) or ref.id
            where, candidates = f"{field} {name}", [user for user in users if not ids.isdisjoint(getattr(user, member))]
            if candidates:
                break
    return where, candidates


def _accepts_leads(user: Entry) -> bool:
    return bool(user.is_real) and user.archived_at_ms is None and not user.auto_attribution_disabled


def changes_placement(lead: Lead, patch: LeadPatch) -> bool:
    """Whether the patch changes the lead's unit, department or interest."""
    return any((sent := getattr(patch, field)) and sent != getattr(lead, field) for field, _, _ in _PLACEMENT)


def placement_of(lead: Lead, patch: LeadPatch) -> dict[str, Any]:
    """The lead's unit, department and interest after the patch."""
    sent = {field: getattr(patch, field) for field, _, _ in _PLACEMENT}
    return {field: getattr(lead, field) if value is UNSET else value for field, value in sent.items()}
