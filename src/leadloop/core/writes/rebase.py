"""Three-way merge: applies what a client changed since it read the lead to the current lead (semantics section 3).

It compares only what the client sent, member by member, key by key, item by id. Derived fields (the status of a stage,
the name of its halves) are computed again from the current lead. Pure.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import UNSET, structs

from leadloop.core.changes import Change, pointer, pointer_parts
from leadloop.core.errors import Conflict
from leadloop.core.ids import Stamp
from leadloop.core.leads.effects import REMOVED
from leadloop.core.leads.fold import MESSAGES
from leadloop.core.leads.merge import ITEMS, merge, same
from leadloop.core.leads.model import Lead
from leadloop.core.leads.parts import PINNED_NOTE
from leadloop.core.leads.patch import MERGE_TABLE, LeadPatch, Rule
from leadloop.core.writes.base import Base
from leadloop.core.writes.unit import Loaded

_NAME_OF = {"custom_source_id": "custom_source_name", "custom_type_id": "custom_type_name"}
"""An id that is sent with a new name belongs to the name, even if the id itself is unchanged."""

Differs = Callable[[Lead, Lead], Callable[[str], bool]]
"""Of two states of a lead: a function that says whether a dialect shows a difference at a stored field."""


def stored_differs(left: Lead, right: Lead) -> Callable[[str], bool]:
    """Compares stored values, without a dialect's view."""
    left_value, right_value = _values(left), _values(right)
    return lambda field: not same(left_value(field), right_value(field))


def rebase(prepared: Base, loaded: Loaded, patch: LeadPatch, stamp: Stamp, differs_in_view: Differs) -> LeadPatch:
    """The parts of the patch that change the base and are not already true of the current lead.

    Raises `Conflict` when such a part of the current lead has changed since the base, to a value other than the one
    that the patch sets.
    """
    base, now = prepared.lead, loaded.lead
    assert now is not None
    changes = {change.field: change for change in merge(base, patch, stamp).fields}
    effective: dict[str, Any] = {}
    for name in LeadPatch.__struct_fields__:
        value = getattr(patch, name)
        if value is not UNSET and (remaining := _effective(name, value, changes, base, stamp)) is not UNSET:
            effective[name] = remaining
    remaining_patch = LeadPatch(**effective)
    merged, _, message = merge(now, remaining_patch, stamp, loaded.conversation)
    has_moved, would_move = differs_in_view(base, now), differs_in_view(now, merged)
    is_sent = _sent_fields(remaining_patch)
    fields = [field for field in changes if is_sent(field) and has_moved(field) and would_move(field)]
    if message is not None:
        message_pointer = pointer(MESSAGES, message.id)
        if message_pointer in prepared.messages or _was_recorded(message_pointer, loaded.history, now.version):
            fields.append(message_pointer)
    if fields:
        raise Conflict(fields, base, now)
    replaced = [name for name in effective if MERGE_TABLE[name] in (Rule.REPLACE, Rule.TAGS)]
    inseparable = {*_NAME_OF, *_NAME_OF.values()}
    return structs.replace(
        remaining_patch,
        **{name: UNSET for name in replaced if name not in inseparable and not would_move(pointer(name))},
    )


def _was_recorded(field: str, history: Sequence[Change], version: int) -> bool:
    """Whether the records up to a version change a field; for fields that the lead itself does not store."""
    return any(change.field == field for record in history if record.version <= version for change in record.fields)


def _values(lead: Lead) -> Callable[[str], Any]:
    """Returns a function that reads stored fields by their pointers. It indexes each list of items once."""
    items: dict[str, dict[str, Any]] = {}

    def value(field: str) -> Any:
        name, *rest = pointer_parts(field)
        stored = getattr(lead, name)
        if not rest:
            return stored
        if name in ITEMS:
            if name not in items:
                items[name] = {getattr(item, ITEMS[name][1]): item for item in stored}
            return items[name].get(rest[0])
        if isinstance(stored, Mapping):
            return stored.get(rest[0])
        return None if stored is None else getattr(stored, rest[0])

    return value


def _effective(name: str, value: Any, changes: Mapping[str, Any], base: Lead, stamp: Stamp) -> Any:
    """The part of one field's value that changes the base; `UNSET` if no part does."""
    rule = MERGE_TABLE[name]
    if name == "message" or (name == "address" and base.address_text is not None):
        return value  # a message is compared by its id; the parts replace an address that was one text
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
    if name in _NAME_OF:
        return value if pointer(name) in changes or pointer(_NAME_OF[name]) in changes else UNSET
    return value if merge(base, LeadPatch(**{name: value}), stamp).fields else UNSET


def _sent_fields(sent: LeadPatch) -> Callable[[str], bool]:
    """Returns a function that says whether the patch itself sets a field. It indexes each list of items once."""
    keys = {name: _item_keys(sent, name) for name in ITEMS}

    def is_sent(field: str) -> bool:
        name, *rest = pointer_parts(field)
        if name == "deleted_at_ms":
            return sent.deleted is not UNSET
        if name == "last_message":
            return sent.message is None
        if name in ("address", "address_text"):
            return sent.address is not UNSET or sent.address_text is not UNSET
        if rest and rest[0] in keys.get(name, ()):
            return True
        value = getattr(sent, name, UNSET)
        if value is UNSET or not rest or value is None:
            return value is not UNSET
        return name not in ITEMS and rest[0] in value

    return is_sent


def _item_keys(sent: LeadPatch, name: str) -> set[str]:
    """Keys of the items of a list that the patch sets or removes; new items without a key are left out."""
    keys: set[str] = {item.get(ITEMS[name][1]) for item in getattr(sent, name) or ()}
    if name == "notes" and sent.pinned_note is not UNSET:
        keys.add(PINNED_NOTE)
    if name == "answers":
        keys.update(sent.removed_answers or ())
    return keys
