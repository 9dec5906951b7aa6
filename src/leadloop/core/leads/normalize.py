"""Spellings made comparable: keys for searching, and the tidying that a create asks for.

A key never replaces what is stored, and nothing in here refuses a value: what can not be understood gives a plainer
key, or none.
"""

import re
import unicodedata
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber

MAX_EMAIL_LENGTH = 320
MAX_NAME_KEY_LENGTH = 200
MAX_EXTERNAL_ID_LENGTH = 256
MIN_PHONE_DIGITS, MAX_PHONE_DIGITS = 6, 32
GUESSED_REGIONS = ("BR", "US")
"""Tried in this order for a phone without country code in a lead without country."""

_OLD_MOBILE = re.compile(r"[1-9]{2}[6-9][0-9]{7}")
"""A Brazilian mobile number without its ninth digit, which the libraries take for no number any more."""
_WORD_START = re.compile(r"(?:^|(?<=[\s\-'’]))\S")


def email_key(email: str | None) -> str | None:
    if not email or len(email) > MAX_EMAIL_LENGTH:
        return None
    return unicodedata.normalize("NFC", email).strip().casefold() or None


def name_key(name: str | None) -> str | None:
    """Lower case, accents folded, single spaces."""
    if not name:
        return None
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return " ".join(plain.casefold().split())[:MAX_NAME_KEY_LENGTH] or None


def matching_name(name: str) -> str:
    """The key under which two spellings of a name are one: trimmed, single spaces, NFC, case-folded.

    Accents count, unlike in a search (semantics section 1, names). An empty text for a name of blanks.
    """
    folded = unicodedata.normalize("NFC", name).casefold()
    return unicodedata.normalize("NFC", " ".join(folded.split()))


@lru_cache(maxsize=16_384)
def phone_key(phone: str | None, country: str | None = None) -> str | None:
    """The number in international digits where it can be understood, else its bare digits.

    Brazilian mobile numbers lose their ninth digit, so that both spellings meet.
    """
    if not phone:
        return None
    number = _parsed(phone, country)
    if number is None:
        digits = "".join(c for c in unicodedata.normalize("NFKC", phone) if c.isdigit()).lstrip("0")
        if not country and _OLD_MOBILE.fullmatch(digits) and _parsed(digits[:2] + "9" + digits[2:], "BR"):
            return f"55{digits}"
        return digits if MIN_PHONE_DIGITS <= len(digits) <= MAX_PHONE_DIGITS else None
    national = str(number.national_number)
    if number.country_code == 55 and len(national) == 11 and national[2] == "9":
        national = national[:2] + national[3:]
    return f"{number.country_code}{national}"


def _parsed(phone: str, country: str | None) -> PhoneNumber | None:
    regions = (country.upper(),) if country else GUESSED_REGIONS
    for region in regions:
        try:
            number = phonenumbers.parse(phone, region)
        except NumberParseException:
            continue
        if phonenumbers.is_possible_number(number) and (country or phonenumbers.is_valid_number(number)):
            return number
    return None


def external_key(external_id: str | None) -> str | None:
    """The id that another system gave the lead, as it is; longer ones are not searched by."""
    return external_id if external_id and len(external_id) <= MAX_EXTERNAL_ID_LENGTH else None


def tidy_name(name: str) -> str:
    """A name as people write it: trimmed, each word's first letter a capital, all-capital words in lower case.

    Rule of semantics section 1: it capitalises after the start, a space, a hyphen or an apostrophe.
    """
    words = [word.lower() if len(word) > 1 and word.isupper() else word for word in name.strip().split(" ")]
    return _WORD_START.sub(lambda match: match[0].title(), " ".join(words))


@lru_cache(maxsize=1)
def timezones() -> frozenset[str]:
    """Every name of the IANA time zone database that is of a place or an offset, the same on every machine."""
    import zoneinfo

    return frozenset(zoneinfo.available_timezones() - {"Factory", "localtime"})
