"""What a batch of deliveries tells: read together, and made once for all endpoints that want it in the same shape."""

from collections.abc import Mapping, Sequence

from leadloop.core.changes import Change
from leadloop.core.errors import Unavailable
from leadloop.core.leads.model import Lead
from leadloop.webhooks.bodies import render
from leadloop.webhooks.endpoints import Body, Delivery
from leadloop.webhooks.past import told
from leadloop.webhooks.sending import Outside

Telling = tuple[str, str, int]
"""Account, lead and version: what is told, to whichever endpoint."""


class Batch:
    def __init__(self, outside: Outside, known: Mapping[Telling, tuple[Lead, Change] | Exception]) -> None:
        self._outside = outside
        self._known = known
        self._made: dict[tuple[Telling, Body], bytes] = {}

    def body(self, delivery: Delivery, shape: Body) -> bytes:
        """Raises what kept the lead from being read."""
        telling = _telling(delivery)
        body = self._made.get((telling, shape))
        if body is None:
            known = self._known[telling]
            if isinstance(known, Exception):
                raise known
            body = self._made[telling, shape] = render(shape, *known, self._outside.views)
        return body


async def prepare(outside: Outside, deliveries: Sequence[Delivery]) -> Batch:
    """Raises `Unavailable`. One that can not be read does not keep the others."""
    once = list({_telling(one): one for one in deliveries}.values())
    try:
        return Batch(outside, dict(zip(map(_telling, once), await told(outside.store, once), strict=True)))
    except Unavailable:
        raise
    except Exception:
        return Batch(outside, {_telling(one): await _alone(outside, one) for one in once})


async def _alone(outside: Outside, delivery: Delivery) -> tuple[Lead, Change] | Exception:
    try:
        (known,) = await told(outside.store, [delivery])
        return known
    except Unavailable:
        raise
    except Exception as error:
        return error


def _telling(delivery: Delivery) -> Telling:
    return delivery.account_id, delivery.lead_id, delivery.version
