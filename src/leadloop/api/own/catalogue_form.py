"""The members of a catalogue entry on the wire: reads, checks and shows them.

An absent member stays unchanged, null clears it, a value sets it. A value equal to the shown one is no change, so a
client can send back what it read. Reports all problems at once. Pure.
"""

from collections.abc import Mapping
from typing import Any

from msgspec import UNSET

from leadloop.api.outside_ids import CLEARABLE_ID as ID
from leadloop.api.scalars import Codec, Flag, Millionths, Text, WholeNumber
from leadloop.api.shapes import ListOf
from leadloop.core.catalogue.model import MEMBERS, Entry
from leadloop.core.changes import pointer
from leadloop.core.errors import Problem
from leadloop.core.instants import show_instant
from leadloop.core.leads.merge import same
from leadloop.core.problems import Problems

OWNED = ("kind", "archivedAt", "createdAt", "updatedAt", "managed")
"""Members that only the server writes; for an existing entry also its `id`."""

_NAME = Text(check=lambda text: text == text.strip() != "", expected=Problem("empty_or_spaced"))
_TEXT, _FLAG = Text(blank_clears=True), Flag()
_WIRE: dict[str, tuple[str, Codec]] = {
    "unitId": ("unit_id", ID),
    "departmentId": ("department_id", ID),
    "value": ("value_micros", Millionths()),
    "color": ("color", _TEXT),
    "userId": ("user_id", ID),
    "email": ("email", _TEXT),
    "phoneNumber": ("phone", _TEXT),
    "isRealUser": ("is_real", _FLAG),
    "globalAutoAttributionDisabled": ("auto_attribution_disabled", _FLAG),
    "unitIds": ("unit_ids", ListOf(ID)),
    "departmentIds": ("department_ids", ListOf(ID)),
    "interestIds": ("interest_ids", ListOf(ID)),
    "weight": ("weight", WholeNumber(least=1, from_text=True)),
    "dailyCap": ("daily_cap", WholeNumber(least=0, from_text=True)),
}
"""Name on the wire → attribute and codec, in the order in which they are shown."""

MEMBERS_OF: dict[str, dict[str, tuple[str, Codec]]] = {
    kind: {name: (attribute, read) for name, (attribute, read) in _WIRE.items() if attribute in attributes}
    for kind, attributes in MEMBERS.items()
}
"""The members of each kind's entries, besides their name."""


def new(kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Attribute → value of a new entry: always `name`, and `id` if `body` has one. Raises `InvalidFields`."""
    problems = Problems()
    members = _read(problems, body, {"id": ("id", ID), "name": ("name", _NAME), **MEMBERS_OF[kind]}, OWNED)
    if body.get("name") is None:
        problems.refuse("/name", "entry_name_required")
    problems.finish()
    return {attribute: value for attribute, value in members.items() if value is not None}


def changes(entry: Entry, body: Mapping[str, Any]) -> dict[str, Any]:
    """Attribute → new value, `None` to clear it. Raises `InvalidFields`."""
    problems, shown = Problems(), show(entry)
    body = {name: value for name, value in body.items() if name not in shown or not same(value, shown[name])}
    members = _read(problems, body, {"name": ("name", _NAME), **MEMBERS_OF[entry.kind]}, ("id", *OWNED))
    if "name" in body and body["name"] is None:
        problems.refuse("/name", "entry_name_required")
    problems.finish()
    return members


def wire_name(attribute: str) -> str:
    return next((name for name, (member, _) in _WIRE.items() if member == attribute), attribute)


def show(entry: Entry) -> dict[str, Any]:
    members = MEMBERS_OF[entry.kind].items()
    return {
        "id": entry.id,
        "kind": entry.kind,
        "name": entry.name,
        **{name: _shown(kind, getattr(entry, attribute)) for name, (attribute, kind) in members},
        "managed": entry.managed,
        "archivedAt": None if entry.archived_at_ms is None else show_instant(entry.archived_at_ms),
        "createdAt": show_instant(entry.created_at_ms),
        "updatedAt": show_instant(entry.updated_at_ms),
    }


def enabled(body: Mapping[str, Any]) -> bool | None:
    """Whether `body` switches automatic assignment on or off; `None` for neither. Raises `InvalidFields`."""
    problems = Problems()
    members = _read(problems, body, {"enabled": ("enabled", _FLAG)}, ())
    if "enabled" in body and body["enabled"] is None:
        problems.refuse("/enabled", "flag_expected")
    problems.finish()
    return members.get("enabled")


def _read(
    problems: Problems, body: Mapping[str, Any], members: Mapping[str, tuple[str, Codec]], owned: tuple[str, ...]
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, value in body.items():
        at = pointer(name)
        if name in owned:
            problems.owned(at)
        elif name not in members:
            problems.unknown(at, name, (*members, *owned))
        else:
            attribute, codec = members[name]
            read = codec.read_or_clear(value, at, problems)
            if read is not UNSET:
                values[attribute] = list(dict.fromkeys(read)) if isinstance(read, list) else read
    return values


def _shown(codec: Codec, value: Any) -> Any:
    return None if value is None else codec.show(value)
