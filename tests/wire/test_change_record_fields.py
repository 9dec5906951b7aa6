"""Every stored field of a lead has a place in a change record on the wire, and loses nothing on its way there."""

import types
import typing
from collections.abc import Iterator
from typing import Any, get_args, get_origin

import msgspec
import pytest
from msgspec import Struct, structs

from leadloop.api.dialects import load
from leadloop.api.own.wire import HIDDEN, UNKNOWN_PREFIX, RecordRenderer
from leadloop.core.changes import Change, FieldChange, pointer
from leadloop.core.leads.fold import MESSAGES
from leadloop.core.leads.merge import ITEMS, PARTS
from leadloop.core.leads.model import Lead
from leadloop.core.leads.parts import Message
from leadloop.core.leads.revert import PRESERVED
from leadloop.settings import DATABASE_DEFAULTS

RECORDS = RecordRenderer(load(DATABASE_DEFAULTS))
TYPES = typing.get_type_hints(Lead)
NOT_SHOWN = {("owner", "account_id")}
"""The user of a lead is of the lead's own account."""
TOLD_TWICE = {"/tags"}


def sample(kind: Any, marker: str) -> Any:
    """A value of a type with everything set, as it is in a record's JSON."""
    origin, arguments = get_origin(kind), [argument for argument in get_args(kind) if argument is not type(None)]
    if origin in (typing.Union, types.UnionType):
        return sample(arguments[0], marker)
    if origin is list:
        return [sample(arguments[0], marker)]
    if origin is dict:
        return {"k": sample(arguments[1], marker)}
    if isinstance(kind, type) and issubclass(kind, Struct):
        return {name: sample(hint, f"{marker}.{name}") for name, hint in typing.get_type_hints(kind).items()}
    return {str: marker, int: 1_760_000_000_000 + len(marker), bool: True}.get(kind, marker)


def fields() -> Iterator[tuple[str, Any]]:
    """A pointer to each stored field, member, key and item as records have them, and a value."""
    for name, hint in TYPES.items():
        if name in PRESERVED or pointer(name) in HIDDEN:
            continue
        value = sample(hint, name)
        if name in PARTS:
            yield from ((pointer(name, member), inner) for member, inner in value.items())
        elif name in ITEMS:
            yield pointer(name, "a/b~c"), value[0]
            yield pointer(name), value
        elif isinstance(value, dict) and get_origin(hint) is dict:
            yield pointer(name, "a/b~c"), value["k"]
        else:
            yield pointer(name), value
    yield pointer(MESSAGES, "m1"), sample(Message, MESSAGES)


FIELDS = list(fields())


def tell(*changes: FieldChange) -> list[dict[str, Any]]:
    change = Change(
        account_id="a" * 24,
        lead_id="b" * 24,
        version=2,
        at_ms=0,
        actor="key:x",
        dialect="expad",
        request_id="req",
        fields=list(changes),
    )
    shown: list[dict[str, Any]] = msgspec.json.decode(RECORDS.json(change))["fields"]
    return shown


def test_members_of_the_record_are_not_fields() -> None:
    assert Lead.__struct_fields__ == tuple(TYPES)
    assert {"format", "account_id", "id", "version", "created_at_ms", "updated_at_ms"} == PRESERVED
    hidden = {field[1:] for field in HIDDEN}
    shown = {field.split("/")[1] for field, _ in FIELDS} - {MESSAGES}
    assert {name for name in TYPES if name not in PRESERVED} == shown | hidden


@pytest.mark.parametrize(("field", "value"), FIELDS, ids=[field for field, _ in FIELDS])
def test_a_field_has_its_place(field: str, value: Any) -> None:
    shown = tell(FieldChange(field, None, value))
    assert len(shown) == 1 + (field in TOLD_TWICE)
    for field_change in shown:
        assert not field_change["field"].startswith(UNKNOWN_PREFIX), "no dialect shows it"
        assert field_change["before"] is None and field_change["after"] is not None
        assert field_change["field"].endswith("/a~1b~0c") == field.endswith("/a~1b~0c")
    assert [field_change["after"] for field_change in tell(FieldChange(field, value, None))] == [None] * len(shown)


def test_no_two_fields_have_the_same_place() -> None:
    feed_fields = [place.name for field, _ in FIELDS for place in RECORDS.feed_fields(field)]
    assert len(feed_fields) == len(set(feed_fields))


@pytest.mark.parametrize("field", sorted(HIDDEN))
def test_hidden_fields_are_in_no_record(field: str) -> None:
    assert tell(FieldChange(field, None, "BR")) == [] and field[1:] in TYPES


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(inner, (*path, key))
    else:
        yield path


def altered(value: Any, path: tuple[Any, ...]) -> Any:
    """The value with another leaf at `path`."""
    if not path:
        return not value if isinstance(value, bool) else value + (1_000_000 if isinstance(value, int) else "!")
    copy = value.copy()
    copy[path[0]] = altered(value[path[0]], path[1:])
    return copy


@pytest.mark.parametrize(("field", "value"), FIELDS, ids=[field for field, _ in FIELDS])
def test_whatever_changes_in_a_field_can_be_seen(field: str, value: Any) -> None:
    for path in leaves(value):
        if (field.split("/")[1], *path[:1]) in NOT_SHOWN or (field == "/activities" and path[1:2] == ("id",)):
            continue
        if any(part == "account_id" for part in path) and "reference" not in path:
            continue
        shown = tell(FieldChange(field, value, altered(value, path)))
        assert any(field_change["before"] != field_change["after"] for field_change in shown), path


def test_a_field_of_a_newer_leadloop_is_shown_as_stored() -> None:
    shown = tell(FieldChange("/mood", None, "good"), FieldChange("/moods/a~1b", {"x": 1}, None))
    assert [(field_change["field"], field_change["before"], field_change["after"]) for field_change in shown] == [
        ("/stored/mood", None, "good"),
        ("/stored/moods/a~1b", {"x": 1}, None),
    ]


def test_the_samples_are_what_a_lead_can_hold() -> None:
    """So that properties proven for change records hold for leads."""
    everything = {name: sample(hint, name) for name, hint in TYPES.items()}
    lead = msgspec.convert(everything, Lead)
    assert all(value not in (None, [], {}) for value in structs.astuple(lead))
