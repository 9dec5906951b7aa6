"""Matching keys of e-mails and names, and the normalisation that a create asks for. Pure.

A key never replaces what is stored, and nothing in here refuses a value: what cannot be read has no key. Keys of phones
are in `phones`.
"""

import re
import unicodedata
from functools import lru_cache

MAX_EMAIL_LENGTH = 320
MAX_NAME_KEY_LENGTH = 200
MAX_EXTERNAL_ID_LENGTH = 256

_SPECIAL = r"\s@,;:<>()\[\]\\\""
_LABEL = r"[^\W_](?:[\w-]*[^\W_])?"
_ADDRESS = re.compile(rf"[^{_SPECIAL}]+@{_LABEL}(?:\.{_LABEL})*\.?")
_WORD_START = re.compile(r"(?:^|(?<=[\s\-'’]))\S")


def email_key(email: str | None) -> str | None:
    """Trimmed, NFC, lower case; `None` for a text that is not of the form local@domain."""
    if not email or len(email) > MAX_EMAIL_LENGTH:
        return None
    key = email.lower() if email.isascii() else unicodedata.normalize("NFC", _visible(email).lower())
    key = key.strip()
    return key if _ADDRESS.fullmatch(key) else None


def _visible(text: str) -> str:
    """Without characters that nobody sees, such as a zero-width space."""
    return "".join(c for c in text if unicodedata.category(c) != "Cf")


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
