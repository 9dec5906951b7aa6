"""Makes words comparable: without case, accents and punctuation. Queries and leads go through the same functions.

Both engines index the results and fold nothing themselves, so that they give the same answers. Folding is idempotent.
Any change here requires rebuilding every search index.
"""

import re
import unicodedata
from functools import lru_cache

from leadloop.core.leads.normalize import MAX_EMAIL_LENGTH

WORD_LENGTH, WHOLE_LENGTH = 64, 256
"""Longer texts are compared by their beginning: keys of an index are limited in length."""

_NO_ACCENT_BUT_A_STROKE = str.maketrans({"ı": "i", "ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe"})
_VARIATIONS = re.compile("[\u034f\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_ASCII_WORD = re.compile("[a-z0-9]+")
_OWN_WORD = re.compile("[\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
"""Han and Kana are written without spaces: each character is a word, so that any part of a name is found."""
_ADDRESS = re.compile(r'[^\s@"\\,:<>=-][^\s@"\\,:<>=]*@[^\s@"\\,:<>=]+')
"""An e-mail address that can be distinguished from the rest of a query. Others are found by their words."""


def fold(text: str) -> str:
    """The text with compatibility forms decomposed, without accents, invisible characters and case, digits in ASCII."""
    if text.isascii():
        return text.lower()
    return _plain(_plain(text).casefold()).translate(_NO_ACCENT_BUT_A_STROKE)


@lru_cache(maxsize=4_096)
def whole(text: str) -> str:
    """A name or id to compare as a whole: folded, with single spaces; punctuation and emoji stay."""
    return " ".join(fold(text).split())[:WHOLE_LENGTH].rstrip()


def words(text: str) -> tuple[str, ...]:
    """The folded words in order. Any character that is no letter or digit separates words."""
    folded = fold(text)
    texts = _ASCII_WORD.findall(folded) if folded.isascii() else "".join(map(_separated, folded)).split()
    return tuple(word[:WORD_LENGTH] for word in texts)


def address(text: str) -> str | None:
    """A whole e-mail address as one word; `None` if the text is none."""
    folded = fold(text).strip()
    return folded if len(folded) <= MAX_EMAIL_LENGTH and _ADDRESS.fullmatch(folded) else None


def _plain(text: str) -> str:
    return "".join(map(_plain_character, unicodedata.normalize("NFKD", text)))


@lru_cache(maxsize=4_096)
def _plain_character(c: str) -> str:
    if unicodedata.combining(c) or unicodedata.category(c) in ("Cf", "Me") or _VARIATIONS.match(c):
        return ""
    digit = unicodedata.decimal(c, None)
    return c if digit is None else str(digit)


@lru_cache(maxsize=4_096)
def _separated(c: str) -> str:
    """The character, or a space if it separates words. Vowel signs, as in Hindi and Thai, belong to their word."""
    if not c.isalnum() and unicodedata.category(c) not in ("Mn", "Mc"):
        return " "
    return f" {c} " if _OWN_WORD.match(c) else c
