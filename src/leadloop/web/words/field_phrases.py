"""Phrases about plain fields: which were set, changed or removed, and values of money."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from leadloop.web.words import labels
from leadloop.web.words.fields import ReadField
from leadloop.web.words.language import QUOTED_LENGTH, Words, noun_of, one_line, quote
from leadloop.web.words.part_labels import N_
from leadloop.web.words.phrases import ReadChange, VerbPhrase
from leadloop.web.words.scalars import show_money
from leadloop.web.words.show import show

_ORIGIN = N_("the campaign data")
_FAMILIES = {
    "address": N_("the address"),
    "address_text": N_("the address"),
    "answers": N_("the answers"),
    "approval": N_("the approval"),
    "attribution": _ORIGIN,
    "campaign": N_("the campaign"),
    "channel": N_("the conversation channel"),
    "consent": N_("the consent"),
    "custom_fields": N_("the custom fields"),
    "flags": N_("the marks"),
    "form_id": _ORIGIN,
    "keyword": _ORIGIN,
    "params": _ORIGIN,
}
"""What several fields are called together."""
_MOST_UNITS = 2
_ICONS = {"phone": "phone", "email": "mail", "consent": "shield-check", "unit": "building-2", "source": "globe"}
_CHOICES = frozenset(
    {
        *("stage", "status", "thermometer", "source", "type", "through", "country", "unit", "department", "interest"),
        *("loss_reason", "activity_reason", "timezone", "currency", "sale_value_micros", "lead_date_ms"),
        *("consent", "custom_fields", "params", "custom_source_name", "custom_type_name"),
    }
)
"""Fields that are set to a value, where others get one added."""
_QUOTED = frozenset(
    {
        *("name", "first_name", "last_name", "company_name", "address_text", "address", "detail", "keyword", "params"),
        *("custom_source_name", "custom_type_name", "custom_fields", "campaign", "unit", "department", "interest"),
        *("loss_reason", "activity_reason", "facebook_form_name", "facebook_page_name"),
    }
)
"""Fields whose texts stand in quotes also if they are one word."""
_WITHOUT_VALUE = frozenset({"ai", "attribution", "form_id", "facebook_pixel_data", "reposted_to", "call_audio_url"})


def value_phrases(change: ReadChange) -> Iterator[VerbPhrase]:
    field, words, _ = change.by_attribute.get("sale_value_micros"), change.words, change.words.gettext
    attributes = frozenset({"sale_value_micros"})
    if field is not None and field.after is not None:
        value = show_money(field.after, words)
        if field.before:
            before = show_money(field.before, words)
            text = _("changed the sale value from %(before)s to %(after)s", before=before, after=value)
        else:
            text = _("recorded a sale of %(value)s", value=value)
        yield VerbPhrase(text, "circle-check", attributes)
    yield from _approved(change)
    yield from _called(change)
    yield from _consented(change)
    assistant = next((field for field in change.under("ai") if field.key == "is_active"), None)
    if assistant is not None and assistant.after is not assistant.before:
        text = _("switched the assistant on") if assistant.after else _("switched the assistant off")
        yield VerbPhrase(text, "message-circle", frozenset({"ai/is_active"}))
    field = change.by_attribute.get("reposted_to")
    if field is not None and isinstance(field.after, list):
        number = len(field.after)
        text = words.ngettext(
            "offered the lead to another partner", "offered the lead to %(number)d other partners", number
        )
        later = words.ngettext("offered it to another partner", "offered it to %(number)d other partners", number)
        yield VerbPhrase(text, "send", frozenset({"reposted_to"}), later)


def _approved(change: ReadChange) -> Iterator[VerbPhrase]:
    status = next((field.after for field in change.under("approval") if field.key == "status"), None)
    texts = {
        "pending": (N_("asked for the lead's approval"), N_("asked for its approval")),
        "approved": (N_("approved the lead"), N_("approved it")),
        "rejected": (N_("refused to approve the lead"), N_("refused to approve it")),
    }
    if status in texts:
        text, later = texts[status]
        _ = change.words.gettext
        yield VerbPhrase(_(text), "check", frozenset({"approval"}), _(later))


def _called(change: ReadChange) -> Iterator[VerbPhrase]:
    status, duration = change.by_attribute.get("call_status"), change.by_attribute.get("call_duration_s")
    call, words = status or duration, change.words
    if call is None or call.after is None:
        return
    attributes = frozenset({"call_id", "call_status", "call_duration_s", "call_audio_url"})
    if duration is not None and duration.after:
        text = words.gettext(
            "recorded a call of %(duration)s", duration=show(["call_duration_s"], duration.after, words)
        )
    else:
        text = words.gettext("recorded a call")
    yield VerbPhrase(text, "phone", attributes)


def _consented(change: ReadChange) -> Iterator[VerbPhrase]:
    field, _ = next((f for f in change.under("consent") if f.key == "tcpaConsent"), None), change.words.gettext
    if field is None or not isinstance(field.after, bool):
        return
    text = _("recorded the consent to calls and texts") if field.after else _("recorded the refusal of calls and texts")
    yield VerbPhrase(text, "shield-check", frozenset({"consent"}))


class _NamedFields(NamedTuple):
    """Fields that one noun names."""

    noun: str
    fields: list[ReadField]


def field_phrase(fields: Sequence[ReadField], words: Words) -> VerbPhrase:
    """A phrase that names two or three units, and says how many more fields there are."""
    units = _units(fields, words)
    named = units if len(units) <= _MOST_UNITS + 1 else units[:_MOST_UNITS]
    shown = [field for unit in named for field in unit.fields]
    icon = _ICONS.get(named[0].fields[0].attribute, "pencil")
    text = _with_values(shown[0], named[0].noun, words) if len(units) == len(shown) == 1 else ""
    nouns, left_out = [unit.noun for unit in named], len(fields) - len(shown)
    if left_out:
        nouns.append(words.ngettext("one more field", "%(number)d more fields", left_out))
    return VerbPhrase(text or _listed(fields, words.join(nouns), words), icon)


def more_fields(number: int, words: Words) -> str:
    return words.ngettext("changed one more field", "changed %(number)d more fields", number)


def _units(fields: Sequence[ReadField], words: Words) -> list[_NamedFields]:
    by_family: dict[str, list[ReadField]] = {}
    for field in sorted(fields, key=lambda field: _RANK.get(field.attribute, len(_RANK))):
        by_family.setdefault(_family(field), []).append(field)
    return [
        _NamedFields(words.gettext(_FAMILIES_BY_NAME[family]), members)
        if len(members) > 1 and family in _FAMILIES_BY_NAME
        else _NamedFields(_noun(members[0], words), members)
        for family, members in by_family.items()
    ]


_RANK = {attribute: rank for rank, attribute in enumerate(labels.LEAD)}


def _family(field: ReadField) -> str:
    if field.attribute.startswith(("google_", "facebook_")):
        return _ORIGIN
    family = _FAMILIES.get(field.attribute)
    return family or "/".join(field.names)


_FAMILIES_BY_NAME = {family: family for family in _FAMILIES.values()}


def _noun(field: ReadField, words: Words) -> str:
    return noun_of(field.names, words.language).noun


def _listed(fields: Sequence[ReadField], nouns: str, words: Words) -> str:
    _ = words.gettext
    if all(field.before is None for field in fields):
        return _("filled in %(fields)s", fields=nouns)
    if all(field.after is None for field in fields):
        return _("removed %(fields)s", fields=nouns)
    return _("changed %(fields)s", fields=nouns)


def _with_values(field: ReadField, noun: str, words: Words) -> str:
    """Empty if the values are not worth showing in a sentence."""
    _, attribute = words.gettext, field.attribute
    before, after = _value(field, field.before, words), _value(field, field.after, words)
    if not after or (field.before is not None and not before):
        return ""
    if field.before is not None:
        return _("changed %(field)s from %(before)s to %(after)s", field=noun, before=before, after=after)
    if attribute in _CHOICES:
        return _("set %(field)s to %(value)s", field=noun, value=after)
    return _("added %(field)s %(value)s", field=noun, value=after)


def _value(field: ReadField, value: Any, words: Words) -> str:
    if value is None or isinstance(value, list) or _is_only_for_systems(field):
        return ""
    shown = show(field.names, value, words)
    if len(shown) > QUOTED_LENGTH or "\n" in shown or not shown.strip():
        return ""
    if not isinstance(value, str | dict) or (shown != value and isinstance(value, str)):
        return one_line(shown)
    return quote(shown) if field.attribute in _QUOTED or " " in shown else one_line(shown)


def _is_only_for_systems(field: ReadField) -> bool:
    name = field.key if field.attribute in labels.PART_OF else field.attribute
    return field.attribute in _WITHOUT_VALUE or name == "id" or name.endswith("_id")
