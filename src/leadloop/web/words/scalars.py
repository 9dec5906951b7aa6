"""Single values as a person reads them: times, money, phones, numbers, countries and fixed words."""

import functools
import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import msgspec
import phonenumbers

from leadloop.core.leads.normalize import timezones
from leadloop.core.leads.source import TYPE_PREFIX
from leadloop.web.words.language import Words
from leadloop.web.words.structures import MICROS, number, show_any

_DIALLED = re.compile(r"[\d\s().+\-]+")
LONGEST_PHONE = 40
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")

Shower = Callable[[Any, Words], str]


def show_time(at_ms: Any, words: Words) -> str:
    """Date and time to the minute; a time before the year 1 or after 9999 as it was stored."""
    if isinstance(at_ms, int) and not isinstance(at_ms, bool):
        try:
            return f"{words.formats.date(at_ms)}, {words.formats.time(at_ms)}"
        except (OverflowError, ValueError, OSError):
            pass
    return show_any(at_ms, words)


def show_money(micros: Any, words: Words) -> str:
    return words.formats.money(micros, words.currency) if isinstance(micros, int) else show_any(micros, words)


def show_quantity(micros: Any, words: Words) -> str:
    return number(micros / MICROS, words) if isinstance(micros, int) else show_any(micros, words)


def show_duration(seconds: Any, words: Words) -> str:
    if not isinstance(seconds, int):
        return show_any(seconds, words)
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    amounts = ((hours, "h"), (minutes, "min"), (rest, "s"))
    return " ".join(f"{amount} {unit}" for amount, unit in amounts if amount) or "0 s"


def show_bytes(size: Any, words: Words) -> str:
    return words.formats.bytes(size) if isinstance(size, int) else show_any(size, words)


def show_phone(phone: Any, words: Words) -> str:
    """In national form if the phone belongs to the region of the words; as it was written if it is no phone."""
    if not isinstance(phone, str):
        return show_any(phone, words)
    return _phone(phone, words.region) if len(phone) <= LONGEST_PHONE and _DIALLED.fullmatch(phone) else phone


@functools.lru_cache(16_384)
def _phone(phone: str, region: str | None) -> str:
    try:
        parsed = phonenumbers.parse(phone, region)
    except phonenumbers.NumberParseException:
        return phone
    if not phonenumbers.is_possible_number(parsed):
        return phone
    is_national = region is not None and phonenumbers.country_code_for_region(region) == parsed.country_code
    form = phonenumbers.PhoneNumberFormat.NATIONAL if is_national else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, form)


def show_calendar_date(text: Any, words: Words) -> str:
    if isinstance(text, str) and _DATE.fullmatch(text):
        try:
            return words.formats.calendar_date(date.fromisoformat(text))
        except ValueError:
            pass
    return show_any(text, words)


def with_punctuation(pattern: re.Pattern[str], form: str) -> Shower:
    def shower(value: Any, words: Words) -> str:
        match = pattern.fullmatch(value) if isinstance(value, str) else None
        return match.expand(form) if match else show_any(value, words)

    return shower


def show_json(text: Any, words: Words) -> str:
    """A text that is JSON."""
    try:
        return show_any(msgspec.json.decode(text), words)
    except (msgspec.DecodeError, TypeError, UnicodeError):
        return show_any(text, words)


def show_country(code: Any, words: Words) -> str:
    name = words.formats.territory(code) if isinstance(code, str) else None
    return name or show_any(code, words)


def word_of(table: Mapping[str, str], key: Callable[[str], str] = str.upper) -> Shower:
    def shower(value: Any, words: Words) -> str:
        text = table.get(key(value)) if isinstance(value, str) else None
        return show_any(value, words) if text is None else words.gettext(text)

    return shower


def show_type_word(value: Any) -> str:
    """The type without its prefix, in capitals."""
    return value.upper().removeprefix(TYPE_PREFIX) if isinstance(value, str) else ""


def show_zone(value: Any, words: Words) -> str:
    """The place that names the zone: `São Paulo` for `America/Sao_Paulo`."""
    is_zone = isinstance(value, str) and value in timezones()
    return words.formats.zone_place(value) if is_zone else show_any(value, words)
