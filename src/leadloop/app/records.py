"""Leads and their changes in the words of the APIs, for who may not know them."""

from collections.abc import Mapping, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING

from leadloop.core.changes import Change
from leadloop.core.leads.model import Lead
from leadloop.settings import DatabaseSettings
from leadloop.webhooks.endpoints import ChangeView

if TYPE_CHECKING:
    from leadloop.api.own.wire import Records
    from leadloop.api.properties import Property


@cache
def _records() -> "Records":
    """Made when the first change is told: most commands tell none."""
    from leadloop.api.expad import wire as expad
    from leadloop.api.own.wire import Records

    return Records(expad.properties())


def change_pointers(change: Change) -> list[str]:
    """A change's fields by the names of the change feed."""
    return _records().names(change)


def change_view(settings: DatabaseSettings) -> ChangeView:
    """How this instance shows a change."""
    return ChangeView(change_pointers, partial(_differs_in_expad, settings.expad_epoch_unit == "s"))


@cache
def expad_properties(in_seconds: bool) -> "Mapping[str, Property]":
    from leadloop.api.expad import wire as expad

    return expad.properties(show_seconds=in_seconds)


def _differs_in_expad(in_seconds: bool, before: Lead, after: Lead) -> bool:
    from leadloop.api.expad import wire as expad

    return expad.differs(expad_properties(in_seconds), before, after)


def as_records(changes: Sequence[Change]) -> list[bytes]:
    """Change records as the change feed answers them, as JSON with every value whole."""
    return [_records().json(change, full=True) for change in changes]


def as_leads(leads: Sequence[Lead], *, expad: bool) -> list[bytes]:
    """Leads as a get of LeadSail, or of Expad, answers them, as JSON."""
    from leadloop.api.body import encode
    from leadloop.api.expad import wire as expad_wire
    from leadloop.api.leadsail import wire as leadsail_wire

    table = expad_wire.properties()
    return [encode(expad_wire.show(table, lead) if expad else leadsail_wire.show(lead)) for lead in leads]


def is_field(pointer: str) -> bool:
    """Whether a change can have a field of this name, above or below it."""
    return _records().is_field(pointer)
