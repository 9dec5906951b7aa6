"""Finding a phone by any spelling, by the digits that it ends with. What is stored is never altered.

Spellings of one number differ at its front: country code, trunk zeros, carrier and area code, a ninth digit. So a lead
is indexed by its digits written backwards, and found where that key begins with one of the query's. The end of a
number also tells leads apart, which its beginning does not: half an account may share it.
"""

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException

from leadloop.core.leads.normalize import phone_key
from leadloop.core.search.folding import address, fold, words

LEAST_DIGITS, MOST_DIGITS = 4, 32
LEAST_WITHOUT_PREFIX = 7
"""A number that is shorter without its country code or trunk zeros keeps them."""

_DIGITS = re.compile("[0-9]+")
_DIALLED_ABROAD = re.compile(r"^\s*00")
_NINTH = re.compile("((?:55)?[1-9]{2})9([0-9]{8})")
"""A Brazilian mobile number with its ninth digit, from the area code on or with the country code."""


def number(text: str) -> str | None:
    """The digits of what may be a phone, with a `+` in front if it has one; `None` for anything else.

    That is a text of digits and any punctuation, but no e-mail address.
    """
    digits = "".join(words(text))
    if not is_piece(text) or not LEAST_DIGITS <= len(digits) <= MOST_DIGITS:
        return None
    return "+" + digits if "+" in fold(text).partition(digits[0])[0] else digits


def is_piece(word: str) -> bool:
    """Whether the word may be one of several that make up a phone."""
    return _DIGITS.fullmatch("".join(words(word))) is not None and address(word) is None


def indexed_phone(phone: str | None, country: str | None) -> str | None:
    """The key of a lead's phone: its digits backwards, understood as `phone_key` does."""
    key = phone_key(_DIALLED_ABROAD.sub("+", fold(phone)), country) if phone else None
    return key[::-1] if key else None


@lru_cache(maxsize=1_024)
def phone_prefixes(asked: str) -> tuple[str, ...]:
    """What the key of a lead begins with, any of these, that has the phone `asked` for (as `number` gives it)."""
    ends = _ends(asked)
    ends |= {_short(end) for end in ends}
    return tuple(sorted(end[::-1] for end in ends if not any(end.endswith(other) for other in ends - {end})))


def _ends(asked: str) -> set[str]:
    if asked.startswith("+"):
        try:
            parsed = phonenumbers.parse(asked)
        except NumberParseException:
            return _ends(asked[1:])
        national = str(parsed.national_number)
        return {national if len(national) >= LEAST_WITHOUT_PREFIX else asked[1:]}
    bare = asked.lstrip("0")
    bare = bare if len(bare) >= LEAST_WITHOUT_PREFIX else asked
    local = bare[1:] if len(bare) == 9 and bare[0] == "9" else bare
    return {local, phone_key(asked) or local}


def _short(digits: str) -> str:
    found = _NINTH.fullmatch(digits)
    return found[1] + found[2] if found else digits
