"""Leads and their changes in the words of the APIs, for who may not know them.

The dialects are imported when the first is needed: most commands show nothing.
"""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from leadloop.api.dialects import NAMES
from leadloop.core.changes import Change
from leadloop.core.leads.model import Lead
from leadloop.settings import DATABASE_DEFAULTS, DatabaseSettings
from leadloop.webhooks.endpoints import STANDARD, ChangeView

if TYPE_CHECKING:
    from leadloop.api.call import Dialect

DIALECTS = NAMES
SHAPES = (STANDARD, *NAMES)
"""The bodies that a webhook can have."""


@cache
def dialects(settings: DatabaseSettings) -> "Sequence[Dialect]":
    from leadloop.api.dialects import load

    return load(settings)


@cache
def change_view(settings: DatabaseSettings) -> ChangeView:
    """How this instance shows a change."""
    from leadloop.api.own import dialect

    return dialect.change_view(dialects(settings))


def as_records(changes: Sequence[Change]) -> list[bytes]:
    """Change records as the change feed answers them, as JSON with every value whole."""
    from leadloop.api.own.wire import RecordRenderer

    records = RecordRenderer(dialects(DATABASE_DEFAULTS))
    return [records.json(change, full=True) for change in changes]


def as_leads(leads: Sequence[Lead], dialect: str) -> list[bytes]:
    """Leads as a Get of the dialect answers them, as JSON."""
    from leadloop.api.body import encode

    [show] = [each.show for each in dialects(DATABASE_DEFAULTS) if each.name == dialect]
    return [encode(show(lead)) for lead in leads]


def usual_regions() -> str:
    """Where each dialect reads phones without a country, in words."""
    return ", ".join(f"{each.region} ({each.name})" for each in dialects(DATABASE_DEFAULTS))
