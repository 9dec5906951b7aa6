"""The tokens of the full text, the same on both engines.

Each begins with a mark of its account, so that a word that is common in one account does not slow down others. Queries
still compare the account: two accounts may share a mark.
"""

import re
from base64 import b32encode
from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b

_ODD = re.compile(r"[^\dA-Za-z\x80-\U0010ffff]", re.ASCII)


def word(account_id: str, text: str) -> str:
    """The token of a word or a whole address in name or e-mail. A prefix of the text has a prefix of the token."""
    return f"{mark(account_id)}w{_escaped(text)}"


def phone(account_id: str, digits: str) -> str:
    return f"{mark(account_id)}p{digits}"


def phone_tokens(account_id: str, tokens: Iterable[str]) -> set[str]:
    """The phone tokens among `tokens`."""
    begin = phone(account_id, "")
    return {token for token in tokens if token.startswith(begin)}


def exact(account_id: str, field: str, text: str) -> str:
    return f"{mark(account_id)}x{_digest(field, text)}"


@lru_cache(maxsize=4_096)
def has(account_id: str, field: str) -> str:
    return f"{mark(account_id)}h{_escaped(field)}"


@lru_cache(maxsize=1_024)
def mark(account_id: str) -> str:
    return _base32(account_id, 5)[:4]


def _escaped(text: str) -> str:
    """Escapes spaces, quotes and other characters at which the engines split tokens or that their query syntax uses."""
    return text if text.isalnum() else _ODD.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    return f"_{ord(match[0]):02x}"


@lru_cache(maxsize=8_192)
def _digest(field: str, text: str) -> str:
    """A short digest of a text, which is only compared as a whole."""
    return _base32(f"{field}={text}", 10)


def _base32(text: str, size: int) -> str:
    return b32encode(blake2b(text.encode(), digest_size=size).digest()).decode().lower()
