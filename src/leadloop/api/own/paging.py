"""Reading a feed a page at a time: its cursors, and where a page ends (semantics section 9)."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import NamedTuple

from msgspec import Raw, Struct

from leadloop.api.errors import ApiError, invalid
from leadloop.api.queries import decode_token, encode_token, number, parsed
from leadloop.api.request import Request
from leadloop.core.changes import Change
from leadloop.core.errors import Problem
from leadloop.core.leads.sizes import size_of_records
from leadloop.core.threads import in_thread_if_large

LIMIT, MAX_LIMIT = 100, 1_000
FEED_PAGE_LIMIT_BYTES = 1024 * 1024
ENVELOPE_BYTES = 256
"""More than what stands around the records."""
READ_AT_ONCE, MOST_READS = 100, 16
"""Records, as far as they have 1 MiB together. After so many reads a page ends: its records are large, and shown short.
"""

Read = Callable[[int, int, int], Awaitable[list[Change]]]
"""The records behind a place: up to a number, and up to so many bytes."""
Place = Callable[[Change], int]
Render = Callable[[Change], bytes]


class Cursor(Struct, array_like=True, frozen=True):
    """Where a page ended: after which place in the feed of the account or the lead whose id `feed` is."""

    feed: str
    after: int


class Asked(NamedTuple):
    """What every feed can be asked. `after` is 0 for the beginning."""

    feed: str
    after: int
    limit: int
    full: bool

    def check(self, end: int) -> None:
        """Raises `ApiError` 400 when the cursor is not of this feed any more."""
        if self.after > end:
            raise invalid("after", "cursor_beyond_feed")


class Page(NamedTuple):
    records: list[Raw]
    last: int
    """The place of its last record; where the page began when it has none."""
    size: int
    """Bytes, roughly."""


def asked(request: Request, feed: str) -> Asked:
    """Raises `ApiError` 400."""
    cursor = parsed(request, "after", _cursor, Problem("feed_cursor_expected"))
    if cursor is not None and cursor.feed != feed:
        raise _of_another_feed()
    return Asked(
        feed=feed,
        after=cursor.after if cursor else 0,
        limit=number(request, "limit", LIMIT, 1, MAX_LIMIT),
        full=bool(parsed(request, "full", {"true": True, "false": False}.get, Problem("flag_expected"))),
    )


async def page(asked: Asked, end: int, read: Read, place: Place, render: Render) -> Page:
    """Up to 1 MiB of records, and at least one where there is one, up to the place `end` of the feed."""
    records: list[Raw] = []
    size, last = ENVELOPE_BYTES, asked.after

    def fill(found: list[Change]) -> bool:
        """Whether the page is full before the last of them."""
        nonlocal size, last
        for change in found:
            record = render(change)
            size += len(record) + 1
            if records and size > FEED_PAGE_LIMIT_BYTES:
                return True
            records.append(Raw(record))
            last = place(change)
        return False

    for _ in range(MOST_READS):
        wanted = min(READ_AT_ONCE, asked.limit - len(records))
        if not wanted or last >= end:
            break
        found = await read(last, wanted, FEED_PAGE_LIMIT_BYTES)
        if not found or await in_thread_if_large(size_of_records(found), partial(fill, found)):
            break
    return Page(records, last, size)


def cursor(feed: str, after: int) -> str:
    return encode_token(Cursor(feed, after))


def _cursor(text: str) -> Cursor | None:
    found = decode_token(text, Cursor)
    return found if found is not None and found.after >= 0 else None


def _of_another_feed() -> ApiError:
    return invalid("after", "cursor_of_other_feed")
