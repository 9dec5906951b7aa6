"""Queueing deliveries again, as both engines offer it: the worker learns of them at once."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from leadloop.storage.nouns import D, Noun
from leadloop.webhooks.ports import Trigger
from leadloop.webhooks.routing import OnQueued, QueuedDelivery


class DeliveryQueue(Noun[D], ABC):
    """A base class: an engine stores the deliveries."""

    def __init__(self, database: D, on_queued: OnQueued) -> None:
        super().__init__(database)
        self._on_queued = on_queued

    async def queue_again(self, deliveries: Sequence[QueuedDelivery], trigger: Trigger, at_ms: int) -> int:
        count = await self._store_again(deliveries, trigger, at_ms)
        self._on_queued({(delivery.account_id, delivery.endpoint_id) for delivery, _ in deliveries})
        return count

    async def recover(
        self, account_id: str, endpoint_id: str, since_ms: int, at_ms: int, most: int, *, in_turn: bool
    ) -> int:
        count = await self._store_recovered(account_id, endpoint_id, since_ms, at_ms, most, in_turn=in_turn)
        self._on_queued({(account_id, endpoint_id)})
        return count

    @abstractmethod
    async def _store_again(self, deliveries: Sequence[QueuedDelivery], trigger: Trigger, at_ms: int) -> int: ...

    @abstractmethod
    async def _store_recovered(
        self, account_id: str, endpoint_id: str, since_ms: int, at_ms: int, most: int, *, in_turn: bool
    ) -> int: ...
