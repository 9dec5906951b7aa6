"""Readers for the properties of an endpoint, beside those of `core.readers`."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from msgspec import UNSET

from leadloop.core.changes import pointer
from leadloop.core.errors import Problem
from leadloop.core.leads.source import SOURCES
from leadloop.core.leads.status import GROUPS, STATUSES
from leadloop.core.problems import Problems
from leadloop.core.readers import ValueReader, finite_number, one_of, set_of, text
from leadloop.egress.target import Rules, TargetRefused, judge_url

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


def rate(value: Any, at: str, problems: Problems) -> Any:
    number = finite_number(value)
    if number is None or not 0 < number <= RATE_LIMIT_PER_S:
        return problems.refuse(at, "rate_expected", most=RATE_LIMIT_PER_S)
    return float(number)


def list_of(read_item: ValueReader) -> ValueReader:
    return set_of(read_item, LIST_LIMIT)


def url(rules: Rules) -> ValueReader:
    """Judges the URL itself; the sender judges the addresses behind its name."""

    def read(value: Any, at: str, problems: Problems) -> Any:
        if not isinstance(value, str):
            return problems.refuse(at, "text_expected")
        try:
            judge_url(value, rules)
        except TargetRefused as refused:
            return problems.add(refused.problem.at(at))
        return value

    return read


def headers(value: Any, at: str, problems: Problems) -> Any:
    if not isinstance(value, dict):
        return problems.refuse(at, "object_expected")
    if len(value) > HEADER_LIMIT:
        return problems.refuse(at, "too_many_entries", limit=HEADER_LIMIT)
    seen: set[str] = set()
    refused = False
    for name, content in value.items():
        if (problem := _header_problem(name, content, seen)) is not None:
            problems.add(problem.at(at + pointer(name)))
            refused = True
        seen.add(name.lower())
    return UNSET if refused else dict(value)


def _header_problem(name: str, content: Any, seen: set[str]) -> Problem | None:
    if not _HEADER_NAME.fullmatch(name) or len(name) > HEADER_NAME_LIMIT:
        return Problem("header_name_expected", limit=HEADER_NAME_LIMIT)
    if name.lower() in RESERVED_HEADERS or name.lower().startswith(RESERVED_PREFIXES):
        return Problem("header_reserved")
    if name.lower() in seen:
        return Problem("header_twice")
    if content == MASK:
        return Problem("header_masked")
    if not isinstance(content, str) or len(content) > HEADER_VALUE_LIMIT or not _HEADER_VALUE.fullmatch(content):
        return Problem("header_value_expected", limit=HEADER_VALUE_LIMIT)
    return None


def pointers(is_field: Callable[[str], bool]) -> ValueReader:
    """`is_field` says whether the change feed can have a pointer."""

    def read(value: Any, at: str, problems: Problems) -> Any:
        read = _NAME(value, at, problems)
        if read is not UNSET and not _POINTER.fullmatch(read):
            return problems.refuse(at, "pointer_expected")
        if read is not UNSET and not is_field(read):
            return problems.refuse(at, "pointer_unknown")
        return read

    return list_of(read)


def _in_capitals(words: frozenset[str]) -> ValueReader:
    """Known words in any case, others unchanged."""

    def read(value: Any, at: str, problems: Problems) -> Any:
        read = _NAME(value, at, problems)
        return read.upper() if isinstance(read, str) and read.upper() in words else read

    return read


_NAME = text(NAME_LIMIT_BYTES, shortest=1)


def event_names(events: Iterable[str]) -> ValueReader:
    read_all = list_of(one_of(*events))

    def read(value: Any, at: str, problems: Problems) -> Any:
        return problems.refuse(at, "events_empty") if value == [] else read_all(value, at, problems)

    return read


names = list_of(_NAME)
stages = list_of(_in_capitals(frozenset(GROUPS)))
statuses = list_of(one_of(*sorted(STATUSES)))
sources = list_of(_in_capitals(SOURCES))
