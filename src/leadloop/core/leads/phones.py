"""The matching key of a phone: the international number that all its spellings share (semantics section 1). Pure.

A key never replaces the stored phone. A text without a key matches nobody.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

import phonenumbers
from phonenumbers import NumberParseException, ValidationResult

BRAZIL, BRAZIL_CODE = "BR", "55"
POSSIBLE_REGIONS = (BRAZIL, "US")
"""The regions in which a phone without country code may be, in an account without a country."""

_AREA_CODE = re.compile("[1-9]{2}")
_LANDLINE = re.compile("[2-5][0-9]{7}")
_OLD_MOBILE = re.compile("[6-9][0-9]{7}")
_MOBILE_THAT_WAS_OLD = re.compile("9[6-9][0-9]{7}")
_MOBILE = re.compile("9[0-9]{8}")

_ALIASES = {"UK": "GB"}
_WHATSAPP = re.compile(r"\s*\+?([0-9]+)(?::[0-9]+)?@(?:s\.whatsapp\.net|c\.us)\s*")
_BEGIN = re.compile("[+0-9]")
_END = re.compile(r"[^\W\d_]|[,;|#&+]|\s/\s")
"""Ends a number: a letter, or a character before an extension or another number."""
_NOT_DIGITS = re.compile("[^0-9]+")


class Number(NamedTuple):
    """The digits of a phone. `is_international` means that they begin with a country code."""

    digits: str
    is_international: bool


def possible_regions(country: str | None) -> tuple[str, ...]:
    """The regions in which a phone without country code may be, in an account with this country, or without one."""
    return (country,) if country else POSSIBLE_REGIONS


def region_of(country: str | None) -> str | None:
    """The region of a country's two letters, in capitals; `None` if there is no such numbering plan."""
    code = (country or "").strip().upper()
    code = _ALIASES.get(code, code)
    return code if code in phonenumbers.SUPPORTED_REGIONS else None


@lru_cache(maxsize=16_384)
def phone_key(phone: str | None, region: str) -> str | None:
    """The digits of the international number, read in `region` unless the phone has a country code.

    The key of a Brazilian mobile number from before the ninth digit has the original eight digits. `None` if the number
    is impossible, has no area code, or repeats one digit.
    """
    number = read_number(phone)
    if number is None:
        return None
    digits, is_international = number
    if is_international:
        is_brazilian, national = digits.startswith(BRAZIL_CODE), digits[len(BRAZIL_CODE) :].lstrip("0")
    else:
        is_brazilian, national = region == BRAZIL, _without_prefix(digits)
    if is_brazilian:
        national_key = _brazilian(national)
        return None if national_key is None else BRAZIL_CODE + national_key
    return _international("+" + digits, None) if is_international else _international(digits, region)


@lru_cache(maxsize=16_384)
def needs_region(phone: str) -> bool:
    """Whether the key depends on the region: the text has a number, without a country code."""
    number = read_number(phone)
    return number is not None and not number.is_international


def read_number(phone: str | None) -> Number | None:
    """The first number in a text, without separators, invisible characters and extension; `None` if there is none.

    A group's or an anonymous WhatsApp id (`@g.us`, `@lid`) and an e-mail address are no numbers.
    """
    if not phone:
        return None
    text = phone if phone.isascii() else "".join(map(_plain, unicodedata.normalize("NFKC", phone)))
    if "@" in text:
        account = _WHATSAPP.fullmatch(text)
        return None if account is None else Number(account[1].lstrip("0"), True)
    begin = _BEGIN.search(text)
    if begin is None:
        return None
    has_plus, rest = begin[0] == "+", text[begin.end() if begin[0] == "+" else begin.start() :]
    end = _END.search(rest)
    digits = _NOT_DIGITS.sub("", rest[: end.start()] if end else rest)
    is_international = has_plus or digits.startswith("00")
    digits = digits.lstrip("0") if is_international else digits
    return Number(digits, is_international) if digits else None


@lru_cache(maxsize=1_024)
def _plain(character: str) -> str:
    if unicodedata.category(character) == "Cf":
        return ""
    digit = unicodedata.decimal(character, None)
    return character if digit is None else str(digit)


def _without_prefix(digits: str) -> str:
    """A number as dialled within Brazil, without trunk zero and carrier code, or without the country code."""
    bare = digits.lstrip("0")
    has_prefix = len(bare) in (12, 13) and (bare != digits or bare.startswith(BRAZIL_CODE))
    return bare[2:] if has_prefix else bare


def _brazilian(national: str) -> str | None:
    """Area code and subscriber number as in the key; `None` if the number is impossible."""
    area, subscriber = national[:2], national[2:]
    if not _AREA_CODE.fullmatch(area) or _is_one_digit(national):
        return None
    if _MOBILE_THAT_WAS_OLD.fullmatch(subscriber):
        return area + subscriber[1:]
    is_possible = _LANDLINE.fullmatch(subscriber) or _OLD_MOBILE.fullmatch(subscriber) or _MOBILE.fullmatch(subscriber)
    return national if is_possible else None


def _international(text: str, region: str | None) -> str | None:
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException:
        return None
    national = phonenumbers.national_significant_number(number)
    if phonenumbers.is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE or _is_one_digit(national):
        return None
    return f"{number.country_code}{national}"


def _is_one_digit(number: str) -> bool:
    return len(set(number)) == 1
