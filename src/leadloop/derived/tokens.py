"""The tokens of a full text, the same on both engines.

Each begins with a mark of its account, so that a word that is common in one costs no other anything. Readers still ask
for the account: two may have the same mark.
"""

import re
from base64 import b32encode
from functools import lru_cache
from hashlib import blake2b

_ODD = re.compile(r"[^\dA-Za-z\x80-\U0010ffff]", re.ASCII)


def word(account_id: str, text: str) -> str:
    """A word or a whole address of the name or the e-mail. The beginning of a text is the beginning of its token."""
    return f"{mark(account_id)}w{_escaped(text)}"


def phone(account_id: str, digits: str) -> str:
    return f"{mark(account_id)}p{digits}"


def is_phone(account_id: str, token: str) -> bool:
    return token.startswith(phone(account_id, ""))


def exact(account_id: str, field: str, text: str) -> str:
    return f"{mark(account_id)}x{_digest(field, text)}"


def has(account_id: str, field: str) -> str:
    return f"{mark(account_id)}h{_escaped(field)}"


@lru_cache(maxsize=1_024)
def mark(account_id: str) -> str:
    return _base32(account_id, 5)[:4]


def _escaped(text: str) -> str:
    """No spaces, quotes or other punctuation that a full text parts or a query understands."""
    return text if text.isalnum() else _ODD.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    return f"_{ord(found[0]):02x}"


@lru_cache(maxsize=8_192)
def _digest(field: str, text: str) -> str:
    """Long and odd texts as short words. They are only ever compared as a whole."""
    return _base32(f"{field}={text}", 10)


def _base32(text: str, size: int) -> str:
    return b32encode(blake2b(text.encode(), digest_size=size).digest()).decode().lower()
