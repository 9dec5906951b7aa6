"""Golden transcripts: what is sent and what must come back, replayed against a real server.

A file of `transcripts/<dialect>/` is `{"about", "steps": [{"request", "response", "keep"?}]}`:

- request: `method`, `path`, `headers`?, `body`? (JSON) or `raw`? (a text, sent as it is), `key`? (`none`, `garbage`,
  `other account`, `read only`, `manager` of webhooks, `owner` with every scope; else a key of the transcript's own
  account that may read and write);
- response: `status`, `headers`? (those that matter; `null`: must be absent), `body` (exact; left out: empty);
- keep: name → JSON pointer into the answer's body, to be used by the steps behind it.

`{accountId}` and kept names are filled in everywhere. In expected values `{{id}}` (24 hex), `{{ms}}` (milliseconds
of about now), `{{instant}}` (ISO 8601 with milliseconds and Z, about now), `{{requestId}}` and `{{any}}` match.
"""

import json
import re
import time
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import msgspec

from lab.server import TLS, Client, Leadloop
from leadloop.api.body import encode
from leadloop.core.keys import DEFAULT_SCOPES, SCOPES

DIRECTORY = Path(__file__).resolve().parents[2] / "transcripts"
ABOUT_NOW_MS = 60_000
GARBAGE = "ll_live_garbage"

_NAME = re.compile(r"(?<!{){(\w+)}(?!})")
_PLACEHOLDER = re.compile(r"{{(\w+)}}")
_FORMS = {
    "id": r"[0-9a-f]{24}",
    "ms": r"\d{13}",
    "instant": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",
    "requestId": r"req_[0-9a-f]{24}",
    "any": r"[\s\S]*",
}


class Request(msgspec.Struct, forbid_unknown_fields=True):
    method: str
    path: str
    headers: dict[str, str] = {}
    body: Any = msgspec.UNSET
    raw: str | None = None
    key: str | None = None


class Response(msgspec.Struct, forbid_unknown_fields=True):
    status: int
    headers: dict[str, str | None] = {}
    body: Any = msgspec.UNSET


class Step(msgspec.Struct, forbid_unknown_fields=True):
    request: Request
    response: Response
    keep: dict[str, str] = {}


class Transcript(msgspec.Struct, forbid_unknown_fields=True):
    about: str
    steps: list[Step]


def files() -> list[Path]:
    return sorted(DIRECTORY.glob("*/*.json"))


def read(path: Path) -> Transcript:
    """Numbers with a fraction become `Decimal`, so that nothing is compared as a float."""
    return msgspec.convert(json.loads(path.read_text(), parse_float=Decimal), Transcript)


class Player:
    """Sends a transcript's requests, with keys of new accounts."""

    def __init__(self, server: Leadloop) -> None:
        self._server = server
        self._own = server.client()
        self._http = httpx.Client(base_url=server.url, timeout=30.0, verify=TLS, trust_env=False)
        self._clients: dict[str, Client] = {}
        self.values: dict[str, Any] = {"accountId": self._own.account_id}

    def play(self, step: Step) -> list[str]:
        """The differences from the expected answer, one line each."""
        answer = self._send(step.request)
        body = json.loads(answer.content, parse_float=Decimal) if answer.content else msgspec.UNSET
        differences = list(self._differences(step.response, answer, body))
        if not differences:
            self.values |= {name: _at(body, pointer) for name, pointer in step.keep.items()}
        return differences

    def close(self) -> None:
        self._http.close()
        for client in (self._own, *self._clients.values()):
            client.close()

    def _send(self, request: Request) -> httpx.Response:
        headers = self._key(request.key) | {name: filled(v, self.values) for name, v in request.headers.items()}
        content = None
        if request.raw is not None:
            content = filled(request.raw, self.values).encode()
        elif request.body is not msgspec.UNSET:
            content = encode(filled(request.body, self.values))
            headers.setdefault("Content-Type", "application/json")
        path = filled(request.path, self.values)
        return self._http.request(request.method, path, headers=headers, content=content)

    def _key(self, kind: str | None) -> dict[str, str]:
        if kind == "none":
            return {}
        if kind == "garbage":
            return {"X-API-Key": GARBAGE}
        if kind is None:
            return {"X-API-Key": self._own.key}
        if kind not in self._clients:
            keys = {
                "other account": (DEFAULT_SCOPES, None),
                "read only": (["leads:read"], self._own.account_id),
                "manager": (["webhooks:manage", "leads:read"], self._own.account_id),
                "owner": (SCOPES, self._own.account_id),
            }
            self._clients[kind] = self._server.client(*keys[kind])
        return {"X-API-Key": self._clients[kind].key}

    def _differences(self, expected: Response, answer: httpx.Response, body: Any) -> Iterator[str]:
        if answer.status_code != expected.status:
            yield f"status: expected {expected.status}, got {answer.status_code} with {answer.text[:2_000]}"
            return
        if not _matches_text("{{requestId}}", answer.headers.get("X-Request-Id", "")):
            yield f"header X-Request-Id: got {answer.headers.get('X-Request-Id')!r}"
        for name, value in expected.headers.items():
            got = answer.headers.get(name)
            if not matches(filled(value, self.values), got):
                yield f"header {name}: expected {value!r}, got {got!r}"
        yield from differences(filled(expected.body, self.values), body)


def filled(value: Any, values: dict[str, Any]) -> Any:
    """`value` with every `{name}` in its texts and keys filled in."""
    if isinstance(value, str):
        return _NAME.sub(lambda match: str(values[match[1]]), value)
    if isinstance(value, dict):
        return {filled(key, values): filled(member, values) for key, member in value.items()}
    if isinstance(value, list):
        return [filled(item, values) for item in value]
    return value


def differences(expected: Any, got: Any, at: str = "") -> Iterator[str]:
    if isinstance(expected, dict) and isinstance(got, dict):
        for key in sorted(expected.keys() | got.keys()):
            if key not in got:
                yield f"{at}/{key}: expected {expected[key]!r}, got nothing"
            elif key not in expected:
                yield f"{at}/{key}: expected nothing, got {got[key]!r}"
            else:
                yield from differences(expected[key], got[key], f"{at}/{key}")
    elif isinstance(expected, list) and isinstance(got, list) and len(expected) == len(got):
        for index, (item, got_item) in enumerate(zip(expected, got, strict=True)):
            yield from differences(item, got_item, f"{at}/{index}")
    elif not matches(expected, got):
        yield f"{at or 'body'}: expected {expected!r}, got {got!r}"


def matches(expected: Any, got: Any) -> bool:
    if isinstance(expected, str) and _PLACEHOLDER.search(expected):
        if expected == "{{any}}":
            return got is not msgspec.UNSET
        if expected == "{{ms}}":
            return type(got) is int and abs(got - time.time() * 1_000) < ABOUT_NOW_MS
        return isinstance(got, str) and _matches_text(expected, got)
    return type(expected) is type(got) and bool(expected == got)


def _matches_text(expected: str, got: str) -> bool:
    parts = _PLACEHOLDER.split(expected)
    form = "".join(f"({_FORMS[part]})" if odd % 2 else re.escape(part) for odd, part in enumerate(parts))
    match = re.fullmatch(form, got)
    return match is not None and all(
        _is_now(kind, text) for kind, text in zip(parts[1::2], match.groups(), strict=True)
    )


def _is_now(kind: str, text: str) -> bool:
    if kind == "instant":
        return abs(datetime.fromisoformat(text).timestamp() - time.time()) * 1_000 < ABOUT_NOW_MS
    return kind != "ms" or abs(int(text) - time.time() * 1_000) < ABOUT_NOW_MS


def _at(body: Any, pointer: str) -> Any:
    for part in pointer.split("/")[1:]:
        body = body[int(part)] if isinstance(body, list) else body[part]
    return body
