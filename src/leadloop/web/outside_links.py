"""Links to addresses that came with a lead. Nothing is loaded from them; a person may follow one, and sees its host."""

import re
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

LONGEST = 2_000
MISREAD = re.compile(r"[\s\\\x00-\x1f\x7f]")
"""Browsers drop or replace these, so that the address would lead to another host than it says."""


class OutsideLink(NamedTuple):
    url: str
    host: str
    """In ASCII, so that no letter of another script looks like a known name."""
    name: str
    """The last part of the path; empty if there is none."""


def outside_link(url: object) -> OutsideLink | None:
    """The link to this address if it leads to a web page or file of some host; `None` for anything else."""
    if not isinstance(url, str) or len(url) > LONGEST or MISREAD.search(url):
        return None
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna").decode()
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host or parts.username is not None:
        return None
    return OutsideLink(url, host, unquote(parts.path.rpartition("/")[2])[:100])
