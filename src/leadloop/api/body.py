"""From bytes to a JSON object that is safe to look at: size, media type, syntax, and what no string may hold.

The limits are those of semantics section 7. Fractions are decoded as `Decimal`, so that money never passes through
a float.
"""

import re
from decimal import Decimal
from functools import partial
from typing import Any

import msgspec
from starlette.requests import ClientDisconnect

from leadloop.api.errors import ApiError, unsupported
from leadloop.api.request import Request
from leadloop.core.changes import pointer
from leadloop.core.errors import PROBLEM_LIMIT, InvalidFields, Problem
from leadloop.core.threads import in_thread

BODY_LIMIT_BYTES = 1024 * 1024
SMALL_BYTES = 16 * 1024
"""Decoded and checked in some 2 ms, at most 8; a mebibyte of small numbers takes half a second."""
DEPTH_LIMIT = 32
MEMBER_LIMIT = 1_000
KEY_LIMIT_BYTES = 256
INT_MIN, INT_MAX = -(2**63), 2**63 - 1

encode = msgspec.json.Encoder(decimal_format="number").encode
"""To JSON; a `Decimal` becomes a number, digit by digit."""

_MEDIA_TYPES = frozenset({"application/json", "application/merge-patch+json"})
_DECODE = msgspec.json.Decoder(float_hook=Decimal).decode
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_TOO_LARGE = Problem("body_too_large", limit=BODY_LIMIT_BYTES)


def json_text(value: Any) -> str:
    return encode(value).decode()


def check(request: Request) -> None:
    """What the header says of the body. Raises `ApiError` 413 or 415."""
    fields = request.fields
    if int(fields.get(b"content-length", 0)) > BODY_LIMIT_BYTES:
        raise ApiError(413, _TOO_LARGE, headers={"Connection": "close"})
    if fields.get(b"content-type") != b"application/json":
        _check_media_type(request.field(b"content-type") or "")
    if b"content-encoding" in fields and fields[b"content-encoding"].strip().lower() not in (b"identity", b""):
        raise unsupported(Problem("content_encoding_refused"))


async def decode_body(raw: bytes) -> dict[str, Any]:
    """Off the event loop where it is large. Raises what `decode_object` raises."""
    return decode_object(raw) if len(raw) <= SMALL_BYTES else await in_thread(partial(decode_object, raw))


def decode_object(raw: bytes) -> dict[str, Any]:
    """Raises `ApiError` 400: not JSON, not an object; `InvalidFields`: something in it that no field may hold."""
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    if not raw.strip():
        raise _bad(Problem("body_empty"))
    try:
        body = _DECODE(raw)
    except RecursionError:
        raise _bad(Problem("body_too_deep", limit=DEPTH_LIMIT)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _bad(Problem("body_not_json", decoder=str(error))) from None
    except ArithmeticError:
        raise _bad(Problem("body_number_range")) from None
    if not isinstance(body, dict):
        raise _bad(Problem("body_object_expected"))
    problems: list[Problem] = []
    _scan(body, "", 1, problems)
    if problems:
        raise InvalidFields(problems)
    return body


def _check_media_type(content_type: str) -> None:
    media_type, _, parameters = content_type.partition(";")
    if media_type.strip().lower() not in _MEDIA_TYPES:
        raise unsupported(Problem("json_type_expected"))
    charset = parameters.replace(" ", "").replace('"', "").lower()
    if charset.startswith("charset=") and charset.removeprefix("charset=").partition(";")[0] not in ("utf-8", "utf8"):
        raise unsupported(Problem("utf8_expected"))


async def read(request: Request) -> bytes:
    """The body. Raises `ApiError` 413 or 400."""
    chunks, size = [], 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > BODY_LIMIT_BYTES:
                raise ApiError(413, _TOO_LARGE, headers={"Connection": "close"})
            chunks.append(chunk)
    except ClientDisconnect:
        raise _bad(Problem("body_incomplete")) from None
    return b"".join(chunks)


def _scan(value: Any, at: str, depth: int, problems: list[Problem]) -> None:
    """Collect what is refused wherever it stands. `depth` counts the containers around and including `value`."""
    if len(problems) == PROBLEM_LIMIT:
        return
    if isinstance(value, str):
        if not value.isprintable() and _CONTROL.search(value):
            problems.append(Problem("control_characters", at))
    elif isinstance(value, dict | list):
        if depth > DEPTH_LIMIT:
            problems.append(Problem("too_deep", at, limit=DEPTH_LIMIT))
            return
        if len(value) > MEMBER_LIMIT:
            problems.append(Problem("too_many_entries", at, limit=MEMBER_LIMIT))
            return
        if isinstance(value, list):
            for index, item in enumerate(value):
                _scan(item, f"{at}/{index}", depth + 1, problems)
        else:
            _scan_members(value, at, depth, problems)
    elif isinstance(value, int | Decimal) and not INT_MIN <= value <= INT_MAX:
        problems.append(Problem("whole_range", at))


def _scan_members(value: dict[str, Any], at: str, depth: int, problems: list[Problem]) -> None:
    for key, member in value.items():
        if len(problems) == PROBLEM_LIMIT:
            return
        if len(key) > KEY_LIMIT_BYTES // 4 and len(key.encode()) > KEY_LIMIT_BYTES:
            problems.append(Problem("names_too_long", at, limit=KEY_LIMIT_BYTES))
        elif not key.isprintable() and _CONTROL.search(key):
            problems.append(Problem("control_characters_in_names", at))
        elif not isinstance(member, str) or not member.isprintable():
            _scan(member, at + pointer(key), depth + 1, problems)


def _bad(problem: Problem) -> ApiError:
    return ApiError(400, Problem("body", problem=problem), problems=[problem])
