"""The properties of an endpoint by their names on the wire: how each is read, validated and shown.

An absent property stays, null resets it to its default, a value sets it. A value equal to the shown one is no change,
so clients can send back what they read. It reports all problems at once. Pure.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple

from msgspec import UNSET, structs

from leadloop.core.changes import pointer
from leadloop.core.errors import PROBLEM_LIMIT, Problem
from leadloop.egress.target import Rules
from leadloop.webhooks import values
from leadloop.webhooks.endpoints import ChangeView, Endpoint
from leadloop.webhooks.events import instant
from leadloop.webhooks.health import Health, disable, enable
from leadloop.webhooks.values import MASK, Read

FIELDS: dict[str, tuple[str, Read]] = {
    "url": ("url", values.url),
    "events": ("events", values.event_names),
    "body": ("body", values.body_shape),
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
"""Name on the wire → attribute and reader, in the order in which an endpoint is shown."""

STATE = "state"
_STATES = values.one_of("active", "disabled")
_OWNED = ("id", "stateReason", "stateSince", "lastSuccessAt", "createdAt", "updatedAt")
_KNOWN = (*FIELDS, STATE, *_OWNED)


class EndpointUpdate(NamedTuple):
    """`endpoint` is valid only without problems; `ignored` are pointers to properties that only the server writes."""

    endpoint: Endpoint
    problems: list[Problem]
    ignored: list[str]


def blank(account_id: str, endpoint_id: str, at_ms: int) -> Endpoint:
    """An endpoint with all defaults. Creating one applies a body to it."""
    return Endpoint(
        account_id=account_id,
        id=endpoint_id,
        url="",
        created_at_ms=at_ms,
        updated_at_ms=at_ms,
        health=Health(since_ms=at_ms),
    )


def read(body: Mapping[str, Any], stored: Endpoint, at_ms: int, rules: Rules, view: ChangeView) -> EndpointUpdate:
    """Applies `body` to the endpoint; returns `stored` itself if nothing changes.

    `rules` say where requests may be sent, `view` which shapes, events and fields there are.
    """
    problems = values.Problems(rules=rules, view=view)
    ignored: list[str] = []
    shown, default, changes = show(stored), blank("", "", 0), {}
    for name, value in _unmasked(body, stored).items():
        at = pointer(name)
        if name in _OWNED:
            ignored.append(at)
        elif name not in _KNOWN:
            problems.refuse(at, f"is not a known field{_hint(name)}")
        elif value != shown[name] or isinstance(value, bool):
            attribute, reader = FIELDS.get(name, (STATE, _STATES))
            read = getattr(default, attribute) if value is None else reader(value, at, problems)
            if read is not UNSET:
                changes[attribute] = read
    if not changes.get("url", stored.url) and not any(problem.field == "/url" for problem in problems.listed):
        problems.refuse("/url", "is needed: where the events are to be sent")
    return EndpointUpdate(_changed(stored, changes, at_ms), problems.listed[:PROBLEM_LIMIT], ignored)


def show(endpoint: Endpoint) -> dict[str, Any]:
    """The endpoint in JSON types, without its secrets."""
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
        changes["health"] = enable(health, at_ms) if state == "active" else disable(health, "asked", at_ms)
    return structs.replace(stored, **changes, updated_at_ms=at_ms) if changes else stored


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _unmasked(body: Mapping[str, Any], stored: Endpoint) -> Mapping[str, Any]:
    sent = body.get("headers")
    if not isinstance(sent, dict):
        return body
    headers = {name: stored.headers.get(name, text) if text == MASK else text for name, text in sent.items()}
    return {**body, "headers": headers}


def _hint(name: str) -> str:
    nearest = get_close_matches(name, _KNOWN, 1, 0.5)
    return f"; did you mean {nearest[0]}?" if nearest else "; leave it out"
