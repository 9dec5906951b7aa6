"""Pages of a change feed: parameters, cursors and page size (semantics section 9)."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import NamedTuple

from msgspec import Raw, Struct

from leadloop.api.errors import ApiError, invalid_field
from leadloop.api.queries import decode_token, encode_token, parse_parameter, read_number
from leadloop.api.request import Request
from leadloop.core.changes import Change
from leadloop.core.errors import Problem
from leadloop.core.leads.sizes import size_of_records
from leadloop.core.threads import in_thread_if_large

LIMIT, MAX_LIMIT = 100, 1_000
FEED_PAGE_LIMIT_BYTES = 1024 * 1024
ENVELOPE_BYTES = 256
"""Upper bound for the bytes around the records."""
READ_AT_ONCE, MOST_READS = 100, 16
"""Records per read, up to 1 MiB of them, and reads per page. Only large records, which are shown shortened, need that
many reads."""

RecordReader = Callable[[int, int, int], Awaitable[list[Change]]]
"""Reads the records after a position, up to a number of records and of bytes."""
PositionOf = Callable[[Change], int]
RecordEncoder = Callable[[Change], bytes]


class FeedCursor(Struct, array_like=True, frozen=True):
    """The end of a page: a position in the feed of an account or a lead. `feed` is that account's or lead's id."""

    feed: str
    after: int


class FeedQuery(NamedTuple):
    """The parameters that all feeds share. `after` is 0 for the beginning."""

    feed: str
    after: int
    limit: int
    full: bool

    def check(self, end: int) -> None:
        """Raises `ApiError` 400 if the cursor is beyond the end of the feed."""
        if self.after > end:
            raise invalid_field("after", "cursor_beyond_feed")


class FeedPage(NamedTuple):
    records: list[Raw]
    last: int
    """The position of its last record, or the start of the page if it has none."""
    size: int
    """Approximate bytes."""


def read_feed_query(request: Request, feed: str) -> FeedQuery:
    """Raises `ApiError` 400."""
    cursor = parse_parameter(request, "after", _cursor, Problem("feed_cursor_expected"))
    if cursor is not None and cursor.feed != feed:
        raise _of_another_feed()
    return FeedQuery(
        feed=feed,
        after=cursor.after if cursor else 0,
        limit=read_number(request, "limit", LIMIT, 1, MAX_LIMIT),
        full=bool(parse_parameter(request, "full", {"true": True, "false": False}.get, Problem("flag_expected"))),
    )


async def read_page(
    query: FeedQuery, end: int, read: RecordReader, position_of: PositionOf, render: RecordEncoder
) -> FeedPage:
    """Records up to the position `end`: up to 1 MiB, but at least one if there is one."""
    records: list[Raw] = []
    size, last = ENVELOPE_BYTES, query.after

    def fill(changes: list[Change]) -> bool:
        """Appends records. Returns whether the page was full before the last of them."""
        nonlocal size, last
        for change in changes:
            record = render(change)
            size += len(record) + 1
            if records and size > FEED_PAGE_LIMIT_BYTES:
                return True
            records.append(Raw(record))
            last = position_of(change)
        return False

    for _ in range(MOST_READS):
        count = min(READ_AT_ONCE, query.limit - len(records))
        if not count or last >= end:
            break
        changes = await read(last, count, FEED_PAGE_LIMIT_BYTES)
        if not changes or await in_thread_if_large(size_of_records(changes), partial(fill, changes)):
            break
    return FeedPage(records, last, size)


def encode_cursor(feed: str, after: int) -> str:
    return encode_token(FeedCursor(feed, after))


def _cursor(text: str) -> FeedCursor | None:
    cursor = decode_token(text, FeedCursor)
    return cursor if cursor is not None and cursor.after >= 0 else None


def _of_another_feed() -> ApiError:
    return invalid_field("after", "cursor_of_other_feed")
