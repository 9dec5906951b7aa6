"""Matching keys of e-mails and names, and the normalisation that a create can request. Pure.

A key never replaces the stored value, and no value is rejected here: a text that cannot be read has no key. The keys of
phones are in `phones`.
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
    """The e-mail trimmed, in NFC and lower case; `None` for a text that does not have the form local@domain."""
    if not email or len(email) > MAX_EMAIL_LENGTH:
        return None
    key = email.lower() if email.isascii() else unicodedata.normalize("NFC", _visible(email).lower())
    key = key.strip()
    return key if _ADDRESS.fullmatch(key) else None


def _visible(text: str) -> str:
    """The text without invisible characters, such as a zero-width space."""
    return "".join(c for c in text if unicodedata.category(c) != "Cf")


def name_key(name: str | None) -> str | None:
    """The name in lower case, without accents, with single spaces."""
    if not name:
        return None
    if not name.isascii():
        name = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return " ".join(name.casefold().split())[:MAX_NAME_KEY_LENGTH] or None


def matching_name(name: str) -> str:
    """The key that all spellings of a name share: trimmed, single spaces, NFC, case-folded.

    Accents count, unlike in a search (semantics section 1, names). A blank name has an empty key.
    """
    folded = unicodedata.normalize("NFC", name).casefold()
    return unicodedata.normalize("NFC", " ".join(folded.split()))


def external_key(external_id: str | None) -> str | None:
    """The id that another system assigned to the lead, unchanged; `None` for ids that are too long to be looked up."""
    return external_id if external_id and len(external_id) <= MAX_EXTERNAL_ID_LENGTH else None


def tidy_name(name: str) -> str:
    """The name as people write it: trimmed, each word capitalised, words in all capitals lowered first.

    By semantics section 1 a word starts at the beginning and after a space, a hyphen or an apostrophe.
    """
    words = [word.lower() if len(word) > 1 and word.isupper() else word for word in name.strip().split(" ")]
    return _WORD_START.sub(lambda match: match[0].title(), " ".join(words))


@lru_cache(maxsize=1)
def timezones() -> frozenset[str]:
    """The names of places and offsets in the IANA time zone database, the same on every machine."""
    import zoneinfo

    return frozenset(zoneinfo.available_timezones() - {"Factory", "localtime"})
