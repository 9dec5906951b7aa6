"""Which part of a query somebody is writing, and what the query is with a completion in its place. Pure."""

import re
from typing import NamedTuple

from leadloop.core.search.scan import ESCAPE, FIELD, QUOTED, operator_of

_WORD = re.compile(r'(?:"(?:\\["\\]|[^"])*+(?:"|\Z)|[^\s"])+')
_PART = re.compile(r'(?:"(?:\\["\\]|[^"])*+(?:"|\Z)|[^",])*')
_REST_OF_WORD, _REST_OF_VALUE = re.compile(r'[^\s"]*'), re.compile(r'[^\s",]*')


class Caret(NamedTuple):
    """What is written at the caret: a word, or, if there is a `field`, one of its values."""

    start: int
    """Where that begins in the query, and where it ends."""
    end: int
    field: str
    operator: str
    written: str
    """What stands between the start and the caret, without quotes."""


def caret_at(text: str, at: int) -> Caret:
    """`at` counts characters before the caret."""
    before = text[:at]
    start = next((match.start() for match in _WORD.finditer(before) if match.end() == at), at)
    start += before[start : start + 1] == "-"
    field = FIELD.match(before, start)
    if field is None:
        return Caret(start, _rest(_REST_OF_WORD, text, start, at), "", ":", _plain(before[start:]))
    first = value = field.end()
    for part in _PART.finditer(before, first):
        if part.end() == at:
            value = part.start()
            break
    return Caret(value, _rest(_REST_OF_VALUE, text, value, at), field[1], operator_of(field[2]), _plain(before[value:]))


def _rest(pattern: re.Pattern[str], text: str, start: int, at: int) -> int:
    """The end of what is written: of a quoted text its quote, if there is one."""
    if text[start : start + 1] == '"':
        quoted = QUOTED.match(text, start)
        return quoted.end() if quoted is not None and quoted.end() >= at else at
    rest = pattern.match(text, at)
    return at if rest is None else rest.end()


def _plain(written: str) -> str:
    if not written.startswith('"'):
        return written
    closed = written[1:].removesuffix('"') if len(written) > 1 else ""
    return ESCAPE.sub(r"\1", closed)


class Completed(NamedTuple):
    text: str
    at: int
    """Where the caret is then."""


def completed(text: str, caret: Caret, value: str, *, is_whole: bool) -> Completed:
    """The query with a value in place of what is written. A space follows a whole term, and the caret is after it."""
    before, after = text[: caret.start] + value, text[caret.end :]
    if not is_whole or after.startswith(","):
        return Completed(before + after, len(before))
    after = after if after[:1].isspace() else f" {after}"
    return Completed(before + after, len(before) + 1)
