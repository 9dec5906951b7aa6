"""Merging: (lead, patch, stamp) → (lead', what changed). Pure; the same input always gives the same output.

The rules are those of semantics section 2. Nothing in here knows a database or a dialect.
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
    Answer,
    Approval,
    Attribution,
    Campaign,
    Channel,
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
    "answers": (Answer, "key"),
}


class Conversation(NamedTuple):
    """The messages that a patch with a message has to know: the stored one of the same id, and the newest other."""

    known: Message | None = None
    newest_other: Message | None = None


SILENT = Conversation()
_FIELDS = LeadPatch.__struct_fields__


class Merged(NamedTuple):
    lead: Lead
    fields: list[FieldChange]
    message: Message | None
    """The message to store, where the patch brought one that is new or different."""


def merge(lead: Lead, patch: LeadPatch, stamp: Stamp, conversation: Conversation = SILENT) -> Merged:
    """Apply `patch`. Without an effective change the very same lead comes back, with no fields.

    Raises `Outgrown` when a stored collection would grow over its limit.
    """
    values = structs.astuple(patch)
    named = dict(compress(zip(_FIELDS, values, strict=True), map(is_not, values, repeat(UNSET))))
    effects.apply(lead, named, stamp)
    changed: dict[str, Any] = {}
    log: list[FieldChange] = []
    message = _converse(lead, named, conversation, stamp, changed, log)
    for name, value in named.items():
        before = getattr(lead, name)
        after = _MERGERS[MERGE_TABLE.get(name, Rule.REPLACE)](name, before, value, log)
        if after is not before:
            changed[name] = after
    if not log:
        return Merged(lead, log, None)
    changed["version"] = lead.version + 1
    changed["updated_at_ms"] = max(stamp.at_ms, lead.updated_at_ms)
    return Merged(structs.replace(lead, **changed), log, message)


def same(a: Any, b: Any) -> bool:
    """Equal as JSON: unlike Python's `==`, true is not 1."""
    if a is b:
        return True
    if isinstance(a, bool) or isinstance(b, bool) or a != b:
        return False
    if isinstance(a, dict):
        return all(same(value, b[key]) for key, value in a.items())
    if isinstance(a, list | tuple):
        return all(same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, Answer):
        return same(a.value, b.value)
    return True


def _replace(name: str, before: Any, value: Any, log: list[FieldChange]) -> Any:
    if isinstance(value, Part) and value == type(value)():
        value = None
    if value is None and isinstance(before, list):
        value = []
    if same(before, value):
        return before
    log.append(FieldChange(pointer(name), bare(before), bare(value)))
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


def _converse(
    lead: Lead,
    named: dict[str, Any],
    conversation: Conversation,
    stamp: Stamp,
    changed: dict[str, Any],
    log: list[FieldChange],
) -> Message | None:
    """Add the patch's message to the conversation; the lead shows the one with the greatest time."""
    if "message" not in named:
        return None
    members, known = named.pop("message"), conversation.known
    if known is None and lead.last_message and members and members.get("id") == lead.last_message.id:
        known = lead.last_message
    message = last = None
    if members is not None:
        (members,) = effects.dated([members], {known.id} if known else set(), stamp, effects.MESSAGE_ORDINAL)
        message = structs.replace(known, **members) if known else Message(**members)
        others = [m for m in (conversation.newest_other, lead.last_message) if m and m.id != message.id]
        last = _last(others, message, is_new=known is None, was_last=lead.last_message)
        if message == known:
            message = None
        else:
            log.append(FieldChange(pointer("messages", message.id), known, message))
    if last != lead.last_message:
        log.append(FieldChange(pointer("last_message"), lead.last_message, last))
        changed["last_message"] = last
    return message


def _last(others: list[Message], message: Message, *, is_new: bool, was_last: Message | None) -> Message:
    """Of equal times, the one that came last; a message that is sent again does not come again."""

    def rank(m: Message) -> tuple[int, bool, bool, str]:
        return m.created_at_ms or 0, is_new and m is message, was_last is not None and m.id == was_last.id, m.id

    return max((*others, message), key=rank)


def bare(value: Any) -> Any:
    """An empty collection is recorded as unset."""
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
