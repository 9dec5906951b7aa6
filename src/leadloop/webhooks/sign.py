"""Signatures of Standard Webhooks, version 1 (https://www.standardwebhooks.com). Pure except for `new_secret`.

The signature covers `id.timestamp.body`, the very bytes that are sent. Every valid secret signs, so that a receiver can
change to the new one at any time.
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
"""How long a secret still signs after it was replaced."""
TOLERANCE_MS = 5 * 60_000
"""For the difference between the clocks, and the time in transit."""
VALID_LIMIT = 3
"""Limits how many secrets sign, and so the size of the header: a fourth drops the oldest."""


_SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)


class VerificationError(Exception):
    """A request fails verification. The text says why and does not contain the secret."""


class Secret(Struct, frozen=True):
    """`text` may be sealed: this module does not parse it. `until_ms` is `None` for the current secret."""

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


def add_secret(current: Sequence[Secret], text: str, at_ms: int, overlap_ms: int = OVERLAP_MS) -> list[Secret]:
    """The secrets after `text` was added, newest first. The others stay valid for the overlap, and no longer than
    before.
    """
    until_ms = at_ms + overlap_ms
    retired = [structs.replace(old, until_ms=min(until_ms, old.until_ms or until_ms)) for old in current]
    return [Secret(text), *(old for old in retired if old.valid_at(at_ms))][:VALID_LIMIT]


def headers(event_id: str, at_ms: int, body: bytes, texts: Iterable[str]) -> dict[str, str]:
    """The header fields of one attempt, signed with all secrets in `texts`. Raises `ValueError` for an invalid one."""
    at_s = str(at_ms // 1_000)
    return {
        "webhook-id": event_id,
        "webhook-timestamp": at_s,
        "webhook-signature": " ".join(_signature(text, event_id, at_s, body) for text in texts),
    }


def verify(headers: Mapping[str, str], body: bytes, text: str, at_ms: int) -> None:
    """Verifies a request like a receiver at `at_ms`. Header names are in lower case. Raises `VerificationError`, and
    `ValueError` like `key`.
    """
    missing = [name for name in ("webhook-id", "webhook-timestamp", "webhook-signature") if name not in headers]
    if missing:
        raise VerificationError(f"it has no {' and no '.join(missing)}")
    at_s = headers["webhook-timestamp"]
    if _SECONDS.fullmatch(at_s) is None:
        raise VerificationError("its webhook-timestamp is not a number of seconds")
    away_ms = abs(at_ms - int(at_s) * 1_000)
    if away_ms > TOLERANCE_MS:
        raise VerificationError(f"its webhook-timestamp is {away_ms // 1_000} s away from this machine's clock")
    expected = _signature(text, headers["webhook-id"], at_s, body).encode()
    signatures = headers["webhook-signature"].split()
    if not any(hmac.compare_digest(expected, signature.encode(errors="surrogateescape")) for signature in signatures):
        raise VerificationError("it is not signed with this secret, or was changed in transit")


def key(text: str) -> bytes:
    """The bytes of a secret. Raises `ValueError` if it is invalid."""
    try:
        raw = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except ValueError:
        raw = b""
    if not raw or not text.startswith(PREFIX):
        raise ValueError("this is not a webhook secret: it must be whsec_ and base64")
    return raw


def _signature(text: str, event_id: str, at_s: str, body: bytes) -> str:
    signed = b".".join((event_id.encode(errors="surrogateescape"), at_s.encode(), body))
    return f"v1,{base64.b64encode(hmac.digest(key(text), signed, 'sha256')).decode()}"
