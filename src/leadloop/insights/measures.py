"""What is measured of a group of leads. Sums are integers, percentiles are by nearest rank: all is exact."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple, cast

from msgspec import Struct, field

from leadloop.core.leads.cart import worth_micros
from leadloop.core.leads.model import Lead
from leadloop.derived.facts import SALE
from leadloop.insights.lead_view import LeadView
from leadloop.insights.stages import first_left_ms, now_since_ms
from leadloop.insights.times import Times

CONTACT, TO_SALE = "timeToFirstContact", "timeToSale"


class Counted(NamedTuple):
    """What one lead adds. A lead that is no sale has no value."""

    is_sale: bool
    value_micros: int = 0
    contact_ms: int | None = None
    sale_ms: int | None = None


class Sum(Struct):
    leads: int = 0
    sales: int = 0
    value_micros: int = 0
    contact: Times = field(default_factory=Times)
    sale: Times = field(default_factory=Times)

    def add(self, one: Counted) -> None:
        self.leads += 1
        self.sales += one.is_sale
        self.value_micros += one.value_micros
        if one.contact_ms is not None:
            self.contact.add(one.contact_ms)
        if one.sale_ms is not None:
            self.sale.add(one.sale_ms)

    def add_all(self, other: "Sum") -> None:
        self.leads += other.leads
        self.sales += other.sales
        self.value_micros += other.value_micros
        self.contact.add_all(other.contact)
        self.sale.add_all(other.sale)


def value_micros(subject: LeadView) -> int:
    """Of a sale."""
    return worth_micros(cast(Lead, subject)) or 0


def counted(subject: LeadView, measures: Iterable[str]) -> Counted:
    is_sale = subject.stage_key == SALE
    return Counted(
        is_sale,
        value_micros(subject) if is_sale and not _NEEDS_VALUE.isdisjoint(measures) else 0,
        _contact_ms(subject) if CONTACT in measures else None,
        _sale_ms(subject) if is_sale and TO_SALE in measures else None,
    )


def _begun_ms(subject: LeadView) -> int:
    """When the lead was made, or on its date where that is earlier: it may have come some time after the person."""
    return min(subject.created_at_ms, subject.lead_date_ms)


def _contact_ms(subject: LeadView) -> int | None:
    """Until the lead first left a stage, or the first of the activities it has was completed."""
    signs = [one.completed_at_ms for one in subject.activities if one.completed_at_ms is not None]
    left_ms = first_left_ms(subject.moves)
    if left_ms is not None:
        signs.append(left_ms)
    return max(0, min(signs) - _begun_ms(subject)) if signs else None


def _sale_ms(subject: LeadView) -> int:
    """Until it came into the stage of a sale where it is now."""
    return max(0, now_since_ms(subject.created_at_ms, subject.moves) - _begun_ms(subject))


def scaled(whole: int, places: int) -> Decimal:
    """`whole` with the decimal point moved so many places, exactly; no zeros at the end, no exponent."""
    return _plain(Decimal(whole).scaleb(-places))


def _plain(number: Decimal) -> Decimal:
    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number.normalize()


def round_half_even(part: int, of: int) -> int:
    """What `part` divided by `of`, which is above 0, is rounded to."""
    quotient, rest = divmod(part, of)
    return quotient + (rest * 2 > of or (rest * 2 == of and quotient % 2 == 1))


def spread(times: Times) -> dict[str, Any]:
    """How many, and p50 and p90 in seconds."""
    p50, p90 = (None if ms is None else scaled(ms, 3) for ms in times.ranks((50, 90)))
    return {"count": len(times), "p50": p50, "p90": p90}


def _ratio(part: int, of: int) -> Decimal | None:
    """To six decimals, as all that is divided."""
    return scaled(round_half_even(part * 1_000_000, of), 6) if of else None


def _average(found: Sum) -> Decimal | None:
    return scaled(round_half_even(found.value_micros, found.sales), 6) if found.sales else None


_SHOWN: Mapping[str, Callable[[Sum], dict[str, Any]]] = {
    "leads": lambda found: {"leads": found.leads},
    "sales": lambda found: {"sales": found.sales},
    "value": lambda found: {"value": scaled(found.value_micros, 6), "valueMicros": Decimal(found.value_micros)},
    "conversion": lambda found: {"conversion": _ratio(found.sales, found.leads)},
    "averageTicket": lambda found: {"averageTicket": _average(found)},
    CONTACT: lambda found: {CONTACT: spread(found.contact)},
    TO_SALE: lambda found: {TO_SALE: spread(found.sale)},
}
MEASURES = tuple(_SHOWN)
_NEEDS_VALUE = frozenset({"value", "averageTicket"})
_MEMBERS = {
    **dict.fromkeys(_NEEDS_VALUE, ("cart", "sale_value_micros")),
    CONTACT: ("activities",),
}
_NEED_MOVES = frozenset({CONTACT, TO_SALE})


def members(measures: Iterable[str]) -> set[str]:
    """What they need of the document."""
    return {member for measure in measures for member in _MEMBERS.get(measure, ())}


def need_moves(measures: Iterable[str]) -> bool:
    return not _NEED_MOVES.isdisjoint(measures)


def figures(found: Sum, measures: Iterable[str]) -> dict[str, Any]:
    """The measures of a group, by name. What has nothing to be made of is null."""
    return {name: value for measure in measures for name, value in _SHOWN[measure](found).items()}


def change(now: Any, before: Any) -> Any:
    """How much more it is now, member by member; null where there is none to compare."""
    if isinstance(now, dict):
        return {name: change(now[name], before[name]) for name in now}
    if now is None or before is None:
        return None
    return _plain(now - before) if isinstance(now, Decimal) else now - before
