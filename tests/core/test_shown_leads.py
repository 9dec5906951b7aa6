"""A lead is shown member by member as its tables say, and times as ISO 8601."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import example, given
from msgspec import UNSET

from leadloop.api.expad import wire as expad
from leadloop.api.leadsail import wire as leadsail
from leadloop.api.leadsail.wire.special import Notes
from leadloop.api.properties import Property, show_function
from leadloop.api.scalars import Codec
from leadloop.api.shapes import ListOf, Shape
from leadloop.core.instants import show_instant
from leadloop.core.leads.model import Lead
from tests.core.histories import HISTORIES, History, desk_with
from tests.support.examples import examples
from tests.support.strategies import TIMES_MS
from tests.support.years import year

TABLES: tuple[Mapping[str, Property], ...] = (
    expad.properties() | expad.EXTENSIONS,
    expad.properties(show_seconds=True),
    leadsail.PROPERTIES,
)
SHOW: list[Callable[[Lead], dict[str, Any]]] = [
    show_function(table, shows_unset=table is not leadsail.PROPERTIES) for table in TABLES
]


def as_table_says(codec: Codec, lead: Lead, value: Any) -> Any:
    if value is None:
        return codec.unset
    if isinstance(codec, ListOf):
        return [as_table_says(codec.codec, lead, item) for item in value]
    if isinstance(codec, Shape):
        members = {name: getattr(lead, attribute) for name, attribute in codec.owned.items()}
        for name, (attribute, member) in codec.members.items():
            members[name] = as_table_says(member, lead, getattr(value, attribute))
        return {name: shown for name, shown in members.items() if shown is not UNSET}
    return codec.show(value)


def in_order(value: Any) -> Any:
    """Equal only if the members have the same order and values the same type."""
    if isinstance(value, dict):
        return [(name, in_order(member)) for name, member in value.items()]
    return [in_order(item) for item in value] if isinstance(value, list) else (type(value), value)


def check(lead: Lead) -> None:
    for table, show_lead in zip(TABLES, SHOW, strict=True):
        shown = {name: value for name, prop in table.items() if (value := prop.show(lead)) is not UNSET}
        assert in_order(show_lead(lead)) == in_order(shown)
        for name, prop in table.items():
            for pointer, codec in prop.shows.items():
                stored = getattr(lead, pointer[1:], None)
                if stored and isinstance(codec, Shape | ListOf) and not isinstance(prop, Notes):
                    assert in_order(shown[name]) == in_order(as_table_says(codec, lead, stored))


@examples(150)
@given(HISTORIES)
def test_leads_of_random_writes(history: History) -> None:
    check(desk_with(history).present)


def test_leads_of_a_year() -> None:
    for history in year(5, 60, "b" * 24, 1_767_225_600_000):
        check(history[-1].lead)


@examples(300)
@given(TIMES_MS)
@example(-1)
@example(0)
@example(86_399_999)
def test_times(at_ms: int) -> None:
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at_ms)
    assert show_instant(at_ms) == at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
