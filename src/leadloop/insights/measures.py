"""The measures of a group of leads. All are exact: sums are integers, percentiles use the nearest rank."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple, cast

from msgspec import Struct, field

from leadloop.core.leads.cart import worth_micros
from leadloop.core.leads.model import Lead
from leadloop.derived.facts import SALE
from leadloop.insights.currencies import OtherValues, add_values, other_currency
from leadloop.insights.lead_view import LeadView
from leadloop.insights.stages import first_exit_ms, stage_since_ms
from leadloop.insights.times import Times

CONTACT, TO_SALE = "timeToFirstContact", "timeToSale"
OTHERS = "otherCurrencies"


class Contribution(NamedTuple):
    """What one lead adds to a sum. A lead that is no sale has no value. `currency` is `None` for the account's."""

    is_sale: bool
    value_micros: int = 0
    currency: str | None = None
    contact_ms: int | None = None
    sale_ms: int | None = None


class Sum(Struct):
    """`value_micros` is the value of the sales in the account's currency, `other_sales` the number of the others."""

    leads: int = 0
    sales: int = 0
    value_micros: int = 0
    other_sales: int = 0
    other_values: OtherValues | None = None
    contact: Times = field(default_factory=Times)
    sale: Times = field(default_factory=Times)

    def add(self, contribution: Contribution) -> None:
        self.leads += 1
        self.sales += contribution.is_sale
        if contribution.currency is None:
            self.value_micros += contribution.value_micros
        else:
            self.other_sales += 1
            self.other_values = add_values(self.other_values, {contribution.currency: contribution.value_micros})
        if contribution.contact_ms is not None:
            self.contact.add(contribution.contact_ms)
        if contribution.sale_ms is not None:
            self.sale.add(contribution.sale_ms)

    def add_all(self, other: "Sum") -> None:
        self.leads += other.leads
        self.sales += other.sales
        self.value_micros += other.value_micros
        self.other_sales += other.other_sales
        self.other_values = add_values(self.other_values, other.other_values or {})
        self.contact.add_all(other.contact)
        self.sale.add_all(other.sale)


def value_micros(lead: LeadView) -> int:
    """The value of a sale."""
    return worth_micros(cast(Lead, lead)) or 0


def contribution(lead: LeadView, measures: Iterable[str], currency: str | None = None) -> Contribution:
    """`currency` is the account's."""
    is_sale = lead.stage_key == SALE
    has_value = is_sale and not _NEEDS_VALUE.isdisjoint(measures)
    return Contribution(
        is_sale,
        value_micros(lead) if has_value else 0,
        other_currency(lead.currency, currency) if has_value else None,
        _contact_ms(lead) if CONTACT in measures else None,
        _sale_ms(lead) if is_sale and TO_SALE in measures else None,
    )


def _start_ms(lead: LeadView) -> int:
    """The creation of the lead, or its date if that is earlier: a lead may be entered some time after the contact."""
    return min(lead.created_at_ms, lead.lead_date_ms)


def _contact_ms(lead: LeadView) -> int | None:
    """Time until the lead first left a stage, or until its first completed activity."""
    contacts_ms = [activity.completed_at_ms for activity in lead.activities if activity.completed_at_ms is not None]
    left_ms = first_exit_ms(lead.moves)
    if left_ms is not None:
        contacts_ms.append(left_ms)
    return max(0, min(contacts_ms) - _start_ms(lead)) if contacts_ms else None


def _sale_ms(lead: LeadView) -> int:
    """Time until the lead last entered its current stage, which is that of a sale."""
    return max(0, stage_since_ms(lead.created_at_ms, lead.moves) - _start_ms(lead))


def scaled(whole: int, places: int) -> Decimal:
    """`whole` divided by 10 to the power of `places`, exactly, without trailing zeros and exponent."""
    return _plain(Decimal(whole).scaleb(-places))


def _plain(number: Decimal) -> Decimal:
    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number.normalize()


def round_half_even(part: int, of: int) -> int:
    """`part` divided by `of` (above 0), rounded half to even."""
    quotient, rest = divmod(part, of)
    return quotient + (rest * 2 > of or (rest * 2 == of and quotient % 2 == 1))


def spread(times: Times) -> dict[str, Any]:
    """The count, p50 and p90 in seconds."""
    p50, p90 = (None if ms is None else scaled(ms, 3) for ms in times.ranks((50, 90)))
    return {"count": len(times), "p50": p50, "p90": p90}


def _ratio(part: int, of: int) -> Decimal | None:
    """The ratio to six decimals, like all quotients."""
    return scaled(round_half_even(part * 1_000_000, of), 6) if of else None


def _average(sums: Sum) -> Decimal | None:
    """The average of the sales in the account's currency."""
    sales = sums.sales - sums.other_sales
    return scaled(round_half_even(sums.value_micros, sales), 6) if sales else None


def _value(micros: int) -> dict[str, Any]:
    return {"value": scaled(micros, 6), "valueMicros": Decimal(micros)}


def other_currencies(values: OtherValues | None) -> dict[str, Any]:
    """The member with the values in other currencies, if there are any. Sums of zero do not count."""
    rows = [{"currency": currency, **_value(micros)} for currency, micros in sorted((values or {}).items()) if micros]
    return {OTHERS: rows} if rows else {}


_FIGURES: Mapping[str, Callable[[Sum], dict[str, Any]]] = {
    "leads": lambda sums: {"leads": sums.leads},
    "sales": lambda sums: {"sales": sums.sales},
    "value": lambda sums: {**_value(sums.value_micros), **other_currencies(sums.other_values)},
    "conversion": lambda sums: {"conversion": _ratio(sums.sales, sums.leads)},
    "averageTicket": lambda sums: {"averageTicket": _average(sums)},
    CONTACT: lambda sums: {CONTACT: spread(sums.contact)},
    TO_SALE: lambda sums: {TO_SALE: spread(sums.sale)},
}
MEASURES = tuple(_FIGURES)
_NEEDS_VALUE = frozenset({"value", "averageTicket"})
_MEMBERS = {
    **dict.fromkeys(_NEEDS_VALUE, ("cart", "sale_value_micros", "currency")),
    CONTACT: ("activities",),
}
_NEED_MOVES = frozenset({CONTACT, TO_SALE})


def members(measures: Iterable[str]) -> set[str]:
    """The members of the document that the measures read."""
    return {member for measure in measures for member in _MEMBERS.get(measure, ())}


def needs_moves(measures: Iterable[str]) -> bool:
    return not _NEED_MOVES.isdisjoint(measures)


def figures(sums: Sum, measures: Iterable[str]) -> dict[str, Any]:
    """The measures of a group, by name. A measure without data is null."""
    return {name: value for measure in measures for name, value in _FIGURES[measure](sums).items()}


def change(now: Any, before: Any) -> Any:
    """The difference, member by member; null if one of the two is missing. A missing value in another currency is
    zero."""
    if isinstance(now, dict):
        differences = {name: change(now[name], before[name]) for name in now if name != OTHERS}
        return differences | _change_by_currency(now.get(OTHERS, ()), before.get(OTHERS, ()))
    if now is None or before is None:
        return None
    return _plain(now - before) if isinstance(now, Decimal) else now - before


def _change_by_currency(now: Iterable[dict[str, Any]], before: Iterable[dict[str, Any]]) -> dict[str, Any]:
    micros = {row["currency"]: int(row["valueMicros"]) for row in now}
    for row in before:
        micros[row["currency"]] = micros.get(row["currency"], 0) - int(row["valueMicros"])
    return other_currencies(micros)
