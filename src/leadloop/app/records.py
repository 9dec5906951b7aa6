"""Renders leads and their changes in the APIs' forms, for packages that must not import the APIs.

It imports the dialects when one is first needed, because most commands show no leads.
"""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from leadloop.api.dialects import NAMES
from leadloop.core.changes import Change
from leadloop.core.leads.model import Lead
from leadloop.core.reading.stages import StageCount
from leadloop.settings import DATABASE_DEFAULTS, DatabaseSettings
from leadloop.webhooks.endpoints import STANDARD, ChangeView

if TYPE_CHECKING:
    from leadloop.api.call import Dialect

DIALECTS = NAMES
SHAPES = (STANDARD, *NAMES)
"""The body shapes that a webhook endpoint can choose."""


@cache
def dialects(settings: DatabaseSettings) -> "Sequence[Dialect]":
    from leadloop.api.dialects import load

    return load(settings)


@cache
def change_view(settings: DatabaseSettings) -> ChangeView:
    """How this instance shows changes to endpoints."""
    from leadloop.api.own import dialect

    return dialect.change_view(dialects(settings))


def render_records(changes: Sequence[Change]) -> list[bytes]:
    """Change records as in the change feed, as JSON, with all values in full."""
    from leadloop.api.own.wire import RecordRenderer

    records = RecordRenderer(dialects(DATABASE_DEFAULTS))
    return [records.json(change, full=True) for change in changes]


def render_leads(leads: Sequence[Lead], dialect: str) -> list[bytes]:
    """Leads as in the dialect's Get response, as JSON."""
    from leadloop.api.body import encode

    [show] = [each.show for each in dialects(DATABASE_DEFAULTS) if each.name == dialect]
    return [encode(show(lead)) for lead in leads]


def show_stages(counts: Sequence[StageCount]) -> list[dict[str, Any]]:
    """Counts of stages as leadloop's own API shows them."""
    from leadloop.api.own import lead_counts

    return lead_counts.show_stages(counts)


def default_regions() -> str:
    """The country that each dialect assumes for phones without one, for people."""
    return ", ".join(f"{each.region} ({each.name})" for each in dialects(DATABASE_DEFAULTS))
