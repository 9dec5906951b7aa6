"""Finding a phone by any spelling, by the digits that it ends with. What is stored is never altered.

Numbers written without an area code differ from others at their front. So a lead is indexed by its matching key written
backwards, and found where that begins with the query's. The end of a number also tells leads apart, which its beginning
does not: half an account may share it.
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
"""A number that is shorter without its country code or trunk zeros keeps them."""

_DIGITS = re.compile("[0-9]+")
_MOBILE_WITHOUT_AREA = re.compile("9[6-9][0-9]{7}")
"""A Brazilian mobile number whose first digit its key does not have."""


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


def indexed_phone(lead: Lead, country: Country) -> str | None:
    """The matching key of a lead's phone, its digits backwards; of a text without a key, the digits in it."""
    key = stored_phone_key(lead, country) or _digits(lead.phone)
    return key[::-1] if key else None


def _digits(phone: str | None) -> str | None:
    number = read_number(phone)
    return number.digits if number is not None and LEAST_DIGITS <= len(number.digits) <= MOST_DIGITS else None


@lru_cache(maxsize=1_024)
def phone_prefixes(
    requested: str, regions: tuple[str, ...] = POSSIBLE_REGIONS, is_renewing: bool = False
) -> tuple[str, ...]:
    """What the indexed key of a lead begins with, any of these, that has the requested phone (as `number` gives it).

    A number with an area code is compared by its matching keys, read in each of the `regions`; any other by the digits
    that it ends with. While keys are renewed, leads are found under former ones too.
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
    bare = digits.lstrip("0")
    bare = bare if len(bare) >= LEAST_WITHOUT_PREFIX else digits
    return bare[1:] if _MOBILE_WITHOUT_AREA.fullmatch(bare) else bare
