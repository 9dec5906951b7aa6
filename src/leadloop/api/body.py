"""Decodes and checks a request body: size, media type, JSON syntax, nesting and forbidden characters.

The limits are those of semantics section 7. Fractions are decoded as `Decimal`, so money never passes through a float.
"""

import re
from decimal import Decimal
from functools import partial
from typing import Any

import msgspec
from starlette.requests import ClientDisconnect

from leadloop.api.errors import ApiError, unsupported_media_type
from leadloop.api.request import Request
from leadloop.core.changes import pointer
from leadloop.core.errors import PROBLEM_LIMIT, InvalidFields, Problem
from leadloop.core.threads import in_thread

BODY_LIMIT_BYTES = 1024 * 1024
SMALL_BYTES = 16 * 1024
"""Up to this size decoding and checking takes about 2 ms, at most 8; 1 MiB of small numbers takes half a second."""
DEPTH_LIMIT = 32
MEMBER_LIMIT = 1_000
KEY_LIMIT_BYTES = 256
INT_MIN, INT_MAX = -(2**63), 2**63 - 1

encode = msgspec.json.Encoder(decimal_format="number").encode
"""To JSON; a `Decimal` becomes a number with all its digits."""

_MEDIA_TYPES = frozenset({"application/json", "application/merge-patch+json"})
_DECODE = msgspec.json.Decoder(float_hook=Decimal).decode
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_NEEDS_SCAN = re.compile(rb"""\\|[0-9]{18}|[0-9][eE]|"[^"]{%d}""" % KEY_LIMIT_BYTES)
"""A text with an escape, a long number or one with an exponent, or a long string or name."""
_NUMBERS, _CONTAINERS = (int, Decimal), (dict, list)
_TOO_LARGE = Problem("body_too_large", limit=BODY_LIMIT_BYTES)


def json_text(value: Any) -> str:
    return encode(value).decode()


def check_headers(request: Request) -> None:
    """Checks the header fields that describe the body. Raises `ApiError` 413 or 415."""
    fields = request.fields
    if int(fields.get(b"content-length", 0)) > BODY_LIMIT_BYTES:
        raise ApiError(413, _TOO_LARGE, headers={"Connection": "close"})
    if fields.get(b"content-type") != b"application/json":
        _check_media_type(request.field(b"content-type") or "")
    if b"content-encoding" in fields and fields[b"content-encoding"].strip().lower() not in (b"identity", b""):
        raise unsupported_media_type(Problem("content_encoding_refused"))


async def decode_body(raw: bytes) -> dict[str, Any]:
    """Like `decode_object`, in a thread if the body is large."""
    return decode_object(raw) if len(raw) <= SMALL_BYTES else await in_thread(partial(decode_object, raw))


def decode_object(raw: bytes) -> dict[str, Any]:
    """Raises `ApiError` 400 for a body that is not a JSON object, `InvalidFields` for values that no field accepts."""
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    if not raw.strip():
        raise _body_error(Problem("body_empty"))
    try:
        body = _DECODE(raw)
    except RecursionError:
        raise _body_error(Problem("body_too_deep", limit=DEPTH_LIMIT)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _body_error(Problem("body_not_json", decoder=str(error))) from None
    except ArithmeticError:
        raise _body_error(Problem("body_number_range")) from None
    if not isinstance(body, dict):
        raise _body_error(Problem("body_object_expected"))
    if not _is_plain(raw):
        problems: list[Problem] = []
        _scan(body, "", 1, problems)
        if problems:
            raise InvalidFields(problems)
    return body


def _is_plain(raw: bytes) -> bool:
    """Whether the text of a JSON object shows that `_scan` finds nothing in it: control characters need escapes."""
    few_containers = raw.count(b"{") + raw.count(b"[") <= DEPTH_LIMIT
    return len(raw) <= MEMBER_LIMIT and few_containers and _NEEDS_SCAN.search(raw) is None


def _check_media_type(content_type: str) -> None:
    media_type, _, parameters = content_type.partition(";")
    if media_type.strip().lower() not in _MEDIA_TYPES:
        raise unsupported_media_type(Problem("json_type_expected"))
    charset = parameters.replace(" ", "").replace('"', "").lower()
    if charset.startswith("charset=") and charset.removeprefix("charset=").partition(";")[0] not in ("utf-8", "utf8"):
        raise unsupported_media_type(Problem("utf8_expected"))


async def read_body(request: Request) -> bytes:
    """Reads the whole body. Raises `ApiError` 413 or 400."""
    chunks, size = [], 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > BODY_LIMIT_BYTES:
                raise ApiError(413, _TOO_LARGE, headers={"Connection": "close"})
            chunks.append(chunk)
    except ClientDisconnect:
        raise _body_error(Problem("body_incomplete")) from None
    return b"".join(chunks)


def _scan(value: Any, at: str, depth: int, problems: list[Problem]) -> None:
    """Collects problems that do not depend on the field. `depth` counts the containers around and including `value`."""
    if len(problems) == PROBLEM_LIMIT:
        return
    if isinstance(value, str):
        if not value.isprintable() and _CONTROL.search(value):
            problems.append(Problem("control_characters", at))
    elif isinstance(value, _CONTAINERS):
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
    elif isinstance(value, _NUMBERS) and not INT_MIN <= value <= INT_MAX:
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


def _body_error(problem: Problem) -> ApiError:
    return ApiError(400, Problem("body", problem=problem), problems=[problem])
