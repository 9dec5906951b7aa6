"""What a client may say of an endpoint: each property by its name on the wire, read, checked and shown.

Absent leaves a property, null gives it back its default, a value sets it; a value equal to the one shown is no
change, so what was read can be sent back. All problems are found at once. Pure.
"""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple

from msgspec import UNSET, structs

from leadloop.core.changes import pointer
from leadloop.core.errors import PROBLEM_LIMIT, Problem
from leadloop.egress.target import Rules
from leadloop.webhooks import values
from leadloop.webhooks.endpoints import Endpoint
from leadloop.webhooks.events import instant
from leadloop.webhooks.health import Health, disabled, enabled
from leadloop.webhooks.values import MASK, Read

FIELDS: dict[str, tuple[str, Read]] = {
    "url": ("url", values.url),
    "events": ("events", values.event_names),
    "body": ("body", values.one_of("standard", "expad", "leadsail")),
    "description": ("description", values.text(values.DESCRIPTION_LIMIT_BYTES)),
    "onlyFields": ("only_fields", values.pointers),
    "stages": ("stages", values.stages),
    "statuses": ("statuses", values.statuses),
    "sources": ("sources", values.sources),
    "tags": ("tags", values.names),
    "headers": ("headers", values.headers),
    "timeoutSeconds": ("timeout_s", values.whole(1, 15)),
    "attempts": ("attempts", values.whole(1, 10)),
    "order": ("order", values.one_of("per_lead", "unordered")),
    "ratePerSecond": ("rate_per_s", values.rate),
    "inFlight": ("in_flight", values.whole(1, 64)),
}
"""Name on the wire → attribute, and how a value is read. In the order in which an endpoint is shown."""

STATE = "state"
_STATES = values.one_of("active", "disabled")
_OWNED = ("id", "stateReason", "stateSince", "lastSuccessAt", "createdAt", "updatedAt")
_KNOWN = (*FIELDS, STATE, *_OWNED)


class Reading(NamedTuple):
    """`endpoint` is of use only without problems; `ignored` are pointers to what only the server writes."""

    endpoint: Endpoint
    problems: list[Problem]
    ignored: list[str]


def blank(account_id: str, endpoint_id: str, at_ms: int) -> Endpoint:
    """The endpoint before anything was said of it. Creating one is reading a body into this."""
    return Endpoint(
        account_id=account_id,
        id=endpoint_id,
        url="",
        created_at_ms=at_ms,
        updated_at_ms=at_ms,
        health=Health(since_ms=at_ms),
    )


def read(
    body: Mapping[str, Any],
    stored: Endpoint,
    at_ms: int,
    rules: Rules,
    *,
    is_field: Callable[[str], bool] = lambda field: True,
) -> Reading:
    """The endpoint as `body` wants it. Without an effective change it is `stored` itself.

    `rules` say where webhooks may be sent, `is_field` whether a pointer can ever stand in the change feed.
    """
    sheet = values.Sheet(rules=rules, is_field=is_field)
    ignored: list[str] = []
    shown, default, changes = show(stored), blank("", "", 0), {}
    for name, value in _unmasked(body, stored).items():
        at = pointer(name)
        if name in _OWNED:
            ignored.append(at)
        elif name not in _KNOWN:
            sheet.refuse(at, f"is not a known field{_hint(name)}")
        elif value != shown[name] or isinstance(value, bool):
            attribute, reader = FIELDS.get(name, (STATE, _STATES))
            read = getattr(default, attribute) if value is None else reader(value, at, sheet)
            if read is not UNSET:
                changes[attribute] = read
    if not changes.get("url", stored.url) and not any(problem.field == "/url" for problem in sheet.problems):
        sheet.refuse("/url", "is needed: where the events are to be sent")
    return Reading(_changed(stored, changes, at_ms), sheet.problems[:PROBLEM_LIMIT], ignored)


def show(endpoint: Endpoint) -> dict[str, Any]:
    """The endpoint in JSON's types, without its secrets."""
    shown = {name: _plain(getattr(endpoint, attribute)) for name, (attribute, _) in FIELDS.items()}
    health = endpoint.health
    return {
        "id": endpoint.id,
        **shown,
        "headers": dict.fromkeys(endpoint.headers, MASK),
        STATE: health.state,
        "stateReason": health.why,
        "stateSince": instant(health.since_ms),
        "lastSuccessAt": None if health.last_success_ms is None else instant(health.last_success_ms),
        "createdAt": instant(endpoint.created_at_ms),
        "updatedAt": instant(endpoint.updated_at_ms),
    }


def _changed(stored: Endpoint, changes: dict[str, Any], at_ms: int) -> Endpoint:
    state = changes.pop(STATE, stored.state)
    changes = {name: value for name, value in changes.items() if value != getattr(stored, name)}
    if state != stored.state:
        health = stored.health
        changes["health"] = enabled(health, at_ms) if state == "active" else disabled(health, "asked", at_ms)
    return structs.replace(stored, **changes, updated_at_ms=at_ms) if changes else stored


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _unmasked(body: Mapping[str, Any], stored: Endpoint) -> Mapping[str, Any]:
    sent = body.get("headers")
    if not isinstance(sent, dict):
        return body
    known = stored.headers
    return {**body, "headers": {name: known.get(name, text) if text == MASK else text for name, text in sent.items()}}


def _hint(name: str) -> str:
    nearest = get_close_matches(name, _KNOWN, 1, 0.5)
    return f"; did you mean {nearest[0]}?" if nearest else "; leave it out"
