"""Three-way merging: what a client changed since it read the lead, applied to the lead as it is (semantics section 3).

Only what the client sent is compared, member by member, key by key, item by id; what follows from it (the status from
a stage, the name from its halves) is worked out anew on the lead as it is. Pure.
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
"""An id that is sent beside a new name belongs to it, also where the id itself is not new."""

Differs = Callable[[Lead, Lead], Callable[[str], bool]]
"""From two states of a lead: whether they look different at a stored field, to a dialect."""


def stored_differs(one: Lead, other: Lead) -> Callable[[str], bool]:
    """The eyes of who sees everything."""
    value, other_value = _values(one), _values(other)
    return lambda field: not same(value(field), other_value(field))


def rebase(prepared: Base, loaded: Loaded, patch: LeadPatch, stamp: Stamp, eyes: Differs) -> LeadPatch:
    """Of a `patch` made for a base, what changes something there, and is not so by now.

    Raises `Conflict` when the lead has another value in such a place by now, and not the one that is sent.
    """
    base, now = prepared.lead, loaded.lead
    assert now is not None
    changes = {change.field: change for change in merge(base, patch, stamp).fields}
    kept: dict[str, Any] = {}
    for name in LeadPatch.__struct_fields__:
        value = getattr(patch, name)
        if value is not UNSET and (rest := _effective(name, value, changes, base, stamp)) is not UNSET:
            kept[name] = rest
    sent = LeadPatch(**kept)
    would, _, message = merge(now, sent, stamp, loaded.conversation)
    has_moved, would_move = eyes(base, now), eyes(now, would)
    is_sent = _sent_fields(sent)
    fields = [field for field in changes if is_sent(field) and has_moved(field) and would_move(field)]
    if message is not None:
        said = pointer(MESSAGES, message.id)
        if said in prepared.messages or _was_said(said, loaded.history, now.version):
            fields.append(said)
    if fields:
        raise Conflict(fields, base, now)
    whole = [name for name in kept if MERGE_TABLE[name] in (Rule.REPLACE, Rule.TAGS)]
    together = {*_NAME_OF, *_NAME_OF.values()}
    return structs.replace(
        sent, **{name: UNSET for name in whole if name not in together and not would_move(pointer(name))}
    )


def _was_said(field: str, history: Sequence[Change], version: int) -> bool:
    """Whether the records up to a version tell of a field, for what the lead itself does not keep."""
    return any(change.field == field for record in history if record.version <= version for change in record.fields)


def _values(lead: Lead) -> Callable[[str], Any]:
    """Reads stored fields of the lead by their pointers; each list of items is indexed once."""
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
    """What of a field of the patch changes something; `UNSET` for nothing."""
    rule = MERGE_TABLE[name]
    if name == "message" or (name == "address" and base.address_text is not None):
        return value  # the one has its id to be known by, the other makes parts of a text
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
    """Whether the patch itself says what becomes of a field; each list of items is indexed once."""
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
    """Which items of a list the patch sets or removes, as far as it names them."""
    keys: set[str] = {item.get(ITEMS[name][1]) for item in getattr(sent, name) or ()}
    if name == "notes" and sent.pinned_note is not UNSET:
        keys.add(PINNED_NOTE)
    if name == "answers":
        keys.update(sent.removed_answers or ())
    return keys
