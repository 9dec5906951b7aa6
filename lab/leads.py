"""Leads made in one go: one with a text in every field, and one with a long history."""

from collections.abc import Sequence
from itertools import pairwise
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from msgspec import Struct, structs

from leadloop.core.changes import Change
from leadloop.core.ids import new_id
from leadloop.core.leads.doc import encode
from leadloop.core.leads.model import FORMAT, Lead, blank_lead
from leadloop.core.leads.parts import User
from leadloop.core.leads.revert import difference
from leadloop.core.writes.unit import History, Saved

CHANGE_MS = 600_000
"""Between the changes of a long history."""


def filled_lead(account_id: str, text: str, at_ms: int) -> Lead:
    """A lead with a value in every field of it and of its parts, except that it is not deleted: `text` in all texts,
    also in the names of its own fields."""
    hints = get_type_hints(Lead)
    values = {name: _filled(hint, text, at_ms) for name, hint in hints.items() if name in Lead.__struct_fields__}
    fixed = {"format": FORMAT, "account_id": account_id, "id": new_id(at_ms), "version": 1, "status": "new"}
    times = {"created_at_ms": at_ms, "updated_at_ms": at_ms, "lead_date_ms": at_ms, "deleted_at_ms": None}
    return Lead(**{**values, **fixed, **times, "duplicate": 1})


def _filled(kind: Any, text: str, at_ms: int) -> Any:
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return _filled(next(member for member in inner if member is not type(None)), text, at_ms)
    if origin is list:
        return [_filled(inner[0], text, at_ms)]
    if origin is dict:
        return {text: _filled(inner[1], text, at_ms)}
    if isinstance(kind, type) and issubclass(kind, Struct):
        members = get_type_hints(kind)
        return kind(**{name: _filled(members[name], text, at_ms) for name in kind.__struct_fields__})
    return {str: text, int: at_ms, bool: True}.get(kind, text)


def history_of(states: Sequence[Lead], actor: str = "system") -> History:
    """What the changes that lead from one state to the next saved. The first state has version 1."""
    first = states[0]
    pairs = pairwise((blank_lead(first.account_id, first.id, first.created_at_ms), *states))
    return [_saved(before, after, actor) for before, after in pairs]


def _saved(before: Lead, after: Lead, actor: str) -> Saved:
    change = Change(
        account_id=after.account_id,
        lead_id=after.id,
        version=after.version,
        at_ms=after.updated_at_ms,
        actor=actor,
        dialect="app",
        request_id=f"req_{after.id}{after.version}",
        fields=difference(before, after),
    )
    return Saved(after, encode(after), change)


def long_history(account_id: str, versions: int, now_ms: int) -> History:
    """Of a lead that gets a user, moves through the stages and changes its detail, once every ten minutes until now."""
    start_ms = now_ms - versions * CHANGE_MS
    lead = structs.replace(blank_lead(account_id, new_id(start_ms), start_ms), version=1, name="Ana Souza")
    lead = structs.replace(lead, phone="+55 11 98765-4321", owner=User(id="u1", name="Bia Lima"))
    states = [lead]
    for version in range(2, versions + 1):
        stage = "ACTIVE" if version % 50 < 25 else "NEW"
        status = "qualified" if stage == "ACTIVE" else "new"
        at_ms = start_ms + version * CHANGE_MS
        values = {"version": version, "updated_at_ms": at_ms, "detail": f"try {version}"}
        states.append(structs.replace(states[-1], stage=stage, status=status, **values))
    return history_of(states)
