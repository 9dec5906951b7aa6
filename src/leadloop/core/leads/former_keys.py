"""Matching keys as leadloop computed them up to stored format 1. Pure.

These keys could be the same for different people. Stored leads have them until their keys are renewed. Until then
lookups use the former keys too, and compare the leads that they find by the current keys. `leadloop doctor --mixed-up`
lists the leads that the former keys mixed up.
"""

import re
import unicodedata
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber

from leadloop.core.leads.normalize import MAX_EMAIL_LENGTH
from leadloop.core.leads.phones import BRAZIL_CODE

MIN_PHONE_DIGITS, MAX_PHONE_DIGITS = 6, 32
_GUESSED_REGIONS = ("BR", "US")
"""The regions tried, in this order, for a phone without country code in a lead without country."""
_OLD_MOBILE = re.compile(r"[1-9]{2}[6-9][0-9]{7}")


def former_email_key(email: str | None) -> str | None:
    if not email or len(email) > MAX_EMAIL_LENGTH:
        return None
    return unicodedata.normalize("NFC", email).strip().casefold() or None


@lru_cache(maxsize=16_384)
def former_phone_key(phone: str | None, country: str | None = None) -> str | None:
    if not phone:
        return None
    number = _parse(phone, country)
    if number is None:
        digits = "".join(c for c in unicodedata.normalize("NFKC", phone) if c.isdigit()).lstrip("0")
        if not country and _OLD_MOBILE.fullmatch(digits) and _parse(digits[:2] + "9" + digits[2:], "BR"):
            return f"{BRAZIL_CODE}{digits}"
        return digits if MIN_PHONE_DIGITS <= len(digits) <= MAX_PHONE_DIGITS else None
    national = str(number.national_number)
    if number.country_code == int(BRAZIL_CODE) and len(national) == 11 and national[2] == "9":
        national = national[:2] + national[3:]
    return f"{number.country_code}{national}"


def _parse(phone: str, country: str | None) -> PhoneNumber | None:
    for region in (country.upper(),) if country else _GUESSED_REGIONS:
        try:
            number = phonenumbers.parse(phone, region)
        except NumberParseException:
            continue
        if phonenumbers.is_possible_number(number) and (country or phonenumbers.is_valid_number(number)):
            return number
    return None


def former_email_keys(email: str, key: str) -> set[str]:
    """The keys under which a lead with the current `key` may still be stored."""
    return {key, *filter(None, [former_email_key(email)])}


def former_phone_keys(phone: str, country: str | None, key: str) -> set[str]:
    """The keys under which a lead with the current `key` may still be stored, for any spelling of its phone.

    The former key depended on the spelling: on the country code, and on the lead's country.
    """
    national = phonenumbers.national_significant_number(phonenumbers.parse(f"+{key}"))
    spellings = (phone, f"+{key}", national)
    keys = {former_phone_key(text, region) for text in spellings for region in (None, country)}
    return {key, national, *filter(None, keys)}


_LEAST_WITHOUT_PREFIX = 7
_NINTH = re.compile("((?:55)?[1-9]{2})9([0-9]{8})")


def former_ends(requested: str) -> set[str]:
    """The endings of former keys that a search for this number looks for. `requested` is digits with an optional
    `+`."""
    ends = _ends(requested)
    return ends | {match[1] + match[2] for end in ends if (match := _NINTH.fullmatch(end))}


def _ends(requested: str) -> set[str]:
    if requested.startswith("+"):
        try:
            national = str(phonenumbers.parse(requested).national_number)
        except NumberParseException:
            return _ends(requested[1:])
        return {national if len(national) >= _LEAST_WITHOUT_PREFIX else requested[1:]}
    bare = requested.lstrip("0")
    bare = bare if len(bare) >= _LEAST_WITHOUT_PREFIX else requested
    local = bare[1:] if len(bare) == 9 and bare[0] == "9" else bare
    return {local, former_phone_key(requested) or local}
