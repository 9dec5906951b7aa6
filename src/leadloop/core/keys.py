"""API keys: their format, creation, and verification without storing the key (semantics section 6).

A key is `ll_live_` or `ll_test_`, 12 base62 characters of key id, `_`, 32 of secret, and 6 of CRC-32 of everything
before. Secret scanners find keys with `ll_(live|test)_[0-9A-Za-z]{12}_[0-9A-Za-z]{38}`.
"""

import hmac
import re
import secrets
import string
import zlib
from typing import NamedTuple

from msgspec import Struct

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
ID_LENGTH, SECRET_LENGTH = 12, 32
_PAIRS = [first + second for first in ALPHABET for second in ALPHABET]
"""The two base62 digits of every number below 62²."""
FORM = re.compile(r"(ll_(?:live|test)_([0-9A-Za-z]{12})_([0-9A-Za-z]{32}))([0-9A-Za-z]{6})")

SCOPES = (
    "leads:read",
    "leads:write",
    "leads:bulk",
    "webhooks:manage",
    "sources:manage",
    "keys:manage",
    "users:manage",
    "account:manage",
    "requests:read",
)
DEFAULT_SCOPES = ("leads:read", "leads:write")


class ApiKey(Struct, frozen=True, kw_only=True):
    """A stored key: never the key itself, only an HMAC-SHA-256 of its secret under the instance's pepper."""

    id: str
    account_id: str
    name: str
    scopes: list[str]
    digest: bytes
    created_at_ms: int
    expires_at_ms: int | None = None
    revoked_at_ms: int | None = None
    last_used_at_ms: int | None = None
    created_by: str = "system"
    """The actor, as in change records."""
    last_used_from: str | None = None
    """The network address of the last use."""
    replaces: str | None = None
    """The id of the key that this one was rotated from."""

    def valid_at(self, at_ms: int) -> bool:
        return self.revoked_at_ms is None and (self.expires_at_ms is None or at_ms < self.expires_at_ms)


class Token(NamedTuple):
    """The parts of a presented key."""

    key_id: str
    secret: str


def parse(text: str) -> Token | None:
    """Returns `None` unless format and checksum are those of a key, so that garbage never reaches the database."""
    match = FORM.fullmatch(text)
    if match is None or _checksum(match[1]) != match[4]:
        return None
    return Token(match[2], match[3])


def mint(
    account_id: str,
    name: str,
    scopes: list[str],
    pepper: bytes,
    at_ms: int,
    *,
    expires_at_ms: int | None = None,
    test: bool = False,
) -> tuple[ApiKey, str]:
    """A new key and its text. The text is not stored, so show it now.

    Raises `ValueError` naming a scope that does not exist.
    """
    for scope in scopes:
        if scope not in SCOPES:
            raise ValueError(f"there is no scope {scope!r}; choose from {', '.join(SCOPES)}")
    key_id, secret = _random(ID_LENGTH), _random(SECRET_LENGTH)
    body = f"ll_{'test' if test else 'live'}_{key_id}_{secret}"
    key = ApiKey(
        id=key_id,
        account_id=account_id,
        name=name,
        scopes=scopes,
        digest=digest(pepper, secret),
        created_at_ms=at_ms,
        expires_at_ms=expires_at_ms,
    )
    return key, body + _checksum(body)


def digest(pepper: bytes, secret: str) -> bytes:
    return hmac.digest(pepper, secret.encode(), "sha256")


def matches(key: ApiKey, pepper: bytes, secret: str) -> bool:
    """Compares in constant time."""
    return hmac.compare_digest(key.digest, digest(pepper, secret))


def _random(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def _checksum(body: str) -> str:
    number, low = divmod(zlib.crc32(body.encode()), len(_PAIRS))
    high, middle = divmod(number, len(_PAIRS))
    return _PAIRS[high] + _PAIRS[middle] + _PAIRS[low]
