"""Webhook endpoints: their filters, and which of them receive a change.

`form.py` reads and shows their properties, `health.py` has their state; their secrets are stored apart, encrypted.
Pure: the store calls `deliveries_for` inside the transaction of the change.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Literal, NamedTuple

from msgspec import Struct, field

from leadloop.core.changes import Change
from leadloop.core.leads.model import Lead
from leadloop.core.leads.normalize import matching_name
from leadloop.core.leads.source import source_of
from leadloop.core.leads.status import stage_key
from leadloop.webhooks import events
from leadloop.webhooks.events import event_in
from leadloop.webhooks.health import Health, HealthState, Why
from leadloop.webhooks.shapes import BodyShape

ENDPOINT_LIMIT = 50
"""Most endpoints of one account."""
TIMEOUT_S, ATTEMPTS, IN_FLIGHT = 15, 10, 8
STANDARD = "standard"
"""The shape of bodies unless the endpoint chooses a dialect's."""

DeliveryOrder = Literal["per_lead", "unordered"]


class Endpoint(Struct, frozen=True, kw_only=True):
    """An empty filter list accepts everything. The client sets everything except `health`."""

    account_id: str
    id: str
    url: str
    events: tuple[str, ...] = events.LEAD_EVENTS
    """As subscribed, including the dialects' names."""
    body: str = STANDARD
    """The name of its shape (`ChangeView.shapes`)."""
    description: str = ""
    only_fields: tuple[str, ...] = ()
    """JSON pointers as in the change feed, each with everything below it. They filter updates only."""
    stages: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    """By id or name."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Custom header fields. Their values may be credentials: never log or show them."""
    timeout_s: int = TIMEOUT_S
    attempts: int = ATTEMPTS
    order: DeliveryOrder = "per_lead"
    rate_per_s: float | None = None
    in_flight: int = IN_FLIGHT
    created_at_ms: int
    updated_at_ms: int
    health: Health = Health()

    @property
    def state(self) -> HealthState:
        return self.health.state

    @property
    def why(self) -> Why | None:
        """Why it is not active."""
        return self.health.why

    @property
    def since_ms(self) -> int:
        """When it entered this state."""
        return self.health.since_ms


class Delivery(Struct, frozen=True, kw_only=True):
    """One change for one endpoint. It has no body: the sender renders that from the log."""

    account_id: str
    endpoint_id: str
    lead_id: str
    version: int
    event: str
    at_ms: int
    """When the lead changed, and the first attempt is due."""

    @property
    def id(self) -> str:
        """24 hex digits in the order of time; the same on every rerun."""
        key = f"{self.endpoint_id}/{self.lead_id}/{self.version}".encode()
        return (self.at_ms % 2**48).to_bytes(6, "big").hex() + blake2b(key, digest_size=6).hexdigest()

    @property
    def event_id(self) -> str:
        return events.event_id(self.account_id, self.lead_id, self.version, self.at_ms)


class ChangeView(NamedTuple):
    """How the registered dialects show a change in the change feed and in bodies."""

    pointers: Callable[[Change], Sequence[str]]
    """The changed fields, by the names of the change feed."""
    is_field: Callable[[str], bool]
    """Whether the change feed can have a pointer."""
    shapes: Mapping[str, BodyShape]
    """By the name that an endpoint chooses."""

    @property
    def events(self) -> list[str]:
        """All events to which an endpoint can subscribe."""
        more = [name for shape in self.shapes.values() for name in (*shape.more_events, *shape.event_names.values())]
        return list(dict.fromkeys((*events.LEAD_EVENTS, events.TEST, *more)))

    def is_subscribed(self, endpoint: Endpoint, event: str) -> bool:
        """Whether the subscription includes an event, by its own name or by a dialect's."""
        return event in endpoint.events or any(
            shape.event_names.get(event) in endpoint.events for shape in self.shapes.values()
        )

    def shows_update(self, shape_name: str, before: Lead, after: Lead) -> bool:
        """Whether bodies of a shape show an update."""
        shape = self.shapes.get(shape_name)
        return shape is None or shape.shows_update is None or shape.shows_update(before, after)

    def needs_leads(self, shape_name: str) -> bool:
        """Whether `shows_update` needs the lead before and after."""
        return shape_name in self.shapes and self.shapes[shape_name].shows_update is not None


def deliveries_for(
    endpoints: Sequence[Endpoint], before: Lead | None, after: Lead, change: Change, view: ChangeView
) -> list[Delivery]:
    """One for each of the account's endpoints whose filters accept the change, whatever its state.

    The deliveries of a paused or disabled endpoint wait: only the worker looks at the state, which may have changed by
    then. Endpoints receive no update that the dialect of their body does not show. Shows the lead only if an endpoint
    requires it.
    """
    if not endpoints:
        return []
    event = event_in(change)
    pointers = view.pointers(change) if event == events.UPDATED and any(e.only_fields for e in endpoints) else ()
    receiving = [endpoint for endpoint in endpoints if wants(endpoint, event, before, after, view, pointers)]
    if before is not None and event == events.UPDATED:
        showing = {shape: view.shows_update(shape, before, after) for shape in {each.body for each in receiving}}
        receiving = [endpoint for endpoint in receiving if showing[endpoint.body]]
    return [
        Delivery(
            account_id=change.account_id,
            endpoint_id=endpoint.id,
            lead_id=change.lead_id,
            version=change.version,
            event=event,
            at_ms=change.at_ms,
        )
        for endpoint in receiving
    ]


def wants(
    endpoint: Endpoint,
    event: str,
    before: Lead | None,
    after: Lead,
    view: ChangeView,
    changed_pointers: Sequence[str] = (),
) -> bool:
    """Whether the endpoint's filters accept the change, whatever its body shows.

    A lead that has just left the filters is delivered once more, so that no copy of it goes stale.
    """
    if not view.is_subscribed(endpoint, event):
        return False
    was_in = before is not None and before.version > 0 and passes(endpoint, before)
    if not was_in and not passes(endpoint, after):
        return False
    return event != events.UPDATED or not endpoint.only_fields or _touches(endpoint.only_fields, changed_pointers)


def passes(endpoint: Endpoint, lead: Lead) -> bool:
    """Whether the endpoint's filters accept the lead."""
    if endpoint.stages and stage_key(lead.stage) not in map(stage_key, endpoint.stages):
        return False
    if endpoint.statuses and lead.status not in endpoint.statuses:
        return False
    if endpoint.sources and not _has_any(
        endpoint.sources, (source_of(lead), lead.custom_source_name, lead.custom_source_id)
    ):
        return False
    return not endpoint.tags or _has_any(endpoint.tags, (text for tag in lead.tags for text in (tag.id, tag.name)))


def _has_any(accepted: Sequence[str], names: Iterable[str | None]) -> bool:
    """Whether the filter contains any of the names, in any spelling."""
    keys = set(map(matching_name, accepted))
    return any(name and matching_name(name) in keys for name in names)


def _touches(fields: Sequence[str], changed: Sequence[str]) -> bool:
    """A change of the object around a field also touches the field."""
    return any(_covers(field, pointer) or _covers(pointer, field) for field in fields for pointer in changed)


def _covers(above: str, below: str) -> bool:
    return below == above or below.startswith(above + "/")
