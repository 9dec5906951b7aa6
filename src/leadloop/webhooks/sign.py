"""Signing as in Standard Webhooks, version 1 (https://www.standardwebhooks.com). Pure but for the dice of a new secret.

What is signed is `id.timestamp.body`, the very bytes that are sent. Every valid secret signs, so that a receiver may
change to the new one when it suits.
"""

import base64
import hmac
import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct, structs

PREFIX = "whsec_"
SECRET_BYTES = 32
OVERLAP_MS = 24 * 3_600_000
"""For how long a secret signs along after another has taken its place."""
TOLERANCE_MS = 5 * 60_000
"""Between the clocks of sender and receiver, and for the way."""
VALID_LIMIT = 3
"""Most secrets that sign at once, or the header would grow without end: with a fourth, the oldest goes."""


_SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)


class NotGenuine(Exception):
    """Why what was received is not believed, in words that hold nothing of the secret."""


class Secret(Struct, frozen=True):
    """`text` may be sealed: nothing in here looks into it. `until_ms` is `None` for the present one."""

    text: str
    until_ms: int | None = None

    def __repr__(self) -> str:
        return f"Secret(until_ms={self.until_ms})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("until_ms", self.until_ms)]

    def valid_at(self, at_ms: int) -> bool:
        return self.until_ms is None or at_ms < self.until_ms


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def rotated(present: Sequence[Secret], text: str, at_ms: int, overlap_ms: int = OVERLAP_MS) -> list[Secret]:
    """The secrets, newest first, once `text` has taken over. None of the others is valid any longer than it was."""
    until_ms = at_ms + overlap_ms
    retired = [structs.replace(old, until_ms=min(until_ms, old.until_ms or until_ms)) for old in present]
    return [Secret(text), *(old for old in retired if old.valid_at(at_ms))][:VALID_LIMIT]


def headers(event_id: str, at_ms: int, body: bytes, texts: Iterable[str]) -> dict[str, str]:
    """Those of one attempt, signed with every secret in `texts`. Raises `ValueError` for one that is none."""
    at_s = str(at_ms // 1_000)
    return {
        "webhook-id": event_id,
        "webhook-timestamp": at_s,
        "webhook-signature": " ".join(_signature(text, event_id, at_s, body) for text in texts),
    }


def verify(headers: Mapping[str, str], body: bytes, text: str, at_ms: int) -> None:
    """As a receiver does at `at_ms`. Header names in small letters. Raises `NotGenuine`; `ValueError` like `key`."""
    missing = [name for name in ("webhook-id", "webhook-timestamp", "webhook-signature") if name not in headers]
    if missing:
        raise NotGenuine(f"it has no {' and no '.join(missing)}")
    at_s = headers["webhook-timestamp"]
    if _SECONDS.fullmatch(at_s) is None:
        raise NotGenuine("its webhook-timestamp is no number of seconds")
    away_ms = abs(at_ms - int(at_s) * 1_000)
    if away_ms > TOLERANCE_MS:
        raise NotGenuine(f"its webhook-timestamp is {away_ms // 1_000} s away from this machine's clock")
    expected = _signature(text, headers["webhook-id"], at_s, body).encode()
    given = headers["webhook-signature"].split()
    if not any(hmac.compare_digest(expected, one.encode(errors="surrogateescape")) for one in given):
        raise NotGenuine("it is not signed with this secret, or was changed on the way")


def key(text: str) -> bytes:
    """The bytes of a secret. Raises `ValueError` for what is none."""
    try:
        found = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except ValueError:
        found = b""
    if not found or not text.startswith(PREFIX):
        raise ValueError("this is no webhook secret: one is whsec_ and base64")
    return found


def _signature(text: str, event_id: str, at_s: str, body: bytes) -> str:
    signed = b".".join((event_id.encode(errors="surrogateescape"), at_s.encode(), body))
    return f"v1,{base64.b64encode(hmac.digest(key(text), signed, 'sha256')).decode()}"
