"""Rows of the list of leads: what their cells show, computed only for the columns that are shown."""

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from msgspec import Struct

from leadloop.core.accounts import Account
from leadloop.core.days import zone_of
from leadloop.core.leads.cart import worth_micros
from leadloop.core.leads.contact import waits_since_ms
from leadloop.core.leads.matching import stored_region
from leadloop.core.leads.model import Lead
from leadloop.core.leads.parts import Activity, Ref, Tag
from leadloop.core.leads.phone_forms import PhoneForms, phone_forms
from leadloop.core.office_hours import OfficeClock
from leadloop.web import labels
from leadloop.web.words.names import stage_name

MINUTE_MS = 60_000
_COLOUR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")


class NextStep(NamedTuple):
    name: str
    due_at_ms: int
    is_late: bool


class Waiting(NamedTuple):
    """How long a lead has waited for its first contact."""

    since_ms: int
    length_ms: int
    in_office_hours: bool
    """The account has some, and only they are counted."""
    is_late: bool
    """It is longer than the account's goal."""


class ListRow(Struct, frozen=True, kw_only=True):
    lead: Lead
    title: str
    """The name, or else what the lead is known by; empty if that is nothing."""
    subtitle: str
    phone: PhoneForms | None
    stage: str
    mark: str
    waiting: Waiting | None
    cells: dict[str, Any]
    """What the other columns show, by column."""


class RowMaker:
    """Makes the rows of one page."""

    def __init__(self, account: Account, language: str, columns: Sequence[str], now_ms: int) -> None:
        self._clock = OfficeClock(account.office_hours, zone_of(account.time_zone))
        self._account = account
        self._language = language
        self._now_ms = now_ms
        goal = account.contact_goal_minutes
        self._goal_ms = None if goal is None else goal * MINUTE_MS
        self._cells = [(column, _CELLS[column]) for column in columns if column in _CELLS]

    def row(self, lead: Lead) -> ListRow:
        phone = None if lead.phone is None else phone_forms(lead.phone, stored_region(lead, self._country))
        title = lead.name or lead.email or (phone.shown if phone else "")
        return ListRow(
            lead=lead,
            title=title,
            subtitle=lead.email if lead.email and lead.email != title else "",
            phone=phone,
            stage=stage_name(lead.stage, self._language),
            mark=labels.stage_mark(lead.stage),
            waiting=self._waiting(lead),
            cells={column: cell(self, lead) for column, cell in self._cells},
        )

    def _country(self) -> str | None:
        return self._account.country

    def _waiting(self, lead: Lead) -> Waiting | None:
        since_ms = waits_since_ms(lead)
        if since_ms is None:
            return None
        length_ms = self._clock.elapsed_ms(since_ms, self._now_ms)
        return Waiting(
            since_ms, length_ms, self._clock.has_hours, self._goal_ms is not None and length_ms > self._goal_ms
        )

    def source(self, lead: Lead) -> str:
        return labels.source_name(lead, self._language)

    def status(self, lead: Lead) -> str:
        return labels.status_name(lead.status, self._language)

    def next_step(self, lead: Lead) -> NextStep | None:
        """The open activity that is due first."""
        due = [(activity.due_at_ms, activity) for activity in lead.activities if _is_open(activity)]
        if not due:
            return None
        at_ms, activity = min(due, key=lambda pair: pair[0] or 0)
        return NextStep(activity.name or activity.kind or "", at_ms or 0, (at_ms or 0) < self._now_ms)

    def value(self, lead: Lead) -> tuple[int, str | None] | None:
        """In millionths, with its currency."""
        micros = worth_micros(lead)
        return None if micros is None else (micros, lead.currency or self._account.currency)


def _is_open(activity: Activity) -> bool:
    return activity.due_at_ms is not None and activity.completed_at_ms is None and not activity.is_complete


def _owner(_: RowMaker, lead: Lead) -> str:
    owner = lead.owner
    return "" if owner is None else owner.name or owner.email or owner.user_id or owner.id or ""


def _ref(ref: Ref | None) -> str:
    return "" if ref is None else ref.name or ref.id or ""


def _products(_: RowMaker, lead: Lead) -> str:
    return ", ".join(_ref(line.product) for line in lead.cart.lines if line.product) if lead.cart else ""


def _tags(_: RowMaker, lead: Lead) -> Sequence[tuple[str, str]]:
    """Name and colour of each; a colour that is none is empty."""
    return [(tag.name or tag.id or "", tag_colour(tag)) for tag in lead.tags]


def tag_colour(tag: Tag) -> str:
    """Empty if it is none."""
    return tag.color if tag.color and _COLOUR.fullmatch(tag.color) else ""


_CELLS: dict[str, Callable[[RowMaker, Lead], Any]] = {
    "source": RowMaker.source,
    "owner": _owner,
    "next": RowMaker.next_step,
    "tags": _tags,
    "value": RowMaker.value,
    "arrived": lambda _, lead: lead.lead_date_ms,
    "unit": lambda _, lead: _ref(lead.unit),
    "department": lambda _, lead: _ref(lead.department),
    "interest": lambda _, lead: _ref(lead.interest),
    "product": _products,
    "campaign": lambda _, lead: "" if lead.campaign is None else lead.campaign.name or lead.campaign.id or "",
    "status": RowMaker.status,
    "created": lambda _, lead: lead.created_at_ms,
    "updated": lambda _, lead: lead.updated_at_ms,
}
