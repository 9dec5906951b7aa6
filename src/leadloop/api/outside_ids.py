"""Ids that other systems own: `wamid.…==`, `auth0|64af00`, `KIT-5.5/KW` (semantics section 2, outside ids)."""

import re

from leadloop.api.scalars import Text
from leadloop.core.errors import Problem

LIMIT_BYTES = 256
EXPECTED = Problem("outside_id_expected")

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")


def is_outside_id(text: str) -> bool:
    """Whether `text`, up to its length, can be such an id. `.` and `..` in a path mean another path."""
    return trimmed(text) not in ("", ".", "..") and not _CONTROL.search(text)


def trimmed(text: str) -> str:
    """Without white space at its ends: every Unicode space, and U+FEFF as JavaScript has it."""
    stripped = text.strip()
    while (rest := stripped.strip("\ufeff").strip()) != stripped:
        stripped = rest
    return stripped


OUTSIDE_ID = Text(limit_bytes=LIMIT_BYTES, shortest=1, check=is_outside_id, expected=EXPECTED)
CLEARABLE_ID = Text(unset="", blank_clears=True, limit_bytes=LIMIT_BYTES, check=is_outside_id, expected=EXPECTED)
"""An empty text clears."""
