"""What a batch of deliveries tells: read together, and made once for all endpoints that want it in the same shape."""

from collections.abc import Mapping, Sequence

from leadloop.core.changes import Change
from leadloop.core.errors import Unavailable
from leadloop.core.leads.model import Lead
from leadloop.webhooks.bodies import render
from leadloop.webhooks.endpoints import Body, Delivery
from leadloop.webhooks.events import UPDATED
from leadloop.webhooks.past import folded, lead_before, undone
from leadloop.webhooks.sending import Outside

Telling = tuple[str, str, int]
"""Account, lead and version: what is told, to whichever endpoint."""


class Batch:
    def __init__(self, outside: Outside, known: Mapping[Telling, tuple[Lead, Sequence[Change]] | None]) -> None:
        self._outside = outside
        self._known = known
        self._made: dict[tuple[Telling, Body], bytes | None] = {}

    async def body(self, delivery: Delivery, shape: Body) -> bytes | None:
        """`None` for an update that this shape does not show: the endpoint had another one when it was filed.

        Reads the log where that has to be. Raises `Unavailable`, and what keeps the lead from being read.
        """
        telling = _telling(delivery)
        if (telling, shape) not in self._made:
            self._made[telling, shape] = await self._render(delivery, shape)
        return self._made[telling, shape]

    async def _render(self, delivery: Delivery, shape: Body) -> bytes | None:
        store, views = self._outside.store, self._outside.views
        known = self._known[_telling(delivery)]
        told = known and undone(delivery.version, *known)
        lead, change = told or await folded(store, delivery)
        if shape != "expad":
            return render(shape, lead, change, views)
        before = await lead_before(store, lead, change)
        if before is not None and delivery.event == UPDATED and not views.change.differs_in_expad(before, lead):
            return None
        return render(shape, lead, change, views, before=before)


async def prepare(outside: Outside, deliveries: Sequence[Delivery]) -> Batch:
    """Raises `Unavailable`. One that can not be read does not keep the others."""
    once = {_telling(one): one for one in deliveries}
    try:
        found = await outside.store.told(list(once.values()))
    except Unavailable:
        raise
    except Exception:
        found = [None] * len(once)
    return Batch(outside, dict(zip(once, found, strict=True)))


def _telling(delivery: Delivery) -> Telling:
    return delivery.account_id, delivery.lead_id, delivery.version
