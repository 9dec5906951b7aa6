"""Reads query parameters."""

import base64
import re
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from leadloop.api.call import Call
from leadloop.api.errors import invalid_field, invalid_input, lines
from leadloop.api.request import Request
from leadloop.core.errors import Problem
from leadloop.core.instants import is_midnight, parse_instant
from leadloop.core.leads.phones import possible_regions
from leadloop.core.search.errors import SearchError, point_at_error
from leadloop.core.search.read import read
from leadloop.core.search.scan import TEXT_LIMIT
from leadloop.core.search.tree import Query
from leadloop.core.sorts import SORTS

T = TypeVar("T")

MAX_DIGITS = 15
DAY_MS = 24 * 60 * 60 * 1_000
COUNT_LIMIT = 10_000
"""A total is exact up to this number, beyond it a lower bound."""
SEARCHES = ("search", "q")
"""Two names of the same parameter: the dialects' and leadloop's."""
A_SORT = Problem("sort_expected", choices=tuple(SORTS))

_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")


def read_text(request: Request, name: str) -> str | None:
    """`None` for an absent or empty parameter. Raises `ApiError` 400 for characters that no stored text contains."""
    value = request.query_params.get(name) or None
    if value and _UNSTORABLE.search(value):
        raise invalid_field(name, "control_characters")
    return value


def parse_parameter(request: Request, name: str, parse: Callable[[str], T | None], expected: Problem) -> T | None:
    """The parameter, parsed by `parse`. Raises `ApiError` 400 with `expected` if `parse` returns `None`."""
    value = read_text(request, name)
    if value is None:
        return None
    result = parse(value)
    if result is None:
        raise invalid_input(expected.at(f"/{name}"))
    return result


def read_number(request: Request, name: str, default: int, least: int, most: int) -> int:
    """A whole number, clamped to `most`."""

    def parse(value: str) -> int | None:
        if not (value.isascii() and value.isdigit()):
            return None
        clamped = most if len(value.lstrip("0")) > MAX_DIGITS else min(int(value), most)
        return clamped if clamped >= least else None

    value = parse_parameter(request, name, parse, Problem("whole_from", least=least))
    return default if value is None else value


def parse_rfc3339(value: str) -> int | None:
    """Milliseconds since 1970; `None` for other forms, including a date alone. A `+` may arrive as a space."""
    value = restore_plus(value.upper())
    return parse_instant(value) if len(value) > 10 and (value[-1] == "Z" or value[-6] in "+-") else None


def restore_plus(value: str) -> str:
    """A time whose offset begins with `+` again, where URL decoding made it a space."""
    return value.replace(" ", "+") if value[10:11] in ("T", "t") else value


def is_one_day(request: Request, begin: str, end: str) -> bool:
    """Whether both parameters are a midnight in their own offset: two equal ones mean that whole day."""
    return all(is_midnight(restore_plus(read_text(request, name) or "")) for name in (begin, end))


def end_of_period(request: Request, from_ms: int, to_ms: int) -> int:
    """The end of the period, exclusive. Raises `ApiError` 400 if it is not later than `from`."""
    if to_ms == from_ms and is_one_day(request, "from", "to"):
        return from_ms + DAY_MS
    if to_ms <= from_ms:
        raise invalid_field("to", "not_after_from")
    return to_ms


async def read_search(call: Call) -> Query | None:
    """The query in `search` or `q` (docs/search.md); days are those of the account's zone, phones of its country.

    Raises `ApiError` 400 with the position of a syntax error, which `details` shows in the query.
    """
    request, caller = call.request, call.caller
    names = [name for name in SEARCHES if request.query_params.get(name)]
    if len(names) > 1:
        raise invalid_field(names[1], "another_name", name=names[0])
    if not names:
        return None
    query_text = request.query_params[names[0]]
    zone = (await call.store.catalogue.get(caller.account_id)).options.zone
    try:
        regions = possible_regions(caller.country)
        return read(query_text, now_ms=call.stamp.at_ms, zone=zone, regions=regions, is_renewing=caller.is_renewing)
    except SearchError as error:
        refusal = invalid_field(names[0], "search_at", character=error.at + 1, problem=error.problem)
        if len(query_text) <= TEXT_LIMIT:
            shown, carets, _ = point_at_error(query_text, error).split("\n")
            refusal.more["details"] = [*lines(refusal.problems), shown, carets]
        raise refusal from None


def read_sort(request: Request, default: str) -> str:
    """One of `SORTS`. Raises `ApiError` 400."""
    return parse_parameter(request, "sort", lambda value: value if value in SORTS else None, A_SORT) or default


def encode_token(token: Any) -> str:
    """An opaque text of a page's end, for the client to send back."""
    return base64.urlsafe_b64encode(msgspec.json.encode(token)).decode().rstrip("=")


def decode_token(value: str, token_type: type[T]) -> T | None:
    """`None` if it is not a token of this type."""
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)), type=token_type)
    except (ValueError, msgspec.DecodeError):
        return None
