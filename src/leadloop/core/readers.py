"""Readers of JSON values: each checks one value of a body. Pure.

A reader gets any JSON value except null and returns the value to store, or `UNSET` if it refuses it. No text repeats a
value: it may be personal data or a secret.
"""

import math
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple, TypeAlias

from msgspec import UNSET

from leadloop.core.changes import pointer
from leadloop.core.instants import parse_instant
from leadloop.core.problems import Problems

NAME_LENGTH = 200
"""In characters: of accounts, people and keys."""

ValueReader: TypeAlias = Callable[[Any, str, Problems], Any]


class Field(NamedTuple):
    """A member of a body."""

    attribute: str
    read: ValueReader
    default: Any = None
    """What null stands for; `UNSET` refuses null."""


def read_members(
    problems: Problems, body: Mapping[str, Any], fields: Mapping[str, Field], owned: tuple[str, ...], shown: Any = None
) -> dict[str, Any]:
    """Attribute → value of the members in `body`, except those that are as `shown`: a client can send back what it
    read. Only the server writes the members in `owned`."""
    values, shown = dict[str, Any](), shown or {}
    for name, value in body.items():
        at = pointer(name)
        if name in owned:
            problems.owned(at)
        elif name not in fields:
            problems.unknown(at, name, (*fields, *owned))
        elif name not in shown or value != shown[name] or type(value) is not type(shown[name]):
            attribute, read, default = fields[name]
            if value is None and default is UNSET:
                problems.refuse(at, "null")
                continue
            new = default if value is None else read(value, at, problems)
            if new is not UNSET:
                values[attribute] = new
    return values


def require(problems: Problems, body: Mapping[str, Any], *names: str) -> None:
    """Reports the members that are absent or null."""
    for name in names:
        if body.get(name) is None and not problems.is_refused(pointer(name)):
            problems.refuse(pointer(name), "required")


def text(limit_bytes: int, shortest: int = 0) -> ValueReader:
    def read(value: Any, at: str, problems: Problems) -> Any:
        if not isinstance(value, str):
            return problems.refuse(at, "text_expected")
        if len(value.encode()) > limit_bytes:
            return problems.refuse(at, "too_long", limit=limit_bytes)
        return value if len(value) >= shortest else problems.refuse(at, "empty")

    return read


def name(value: Any, at: str, problems: Problems) -> Any:
    """A name that people see, without spaces around it."""
    if not isinstance(value, str):
        return problems.refuse(at, "text_expected")
    trimmed = value.strip()
    if not 1 <= len(trimmed) <= NAME_LENGTH or not trimmed.isprintable():
        return problems.refuse(at, "name_expected", most=NAME_LENGTH)
    return trimmed


def one_of(*choices: str) -> ValueReader:
    def read(value: Any, at: str, problems: Problems) -> Any:
        is_choice = isinstance(value, str) and value in choices
        return value if is_choice else problems.refuse(at, "one_of", choices=choices)

    return read


def flag(value: Any, at: str, problems: Problems) -> Any:
    return value if isinstance(value, bool) else problems.refuse(at, "flag_expected")


def whole(least: int, most: int) -> ValueReader:
    """Accepts 1.0 for 1."""

    def read(value: Any, at: str, problems: Problems) -> Any:
        number = finite_number(value)
        fits = number is not None and least <= number <= most and number == int(number)
        return int(value) if fits else problems.refuse(at, "whole_between", least=least, most=most)

    return read


def instant(value: Any, at: str, problems: Problems) -> Any:
    """A time with its zone, in milliseconds since 1970."""
    has_zone = isinstance(value, str) and len(value) > 10 and (value[-1] in "Zz" or value[-6:-5] in ("+", "-"))
    at_ms = parse_instant(value) if has_zone else None
    return problems.refuse(at, "instant_with_zone_expected") if at_ms is None else at_ms


def set_of(read_item: ValueReader, limit: int) -> ValueReader:
    """Reads a list and removes duplicates."""

    def read(value: Any, at: str, problems: Problems) -> Any:
        if not isinstance(value, list):
            return problems.refuse(at, "list_expected")
        if len(value) > limit:
            return problems.refuse(at, "too_many_entries", limit=limit)
        items = [read_item(item, f"{at}/{index}", problems) for index, item in enumerate(value)]
        return UNSET if UNSET in items else tuple(dict.fromkeys(items))

    return read


def finite_number(value: Any) -> int | float | Decimal | None:
    """`None` if it is not a finite number."""
    if isinstance(value, float | Decimal):
        return value if math.isfinite(value) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None
