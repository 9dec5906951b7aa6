"""Entity tags in `If-Match` and `If-None-Match` (RFC 9110, section 8.8.3)."""

import re
from typing import NamedTuple

_ELEMENT = re.compile(r'[ \t]*(?:(W/)?"([\x21\x23-\x7e\x80-\xff]*)"[ \t]*)?(?:,|$)')
"""One element of a list; elements may be empty."""


class EntityTag(NamedTuple):
    weak: bool
    text: str


def parse(field: str) -> list[EntityTag] | None:
    """The tags of a list; `None` if the field is malformed or has no tag."""
    tags: list[EntityTag] = []
    at = 0
    while at < len(field):
        match = _ELEMENT.match(field, at)
        if match is None:
            return None
        if match[2] is not None:
            tags.append(EntityTag(match[1] is not None, match[2]))
        at = match.end()
    return tags or None
