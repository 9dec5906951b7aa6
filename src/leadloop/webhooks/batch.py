"""The bodies of a batch of deliveries: loaded together, and rendered once for all endpoints with the same shape."""

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial

from leadloop.core.changes import Change
from leadloop.core.errors import Unavailable
from leadloop.core.leads.model import Lead
from leadloop.core.leads.sizes import size_of, size_of_records
from leadloop.core.threads import in_thread_if_large
from leadloop.webhooks.bodies import render
from leadloop.webhooks.endpoints import ChangeView, Delivery
from leadloop.webhooks.events import UPDATED
from leadloop.webhooks.sending import SenderContext
from leadloop.webhooks.snapshot import Snapshot, SnapshotReader, from_current

VersionKey = tuple[str, str, int]
"""Account, lead and version: what a delivery is about, whichever its endpoint."""


class DeliveryBatch:
    def __init__(
        self,
        context: SenderContext,
        snapshots: SnapshotReader,
        loaded: Mapping[VersionKey, tuple[Lead, Sequence[Change]] | None],
    ) -> None:
        self._context = context
        self._snapshots = snapshots
        self._loaded = loaded
        self._bodies: dict[tuple[VersionKey, str], asyncio.Task[bytes | None]] = {}

    async def body(self, delivery: Delivery, shape: str) -> bytes | None:
        """`None` for an update that this shape does not show: the endpoint had another shape when the delivery was
        queued.

        May read the log. Raises `Unavailable`, and whatever prevents reading the lead.
        """
        key = _version_key(delivery), shape
        if key not in self._bodies:
            self._bodies[key] = asyncio.create_task(self._render(delivery, shape))
        return await asyncio.shield(self._bodies[key])

    async def _render(self, delivery: Delivery, shape: str) -> bytes | None:
        view = self._context.view
        snapshot = await self._snapshot(delivery, needs_before=view.needs_leads(shape))
        work = partial(_render_snapshot, snapshot, shape, delivery.event, view)
        return await in_thread_if_large(snapshot.size, work)

    async def _snapshot(self, delivery: Delivery, *, needs_before: bool) -> Snapshot:
        current = self._loaded[_version_key(delivery)]
        if current is None:
            return await self._snapshots.load(*_version_key(delivery))
        lead, records = current
        work = partial(from_current, lead, records, needs_before=needs_before)
        size = size_of(lead) + size_of_records(records) if needs_before or len(records) > 1 else 0
        return await in_thread_if_large(size, work) or await self._snapshots.from_log(records[0])


def _render_snapshot(snapshot: Snapshot, shape: str, event: str, view: ChangeView) -> bytes | None:
    before, lead, change = snapshot
    if before is not None and event == UPDATED and not view.shows_update(shape, before, lead):
        return None
    return render(view.shapes[shape], lead, change, before=before)


async def load_batch(
    context: SenderContext, snapshots: SnapshotReader, deliveries: Sequence[Delivery]
) -> DeliveryBatch:
    """Raises `Unavailable`. A lead that cannot be read does not hold up the others."""
    by_version = {_version_key(delivery): delivery for delivery in deliveries}
    try:
        leads = await context.store.deliveries.leads_and_changes(list(by_version.values()))
    except Unavailable:
        raise
    except Exception:
        leads = [None] * len(by_version)
    return DeliveryBatch(context, snapshots, dict(zip(by_version, leads, strict=True)))


def _version_key(delivery: Delivery) -> VersionKey:
    return delivery.account_id, delivery.lead_id, delivery.version
