"""Endpoints: where an account wants to be told of what, and which of them a change is told to.

What a client may say of one is in `form.py`, how it fares in `health.py`; its secrets are stored apart, encrypted.
Pure: the store asks `deliveries_for` inside the transaction of the change.
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
from leadloop.webhooks.health import Health, State, Why

ENDPOINT_LIMIT = 50
"""Most endpoints of one account."""
TIMEOUT_S, ATTEMPTS, IN_FLIGHT = 15, 10, 8

Body = Literal["standard", "expad", "leadsail"]
Order = Literal["per_lead", "unordered"]


class Endpoint(Struct, frozen=True, kw_only=True):
    """Lists that narrow what is told are empty for all. Everything but `health` is the client's."""

    account_id: str
    id: str
    url: str
    events: tuple[str, ...] = events.LEAD_EVENTS
    """As asked for, Expad's names among them."""
    body: Body = "standard"
    description: str = ""
    only_fields: tuple[str, ...] = ()
    """JSON pointers as in the change feed, each with all below it. They narrow updates only."""
    stages: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    """By id or name."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """The client's own, sent along. Their values may be credentials: they are never logged or shown."""
    timeout_s: int = TIMEOUT_S
    attempts: int = ATTEMPTS
    order: Order = "per_lead"
    rate_per_s: float | None = None
    in_flight: int = IN_FLIGHT
    created_at_ms: int
    updated_at_ms: int
    health: Health = Health()

    @property
    def state(self) -> State:
        return self.health.state

    @property
    def why(self) -> Why | None:
        """Why it is not active."""
        return self.health.why

    @property
    def since_ms(self) -> int:
        """When it came into its state."""
        return self.health.since_ms


class Delivery(Struct, frozen=True, kw_only=True):
    """That one endpoint is to be told of one change. It has no body: that is made from the log when it is sent."""

    account_id: str
    endpoint_id: str
    lead_id: str
    version: int
    event: str
    at_ms: int
    """When the lead changed, which is when the first attempt is due."""

    @property
    def id(self) -> str:
        """24 hex in the order of time; the same on every rerun."""
        named = f"{self.endpoint_id}/{self.lead_id}/{self.version}".encode()
        return (self.at_ms % 2**48).to_bytes(6, "big").hex() + blake2b(named, digest_size=6).hexdigest()

    @property
    def event_id(self) -> str:
        return events.event_id(self.account_id, self.lead_id, self.version, self.at_ms)


class ChangeView(NamedTuple):
    """How the dialects show a change, as far as filters of endpoints depend on it."""

    pointers: Callable[[Change], Sequence[str]]
    """The changed fields, by the names of the change feed."""
    differs_in_expad: Callable[[Lead, Lead], bool]
    """Whether an Expad Get answers differently before and after."""


def deliveries_for(
    endpoints: Sequence[Endpoint], before: Lead | None, after: Lead, change: Change, view: ChangeView
) -> list[Delivery]:
    """One for each of the account's endpoints that wants to be told of the change, whatever state it is in.

    What a paused or disabled endpoint gets waits for it: only who sends looks at the state, which may be another by
    then. An update that Expad does not show is for no endpoint with the body `expad`. `view` is used only where an
    endpoint makes it necessary.
    """
    if not endpoints:
        return []
    event = event_in(change)
    pointers = view.pointers(change) if event == events.UPDATED and any(e.only_fields for e in endpoints) else ()
    wanting = [endpoint for endpoint in endpoints if wants(endpoint, event, before, after, pointers)]
    if (
        before is not None
        and event == events.UPDATED
        and any(endpoint.body == "expad" for endpoint in wanting)
        and not view.differs_in_expad(before, after)
    ):
        wanting = [endpoint for endpoint in wanting if endpoint.body != "expad"]
    return [
        Delivery(
            account_id=change.account_id,
            endpoint_id=endpoint.id,
            lead_id=change.lead_id,
            version=change.version,
            event=event,
            at_ms=change.at_ms,
        )
        for endpoint in wanting
    ]


def wants(
    endpoint: Endpoint, event: str, before: Lead | None, after: Lead, changed_pointers: Sequence[str] = ()
) -> bool:
    """Whether the endpoint is to be told, whatever its body shows.

    A lead that has just left what the endpoint is narrowed to is told once more, so that no copy of it goes stale.
    """
    if not events.subscribed(endpoint.events, event):
        return False
    was_in = before is not None and before.version > 0 and passes(endpoint, before)
    if not was_in and not passes(endpoint, after):
        return False
    return event != events.UPDATED or not endpoint.only_fields or _touches(endpoint.only_fields, changed_pointers)


def passes(endpoint: Endpoint, lead: Lead) -> bool:
    """Whether the lead is among those that the endpoint is narrowed to."""
    if endpoint.stages and stage_key(lead.stage) not in map(stage_key, endpoint.stages):
        return False
    if endpoint.statuses and lead.status not in endpoint.statuses:
        return False
    if endpoint.sources and not _has_one(
        endpoint.sources, (source_of(lead), lead.custom_source_name, lead.custom_source_id)
    ):
        return False
    return not endpoint.tags or _has_one(endpoint.tags, (text for tag in lead.tags for text in (tag.id, tag.name)))


def _has_one(wanted: Sequence[str], names: Iterable[str | None]) -> bool:
    """Whether any of the names is wanted, in any spelling."""
    keys = set(map(matching_name, wanted))
    return any(name and matching_name(name) in keys for name in names)


def _touches(wanted: Sequence[str], changed: Sequence[str]) -> bool:
    """A field is also touched by a change of what it stands in."""
    return any(_covers(field, pointer) or _covers(pointer, field) for field in wanted for pointer in changed)


def _covers(above: str, below: str) -> bool:
    return below == above or below.startswith(above + "/")
