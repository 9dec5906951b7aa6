"""Lists of leadloop's own resources: pages of `limit` items, continued by `cursor` (own.md section 1)."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from leadloop.api.call import Answer, Call
from leadloop.api.envelope import success
from leadloop.api.queries import decode_token, encode_token, parse_parameter, read_number
from leadloop.core.errors import Problem
from leadloop.core.ids import ID

T = TypeVar("T")

LIMIT, MAX_LIMIT = 50, 200
PAGE_PARAMETERS = ("limit", "cursor")


def read_limit(call: Call) -> int:
    return read_number(call.request, "limit", LIMIT, 1, MAX_LIMIT)


def read_cursor(call: Call, kind: type[T]) -> T | None:
    """The position that the cursor encodes; `None` for the first page. Raises `ApiError` 400."""
    wrong = Problem("list_cursor_expected", member="nextCursor")
    return parse_parameter(call.request, "cursor", lambda text: decode_token(text, kind), wrong)


def read_id_cursor(call: Call) -> str:
    """The id of the last item of the previous page; empty for the first page. Raises `ApiError` 400."""

    def parse(text: str) -> str | None:
        last_id = decode_token(text, str)
        return last_id if last_id is not None and ID.fullmatch(last_id) else None

    return parse_parameter(call.request, "cursor", parse, Problem("list_cursor_expected", member="nextCursor")) or ""


def page(noun: str, items: Sequence[T], limit: int, show: Callable[[T], Any], position: Callable[[T], Any]) -> Answer:
    """`items` has more than `limit` if there is another page. `position` is what the cursor says of its last item."""
    has_more = len(items) > limit
    next_cursor = encode_token(position(items[limit - 1])) if has_more else None
    return success({noun: [show(item) for item in items[:limit]], "nextCursor": next_cursor, "hasMore": has_more})
