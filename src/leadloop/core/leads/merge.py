"""Merging: (lead, patch, stamp) → (lead', field changes). Pure: the same input always gives the same output.

The rules are in semantics section 2. Nothing here depends on a database or a dialect.
"""

from collections.abc import Callable, Iterable, Mapping
from itertools import compress, repeat
from operator import is_not
from typing import Any, NamedTuple, TypeVar

from msgspec import UNSET, structs

from leadloop.core.changes import FieldChange, pointer
from leadloop.core.errors import Outgrown, Problem
from leadloop.core.ids import Stamp
from leadloop.core.leads import effects
from leadloop.core.leads.model import COLLECTION_LIMIT, Lead
from leadloop.core.leads.parts import (
    Activity,
    Address,
    AiState,
    Approval,
    Attribution,
    Campaign,
    Channel,
    FormAnswer,
    Message,
    Note,
    Part,
)
from leadloop.core.leads.patch import MERGE_TABLE, LeadPatch, Rule

P = TypeVar("P", bound=Part)

PARTS: dict[str, type[Part]] = {
    "address": Address,
    "attribution": Attribution,
    "ai": AiState,
    "channel": Channel,
    "approval": Approval,
    "campaign": Campaign,
}
ITEMS: dict[str, tuple[type[Part], str]] = {
    "notes": (Note, "id"),
    "activities": (Activity, "id"),
    "answers": (FormAnswer, "key"),
}


class Conversation(NamedTuple):
    """The messages that merging a message needs: the stored one with the same id, and the newest of the others."""

    stored: Message | None = None
    newest_other: Message | None = None


NO_MESSAGES = Conversation()
_FIELDS = LeadPatch.__struct_fields__


class MergeResult(NamedTuple):
    lead: Lead
    fields: list[FieldChange]
    message: Message | None
    """The message to store, if the patch has one that is new or different."""


def merge(lead: Lead, patch: LeadPatch, stamp: Stamp, conversation: Conversation = NO_MESSAGES) -> MergeResult:
    """Applies `patch`. Without an effective change it returns the same lead object and no fields.

    Raises `Outgrown` when a stored collection would exceed its limit.
    """
    members = structs.astuple(patch)
    values = dict(compress(zip(_FIELDS, members, strict=True), map(is_not, members, repeat(UNSET))))
    effects.apply(lead, values, stamp)
    changed: dict[str, Any] = {}
    log: list[FieldChange] = []
    message = _merge_message(lead, values, conversation, stamp, changed, log)
    for name, value in values.items():
        before = getattr(lead, name)
        after = _MERGER_OF.get(name, _replace)(name, before, value, log)
        if after is not before:
            changed[name] = after
    if not log:
        return MergeResult(lead, log, None)
    changed["version"] = lead.version + 1
    changed["updated_at_ms"] = max(stamp.at_ms, lead.updated_at_ms)
    return MergeResult(structs.replace(lead, **changed), log, message)


def same(left: Any, right: Any) -> bool:
    """Whether both are equal as JSON: unlike Python's `==`, true is not 1."""
    if left is right:
        return True
    if isinstance(left, bool) or isinstance(right, bool) or left != right:
        return False
    if isinstance(left, dict):
        return all(same(value, right[key]) for key, value in left.items())
    if isinstance(left, list | tuple):
        return all(same(x, y) for x, y in zip(left, right, strict=True))
    if isinstance(left, FormAnswer):
        return same(left.value, right.value)
    return True


def _replace(name: str, before: Any, value: Any, log: list[FieldChange]) -> Any:
    if isinstance(value, Part) and value == type(value)():
        value = None
    if value is None and isinstance(before, list):
        value = []
    if same(before, value):
        return before
    log.append(FieldChange(pointer(name), none_if_empty(before), none_if_empty(value)))
    return value


def _merge_members(name: str, before: Any, value: Any, log: list[FieldChange]) -> Any:
    part = PARTS[name]
    empty = part()
    present = before if before is not None else empty
    if value is None:
        value = dict.fromkeys(part.__struct_fields__)
    changes: dict[str, Any] = {}
    for member, new in value.items():
        old = getattr(present, member)
        if not same(old, new):
            changes[member] = new
            log.append(FieldChange(pointer(name, member), old, new))
    if not changes:
        return before
    merged = structs.replace(present, **changes)
    return None if merged == empty else merged


def _merge_keys(name: str, before: Any, value: Any, log: list[FieldChange]) -> Any:
    if value is None:
        value = dict.fromkeys(before)
    changes = {key: new for key, new in value.items() if not same(before.get(key), new)}
    if not changes:
        return before
    log.extend(FieldChange(pointer(name, key), before.get(key), new) for key, new in changes.items())
    merged = {key: new for key, new in {**before, **changes}.items() if new is not None}
    if len(merged) > COLLECTION_LIMIT:
        raise _too_many(name)
    return merged


def _merge_items(
    name: str, before: list[Any], value: Iterable[Mapping[str, Any]] | None, log: list[FieldChange]
) -> Any:
    part, key = ITEMS[name]
    if value is None:
        value = [{key: getattr(item, key), effects.REMOVED: True} for item in before]
    merged: dict[str, Any] = {getattr(item, key): item for item in before}
    touched: dict[str, Any] = {}
    for members in value:
        item_key = members[key]
        present = merged.get(item_key)
        touched.setdefault(item_key, present)
        if members.get(effects.REMOVED):
            merged.pop(item_key, None)
        elif present is None:
            merged[item_key] = part(**members)
        else:
            merged[item_key] = structs.replace(present, **members)
    changes = [
        FieldChange(pointer(name, item_key), old, merged.get(item_key))
        for item_key, old in touched.items()
        if not same(old, merged.get(item_key))
    ]
    if not changes:
        return before
    if len(merged) > COLLECTION_LIMIT:
        raise _too_many(name)
    log.extend(changes)
    return list(merged.values())


def _replace_tags(name: str, before: Any, value: Any, log: list[FieldChange]) -> Any:
    if {tag.key: tag for tag in before} == {tag.key: tag for tag in value}:
        return before
    return _replace(name, before, value, log)


def _merge_message(
    lead: Lead,
    values: dict[str, Any],
    conversation: Conversation,
    stamp: Stamp,
    changed: dict[str, Any],
    log: list[FieldChange],
) -> Message | None:
    """Adds the patch's message to the conversation; the lead shows the newest message."""
    if "message" not in values:
        return None
    members, stored = values.pop("message"), conversation.stored
    if stored is None and lead.last_message and members and members.get("id") == lead.last_message.id:
        stored = lead.last_message
    message = last = None
    if members is not None:
        (members,) = effects.with_ids_and_times(
            [members], {stored.id} if stored else set(), stamp, effects.MESSAGE_ORDINAL
        )
        message = structs.replace(stored, **members) if stored else Message(**members)
        others = [m for m in (conversation.newest_other, lead.last_message) if m and m.id != message.id]
        last = _newest(others, message, is_new=stored is None, was_last=lead.last_message)
        if message == stored:
            message = None
        else:
            log.append(FieldChange(pointer("messages", message.id), stored, message))
    if last != lead.last_message:
        log.append(FieldChange(pointer("last_message"), lead.last_message, last))
        changed["last_message"] = last
    return message


def _newest(others: list[Message], message: Message, *, is_new: bool, was_last: Message | None) -> Message:
    """The newest message. Of equal times the one that arrived last; sending a message again is not an arrival."""

    def rank(m: Message) -> tuple[int, bool, bool, str]:
        return m.created_at_ms or 0, is_new and m is message, was_last is not None and m.id == was_last.id, m.id

    return max((*others, message), key=rank)


def none_if_empty(value: Any) -> Any:
    """The value as recorded: an empty list counts as unset."""
    return None if value == [] else value


def _too_many(name: str) -> Outgrown:
    return Outgrown([Problem("too_many_items", pointer(name), limit=COLLECTION_LIMIT)])


_MERGERS: dict[Rule, Callable[[str, Any, Any, list[FieldChange]], Any]] = {
    Rule.REPLACE: _replace,
    Rule.MEMBERS: _merge_members,
    Rule.KEYS: _merge_keys,
    Rule.ITEMS: _merge_items,
    Rule.TAGS: _replace_tags,
}
_MERGER_OF = {name: _MERGERS[rule] for name, rule in MERGE_TABLE.items() if rule in _MERGERS}
"""By field. A field that is not in the table is replaced."""
