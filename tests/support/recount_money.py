"""Counts values again, apart by currency: the expected `value` and `averageTicket` of the free Insights."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple


class Worth(NamedTuple):
    """What one lead adds to the value of a group, in micros of its currency (`None` for the account's)."""

    micros: int
    is_sale: bool
    currency: str | None


def money(worths: Sequence[Worth], of_account: str | None) -> dict[str, dict[str, Any]]:
    """The two measures, by name."""
    own = [worth for worth in worths if worth.currency in (None, of_account)]
    others: defaultdict[str, int] = defaultdict(int)
    for worth in worths:
        if worth.currency not in (None, of_account):
            others[str(worth.currency)] += worth.micros
    micros, sales = sum(worth.micros for worth in own), sum(worth.is_sale for worth in own)
    average = rounded(Fraction(micros, sales * 1_000_000), 6) if sales else None
    return {"value": {**shown(micros), **listed(others)}, "averageTicket": {"averageTicket": average}}


def shown(micros: int) -> dict[str, Any]:
    return {"value": Decimal(micros) / 1_000_000, "valueMicros": micros}


def listed(sums: Mapping[str, int]) -> dict[str, Any]:
    rows = [{"currency": currency, **shown(sums[currency])} for currency in sorted(sums) if sums[currency]]
    return {"otherCurrencies": rows} if rows else {}


def rounded(number: Fraction, places: int) -> Decimal:
    return Decimal(round(number * 10**places)).scaleb(-places)  # Python rounds fractions half to even


def difference(now: Any, before: Any) -> Any:
    if isinstance(now, dict):
        sums: defaultdict[str, int] = defaultdict(int)
        for figures, sign in ((now, 1), (before, -1)):
            for row in figures.get("otherCurrencies", ()):
                sums[row["currency"]] += sign * row["valueMicros"]
        others = listed(sums)
        return {name: difference(now[name], before[name]) for name in now if name != "otherCurrencies"} | others
    return None if now is None or before is None else now - before
