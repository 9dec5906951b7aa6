"""Signing as in Standard Webhooks, version 1 (https://www.standardwebhooks.com). Pure but for the dice of a new secret.

What is signed is `id.timestamp.body`, the very bytes that are sent. Every valid secret signs, so that a receiver may
change to the new one when it suits.
"""

import base64
import binascii
import hmac
import secrets
from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct, structs

PREFIX = "whsec_"
SECRET_BYTES = 32
OVERLAP_MS = 24 * 3_600_000
"""For how long a secret signs along after another has taken its place."""
VALID_LIMIT = 3
"""Most secrets that sign at once, or the header would grow without end: with a fourth, the oldest goes."""


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
    signed = b".".join((event_id.encode(), at_s.encode(), body))
    return {
        "webhook-id": event_id,
        "webhook-timestamp": at_s,
        "webhook-signature": " ".join(f"v1,{_signature(text, signed)}" for text in texts),
    }


def _signature(text: str, signed: bytes) -> str:
    return base64.b64encode(hmac.digest(_key(text), signed, "sha256")).decode()


def _key(text: str) -> bytes:
    try:
        key = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not key or not text.startswith(PREFIX):
        raise ValueError("this is no webhook secret: one is whsec_ and base64")
    return key
