"""Readers for the properties of an endpoint: each validates one JSON value.

A reader gets any JSON value except null and returns the stored value, or `UNSET` if it refuses it. No text repeats a
value: an address or a header may contain a secret.
"""

import math
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeAlias

from msgspec import UNSET, Struct, field

from leadloop.core.changes import pointer
from leadloop.core.errors import Problem
from leadloop.core.leads.source import SOURCES
from leadloop.core.leads.status import GROUPS, STATUSES
from leadloop.egress.target import Rules, TargetRefused, judge_url
from leadloop.webhooks.endpoints import ChangeView

DESCRIPTION_LIMIT_BYTES = 1_024
LIST_LIMIT = 100
NAME_LIMIT_BYTES = 512
HEADER_LIMIT, HEADER_NAME_LIMIT, HEADER_VALUE_LIMIT = 20, 64, 4_096
RATE_LIMIT_PER_S = 1_000
MASK = "********"
"""Shown in place of a header's value. Sent back, it leaves the value unchanged."""

RESERVED_HEADERS = frozenset(
    [
        *("host", "content-type", "content-length", "content-encoding", "accept-encoding", "user-agent", "expect"),
        *("connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "http2-settings"),
        *("cookie", "cookie2", "set-cookie"),
    ]
)
RESERVED_PREFIXES = ("webhook-", "svix-", "leadloop-", "proxy-")
"""Receivers look for signatures under the first two, the third is ours, the last is for proxies."""

_POINTER = re.compile(r"(/([^~/]|~[01])+)+")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[!-~]([ -~\t]*[!-~])?")


class Problems(Struct):
    """Collects the problems of a request; also carries what readers need besides the value."""

    rules: Rules
    view: ChangeView
    listed: list[Problem] = field(default_factory=list)

    def refuse(self, at: str, text: str) -> None:
        self.listed.append(Problem(at, text))


Read: TypeAlias = Callable[[Any, str, Problems], Any]


def text(limit_bytes: int, shortest: int = 0) -> Read:
    def read(value: Any, at: str, problems: Problems) -> Any:
        if not isinstance(value, str):
            return _refused(problems, at, "must be a string")
        if len(value.encode()) > limit_bytes:
            return _refused(problems, at, f"must not be longer than {limit_bytes} bytes")
        return value if len(value) >= shortest else _refused(problems, at, "must not be empty")

    return read


def one_of(*choices: str) -> Read:
    def read(value: Any, at: str, problems: Problems) -> Any:
        is_choice = isinstance(value, str) and value in choices
        return value if is_choice else _refused(problems, at, f"must be one of {', '.join(choices)}")

    return read


def whole(least: int, most: int) -> Read:
    """Accepts 1.0 for 1."""

    def read(value: Any, at: str, problems: Problems) -> Any:
        number = _number(value)
        fits = number is not None and least <= number <= most and number == int(number)
        return int(value) if fits else _refused(problems, at, f"must be a whole number from {least} to {most}")

    return read


def rate(value: Any, at: str, problems: Problems) -> Any:
    number = _number(value)
    if number is None or not 0 < number <= RATE_LIMIT_PER_S:
        return _refused(problems, at, f"must be a number above 0, at most {RATE_LIMIT_PER_S}, or null for no limit")
    return float(number)


def set_of(read_item: Read, *, least: int = 0, hint: str = "") -> Read:
    """Reads a list and removes duplicates."""

    def read(value: Any, at: str, problems: Problems) -> Any:
        if not isinstance(value, list):
            return _refused(problems, at, "must be a list")
        if not least <= len(value) <= LIST_LIMIT:
            return _refused(
                problems, at, hint if len(value) < least else f"must not have more than {LIST_LIMIT} entries"
            )
        items = [read_item(item, f"{at}/{index}", problems) for index, item in enumerate(value)]
        return UNSET if UNSET in items else tuple(dict.fromkeys(items))

    return read


def url(value: Any, at: str, problems: Problems) -> Any:
    """Judges the URL itself; the sender judges the addresses behind its name."""
    if not isinstance(value, str):
        return _refused(problems, at, "must be a string")
    try:
        judge_url(value, problems.rules)
    except TargetRefused as refused:
        return _refused(problems, at, refused.text)
    return value


def headers(value: Any, at: str, problems: Problems) -> Any:
    if not isinstance(value, dict):
        return _refused(problems, at, "must be an object")
    if len(value) > HEADER_LIMIT:
        return _refused(problems, at, f"must not have more than {HEADER_LIMIT} entries")
    seen: set[str] = set()
    before = len(problems.listed)
    for name, content in value.items():
        if (problem := _header_problem(name, content, seen)) is not None:
            problems.refuse(at + pointer(name), problem)
        seen.add(name.lower())
    return dict(value) if len(problems.listed) == before else UNSET


def _header_problem(name: str, content: Any, seen: set[str]) -> str | None:
    if not _HEADER_NAME.fullmatch(name) or len(name) > HEADER_NAME_LIMIT:
        return f"is not a header name: use letters, digits and -, at most {HEADER_NAME_LIMIT}"
    if name.lower() in RESERVED_HEADERS or name.lower().startswith(RESERVED_PREFIXES):
        return "is written by leadloop itself; leave it out"
    if name.lower() in seen:
        return "stands here twice, in another case; leave one out"
    if content == MASK:
        return "has no value yet that could stay as it is; send the value itself"
    if not isinstance(content, str) or len(content) > HEADER_VALUE_LIMIT or not _HEADER_VALUE.fullmatch(content):
        return f"must be 1 to {HEADER_VALUE_LIMIT} visible ASCII characters, spaces only between them"
    return None


def _pointer(value: Any, at: str, problems: Problems) -> Any:
    read = _NAME(value, at, problems)
    if read is not UNSET and not _POINTER.fullmatch(read):
        return _refused(problems, at, "must be a JSON pointer as in the change feed, such as /status or /address/city")
    if read is not UNSET and not problems.view.is_field(read):
        return _refused(problems, at, "names nothing that a lead has; take it from the change feed")
    return read


def _in_capitals(words: frozenset[str]) -> Read:
    """Known words in any case, others unchanged."""

    def read(value: Any, at: str, problems: Problems) -> Any:
        read = _NAME(value, at, problems)
        return read.upper() if isinstance(read, str) and read.upper() in words else read

    return read


def _number(value: Any) -> int | float | Decimal | None:
    """`None` if it is not a finite number."""
    if isinstance(value, float | Decimal):
        return value if math.isfinite(value) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _refused(problems: Problems, at: str, text: str) -> Any:
    problems.refuse(at, text)
    return UNSET


_NAME = text(NAME_LIMIT_BYTES, shortest=1)


def body_shape(value: Any, at: str, problems: Problems) -> Any:
    return one_of(*problems.view.shapes)(value, at, problems)


def event_names(value: Any, at: str, problems: Problems) -> Any:
    hint = "must name at least one event; leave it out for all of a lead's"
    return set_of(one_of(*problems.view.events), least=1, hint=hint)(value, at, problems)


names = set_of(_NAME)
pointers = set_of(_pointer)
stages = set_of(_in_capitals(frozenset(GROUPS)))
statuses = set_of(one_of(*sorted(STATUSES)))
sources = set_of(_in_capitals(SOURCES))
