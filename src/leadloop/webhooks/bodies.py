"""Renders bodies in the three shapes (semantics section 8, expad.md section 5, leadsail.md section 6).

Every attempt renders its body from the log again, to identical bytes: they are signed and sent. Callers pass in how the
dialects show a lead. Pure.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from typing import Any, NamedTuple, cast, get_type_hints

import msgspec
from msgspec import inspect, structs

from leadloop.core.changes import Change, pointer
from leadloop.core.leads.model import Lead, blank_lead
from leadloop.core.leads.parts import Campaign
from leadloop.webhooks import events
from leadloop.webhooks.endpoints import Body, ChangeView
from leadloop.webhooks.events import CREATED, TEST, event_in, expad_name, instant

BODY_LIMIT_BYTES = 900_000
SHORT_BYTES = 64
"""Shorter texts are never emptied: ids, times and most names."""

_ENCODE = msgspec.json.Encoder(decimal_format="number").encode
_USER = ("id", "userId", "userName", "email", "phoneNumber")
_FIELD = ("id", "name", "value")
_EXPAD_OWN = {"event", "eventId", "occurredAt", "accountId", "leadId", "id", "version", "previousVersion", "isTest"} | {
    "changedFields"
}
"""The members of the Expad body that describe the event: never emptied."""


class Views(NamedTuple):
    """How the dialects show a lead and a change."""

    leadsail_show: Callable[[Lead], Mapping[str, Any]]
    expad_show: Callable[[Lead], Mapping[str, Any]]
    change: ChangeView
    expad_time: Callable[[int], int]
    """Converts milliseconds to the unit that the instance shows."""
    is_field: Callable[[str], bool]
    """Whether the change feed can have a pointer."""


class _Event(NamedTuple):
    name: str
    id: str
    lead: Lead
    change: Change
    before: Lead | None = None

    @property
    def is_test(self) -> bool:
        return self.name == TEST


class _Draft(NamedTuple):
    """A body, and the pointer to the part of it that shows the lead."""

    body: dict[str, Any]
    shown_at: tuple[str, ...]


def render(
    shape: Body,
    lead: Lead,
    change: Change,
    views: Views,
    limit_bytes: int = BODY_LIMIT_BYTES,
    *,
    before: Lead | None = None,
) -> bytes:
    """The body for `change`; `lead` is the lead after it, and `before` the lead before it, which the Expad shape
    requires except for a creation.

    The lists of the lead must have the order of that version: if in doubt, fold the log. Raises `ValueError` for a lead
    of another version.
    """
    if (lead.id, lead.version) != (change.lead_id, change.version):
        raise ValueError(f"lead {lead.id} is at version {lead.version}, the change is of {change.version}")
    if shape == "expad" and change.version > 1 and (before is None or before.version != change.version - 1):
        raise ValueError(f"the Expad body of version {change.version} needs the lead at the version before")
    identity = events.event_id(change.account_id, lead.id, change.version, change.at_ms)
    lead = _canonical(structs.replace(lead, updated_at_ms=change.at_ms))
    return _fitted(_SHAPES[shape](_Event(event_in(change), identity, lead, change, before), views), limit_bytes)


def render_test(shape: Body, account_id: str, endpoint_id: str, at_ms: int, views: Views) -> bytes:
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
    event = _Event(TEST, id_of_test(account_id, endpoint_id, at_ms), lead, change)
    return _fitted(_SHAPES[shape](event, views), BODY_LIMIT_BYTES)


def id_of_test(account_id: str, endpoint_id: str, at_ms: int) -> str:
    return events.sent_id(at_ms, TEST, account_id, endpoint_id)


def _standard(event: _Event, views: Views) -> _Draft:
    lead, change = views.leadsail_show(event.lead), event.change
    data = {
        "accountId": change.account_id,
        "leadId": lead["leadId"],
        **_versions(change),
        "changed": list(views.change.pointers(change)),
        "lead": dict(lead),
    }
    return _Draft({"type": event.name, "timestamp": instant(change.at_ms), "data": data}, ("data", "lead"))


def _leadsail(event: _Event, views: Views) -> _Draft:
    lead, change = views.leadsail_show(event.lead), event.change
    body = {
        "event": event.name,
        "leadId": lead["leadId"],
        "submissionId": None,  # there are no submissions before there is an engine
        "campaignId": lead.get("campaign", {}).get("campaignId"),
        "status": lead["status"],
        "timestamp": instant(change.at_ms),
        **_versions(change),
        "data": dict(lead),
    }
    return _Draft(body, ("data",))


def _expad(event: _Event, views: Views) -> _Draft:
    """Flat: the scalar values of the lead stand beside the members of the event."""
    lead, change = views.expad_show(event.lead), event.change
    body: dict[str, Any] = {
        "event": expad_name(event.name),
        "eventId": event.id,
        "occurredAt": views.expad_time(change.at_ms),
        "accountId": change.account_id,
        "leadId": change.lead_id,
        "id": change.lead_id,
        **_versions(change),
    }
    if event.is_test:
        body["isTest"] = True
    if event.name != CREATED:
        shown = views.expad_show(event.before) if event.before else lead  # a test has no lead before
        body["changedFields"] = [name for name, value in lead.items() if value != shown[name]]
    body |= {name: value for name, value in lead.items() if name not in body and _is_single(value)}
    body |= {
        "leadAttributionUser": _members(lead["leadAttributionUser"], _USER),
        "leadCart": _cart(lead["leadCart"]),
        "fields": [_members(field, _FIELD) for field in lead["fields"]],
        "conversionSteps": lead["conversionSteps"],
        "campaignIdData": lead["campaignIdData"],
    }
    return _Draft(body, ())


_SHAPES: dict[Body, Callable[[_Event, Views], _Draft]] = {
    "standard": _standard,
    "expad": _expad,
    "leadsail": _leadsail,
}


def _versions(change: Change) -> dict[str, int]:
    """The version before the first is 0."""
    return {"version": change.version, "previousVersion": change.version - 1}


def _is_single(value: Any) -> bool:
    return value is not None and not isinstance(value, dict | list)


def _members(shown: Mapping[str, Any] | None, names: Sequence[str]) -> dict[str, Any] | None:
    return None if shown is None else {name: shown[name] for name in names}


def _cart(shown: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if shown is None:
        return None
    return {"value": shown["value"], "leadProducts": [_product(line) for line in shown["leadProducts"]]}


def _product(line: Mapping[str, Any]) -> dict[str, Any]:
    product = line["product"]
    named = product or {"id": "", "name": ""}
    return {
        "id": named["id"],
        "name": named["name"],
        "amount": line["amount"],
        "value": line["value"],
        "product": product,
    }


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


class _Text(NamedTuple):
    """A text of the lead as shown: its place in the body, and what emptying it saves."""

    at: tuple[str, ...]
    size: int


def _fitted(draft: _Draft, limit_bytes: int) -> bytes:
    """The body as JSON; if it is too large, with its longest texts emptied and their pointers listed."""
    body, shown_at = draft
    raw = _ENCODE(body)
    if len(raw) <= limit_bytes:
        return raw
    texts = [text for text in _texts(body, ()) if _is_shown(text.at, shown_at)]
    over = len(raw) + len(b',"truncatedFields":[]') - limit_bytes
    chosen: set[tuple[str, ...]] = set()
    for text in sorted(texts, key=lambda text: (-text.size, text.at)):
        named = len(_ENCODE(pointer(*text.at))) + 1
        if over > 0 and text.size > max(named, SHORT_BYTES):
            over -= text.size - named
            chosen.add(text.at)
    body = _emptied(body, chosen, ())
    beside = body["data"] if shown_at == ("data", "lead") else body
    beside["truncatedFields"] = [pointer(*text.at) for text in texts if text.at in chosen]
    return _ENCODE(body)


def _is_shown(at: tuple[str, ...], shown_at: tuple[str, ...]) -> bool:
    """Whether it belongs to the lead, and not to the event."""
    return at[: len(shown_at)] == shown_at if shown_at else at[0] not in _EXPAD_OWN


def _texts(value: Any, at: tuple[str, ...]) -> Iterator[_Text]:
    if isinstance(value, str):
        yield _Text(at, len(_ENCODE(value)) - 2)
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
