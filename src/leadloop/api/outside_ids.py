"""Ids of other systems: `wamid.…==`, `auth0|64af00`, `KIT-5.5/KW` (semantics section 2, outside ids)."""

import re

from leadloop.api.scalars import Text
from leadloop.core.errors import Problem

LIMIT_BYTES = 256
EXPECTED = Problem("outside_id_expected")

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")


def is_outside_id(text: str) -> bool:
    """Whether `text` can be such an id; its length is not checked. `.` and `..` would change a path."""
    return trim(text) not in ("", ".", "..") and not _CONTROL.search(text)


def trim(text: str) -> str:
    """`text` without leading and trailing white space, including every Unicode space and, as in JavaScript, U+FEFF."""
    stripped = text.strip()
    while (rest := stripped.strip("\ufeff").strip()) != stripped:
        stripped = rest
    return stripped


OUTSIDE_ID = Text(limit_bytes=LIMIT_BYTES, shortest=1, check=is_outside_id, expected=EXPECTED)
CLEARABLE_ID = Text(unset="", blank_clears=True, limit_bytes=LIMIT_BYTES, check=is_outside_id, expected=EXPECTED)
"""An empty text clears the field."""
