"""What can be said of an entry of the catalogue: each member by its name on the wire, read, checked and shown.

Absent leaves a member, null clears it, a value sets it; a value equal to the one shown is no change, so what was read
can be sent back. All problems are found at once. Pure.
"""

from collections.abc import Mapping
from typing import Any

from msgspec import UNSET

from leadloop.api.instants import show_instant
from leadloop.api.outside_ids import CLEARABLE_ID as ID
from leadloop.api.scalars import Flag, Kind, Millionths, Text, Whole
from leadloop.api.shapes import ListOf
from leadloop.core.catalogue.model import MEMBERS, Entry
from leadloop.core.changes import pointer
from leadloop.core.errors import Problem
from leadloop.core.leads.merge import same
from leadloop.core.problems import Problems

OWNED = ("kind", "archivedAt", "createdAt", "updatedAt", "managed")
"""What only the server writes. Of an entry that there is, its `id` as well."""

_NAME = Text(check=lambda text: text == text.strip() != "", expected=Problem("empty_or_spaced"))
_TEXT, _FLAG = Text(blank_clears=True), Flag()
_WIRE: dict[str, tuple[str, Kind]] = {
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
    "weight": ("weight", Whole(least=1, from_text=True)),
    "dailyCap": ("daily_cap", Whole(least=0, from_text=True)),
}
"""Name on the wire → attribute, and how a value is read. In the order in which an entry is shown."""

MEMBERS_OF: dict[str, dict[str, tuple[str, Kind]]] = {
    kind: {name: (attribute, read) for name, (attribute, read) in _WIRE.items() if attribute in attributes}
    for kind, attributes in MEMBERS.items()
}
"""What entries of a kind have besides their name."""


def new(kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Attribute → value of the entry that `body` wants made: `id` where it gives one, and always `name`.

    Raises `InvalidFields`.
    """
    problems = Problems()
    found = _read(problems, body, {"id": ("id", ID), "name": ("name", _NAME), **MEMBERS_OF[kind]}, OWNED)
    if body.get("name") is None:
        problems.refuse("/name", "entry_name_required")
    problems.finish()
    return {attribute: value for attribute, value in found.items() if value is not None}


def changes(entry: Entry, body: Mapping[str, Any]) -> dict[str, Any]:
    """Attribute → value that `body` wants changed, `None` to clear. Raises `InvalidFields`."""
    problems, shown = Problems(), show(entry)
    body = {name: value for name, value in body.items() if name not in shown or not same(value, shown[name])}
    found = _read(problems, body, {"name": ("name", _NAME), **MEMBERS_OF[entry.kind]}, ("id", *OWNED))
    if "name" in body and body["name"] is None:
        problems.refuse("/name", "entry_name_required")
    problems.finish()
    return found


def wire_name(attribute: str) -> str:
    return next((name for name, (known, _) in _WIRE.items() if known == attribute), attribute)


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
    """Whether leads are to be given to somebody; `None` where the body does not say. Raises `InvalidFields`."""
    problems = Problems()
    found = _read(problems, body, {"enabled": ("enabled", _FLAG)}, ())
    if "enabled" in body and body["enabled"] is None:
        problems.refuse("/enabled", "flag_expected")
    problems.finish()
    return found.get("enabled")


def _read(
    problems: Problems, body: Mapping[str, Any], members: Mapping[str, tuple[str, Kind]], owned: tuple[str, ...]
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in body.items():
        at = pointer(name)
        if name in owned:
            problems.owned(at)
        elif name not in members:
            problems.unknown(at, name, (*members, *owned))
        else:
            attribute, kind = members[name]
            read = kind.read_or_clear(value, at, problems)
            if read is not UNSET:
                found[attribute] = list(dict.fromkeys(read)) if isinstance(read, list) else read
    return found


def _shown(kind: Kind, value: Any) -> Any:
    return None if value is None else kind.show(value)
