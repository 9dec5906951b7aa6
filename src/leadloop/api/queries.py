"""Reading query parameters: everything comes as text, unknown ones are ignored, limits are clamped."""

import re
from collections.abc import Callable
from typing import TypeVar

from leadloop.api.errors import invalid
from leadloop.api.kinds import parse_instant
from leadloop.api.request import Request
from leadloop.core.leads.normalize import email_key, name_key, phone_key
from leadloop.core.ports import Search

T = TypeVar("T")

MAX_DIGITS = 15
MIN_SEARCH_DIGITS = 4
COUNT_LIMIT = 10_000
"""A total is exact up to here, then a lower bound."""

_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
_DIALLED = re.compile(r"[\d\s\-().+/]+")


def text(request: Request, name: str) -> str | None:
    """`None` for an absent or empty parameter. Raises `ApiError` 400 for one that no stored text can equal."""
    value = request.query_params.get(name) or None
    if value and _UNSTORABLE.search(value):
        raise invalid(name, "must not contain control characters")
    return value


def parsed(request: Request, name: str, parse: Callable[[str], T | None], expected: str) -> T | None:
    """The parameter as `parse` understands it. Raises `ApiError` 400 when it does not."""
    value = text(request, name)
    if value is None:
        return None
    result = parse(value)
    if result is None:
        raise invalid(name, expected)
    return result


def number(request: Request, name: str, default: int, least: int, most: int) -> int:
    """A whole number, clamped to `most`."""

    def parse(value: str) -> int | None:
        if not (value.isascii() and value.isdigit()):
            return None
        found = most if len(value.lstrip("0")) > MAX_DIGITS else min(int(value), most)
        return found if found >= least else None

    found = parsed(request, name, parse, f"must be a whole number from {least}")
    return default if found is None else found


def instant(value: str) -> int | None:
    """RFC 3339: a date alone is no instant. A `+` that arrived as a space is read as one."""
    value = value.upper()
    value = value.replace(" ", "+") if value[10:11] == "T" else value
    return parse_instant(value) if len(value) > 10 and (value[-1] == "Z" or value[-6] in "+-") else None


def search(request: Request, bare_id: Callable[[str], str | None]) -> Search | None:
    value = (text(request, "search") or "").strip()
    if not value:
        return None
    return Search(
        name=name_key(value), email=email_key(value), phone_digits=_phone_digits(value), lead_id=bare_id(value)
    )


def _phone_digits(value: str) -> str | None:
    """What a stored phone's key holds where `value` is a phone, or a piece of one."""
    if not _DIALLED.fullmatch(value):
        return None
    digits = "".join(c for c in value if c.isdigit()).lstrip("0")
    if len(digits) < MIN_SEARCH_DIGITS:
        return None
    if len(digits) == 9 and digits[0] == "9":
        return digits[1:]
    key = phone_key(value)
    return digits if key is None or digits in key else key
