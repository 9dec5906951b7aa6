"""Secrets of links and sessions: 256 random bits, of which only the SHA-256 is stored."""

import secrets
from hashlib import sha256

BYTES = 32


def new_token() -> str:
    """In base64url, 43 characters."""
    return secrets.token_urlsafe(BYTES)


def digest_of(token: str) -> bytes:
    """`token` may be any text."""
    return sha256(token.encode("utf-8", "surrogatepass")).digest()


def address_of(public_url: str, token: str) -> str:
    """The address of a one-time link."""
    return f"{public_url}/app/welcome/{token}"
