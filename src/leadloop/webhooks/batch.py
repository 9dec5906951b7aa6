"""What a batch of deliveries tells: read together, and made once for all endpoints that want it in the same shape."""

from collections.abc import Mapping, Sequence

from leadloop.core.changes import Change
from leadloop.core.errors import Unavailable
from leadloop.core.leads.model import Lead
from leadloop.webhooks.bodies import render
from leadloop.webhooks.endpoints import Body, Delivery
from leadloop.webhooks.past import folded, undone
from leadloop.webhooks.sending import Outside

Telling = tuple[str, str, int]
"""Account, lead and version: what is told, to whichever endpoint."""


class Batch:
    def __init__(self, outside: Outside, known: Mapping[Telling, tuple[Lead, Sequence[Change]] | None]) -> None:
        self._outside = outside
        self._known = known
        self._made: dict[tuple[Telling, Body], bytes] = {}

    async def body(self, delivery: Delivery, shape: Body) -> bytes:
        """Reads the log where that has to be. Raises `Unavailable`, and what keeps the lead from being read."""
        telling = _telling(delivery)
        body = self._made.get((telling, shape))
        if body is None:
            known = self._known[telling]
            told = known and undone(delivery.version, *known)
            told = told or await folded(self._outside.store, delivery)
            body = self._made[telling, shape] = render(shape, *told, self._outside.views)
        return body


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
