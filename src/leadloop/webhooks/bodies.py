"""Renders bodies in the shapes of the dialects (semantics section 8).

Every attempt renders its body from the log again, to identical bytes: they are signed and sent. Pure.
"""

from collections.abc import Iterator, Set
from typing import Any, NamedTuple, cast, get_type_hints

import msgspec
from msgspec import inspect, structs

from leadloop.core.changes import Change, pointer
from leadloop.core.leads.model import Lead, blank_lead
from leadloop.core.leads.parts import Campaign
from leadloop.webhooks import events
from leadloop.webhooks.events import TEST, event_in
from leadloop.webhooks.shapes import BodyShape, Draft, Event

BODY_LIMIT_BYTES = 900_000
SHORT_BYTES = 64
"""Shorter texts are never emptied: ids, times and most names."""

_ENCODE = msgspec.json.Encoder(decimal_format="number").encode


def render(
    shape: BodyShape, lead: Lead, change: Change, limit_bytes: int = BODY_LIMIT_BYTES, *, before: Lead | None = None
) -> bytes:
    """The body for `change`; `lead` is the lead after it, and `before` the lead before it, which is required except
    for a creation if the shape does not show all updates.

    The lists of the lead must have the order of that version: if in doubt, fold the log. Raises `ValueError` for a lead
    of another version.
    """
    if (lead.id, lead.version) != (change.lead_id, change.version):
        raise ValueError(f"lead {lead.id} is at version {lead.version}, the change is of {change.version}")
    needs_before = shape.shows_update is not None and change.version > 1
    if needs_before and (before is None or before.version != change.version - 1):
        raise ValueError(f"the body of version {change.version} needs the lead at the version before")
    identity = events.event_id(change.account_id, lead.id, change.version, change.at_ms)
    lead = _canonical(structs.replace(lead, updated_at_ms=change.at_ms))
    return _fitted(shape.draft(Event(event_in(change), identity, lead, change, before)), limit_bytes)


def render_test(shape: BodyShape, account_id: str, endpoint_id: str, at_ms: int) -> bytes:
    """The body of a `webhook.test`: a sample lead in the endpoint's shape, marked as a test."""
    lead = _sample_lead(account_id, at_ms)
    change = Change(
        account_id=account_id,
        lead_id=lead.id,
        version=1,
        at_ms=at_ms,
        actor="system",
        dialect="leadloop",
        request_id="",
        fields=[],
    )
    event = Event(TEST, id_of_test(account_id, endpoint_id, at_ms), lead, change)
    return _fitted(shape.draft(event), BODY_LIMIT_BYTES)


def id_of_test(account_id: str, endpoint_id: str, at_ms: int) -> str:
    return events.sent_id(at_ms, TEST, account_id, endpoint_id)


def _holds_map(kind: inspect.Type) -> bool:
    match kind:
        case inspect.DictType() | inspect.AnyType():
            return True
        case inspect.ListType(item_type=item):
            return _holds_map(item)
        case inspect.UnionType(types=types):
            return any(map(_holds_map, types))
        case inspect.StructType(fields=fields):
            return any(_holds_map(field.type) for field in fields)
    return False


_TYPES = get_type_hints(Lead)
_WITH_MAPS = {
    field.name: _TYPES[field.name]
    for field in cast(inspect.StructType, inspect.type_info(Lead)).fields
    if _holds_map(field.type)
}
"""The lead's members that contain a map at any depth, and their types."""


def _canonical(lead: Lead) -> Lead:
    """Sorts all maps by key, so that both engines and the log give the same bytes."""
    held = {name: value for name in _WITH_MAPS if (value := getattr(lead, name))}
    sorted_ = msgspec.to_builtins(held, order="sorted")
    return structs.replace(lead, **{name: msgspec.convert(sorted_[name], _WITH_MAPS[name]) for name in held})


def _sample_lead(account_id: str, at_ms: int) -> Lead:
    return structs.replace(
        blank_lead(account_id, "0" * 24, at_ms),
        version=1,
        name="Ana Example",
        first_name="Ana",
        last_name="Example",
        email="ana@example.com",
        phone="+5511987654321",
        country="BR",
        source="API",
        campaign=Campaign(id="TEST"),
        flags={"isTest": True},
    )


class _LeadText(NamedTuple):
    """A text of the lead as shown: its place in the body, and what emptying it saves."""

    at: tuple[str, ...]
    size: int


def _fitted(draft: Draft, limit_bytes: int) -> bytes:
    """The body as JSON; if it is too large, with its longest texts emptied and their pointers listed."""
    body = draft.body
    raw = _ENCODE(body)
    if len(raw) <= limit_bytes:
        return raw
    texts = [text for text in _texts(body, ()) if _is_of_lead(text.at, draft)]
    over = len(raw) + len(b',"truncatedFields":[]') - limit_bytes
    chosen: set[tuple[str, ...]] = set()
    for text in sorted(texts, key=lambda text: (-text.size, text.at)):
        named = len(_ENCODE(pointer(*text.at))) + 1
        if over > 0 and text.size > max(named, SHORT_BYTES):
            over -= text.size - named
            chosen.add(text.at)
    body = _emptied(body, chosen, ())
    beside = body
    for name in draft.lead_at[:-1]:
        beside = beside[name]
    beside["truncatedFields"] = [pointer(*text.at) for text in texts if text.at in chosen]
    return _ENCODE(body)


def _is_of_lead(at: tuple[str, ...], draft: Draft) -> bool:
    depth = len(draft.lead_at)
    return at[:depth] == draft.lead_at and at[depth] not in draft.event_members


def _texts(value: Any, at: tuple[str, ...]) -> Iterator[_LeadText]:
    if isinstance(value, str):
        yield _LeadText(at, len(_ENCODE(value)) - 2)
    elif isinstance(value, dict):
        for name, member in value.items():
            yield from _texts(member, (*at, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, (*at, str(index)))


def _emptied(value: Any, chosen: Set[tuple[str, ...]], at: tuple[str, ...]) -> Any:
    """A copy with the chosen texts empty."""
    if at in chosen:
        return ""
    if isinstance(value, dict):
        return {name: _emptied(member, chosen, (*at, name)) for name, member in value.items()}
    if isinstance(value, list):
        return [_emptied(item, chosen, (*at, str(index))) for index, item in enumerate(value)]
    return value
