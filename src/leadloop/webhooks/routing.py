"""Which endpoints a change is told to, worked out inside the transaction that saves it.

An account's endpoints are remembered; the store tells with every change how often they have changed, so that one that
was added a moment ago, by whichever process, is told of the next change already.
"""

from collections.abc import Callable, Sequence, Set
from typing import NamedTuple

from leadloop.core.changes import Change
from leadloop.core.leads.model import Lead
from leadloop.webhooks.endpoints import ChangeView, Delivery, Endpoint, deliveries_for

OnQueued = Callable[[Set[tuple[str, str]]], None]
"""Told, on the event loop, which endpoints (with their accounts) have something on its way from this process."""


def ignore(filed: Set[tuple[str, str]]) -> None:
    pass


def _stored_pointers(change: Change) -> list[str]:
    return [field.field for field in change.fields if field.is_effective]


AS_STORED = ChangeView(_stored_pointers, lambda before, after: True)
"""Without dialects: fields by their stored names, and every change is shown."""


class QueuedDelivery(NamedTuple):
    """A delivery as it is filed: `in_turn` if it has to wait for the one before it of the same lead."""

    delivery: Delivery
    in_turn: bool


class Routes:
    def __init__(self, view: ChangeView = AS_STORED, on_queued: OnQueued = ignore) -> None:
        self._view = view
        self.on_queued = on_queued
        self._known: dict[str, tuple[int, Sequence[Endpoint]]] = {}

    def knows(self, account_id: str, version: int) -> bool:
        """Whether the account's endpoints are known as they are at this version; at 0 there never were any."""
        return version == 0 or self._known.get(account_id, (0, ()))[0] == version

    def learn(self, account_id: str, version: int, endpoints: Sequence[Endpoint]) -> None:
        """What was read earlier, and came later, is passed over."""
        if version >= self._known.get(account_id, (0, ()))[0]:
            self._known[account_id] = version, endpoints

    def forget(self) -> None:
        self._known.clear()

    def deliveries(self, version: int, before: Lead | None, after: Lead, change: Change) -> list[QueuedDelivery]:
        if version == 0:
            return []
        _, endpoints = self._known[change.account_id]
        if not endpoints:
            return []
        in_turn = {endpoint.id for endpoint in endpoints if endpoint.order == "per_lead"}
        told = deliveries_for(endpoints, before, after, change, self._view)
        return [QueuedDelivery(delivery, delivery.endpoint_id in in_turn) for delivery in told]
