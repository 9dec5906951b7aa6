"""The properties of an endpoint by their names on the wire: how each is read, validated and shown.

An absent property stays, null resets it to its default, a value sets it. A value equal to the shown one is no change,
so clients can send back what they read. It reports all problems at once. Pure.
"""

from collections.abc import Mapping
from typing import Any

from msgspec import UNSET, structs

from leadloop.core.changes import pointer
from leadloop.core.problems import Problems
from leadloop.core.readers import ValueReader, one_of, text, whole
from leadloop.egress.target import Rules
from leadloop.webhooks import values
from leadloop.webhooks.endpoints import ChangeView, Endpoint
from leadloop.webhooks.events import instant
from leadloop.webhooks.health import Health, disable, enable
from leadloop.webhooks.values import MASK

FIELDS = {
    "url": "url",
    "events": "events",
    "body": "body",
    "description": "description",
    "onlyFields": "only_fields",
    "stages": "stages",
    "statuses": "statuses",
    "sources": "sources",
    "tags": "tags",
    "headers": "headers",
    "timeoutSeconds": "timeout_s",
    "attempts": "attempts",
    "order": "order",
    "ratePerSecond": "rate_per_s",
    "inFlight": "in_flight",
}
"""Name on the wire → attribute, in the order in which an endpoint is shown."""

STATE = "state"
_READERS: dict[str, ValueReader] = {
    "description": text(values.DESCRIPTION_LIMIT_BYTES),
    "stages": values.stages,
    "statuses": values.statuses,
    "sources": values.sources,
    "tags": values.names,
    "headers": values.headers,
    "timeoutSeconds": whole(1, 15),
    "attempts": whole(1, 10),
    "order": one_of("per_lead", "unordered"),
    "ratePerSecond": values.rate,
    "inFlight": whole(1, 64),
    STATE: one_of("active", "disabled"),
}
"""Those that depend on nothing but the value."""
_OWNED = ("id", "stateReason", "stateSince", "lastSuccessAt", "createdAt", "updatedAt")
_KNOWN = (*FIELDS, STATE, *_OWNED)


def _readers(rules: Rules, view: ChangeView) -> dict[str, ValueReader]:
    return {
        "url": values.url(rules),
        "events": values.event_names(view.events),
        "body": one_of(*view.shapes),
        "onlyFields": values.pointers(view.is_field),
    }


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


def read(body: Mapping[str, Any], stored: Endpoint, at_ms: int, rules: Rules, view: ChangeView) -> Endpoint:
    """Applies `body` to the endpoint; returns `stored` itself if nothing changes. Raises `InvalidFields`.

    `rules` say where requests may be sent, `view` which shapes, events and fields there are.
    """
    problems, shown, default, changes = Problems(), show(stored), blank("", "", 0), dict[str, Any]()
    readers = _READERS | _readers(rules, view)
    for name, value in _unmasked(body, stored).items():
        at = pointer(name)
        if name in _OWNED:
            problems.owned(at)
        elif name not in _KNOWN:
            problems.unknown(at, name, _KNOWN)
        elif value != shown[name] or isinstance(value, bool):
            attribute = FIELDS.get(name, name)
            read = getattr(default, attribute) if value is None else readers[name](value, at, problems)
            if read is not UNSET:
                changes[attribute] = read
    if not changes.get("url", stored.url) and not problems.is_refused("/url"):
        problems.refuse("/url", "url_required")
    problems.finish()
    return _changed(stored, changes, at_ms)


def show(endpoint: Endpoint) -> dict[str, Any]:
    """The endpoint in JSON types, without its secrets."""
    shown = {name: _plain(getattr(endpoint, attribute)) for name, attribute in FIELDS.items()}
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
