"""Stored values as a person reads them: money, times in the reader's zone, names instead of references."""

import functools
import re
from typing import Any

import msgspec

from leadloop.core.changes import pointer_parts
from leadloop.core.leads.normalize import matching_name
from leadloop.web.words import names
from leadloop.web.words.labels import PART_OF
from leadloop.web.words.language import Words, noun_of
from leadloop.web.words.scalars import (
    Shower,
    show_bytes,
    show_calendar_date,
    show_country,
    show_duration,
    show_json,
    show_money,
    show_phone,
    show_quantity,
    show_time,
    show_type_word,
    show_zone,
    with_punctuation,
    word_of,
)
from leadloop.web.words.structures import MICROS, show_any

LONGEST = 20_000
"""Characters of a shown value."""
_CPF, _CNPJ = re.compile(r"(\d{3})(\d{3})(\d{3})(\d{2})"), re.compile(r"(\d{2})(\d{3})(\d{3})(\d{4})(\d{2})")


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
    if value is None or type(value) in _SIMPLE:
        return value
    if isinstance(value, list | tuple):
        is_plain = not any(isinstance(item, msgspec.Struct) for item in value)
        return value if is_plain else msgspec.to_builtins(value)
    return msgspec.to_builtins(value) if isinstance(value, msgspec.Struct) else value


_SIMPLE = frozenset({str, int, bool, float, dict})


def _shower(field_names: list[str]) -> Shower:
    if len(field_names) < 2:
        return _shower_of(field_names[0] if field_names else "", "")
    attribute, member = field_names[:2]
    if attribute in PART_OF:
        return _shower_of(attribute, member)
    return _ITEM_SHOWERS.get(attribute) or (show_time if attribute == "step_times_ms" else show_any)


@functools.lru_cache(1_024)
def _shower_of(attribute: str, member: str) -> Shower:
    if member:
        return _SHOWERS.get(f"{attribute}.{member}") or _by_suffix(member)
    return _SHOWERS.get(attribute) or _by_suffix(attribute)


def _by_suffix(name: str) -> Shower:
    return next((shower for suffix, shower in _SUFFIXES.items() if name.endswith(suffix)), show_any)


def show_stage(stage: Any, words: Words) -> str:
    return names.stage_name(stage, words.language) if isinstance(stage, str) else show_any(stage, words)


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
    text = product if amount in (None, MICROS) else f"{show_quantity(amount, words)} × {product}"
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
    return str(text) if text else word_of(names.MESSAGE_KINDS)(value.get("type") or "", words)


def _members(part: str, *hidden: str) -> Shower:
    """The members with their labels; the title first, without one."""

    def shower(value: Any, words: Words) -> str:
        if not isinstance(value, dict):
            return show_any(value, words)
        title = [str(value["name"])] if value.get("name") else []
        rest = [name for name in value if value[name] not in (None, False) and name not in ("name", "id", *hidden)]
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


_activity = _members("activity", "created_at_ms")
_APPROVAL, _WAY, _PLATFORM = word_of(names.APPROVALS), word_of(names.WAYS), word_of(names.PLATFORMS)
_SHOWERS: dict[str, Shower] = {
    "stage": show_stage,
    "status": word_of(names.STATUSES, matching_name),
    "source": word_of(names.SOURCES),
    "type": word_of(names.TYPES, show_type_word),
    "timezone": show_zone,
    "thermometer": word_of(names.TEMPERATURES),
    "through": _WAY,
    "timezone_source": word_of(names.ZONE_ORIGINS),
    "call_status": word_of(names.CALL_RESULTS),
    "country": show_country,
    "phone_region": show_country,
    "cpf": with_punctuation(_CPF, r"\1.\2.\3-\4"),
    "cnpj": with_punctuation(_CNPJ, r"\1.\2.\3/\4-\5"),
    "date_of_birth": show_calendar_date,
    "facebook_pixel_data": show_json,
    **dict.fromkeys(("owner", "unit", "department", "interest", "loss_reason", "activity_reason"), show_reference),
    "tags": _tags,
    "cart": _cart,
    "notes": _items(_note),
    "answers": _items(_answer),
    "last_message": _message,
    "address.country": show_country,
    "attribution.ad_platform": _PLATFORM,
    "attribution.capture_platform": _PLATFORM,
    "approval.status": _APPROVAL,
    "activities": _items(_activity),
    "activity.kind": word_of(names.ACTIVITY_KINDS),
    "activity.owner": show_reference,
    "activity.reference": show_reference,
    "message.sender": word_of(names.SENDERS),
    "message.type": word_of(names.MESSAGE_KINDS),
    "message.through": _WAY,
}
"""By attribute, or by part and member with a dot between."""
_SUFFIXES: dict[str, Shower] = {
    "amount_micros": show_quantity,
    "_micros": show_money,
    "_ms": show_time,
    "duration_s": show_duration,
    "length_s": show_duration,
    "size_bytes": show_bytes,
    "phone": show_phone,
}
_ITEM_SHOWERS: dict[str, Shower] = {
    "notes": _note,
    "activities": _activity,
    "answers": _answer,
    "messages": _message,
}
