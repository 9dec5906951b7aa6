"""Values in other currencies than the account's: they are never added to its own, but summed by currency."""

from typing import TypeAlias

OtherValues: TypeAlias = dict[str, int]
"""Sums in micros by currency."""


def other_currency(currency: str | None, of_account: str | None) -> str | None:
    """A lead's currency; `None` if it is the account's."""
    return None if currency == of_account else currency


def add_values(values: OtherValues | None, more: OtherValues) -> OtherValues | None:
    """The sums with more values added, in place; `None` while there are none."""
    for currency, micros in more.items():
        values = {} if values is None else values
        values[currency] = values.get(currency, 0) + micros
    return values
