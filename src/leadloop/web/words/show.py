"""Stored values as a person reads them: money, times in the reader's zone, names instead of references."""

import functools
import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import msgspec
import phonenumbers

from leadloop.core.changes import pointer_parts
from leadloop.core.leads.normalize import matching_name
from leadloop.core.leads.source import TYPE_PREFIX
from leadloop.core.leads.status import stage_key
from leadloop.web import i18n
from leadloop.web.words import names
from leadloop.web.words.labels import PART_OF
from leadloop.web.words.language import Words, noun_of
from leadloop.web.words.structures import MICROS, number, show_any

LONGEST = 20_000
"""Characters of a shown value."""
_DIALLED = re.compile(r"[\d\s().+\-]+")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_CPF, _CNPJ = re.compile(r"(\d{3})(\d{3})(\d{3})(\d{2})"), re.compile(r"(\d{2})(\d{3})(\d{3})(\d{4})(\d{2})")

Shower = Callable[[Any, Words], str]


def show_value(field: str, value: Any, words: Words) -> str:
    """The value of a field of the stored lead, which is an attribute or a JSON pointer; empty for an unset one.

    Texts stay as they were written, at most `LONGEST` characters of them.
    """
    return show(names_of(field), value, words)


def show(field_names: list[str], value: Any, words: Words) -> str:
    """As `show_value`, by the parts of the pointer."""
    value = plain(value)
    if value is None:
        return ""
    text = _shower(field_names)(value, words)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def names_of(field: str) -> list[str]:
    return pointer_parts(field) if field.startswith("/") else [field]


def plain(value: Any) -> Any:
    """The value as in JSON: parts and lists of parts as maps."""
    return msgspec.to_builtins(value) if isinstance(value, msgspec.Struct | list | tuple) else value


def _shower(field_names: list[str]) -> Shower:
    attribute = field_names[0] if field_names else ""
    if len(field_names) < 2:
        return _SHOWERS.get(attribute) or _by_suffix(attribute)
    if attribute in _ITEM_SHOWERS:
        return _ITEM_SHOWERS[attribute]
    if attribute in PART_OF:
        member = field_names[1]
        return _SHOWERS.get(f"{attribute}.{member}") or _by_suffix(member)
    return show_time if attribute == "step_times_ms" else show_any


def _by_suffix(name: str) -> Shower:
    return next((shower for suffix, shower in _SUFFIXES.items() if name.endswith(suffix)), show_any)


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


def _quantity(micros: Any, words: Words) -> str:
    return number(micros / MICROS, words) if isinstance(micros, int) else show_any(micros, words)


def _duration(seconds: Any, words: Words) -> str:
    if not isinstance(seconds, int):
        return show_any(seconds, words)
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    amounts = ((hours, "h"), (minutes, "min"), (rest, "s"))
    return " ".join(f"{amount} {unit}" for amount, unit in amounts if amount) or "0 s"


def _bytes(size: Any, words: Words) -> str:
    return words.formats.bytes(size) if isinstance(size, int) else show_any(size, words)


def show_phone(phone: Any, words: Words) -> str:
    """In national form if the phone belongs to the region of the words; as it was written if it is no phone."""
    return _phone(phone, words.region) if isinstance(phone, str) else show_any(phone, words)


@functools.lru_cache(16_384)
def _phone(phone: str, region: str | None) -> str:
    if len(phone) > 40 or not _DIALLED.fullmatch(phone):
        return phone
    try:
        parsed = phonenumbers.parse(phone, region)
    except phonenumbers.NumberParseException:
        return phone
    if not phonenumbers.is_possible_number(parsed):
        return phone
    is_national = region is not None and phonenumbers.country_code_for_region(region) == parsed.country_code
    form = phonenumbers.PhoneNumberFormat.NATIONAL if is_national else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, form)


def _birth(text: Any, words: Words) -> str:
    if isinstance(text, str) and _DATE.fullmatch(text):
        try:
            return words.formats.calendar_date(date.fromisoformat(text))
        except ValueError:
            pass
    return show_any(text, words)


def _numbered(pattern: re.Pattern[str], form: str) -> Shower:
    def shower(value: Any, words: Words) -> str:
        match = pattern.fullmatch(value) if isinstance(value, str) else None
        return match.expand(form) if match else show_any(value, words)

    return shower


def _country(code: Any, words: Words) -> str:
    name = words.formats.territory(code) if isinstance(code, str) else None
    return name or show_any(code, words)


def _named(table: Mapping[str, str], key: Callable[[str], str] = str.upper) -> Shower:
    def shower(value: Any, words: Words) -> str:
        text = table.get(key(value)) if isinstance(value, str) else None
        return show_any(value, words) if text is None else words.gettext(text)

    return shower


def show_stage(stage: Any, words: Words) -> str:
    text = names.STAGES.get(stage_key(stage)) if isinstance(stage, str) else None
    if text is None:
        return show_any(stage, words)
    return i18n.translations(words.language).pgettext(names.STAGE_CONTEXT, text)


def _type(value: Any, words: Words) -> str:
    return _named(names.TYPES, lambda word: word.upper().removeprefix(TYPE_PREFIX))(value, words)


def show_reference(value: Any, words: Words) -> str:
    """A person, unit or any other entry by its name."""
    if not isinstance(value, dict):
        return show_any(value, words)
    name = value.get("name") or value.get("email") or value.get("phone")
    return str(name) if name else words.gettext("without a name")


def _tags(value: Any, words: Words) -> str:
    items = value if isinstance(value, list) else [value]
    return ", ".join(show_reference(item, words) for item in items) or words.gettext("none")


def _cart(value: Any, words: Words) -> str:
    if not isinstance(value, dict):
        return show_any(value, words)
    lines = "; ".join(_cart_line(line, words) for line in value.get("lines") or ())
    total = value.get("value_micros")
    if total is None:
        return lines or words.gettext("empty")
    shown = show_money(total, words)
    return words.gettext("%(lines)s; total %(total)s", lines=lines, total=shown) if lines else shown


def _cart_line(line: Any, words: Words) -> str:
    if not isinstance(line, dict):
        return show_any(line, words)
    product = show_reference(line.get("product") or {}, words)
    amount, value = line.get("amount_micros"), line.get("value_micros")
    text = product if amount in (None, MICROS) else f"{_quantity(amount, words)} × {product}"
    return text if value is None else f"{text}, {show_money(value, words)}"


def _note(value: Any, words: Words) -> str:
    return show_any(value.get("text") or "" if isinstance(value, dict) else value, words)


def _answer(value: Any, words: Words) -> str:
    return show_any(value.get("value") if isinstance(value, dict) else value, words)


def _message(value: Any, words: Words) -> str:
    if not isinstance(value, dict):
        return show_any(value, words)
    audio, file, contact = (value.get(name) or {} for name in ("audio", "file", "contact"))
    text = value.get("content") or audio.get("transcription") or contact.get("name")
    text = text or file.get("url") or audio.get("url")
    return str(text) if text else _named(names.MESSAGE_KINDS)(value.get("type") or "", words)


def _members(part: str, *hidden: str) -> Shower:
    """The members with their labels; the title first, without one."""

    def shower(value: Any, words: Words) -> str:
        if not isinstance(value, dict):
            return show_any(value, words)
        title = [str(value["name"])] if value.get("name") else []
        rest = [member for member in value if member not in ("name", "id", *hidden)]
        texts = (
            f"{noun_of([part, member], words.language).label}: {show([part, member], value[member], words)}"
            for member in rest
        )
        return " · ".join((*title, *texts))

    return shower


def _items(shower: Shower) -> Shower:
    return lambda value, words: (
        "; ".join(shower(item, words) for item in value) if isinstance(value, list) else shower(value, words)
    )


_activity = _members("activity")
_APPROVAL, _WAY, _PLATFORM = _named(names.APPROVALS), _named(names.WAYS), _named(names.PLATFORMS)
_SHOWERS: dict[str, Shower] = {
    "stage": show_stage,
    "status": _named(names.STATUSES, matching_name),
    "source": _named(names.SOURCES),
    "type": _type,
    "thermometer": _named(names.TEMPERATURES),
    "through": _WAY,
    "timezone_source": _named(names.ZONE_ORIGINS),
    "call_status": _named(names.CALL_RESULTS),
    "country": _country,
    "phone_region": _country,
    "cpf": _numbered(_CPF, r"\1.\2.\3-\4"),
    "cnpj": _numbered(_CNPJ, r"\1.\2.\3/\4-\5"),
    "date_of_birth": _birth,
    **dict.fromkeys(("owner", "unit", "department", "interest", "loss_reason", "activity_reason"), show_reference),
    "tags": _tags,
    "cart": _cart,
    "notes": _items(_note),
    "answers": _items(_answer),
    "last_message": _message,
    "address.country": _country,
    "attribution.ad_platform": _PLATFORM,
    "attribution.capture_platform": _PLATFORM,
    "approval.status": _APPROVAL,
    "activities": _items(_activity),
    "activity.kind": _named(names.ACTIVITY_KINDS),
    "activity.owner": show_reference,
    "activity.reference": show_reference,
    "message.sender": _named(names.SENDERS),
    "message.type": _named(names.MESSAGE_KINDS),
    "message.through": _WAY,
}
"""By attribute, or by part and member with a dot between."""
_SUFFIXES: dict[str, Shower] = {
    "amount_micros": _quantity,
    "_micros": show_money,
    "_ms": show_time,
    "duration_s": _duration,
    "length_s": _duration,
    "size_bytes": _bytes,
    "phone": show_phone,
}
_ITEM_SHOWERS: dict[str, Shower] = {
    "notes": _note,
    "activities": _activity,
    "answers": _answer,
    "messages": _message,
}
