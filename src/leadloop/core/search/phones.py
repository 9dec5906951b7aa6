"""Finds a phone in any spelling, by its last digits. The stored phone stays as it is.

Numbers without an area code differ from others at their beginning. So the index has the digits of a lead's matching key
in reverse order, and a query looks for a prefix. The end of a number is also more selective than its beginning, which
half of an account's leads may share.
"""

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException

from leadloop.core.leads.former_keys import former_ends
from leadloop.core.leads.matching import Country, stored_phone_key
from leadloop.core.leads.model import Lead
from leadloop.core.leads.phones import POSSIBLE_REGIONS, phone_key, read_number
from leadloop.core.search.folding import address, fold, words

LEAST_DIGITS, MOST_DIGITS = 4, 32
LEAST_WITHOUT_PREFIX = 7
"""A number that would be shorter than this without country code or trunk zeros keeps them."""

_DIGITS = re.compile("[0-9]+")
_MOBILE_WITHOUT_AREA = re.compile("9[6-9][0-9]{7}")
"""A Brazilian mobile number without area code; the key lacks its first digit."""


def number(text: str) -> str | None:
    """The digits of a possible phone, with a leading `+` if it has one; `None` for any other text.

    A possible phone consists of digits and any punctuation, and is no e-mail address.
    """
    digits = "".join(words(text))
    if not is_part_of_phone(text) or not LEAST_DIGITS <= len(digits) <= MOST_DIGITS:
        return None
    return "+" + digits if "+" in fold(text).partition(digits[0])[0] else digits


def is_part_of_phone(word: str) -> bool:
    """Whether the word may be a part of a phone that is written as several words."""
    return _DIGITS.fullmatch("".join(words(word))) is not None and address(word) is None


def indexed_phone(lead: Lead, country: Country) -> str | None:
    """The digits of the phone's matching key in reverse order; for a text without a key, the digits in the text."""
    key = stored_phone_key(lead, country) or _digits(lead.phone)
    return key[::-1] if key else None


def _digits(phone: str | None) -> str | None:
    number = read_number(phone)
    return number.digits if number is not None and LEAST_DIGITS <= len(number.digits) <= MOST_DIGITS else None


@lru_cache(maxsize=1_024)
def phone_prefixes(
    requested: str, regions: tuple[str, ...] = POSSIBLE_REGIONS, is_renewing: bool = False
) -> tuple[str, ...]:
    """The prefixes of indexed phones, any of which matches the requested phone (a result of `number`).

    A number with an area code is compared by its matching keys, read in each of the `regions`; any other number by its
    last digits. While keys are being renewed, former keys match too.
    """
    ends = set(filter(None, (phone_key(requested, region) for region in regions))) or {_end(requested)}
    if is_renewing:
        ends |= former_ends(requested)
    return tuple(sorted(end[::-1] for end in ends if not any(end.endswith(other) for other in ends - {end})))


def _end(requested: str) -> str:
    digits = requested.lstrip("+")
    if digits != requested:
        try:
            national = str(phonenumbers.parse(requested).national_number)
        except NumberParseException:
            national = ""
        return national if len(national) >= LEAST_WITHOUT_PREFIX else digits
    without_prefix = digits.lstrip("0")
    without_prefix = without_prefix if len(without_prefix) >= LEAST_WITHOUT_PREFIX else digits
    return without_prefix[1:] if _MOBILE_WITHOUT_AREA.fullmatch(without_prefix) else without_prefix
