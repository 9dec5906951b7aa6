"""Entity tags in `If-Match` and `If-None-Match` (RFC 9110, section 8.8.3)."""

import re
from typing import NamedTuple

_ELEMENT = re.compile(r'[ \t]*(?:(W/)?"([\x21\x23-\x7e\x80-\xff]*)"[ \t]*)?(?:,|$)')
"""One of a list; it may be empty."""


class Tag(NamedTuple):
    weak: bool
    text: str


def parsed(field: str) -> list[Tag] | None:
    """The tags of a list; `None` where it is not one of at least one tag."""
    tags: list[Tag] = []
    at = 0
    while at < len(field):
        found = _ELEMENT.match(field, at)
        if found is None:
            return None
        if found[2] is not None:
            tags.append(Tag(found[1] is not None, found[2]))
        at = found.end()
    return tags or None
