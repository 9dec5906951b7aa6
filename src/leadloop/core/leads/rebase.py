"""Three-way merging: what a client changed since it read the lead, applied to the lead as it is (semantics section 3).

Only what the client sent is compared, member by member, key by key, item by id; what follows from it (the status from
a stage, the name from its halves) is worked out anew on the lead as it is. Pure.
"""

from collections.abc import Mapping
from typing import Any

from msgspec import UNSET

from leadloop.core.changes import FieldChange, pointer, pointer_parts
from leadloop.core.errors import Conflict
from leadloop.core.ids import Stamp
from leadloop.core.leads.effects import REMOVED
from leadloop.core.leads.merge import ITEMS, merge, same
from leadloop.core.leads.model import Lead
from leadloop.core.leads.parts import PINNED_NOTE
from leadloop.core.leads.patch import MERGE_TABLE, LeadPatch, Rule

_COMMANDS = {"deleted": "/deleted_at_ms", "pinned_note": pointer("notes", PINNED_NOTE)}


def rebase(base: Lead, now: Lead, patch: LeadPatch, stamp: Stamp) -> LeadPatch:
    """Of a `patch` made for `base`, what changes something there.

    Raises `Conflict` when `now` has another value in such a place, and not the one that is sent.
    """
    changes = {change.field: change for change in merge(base, patch, stamp).fields}
    kept: dict[str, Any] = {}
    for name in LeadPatch.__struct_fields__:
        value = getattr(patch, name)
        if value is not UNSET and (rest := _effective(name, value, changes, base)) is not UNSET:
            kept[name] = rest
    sent = LeadPatch(**kept)
    fields = [field for field, change in changes.items() if _is_sent(field, sent) and _clashes(change, now)]
    if fields:
        raise Conflict(fields, base, now)
    return sent


def _clashes(change: FieldChange, now: Lead) -> bool:
    present = _value(now, change.field)
    return not same(present, change.before) and not same(present, change.after)


def _value(lead: Lead, field: str) -> Any:
    name, *rest = pointer_parts(field)
    value = getattr(lead, name)
    if not rest:
        return None if value == [] else value
    if name in ITEMS:
        _, key = ITEMS[name]
        return next((item for item in value if getattr(item, key) == rest[0]), None)
    if isinstance(value, Mapping):
        return value.get(rest[0])
    return None if value is None else getattr(value, rest[0])


def _effective(name: str, value: Any, changes: Mapping[str, Any], base: Lead) -> Any:
    """What of a field of the patch changes something; `UNSET` for nothing."""
    rule = MERGE_TABLE[name]
    if rule in (Rule.MEMBERS, Rule.KEYS):
        if value is None:
            value = dict.fromkeys(pointer_parts(field)[1] for field in changes if field.startswith(f"/{name}/"))
        return {key: new for key, new in value.items() if pointer(name, key) in changes} or UNSET
    if rule is Rule.ITEMS:
        _, key = ITEMS[name]
        if value is None:
            value = [{key: getattr(item, key), REMOVED: True} for item in getattr(base, name)]
        return [item for item in value if not item.get(key) or pointer(name, item[key]) in changes] or UNSET
    if name == "removed_answers":
        return [key for key in value if pointer("answers", key) in changes] or UNSET
    if name == "message":
        return value
    return value if _COMMANDS.get(name, pointer(name)) in changes else UNSET


def _is_sent(field: str, sent: LeadPatch) -> bool:
    """Whether the patch itself says what becomes of `field`."""
    name, *rest = pointer_parts(field)
    if name == "deleted_at_ms":
        return sent.deleted is not UNSET
    if name == "notes" and rest == [PINNED_NOTE] and sent.pinned_note is not UNSET:
        return True
    if name == "answers" and sent.removed_answers is not UNSET and rest[0] in sent.removed_answers:
        return True
    value = getattr(sent, name, UNSET)
    if value is UNSET or not rest or value is None:
        return value is not UNSET
    if name in ITEMS:
        return any(item.get(ITEMS[name][1]) == rest[0] for item in value)
    return rest[0] in value
