"""What a batch of deliveries tells: read together, and made once for all endpoints that want it in the same shape."""

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial

from leadloop.core.changes import Change
from leadloop.core.errors import Unavailable
from leadloop.core.leads.model import Lead
from leadloop.core.leads.sizes import size_of, size_of_records
from leadloop.core.threads import in_thread_if_large
from leadloop.webhooks.bodies import Views, render
from leadloop.webhooks.endpoints import Body, Delivery
from leadloop.webhooks.events import UPDATED
from leadloop.webhooks.sending import SenderContext
from leadloop.webhooks.snapshot import Snapshot, Snapshots, from_current

Telling = tuple[str, str, int]
"""Account, lead and version: what is told, to whichever endpoint."""


class Batch:
    def __init__(
        self,
        context: SenderContext,
        snapshots: Snapshots,
        known: Mapping[Telling, tuple[Lead, Sequence[Change]] | None],
    ) -> None:
        self._context = context
        self._snapshots = snapshots
        self._known = known
        self._made: dict[tuple[Telling, Body], asyncio.Task[bytes | None]] = {}

    async def body(self, delivery: Delivery, shape: Body) -> bytes | None:
        """`None` for an update that this shape does not show: the endpoint had another one when it was filed.

        Reads the log where that has to be. Raises `Unavailable`, and what keeps the lead from being read.
        """
        key = _telling(delivery), shape
        if key not in self._made:
            self._made[key] = asyncio.create_task(self._render(delivery, shape))
        return await asyncio.shield(self._made[key])

    async def _render(self, delivery: Delivery, shape: Body) -> bytes | None:
        snapshot = await self._snapshot(delivery, needs_before=shape == "expad")
        work = partial(_rendered, snapshot, shape, delivery.event, self._context.views)
        return await in_thread_if_large(snapshot.size, work)

    async def _snapshot(self, delivery: Delivery, *, needs_before: bool) -> Snapshot:
        known = self._known[_telling(delivery)]
        if known is None:
            return await self._snapshots.load(*_telling(delivery))
        lead, records = known
        work = partial(from_current, lead, records, needs_before=needs_before)
        size = size_of(lead) + size_of_records(records) if needs_before or len(records) > 1 else 0
        return await in_thread_if_large(size, work) or await self._snapshots.of(records[0])


def _rendered(snapshot: Snapshot, shape: Body, event: str, views: Views) -> bytes | None:
    before, lead, change = snapshot
    if shape != "expad":
        return render(shape, lead, change, views)
    if before is not None and event == UPDATED and not views.change.differs_in_expad(before, lead):
        return None
    return render(shape, lead, change, views, before=before)


async def prepare(context: SenderContext, snapshots: Snapshots, deliveries: Sequence[Delivery]) -> Batch:
    """Raises `Unavailable`. One that can not be read does not keep the others."""
    once = {_telling(one): one for one in deliveries}
    try:
        found = await context.store.leads_and_changes(list(once.values()))
    except Unavailable:
        raise
    except Exception:
        found = [None] * len(once)
    return Batch(context, snapshots, dict(zip(once, found, strict=True)))


def _telling(delivery: Delivery) -> Telling:
    return delivery.account_id, delivery.lead_id, delivery.version
