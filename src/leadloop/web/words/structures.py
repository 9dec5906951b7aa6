"""Values of any JSON as a person reads them."""

import re
from datetime import datetime
from typing import Any

from leadloop.web.words.language import Words, readable_key

MICROS = 1_000_000
DEEPEST, MOST_ITEMS = 4, 100
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:?\d{2})")
_EXACT = 2**53


def show_any(value: Any, words: Words, depth: int = 0) -> str:
    """Texts as they are; an instant (RFC 3339) in the reader's zone; yes and no; lists and maps in one line."""
    if isinstance(value, str):
        return _instant(value, words) if _INSTANT.fullmatch(value) else value
    if isinstance(value, bool):
        return words.gettext("Yes") if value else words.gettext("No")
    if isinstance(value, int | float):
        return number(value, words)
    if value is None:
        return "–"
    if not value:
        return words.gettext("empty")
    if depth >= DEEPEST:
        return "…"
    if isinstance(value, dict):
        members = (
            (readable_key(str(key)), show_any(member, words, depth + 1)) for key, member in _first(value.items())
        )
        text = "; ".join(f"{key}: {member}" for key, member in members)
    else:
        text = ", ".join(show_any(item, words, depth + 1) for item in _first(value))
    text = f"{text}…" if len(value) > MOST_ITEMS else text
    return f"({text})" if depth else text


def _first(items: Any) -> Any:
    return [item for _, item in zip(range(MOST_ITEMS), items, strict=False)]


def number(value: float, words: Words) -> str:
    """Whole numbers without separators, because a number may be a year or a code."""
    if isinstance(value, int) or (value.is_integer() and abs(value) < _EXACT):
        return str(int(value))
    return words.formats.exact_number(value)


def _instant(text: str, words: Words) -> str:
    try:
        at_ms = int(datetime.fromisoformat(text).timestamp() * 1000)
        return f"{words.formats.date(at_ms)}, {words.formats.time(at_ms)}"
    except (OverflowError, ValueError, OSError):
        return text
