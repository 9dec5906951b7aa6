"""Reading query parameters: everything comes as text, limits are clamped."""

import base64
import re
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from leadloop.api.call import Call
from leadloop.api.errors import invalid, lines, refused
from leadloop.api.instants import is_midnight, parse_instant
from leadloop.api.request import Request
from leadloop.core.errors import Problem
from leadloop.core.leads.phones import possible_regions
from leadloop.core.search.errors import SearchError, pointed
from leadloop.core.search.read import read
from leadloop.core.search.scan import TEXT_LIMIT
from leadloop.core.search.tree import Query
from leadloop.core.store import Order

T = TypeVar("T")

MAX_DIGITS = 15
DAY_MS = 24 * 60 * 60 * 1_000
COUNT_LIMIT = 10_000
"""A total is exact up to here, then a lower bound."""
SEARCHES = ("search", "q")
"""Two names of one parameter: the dialects' and ours."""
SORTS = {"-date": Order.LEAD_DATE, "date": Order.LEAD_DATE, "-created": Order.CREATED, "created": Order.CREATED}
A_SORT = Problem("sort_expected", choices=tuple(SORTS))

_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")


def text(request: Request, name: str) -> str | None:
    """`None` for an absent or empty parameter. Raises `ApiError` 400 for one that no stored text can equal."""
    value = request.query_params.get(name) or None
    if value and _UNSTORABLE.search(value):
        raise invalid(name, "control_characters")
    return value


def parsed(request: Request, name: str, parse: Callable[[str], T | None], expected: Problem) -> T | None:
    """The parameter as `parse` understands it. Raises `ApiError` 400 when it does not."""
    value = text(request, name)
    if value is None:
        return None
    result = parse(value)
    if result is None:
        raise refused(expected.at(f"/{name}"))
    return result


def number(request: Request, name: str, default: int, least: int, most: int) -> int:
    """A whole number, clamped to `most`."""

    def parse(value: str) -> int | None:
        if not (value.isascii() and value.isdigit()):
            return None
        found = most if len(value.lstrip("0")) > MAX_DIGITS else min(int(value), most)
        return found if found >= least else None

    found = parsed(request, name, parse, Problem("whole_from", least=least))
    return default if found is None else found


def instant(value: str) -> int | None:
    """RFC 3339: a date alone is no instant. A `+` that arrived as a space is read as one."""
    value = plus_restored(value.upper())
    return parse_instant(value) if len(value) > 10 and (value[-1] == "Z" or value[-6] in "+-") else None


def plus_restored(value: str) -> str:
    """A time with a `+` where a space stands for its offset's."""
    return value.replace(" ", "+") if value[10:11] in ("T", "t") else value


def is_one_day(request: Request, begin: str, end: str) -> bool:
    """Whether both parameters are a midnight in their own offset: where the two are equal they mean that day."""
    return all(is_midnight(plus_restored(text(request, name) or "")) for name in (begin, end))


def end_of_period(request: Request, from_ms: int, to_ms: int) -> int:
    """The end that `to` means. Raises `ApiError` 400 where that is not later than `from`."""
    if to_ms == from_ms and is_one_day(request, "from", "to"):
        return from_ms + DAY_MS
    if to_ms <= from_ms:
        raise invalid("to", "not_after_from")
    return to_ms


def search(call: Call) -> Query | None:
    """The query in `search` or `q` (docs/search.md); days are those of UTC, phones of the account's country.

    Raises `ApiError` 400 that says at which character the query can not be read, and shows the place in `details`.
    """
    request, caller = call.request, call.caller
    given = [name for name in SEARCHES if request.query_params.get(name)]
    if len(given) > 1:
        raise invalid(given[1], "another_name", name=given[0])
    if not given:
        return None
    asked = request.query_params[given[0]]
    try:
        regions = possible_regions(caller.country)
        return read(asked, now_ms=call.stamp.at_ms, regions=regions, is_renewing=caller.is_renewing)
    except SearchError as error:
        refusal = invalid(given[0], "search_at", character=error.at + 1, problem=error.problem)
        if len(asked) <= TEXT_LIMIT:
            shown, carets, _ = pointed(asked, error).split("\n")
            refusal.more["details"] = [*lines(refusal.problems), shown, carets]
        raise refusal from None


def sort(request: Request, default: str) -> str:
    """One of `SORTS`. Raises `ApiError` 400."""
    return parsed(request, "sort", lambda value: value if value in SORTS else None, A_SORT) or default


def sorted_by(sort: str) -> dict[str, Any]:
    """What a `LeadQuery` is told of it."""
    return {"order": SORTS[sort], "is_ascending": not sort.startswith("-")}


def encode_token(token: Any) -> str:
    """Where a page ended, as a text that only goes back as it came."""
    return base64.urlsafe_b64encode(msgspec.json.encode(token)).decode().rstrip("=")


def decode_token(value: str, kind: type[T]) -> T | None:
    """`None` for what is no token of this kind."""
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)), type=kind)
    except (ValueError, msgspec.DecodeError):
        return None
