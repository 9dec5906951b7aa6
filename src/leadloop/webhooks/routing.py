"""Which endpoints receive a change, decided inside the transaction that saves it.

It caches each account's endpoints. The store passes their version with every change, so that an endpoint receives the
very next change after any process has added it.
"""

from collections.abc import Callable, Sequence, Set
from functools import cache
from typing import NamedTuple

from leadloop.core.changes import Change
from leadloop.core.leads.model import Lead
from leadloop.webhooks.endpoints import ChangeView, Delivery, Endpoint, deliveries_for

OnQueued = Callable[[Set[tuple[str, str]]], None]
"""Called on the event loop with the endpoints (and their accounts) for which this process has queued deliveries."""


def ignore(endpoints: Set[tuple[str, str]]) -> None:
    pass


def _stored_pointers(change: Change) -> list[str]:
    return [field.field for field in change.fields if field.is_effective]


def as_stored() -> ChangeView:
    """Without dialects: fields have their stored names, and every change is shown."""
    return ChangeView(_stored_pointers, lambda pointer: True, {})


class QueuedDelivery(NamedTuple):
    """A delivery to queue; `in_turn` if it must wait for the previous one of the same lead."""

    delivery: Delivery
    in_turn: bool


class Routes:
    def __init__(self, load_view: Callable[[], ChangeView] = as_stored, on_queued: OnQueued = ignore) -> None:
        """`load_view` is called when the first endpoint is to receive a change."""
        self._view = cache(load_view)
        self.on_queued = on_queued
        self._endpoints: dict[str, tuple[int, Sequence[Endpoint]]] = {}

    def has(self, account_id: str, version: int) -> bool:
        """Whether the cache has the account's endpoints at this version; version 0 means that there never were any."""
        return version == 0 or self._endpoints.get(account_id, (0, ()))[0] == version

    def cache(self, account_id: str, version: int, endpoints: Sequence[Endpoint]) -> None:
        """Ignores an older version than the cached one."""
        if version >= self._endpoints.get(account_id, (0, ()))[0]:
            self._endpoints[account_id] = version, endpoints

    def clear(self) -> None:
        self._endpoints.clear()

    def deliveries(self, version: int, before: Lead | None, after: Lead, change: Change) -> list[QueuedDelivery]:
        if version == 0:
            return []
        _, endpoints = self._endpoints[change.account_id]
        if not endpoints:
            return []
        in_turn = {endpoint.id for endpoint in endpoints if endpoint.order == "per_lead"}
        deliveries = deliveries_for(endpoints, before, after, change, self._view())
        return [QueuedDelivery(delivery, delivery.endpoint_id in in_turn) for delivery in deliveries]
