"""The fields of a change, each with its label and with its value before and after."""

from collections.abc import Iterator, Sequence, Set
from typing import Any, NamedTuple

from msgspec import Struct

from leadloop.core.changes import FieldChange, pointer_parts
from leadloop.core.ids import ID
from leadloop.core.leads.status import GROUPS
from leadloop.web.words.language import Words, noun_of, one_line, readable_key
from leadloop.web.words.reasons import why
from leadloop.web.words.scalars import show_type_word
from leadloop.web.words.show import plain, show

LONG_TEXT = 80
"""Characters from which on a text is a long one."""
NOISE = frozenset(
    {
        "/format",
        "/account_id",
        "/id",
        "/version",
        "/created_at_ms",
        "/updated_at_ms",
        "/duplicate",
        "/phone_region",
        "/timezone_source",
        "/custom_source_id",
        "/custom_type_id",
        "/nav_started_at_ms",
        "/nav_ended_at_ms",
        "/chat_session_id",
        "/call_id",
        "/latest_submitted_at_ms",
        "/last_activity_at_ms",
        "/delivered_at_ms",
        "/submission_count",
        "/channel/last_message_at_ms",
        "/channel/unread_count",
        "/approval/decided_at_ms",
    }
)
"""Times, counters and derived fields."""
_NOISE_BESIDE = {
    "first_name": "name",
    "last_name": "name",
    "last_message": "messages",
}
"""Attribute that says nothing new where the other one is in the same change."""
_ENTRY_STATUSES = frozenset(statuses[0] for statuses in GROUPS.values())
_HIDDEN = frozenset({"id", "created_at_ms"})
_ITEM_PARTS = {"activities": "activity", "messages": "message"}


class ChangedField(NamedTuple):
    label: str
    before: str | None
    """`None` for unset."""
    after: str | None
    """Where leadloop set nothing, the reason."""
    is_noise: bool
    """Folded by the timeline: it says nothing that a person would miss."""
    is_text: bool
    """A text of several lines, or a long one."""


class ReadField(Struct, frozen=True, gc=False):
    """A field change, read for describing it: values as in JSON."""

    names: list[str]
    attribute: str
    key: str
    """Of the member or item; empty for the attribute as a whole."""
    before: Any
    after: Any
    reason: str | None
    is_noise: bool

    @property
    def place(self) -> str:
        """The attribute, with the key of the member or item after it."""
        return f"{self.attribute}/{self.key}" if self.key else self.attribute


def read_fields(changes: Sequence[FieldChange], words: Words) -> list[ReadField]:
    parts = [pointer_parts(change.field) or [""] for change in changes]
    attributes = {names[0] for names in parts}
    return [_read(change, names, attributes, words) for change, names in zip(changes, parts, strict=True)]


def _read(change: FieldChange, names: list[str], attributes: Set[str], words: Words) -> ReadField:
    before, after = plain(change.before), plain(change.after)
    is_noise = change.reason is None and (
        change.field in NOISE
        or _is_noise(names, before, after, attributes)
        or _is_opaque(names[-1], before, after)
        or _looks_same(names, before, after, words)
    )
    return ReadField(names, names[0], names[1] if len(names) > 1 else "", before, after, change.reason, is_noise)


def _is_noise(names: list[str], before: Any, after: Any, attributes: Set[str]) -> bool:
    attribute = names[0]
    match attribute:
        case "step_times_ms":
            return True
        case "flags" | "steps":
            return before is None and after is False
        case "status":
            return "stage" in attributes and after in _ENTRY_STATUSES
        case "currency":
            return before is None and "sale_value_micros" in attributes
        case "source":
            return after == "CUSTOM" and "custom_source_name" in attributes
        case "type":
            return "custom_type_name" in attributes and show_type_word(after) == "CUSTOM"
    return _NOISE_BESIDE.get(attribute) in attributes


def _is_opaque(name: str, before: Any, after: Any) -> bool:
    """Whether the field has an identifier that says nothing to a person."""
    if not name.endswith("_id"):
        return False
    values = [value for value in (before, after) if value is not None]
    return all(isinstance(value, str) and ID.fullmatch(value) for value in values)


def _looks_same(names: list[str], before: Any, after: Any, words: Words) -> bool:
    """Whether two texts or numbers look the same to a person, such as two spellings of a phone."""
    if before is None or after is None or isinstance(before, dict | list):
        return False
    return _folded(show(names, before, words)) == _folded(show(names, after, words))


def _folded(text: str) -> str:
    return " ".join(text.split())


def changed_fields(fields: Sequence[ReadField], words: Words) -> list[ChangedField]:
    changed: list[ChangedField] = []
    for field in fields:
        if field.attribute in _ITEM_PARTS and type(field.before) is type(field.after) is dict and field.key:
            changed += _changed_members(field, words)
        else:
            changed.append(_changed(field, words))
    return changed


def _changed(field: ReadField, words: Words) -> ChangedField:
    label = answer_label(field) or noun_of(field.names, words.language).label
    before, after = show(field.names, field.before, words) or None, show(field.names, field.after, words) or None
    if before is None and after is None and field.reason is not None:
        after = why(field.reason, words)
    return ChangedField(label, before, after, field.is_noise, _is_text(before) or _is_text(after))


def _changed_members(field: ReadField, words: Words) -> Iterator[ChangedField]:
    """Each member of an item that changed."""
    part, title = _ITEM_PARTS[field.attribute], field.after.get("name")
    for member in {**field.before, **field.after}:
        old, new = field.before.get(member), field.after.get(member)
        if old != new:
            label = noun_of([part, member], words.language).label
            label = f"{one_line(str(title), LONG_TEXT)} · {label}" if title else label
            before, after = show([part, member], old, words) or None, show([part, member], new, words) or None
            is_noise = field.is_noise or member in _HIDDEN
            yield ChangedField(label, before, after, is_noise, _is_text(before) or _is_text(after))


def answer_label(field: ReadField) -> str:
    """The question of an answer if the form sent it, else its key; empty for any other field."""
    if field.attribute != "answers" or len(field.names) < 2:
        return ""
    item = field.after or field.before
    label = item.get("label") if isinstance(item, dict) else None
    return str(label) if label else readable_key(field.names[1])


def _is_text(value: str | None) -> bool:
    return value is not None and (len(value) > LONG_TEXT or "\n" in value)
