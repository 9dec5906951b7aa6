"""Effects of one field on others: the name and its halves, stage and status, pinned note, cart totals.

`apply` completes the fields of a patch before they are merged. The change record has everything that it adds. Pure.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from msgspec import structs

from leadloop.core.changes import pointer
from leadloop.core.errors import Outgrown, Problem
from leadloop.core.ids import Stamp
from leadloop.core.leads import status
from leadloop.core.leads.cart import MICROS, MICROS_MAX, price_cart
from leadloop.core.leads.model import Lead
from leadloop.core.leads.normalize import matching_name
from leadloop.core.leads.parts import PINNED_NOTE, Activity, Attribution, Tag
from leadloop.core.leads.patch import FieldValues
from leadloop.core.leads.source import derived_source, own_id

REMOVED = "removed"
"""The member that marks an item in a patch as removed."""

LEAD_ORDINAL, MESSAGE_ORDINAL, NOTE_ORDINAL, ACTIVITY_ORDINAL = 0, 1, 1_000, 10_000
"""The first of the stamp's child ids for each kind of thing that a request creates."""


def apply(lead: Lead, values: FieldValues, stamp: Stamp) -> None:
    """Completes `values` (field → value, `None` to clear) in place. Replaces commands by the fields that they set."""
    for triggers, effect in _EFFECTS:
        if not triggers.isdisjoint(values):
            effect(lead, values, stamp)


def split_name(name: str) -> tuple[str | None, str | None]:
    first, _, last = name.strip().partition(" ")
    return first or None, last.strip() or None


def join_name(first: str | None, last: str | None) -> str | None:
    return " ".join(part for part in (first, last) if part) or None


def address_line(lead: Lead) -> str:
    """The address as one text: the text that was written, else its non-empty parts joined by ", "."""
    if lead.address_text is not None:
        return lead.address_text
    return ", ".join(filter(None, structs.astuple(lead.address))) if lead.address else ""


def _name(lead: Lead, values: FieldValues, stamp: Stamp) -> None:
    if "first_name" in values or "last_name" in values:
        values["name"] = join_name(values.get("first_name", lead.first_name), values.get("last_name", lead.last_name))
    else:
        values["first_name"], values["last_name"] = split_name(values["name"] or "")


def _address(lead: Lead, values: FieldValues, stamp: Stamp) -> None:
    if "address_text" in values:
        values["address"] = None
        return
    if lead.address_text is None:
        return
    values["address_text"] = None
    if values["address"] is not None:
        values["address"] = {"street": lead.address_text} | dict(values["address"])


def _stage(lead: Lead, values: FieldValues, stamp: Stamp) -> None:
    if "stage" in values:
        values["stage"] = values["stage"] or status.FIRST_STAGE
        values.setdefault("status", status.status_for(values["stage"], lead.status))
    else:
        values["status"] = values["status"] or status.FIRST_STATUS
        values["stage"] = status.stage_for(values["status"], lead.stage, lead.status)


def _custom(lead: Lead, values: FieldValues, stamp: Stamp) -> None:
    """A new name of a custom source or type gets a derived id, unless the patch has an id; another spelling of the name
    keeps the id. Clearing the id clears the name."""
    for own in ("source", "type"):
        name, custom_id = f"custom_{own}_name", f"custom_{own}_id"
        if name not in values:
            if custom_id in values and not values[custom_id]:
                values[name] = None
        elif not values.get(custom_id):
            values.pop(custom_id, None)
            present = getattr(lead, custom_id) and getattr(lead, name)
            if values[name] and not (present and matching_name(present) == matching_name(values[name])):
                values[custom_id] = own_id(lead.account_id, own, values[name])


def _source(lead: Lead, values: FieldValues, stamp: Stamp) -> None:
    """A cleared source becomes the one that the ids indicate after this change. A lead that never had one gets none."""
    if values["source"] is not None or lead.source is None:
        return
    values["source"] = derived_source(cast(Lead, _PatchedLead(lead, values))) or "CUSTOM"


class _PatchedLead:
    """The lead after the change, as far as plain fields and the attribution go."""

    def __init__(self, lead: Lead, values: FieldValues) -> None:
        self._lead, self._values = lead, values

    def __getattr__(self, field: str) -> Any:
        value = self._values[field] if field in self._values else getattr(self._lead, field)
        is_patch = field == "attribution" and field in self._values and value
        return structs.replace(self._lead.attribution or Attribution(), **value) if is_patch else value


def _lead_date(lead: Lead, values: FieldValues, stamp: Stamp) -> None:
    if values["lead_date_ms"] is None:
        values["lead_date_ms"] = lead.created_at_ms


def _deleted(lead: Lead, values: FieldValues, stamp: Stamp) -> None:
    if values.pop("deleted"):
        values["deleted_at_ms"] = lead.deleted_at_ms or stamp.at_ms
    else:
        values["deleted_at_ms"] = None


def _tags(lead: Lead, values: FieldValues, stamp: Stamp) -> None:
    """A tag in the patch updates the one with the same id, else with the same name, that is earlier in the patch or in
    the lead. Another spelling of its name changes nothing."""
    stored, tags = _IndexedTags(lead.tags), _IndexedTags()
    for members in values["tags"] or ():
        index = tags.index_of(members)
        present = stored.get(members) if index is None else tags.tags[index]
        if present is None:
            tag = Tag(**{"created_at_ms": stamp.at_ms, **members})
        else:
            tag = structs.replace(present, **_new_members(present, members))
        if tag.key:
            tags.put(tag, index)
    values["tags"] = tags.tags


def _new_members(present: Tag, members: Mapping[str, Any]) -> Mapping[str, Any]:
    """The members without an empty id, and without a name that is another spelling of the tag's name."""
    has_id = members.get("id") or not present.id
    name = members.get("name")
    is_same_name = name and present.name and matching_name(name) == matching_name(present.name)
    unchanged = {*(() if has_id else ("id",)), *(("name",) if is_same_name else ())}
    return {member: value for member, value in members.items() if member not in unchanged}


class _IndexedTags:
    """Tags in order, indexed by id, by the exact name and by the name in any spelling."""

    def __init__(self, tags: Iterable[Tag] = ()) -> None:
        self.tags: list[Tag] = []
        self._indexes: dict[tuple[str, str], int] = {}
        for tag in tags:
            self.put(tag, None)

    def put(self, tag: Tag, index: int | None) -> None:
        """Puts the tag at this index, or at the end."""
        if index is None:
            index = len(self.tags)
            self.tags.append(tag)
        else:
            self.tags[index] = tag
        for key in _tag_keys(tag.id, tag.name):
            self._indexes.setdefault(key, index)

    def index_of(self, members: Mapping[str, Any]) -> int | None:
        tag_id = members.get("id")
        for key in _tag_keys(tag_id, members.get("name")):
            index = self._indexes.get(key)
            if index is not None and (not tag_id or self.tags[index].id in (None, tag_id)):
                return index
        return None

    def get(self, members: Mapping[str, Any]) -> Tag | None:
        index = self.index_of(members)
        return None if index is None else self.tags[index]


def _tag_keys(tag_id: str | None, name: str | None) -> Iterator[tuple[str, str]]:
    if tag_id:
        yield "id", tag_id
    if name:
        yield "name", name
        yield "matching", matching_name(name)


def _notes(lead: Lead, values: FieldValues, stamp: Stamp) -> None:
    """The pinned note becomes an item like any other. A text that any note already has changes nothing."""
    items = list(values.get("notes") or ())
    if "pinned_note" in values:
        text = values.pop("pinned_note") or ""
        if not any((note.text or "") == text for note in lead.notes) and (text or lead.notes):
            items.append({"id": PINNED_NOTE, "text": text})
    elif values["notes"] is None:
        return
    values["notes"] = with_ids_and_times(items, {note.id for note in lead.notes}, stamp, NOTE_ORDINAL)


def _activities(lead: Lead, values: FieldValues, stamp: Stamp) -> None:
    if values["activities"] is None:
        return
    stored = {activity.id: activity for activity in lead.activities}
    items = with_ids_and_times(values["activities"], set(stored), stamp, ACTIVITY_ORDINAL)
    states = {item["id"]: _completion(stored.get(item["id"])) for item in items}
    for item in items:
        states[item["id"]] = _complete(item, states[item["id"]], stamp)
    values["activities"] = items


Completion = tuple[bool, int | None]
"""Whether an activity is complete, and since when (ms)."""


def _completion(activity: Activity | None) -> Completion:
    return (False, None) if activity is None else (bool(activity.is_complete), activity.completed_at_ms)


def _complete(item: dict[str, Any], before: Completion, stamp: Stamp) -> Completion:
    """Sets the time of an item that becomes complete without a sent or stored time; clears it when it becomes
    incomplete.

    The time of a complete activity can be changed but not cleared, so that a retry changes nothing.
    """
    was_complete, at_ms = before
    is_complete = bool(item.get("is_complete", was_complete))
    sent_ms = item.get("completed_at_ms")
    if sent_ms is not None:
        return is_complete, sent_ms
    if is_complete:
        item.pop("completed_at_ms", None)
        if not was_complete and at_ms is None:
            item["completed_at_ms"] = at_ms = stamp.at_ms
    elif was_complete or "completed_at_ms" in item:
        item["completed_at_ms"] = at_ms = None
    return is_complete, at_ms


def with_ids_and_times(items: Any, stored_ids: set[str], stamp: Stamp, first_ordinal: int) -> list[dict[str, Any]]:
    """New items without an id get one, and new items without a time get the time of the request.

    The time can be changed but not cleared, so that sending an item with a null time twice changes nothing.
    """
    completed = []
    for ordinal, members in enumerate(items, first_ordinal):
        item = {name: member for name, member in members.items() if name != "created_at_ms" or member is not None}
        item_id = item.get("id") or stamp.child_id(ordinal)
        created = {} if item_id in stored_ids or "created_at_ms" in item else {"created_at_ms": stamp.at_ms}
        stored_ids = stored_ids | {item_id}
        completed.append({**item, "id": item_id, **created})
    return completed


def _remove_answers(lead: Lead, values: FieldValues, stamp: Stamp) -> None:
    removed = [{"key": key, REMOVED: True} for key in values.pop("removed_answers")]
    values["answers"] = [*(values.get("answers") or ()), *removed]


def _steps(lead: Lead, values: FieldValues, stamp: Stamp) -> None:
    """A step that becomes true without a sent or stored time gets the current time. A cleared time stays cleared."""
    sent = values.get("step_times_ms", {})
    if sent is None:
        return
    times = dict(sent)
    for step, done in (values["steps"] or {}).items():
        if done and not lead.steps.get(step) and step not in times and step not in lead.step_times_ms:
            times[step] = stamp.at_ms
    if times:
        values["step_times_ms"] = times


def _cart(lead: Lead, values: FieldValues, stamp: Stamp) -> None:
    if values["cart"] is None:
        return
    cart = price_cart(values["cart"], lead.cart)
    if any(abs(total or 0) > MICROS_MAX for total in (cart.value_micros, *(line.value_micros for line in cart.lines))):
        raise Outgrown([Problem("cart_total", pointer("cart"), most=MICROS_MAX // MICROS)])
    values["cart"] = cart


_EFFECTS = (
    (frozenset({"name", "first_name", "last_name"}), _name),
    (frozenset({"address", "address_text"}), _address),
    (frozenset({"stage", "status"}), _stage),
    (frozenset({"custom_source_name", "custom_source_id", "custom_type_name", "custom_type_id"}), _custom),
    (frozenset({"source"}), _source),
    (frozenset({"lead_date_ms"}), _lead_date),
    (frozenset({"deleted"}), _deleted),
    (frozenset({"tags"}), _tags),
    (frozenset({"notes", "pinned_note"}), _notes),
    (frozenset({"activities"}), _activities),
    (frozenset({"removed_answers"}), _remove_answers),
    (frozenset({"steps"}), _steps),
    (frozenset({"cart"}), _cart),
)
