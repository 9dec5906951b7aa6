"""The fields of a change, each with its label and with its value before and after."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from leadloop.core.changes import FieldChange, pointer_parts
from leadloop.core.leads.status import GROUPS
from leadloop.web.words.language import Words, noun_of, one_line, readable_key
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
    "currency": "sale_value_micros",
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
    is_noise: bool
    """Folded by the timeline: it says nothing that a person would miss."""
    is_text: bool
    """A text of several lines, or a long one."""


class ReadField(NamedTuple):
    """A field change, read for describing it: values as in JSON."""

    names: list[str]
    before: Any
    after: Any
    reason: str | None
    is_noise: bool

    @property
    def attribute(self) -> str:
        return self.names[0] if self.names else ""

    @property
    def key(self) -> str:
        return self.names[1] if len(self.names) > 1 else ""

    @property
    def place(self) -> str:
        """The attribute, with the key of the member or item after it."""
        return "/".join(self.names[:2])


def read_fields(changes: Sequence[FieldChange], words: Words) -> list[ReadField]:
    read = [ReadField(pointer_parts(c.field), plain(c.before), plain(c.after), c.reason, False) for c in changes]
    attributes = {field.attribute: field for field in read}
    return [
        field._replace(is_noise=_is_noise(change.field, field, attributes, words))
        for change, field in zip(changes, read, strict=True)
    ]


def _is_noise(at: str, field: ReadField, attributes: Mapping[str, ReadField], words: Words) -> bool:
    if field.reason is not None:
        return False
    if at in NOISE or field.attribute == "step_times_ms" or _NOISE_BESIDE.get(field.attribute) in attributes:
        return True
    if field.attribute == "status" and "stage" in attributes:
        return field.after in _ENTRY_STATUSES
    if field.before is None or field.after is None or isinstance(field.before, dict | list):
        return False
    return _folded(show(field.names, field.before, words)) == _folded(show(field.names, field.after, words))


def _folded(text: str) -> str:
    return " ".join(text.split())


def changed_fields(fields: Sequence[ReadField], words: Words) -> list[ChangedField]:
    return [shown for field in fields for shown in _changed(field, words)]


def _changed(field: ReadField, words: Words) -> Iterator[ChangedField]:
    part = _ITEM_PARTS.get(field.attribute)
    if part and field.key and isinstance(field.before, dict) and isinstance(field.after, dict):
        yield from _changed_members(part, field, words)
        return
    label = answer_label(field) or noun_of(field.names, words.language).label
    before, after = (show(field.names, value, words) or None for value in (field.before, field.after))
    yield ChangedField(label, before, after, field.is_noise, _is_text(before) or _is_text(after))


def _changed_members(part: str, field: ReadField, words: Words) -> Iterator[ChangedField]:
    """Each member of an item that changed."""
    title = field.after.get("name")
    for member in {**field.before, **field.after}:
        old, new = field.before.get(member), field.after.get(member)
        if old != new:
            label = noun_of([part, member], words.language).label
            label = f"{one_line(str(title), LONG_TEXT)} · {label}" if title else label
            before, after = (show([part, member], value, words) or None for value in (old, new))
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
