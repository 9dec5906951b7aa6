"""What a change of one field does to others: the name and its halves, stage and status, pinned note, cart totals.

`apply` completes the fields that a patch names, before they are merged; everything it adds is recorded like any
other field. Pure.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from msgspec import structs

from leadloop.core.changes import pointer
from leadloop.core.errors import Outgrown, Problem
from leadloop.core.ids import Stamp
from leadloop.core.leads import status
from leadloop.core.leads.cart import MICROS, MICROS_MAX, priced
from leadloop.core.leads.model import Lead
from leadloop.core.leads.normalize import matching_name
from leadloop.core.leads.parts import PINNED_NOTE, Activity, Attribution, Tag
from leadloop.core.leads.source import derived_source, own_id

REMOVED = "removed"
"""The member by which an item in a patch says that it is to be removed."""

FieldValues = dict[str, Any]

LEAD_ORDINAL, MESSAGE_ORDINAL, NOTE_ORDINAL, ACTIVITY_ORDINAL = 0, 1, 1_000, 10_000
"""Which of a stamp's child ids goes to what the request creates."""


def apply(lead: Lead, named: FieldValues, stamp: Stamp) -> None:
    """Complete `named` (field → value, `None` to clear) in place. Commands are turned into fields."""
    for triggers, effect in _EFFECTS:
        if not triggers.isdisjoint(named):
            effect(lead, named, stamp)


def split_name(name: str) -> tuple[str | None, str | None]:
    first, _, last = name.strip().partition(" ")
    return first or None, last.strip() or None


def join_name(first: str | None, last: str | None) -> str | None:
    return " ".join(part for part in (first, last) if part) or None


def address_line(lead: Lead) -> str:
    """The address as one text: as it was written, else its non-empty parts joined by ", "."""
    if lead.address_text is not None:
        return lead.address_text
    return ", ".join(filter(None, structs.astuple(lead.address))) if lead.address else ""


def _name(lead: Lead, named: FieldValues, stamp: Stamp) -> None:
    if "first_name" in named or "last_name" in named:
        named["name"] = join_name(named.get("first_name", lead.first_name), named.get("last_name", lead.last_name))
    else:
        named["first_name"], named["last_name"] = split_name(named["name"] or "")


def _address(lead: Lead, named: FieldValues, stamp: Stamp) -> None:
    if "address_text" in named:
        named["address"] = None
        return
    if lead.address_text is None:
        return
    named["address_text"] = None
    if named["address"] is not None:
        named["address"] = {"street": lead.address_text} | dict(named["address"])


def _stage(lead: Lead, named: FieldValues, stamp: Stamp) -> None:
    if "stage" in named:
        named["stage"] = named["stage"] or status.FIRST_STAGE
        named.setdefault("status", status.status_for(named["stage"], lead.status))
    else:
        named["status"] = named["status"] or status.FIRST_STATUS
        named["stage"] = status.stage_for(named["status"], lead.stage, lead.status)


def _custom(lead: Lead, named: FieldValues, stamp: Stamp) -> None:
    """A new name of a custom source or type comes with an id of its own, unless one is sent along; another spelling of
    the name keeps the id. A cleared id takes the name with it."""
    for own in ("source", "type"):
        name, custom_id = f"custom_{own}_name", f"custom_{own}_id"
        if name not in named:
            if custom_id in named and not named[custom_id]:
                named[name] = None
        elif not named.get(custom_id):
            named.pop(custom_id, None)
            present = getattr(lead, custom_id) and getattr(lead, name)
            if named[name] and not (present and matching_name(present) == matching_name(named[name])):
                named[custom_id] = own_id(lead.account_id, own, named[name])


def _source(lead: Lead, named: FieldValues, stamp: Stamp) -> None:
    """A source that is cleared becomes what the ids tell after this change; a lead that never had one has none."""
    if named["source"] is not None or lead.source is None:
        return
    named["source"] = derived_source(cast(Lead, _Patched(lead, named))) or "CUSTOM"


class _Patched:
    """The lead as it will be, as far as plain fields and the attribution go."""

    def __init__(self, lead: Lead, named: FieldValues) -> None:
        self._lead, self._named = lead, named

    def __getattr__(self, field: str) -> Any:
        value = self._named[field] if field in self._named else getattr(self._lead, field)
        is_patch = field == "attribution" and field in self._named and value
        return structs.replace(self._lead.attribution or Attribution(), **value) if is_patch else value


def _lead_date(lead: Lead, named: FieldValues, stamp: Stamp) -> None:
    if named["lead_date_ms"] is None:
        named["lead_date_ms"] = lead.created_at_ms


def _deleted(lead: Lead, named: FieldValues, stamp: Stamp) -> None:
    if named.pop("deleted"):
        named["deleted_at_ms"] = lead.deleted_at_ms or stamp.at_ms
    else:
        named["deleted_at_ms"] = None


def _tags(lead: Lead, named: FieldValues, stamp: Stamp) -> None:
    """A tag is the one of the same id, else of the same name, that comes earlier in the patch or that the lead already
    has. Another spelling of its name changes nothing."""
    stored, tags = _TagSet(lead.tags), _TagSet()
    for members in named["tags"] or ():
        place = tags.place_of(members)
        present = stored.get(members) if place is None else tags.tags[place]
        if present is None:
            tag = Tag(**{"created_at_ms": stamp.at_ms, **members})
        else:
            tag = structs.replace(present, **_as_spelt(present, members))
        if tag.key:
            tags.put(tag, place)
    named["tags"] = tags.tags


def _as_spelt(present: Tag, members: Mapping[str, Any]) -> Mapping[str, Any]:
    """Without an id or a name that only says in other words what the tag has."""
    has_id = members.get("id") or not present.id
    name = members.get("name")
    is_same_name = name and present.name and matching_name(name) == matching_name(present.name)
    dropped = {*(() if has_id else ("id",)), *(("name",) if is_same_name else ())}
    return {member: value for member, value in members.items() if member not in dropped}


class _TagSet:
    """Tags in their order, found by id, by name in this spelling, by name in any."""

    def __init__(self, tags: Iterable[Tag] = ()) -> None:
        self.tags: list[Tag] = []
        self._places: dict[tuple[str, str], int] = {}
        for tag in tags:
            self.put(tag, None)

    def put(self, tag: Tag, place: int | None) -> None:
        """In this place, or at the end."""
        if place is None:
            place = len(self.tags)
            self.tags.append(tag)
        else:
            self.tags[place] = tag
        for key in _tag_keys(tag.id, tag.name):
            self._places.setdefault(key, place)

    def place_of(self, members: Mapping[str, Any]) -> int | None:
        tag_id = members.get("id")
        for key in _tag_keys(tag_id, members.get("name")):
            place = self._places.get(key)
            if place is not None and (not tag_id or self.tags[place].id in (None, tag_id)):
                return place
        return None

    def get(self, members: Mapping[str, Any]) -> Tag | None:
        place = self.place_of(members)
        return None if place is None else self.tags[place]


def _tag_keys(tag_id: str | None, name: str | None) -> Iterator[tuple[str, str]]:
    if tag_id:
        yield "id", tag_id
    if name:
        yield "name", name
        yield "matching", matching_name(name)


def _notes(lead: Lead, named: FieldValues, stamp: Stamp) -> None:
    """The pinned note becomes an item like any other; a text that any note already has is no change."""
    items = list(named.get("notes") or ())
    if "pinned_note" in named:
        text = named.pop("pinned_note") or ""
        if not any((note.text or "") == text for note in lead.notes) and (text or lead.notes):
            items.append({"id": PINNED_NOTE, "text": text})
    elif named["notes"] is None:
        return
    named["notes"] = dated(items, {note.id for note in lead.notes}, stamp, NOTE_ORDINAL)


def _activities(lead: Lead, named: FieldValues, stamp: Stamp) -> None:
    if named["activities"] is None:
        return
    known = {activity.id: activity for activity in lead.activities}
    items = dated(named["activities"], set(known), stamp, ACTIVITY_ORDINAL)
    states = {item["id"]: _completion(known.get(item["id"])) for item in items}
    for item in items:
        states[item["id"]] = _complete(item, states[item["id"]], stamp)
    named["activities"] = items


Completion = tuple[bool, int | None]
"""Whether an activity is complete, and since when."""


def _completion(activity: Activity | None) -> Completion:
    return (False, None) if activity is None else (bool(activity.is_complete), activity.completed_at_ms)


def _complete(item: dict[str, Any], before: Completion, stamp: Stamp) -> Completion:
    """Stamp an item that turns complete without a time, sent or stored; one that turns incomplete loses its time.

    The time of a complete activity can be changed, but not cleared, so that a retry changes nothing.
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


def dated(items: Any, known: set[str], stamp: Stamp, first_ordinal: int) -> list[dict[str, Any]]:
    """New items get an id where they have none, and the time of the request where they have no time of their own.

    That time can be changed, but not cleared: so an item that is sent twice with a null for it is the same twice.
    """
    complete = []
    for ordinal, sent in enumerate(items, first_ordinal):
        item = {name: member for name, member in sent.items() if name != "created_at_ms" or member is not None}
        item_id = item.get("id") or stamp.child_id(ordinal)
        fresh = {} if item_id in known or "created_at_ms" in item else {"created_at_ms": stamp.at_ms}
        known = known | {item_id}
        complete.append({**item, "id": item_id, **fresh})
    return complete


def _removed_answers(lead: Lead, named: FieldValues, stamp: Stamp) -> None:
    removed = [{"key": key, REMOVED: True} for key in named.pop("removed_answers")]
    named["answers"] = [*(named.get("answers") or ()), *removed]


def _steps(lead: Lead, named: FieldValues, stamp: Stamp) -> None:
    """A step that turns true without a time, sent or stored, is stamped with now. A time that is cleared stays so."""
    sent = named.get("step_times_ms", {})
    if sent is None:
        return
    times = dict(sent)
    for step, done in (named["steps"] or {}).items():
        if done and not lead.steps.get(step) and step not in times and step not in lead.step_times_ms:
            times[step] = stamp.at_ms
    if times:
        named["step_times_ms"] = times


def _cart(lead: Lead, named: FieldValues, stamp: Stamp) -> None:
    if named["cart"] is None:
        return
    cart = priced(named["cart"], lead.cart)
    if any(abs(total or 0) > MICROS_MAX for total in (cart.value_micros, *(line.value_micros for line in cart.lines))):
        raise Outgrown([Problem("cart_total", pointer("cart"), most=MICROS_MAX // MICROS)])
    named["cart"] = cart


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
    (frozenset({"removed_answers"}), _removed_answers),
    (frozenset({"steps"}), _steps),
    (frozenset({"cart"}), _cart),
)
