"""What webhooks need from outside: a store for endpoints, for what is on its way to them, and for what came of it.

A delivery is filed in the transaction of the change that it tells. Who sends claims it: until the lease ends nobody
else can, and without the token of the claim it can not be finished, so a worker that was frozen past its lease and
wakes up late changes nothing.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple, Protocol

from msgspec import Struct

from leadloop.core.ports import Store
from leadloop.webhooks.endpoints import Delivery, Endpoint
from leadloop.webhooks.health import Health, State
from leadloop.webhooks.sign import Secret

DeliveryState = Literal["pending", "done", "failed"]
Trigger = Literal["change", "retry", "probe", "resend", "recover", "replay", "test"]


class Stored(NamedTuple):
    """An endpoint with its secrets, sealed, newest first."""

    endpoint: Endpoint
    secrets: list[Secret]


AFTER_ANOTHER_MS = 2**53 - 1
"""When a delivery is due that waits for the one before it: never, until that is finished and wakes it."""


class Wanted(NamedTuple):
    """How many deliveries of an endpoint can be sent now."""

    account_id: str
    endpoint_id: str
    most: int


class Claimed(NamedTuple):
    delivery: Delivery
    attempts: int
    """That were made before and count."""
    trigger: Trigger
    token: str


class AttemptRecord(Struct, frozen=True, kw_only=True):
    """What came of one attempt, as it is kept. `answer` is a stranger's text: to be escaped."""

    n: int
    trigger: Trigger
    at_ms: int
    duration_ms: int
    status: int | None
    error: str | None
    address: str | None
    answer: str
    next_at_ms: int | None


class Finished(NamedTuple):
    """A claim's end: done, failed for good, or pending again until `due_at_ms`."""

    claimed: Claimed
    state: DeliveryState
    attempts: int
    due_at_ms: int
    attempt: AttemptRecord | None


class Outbox(Protocol):
    """Raises `Unavailable` from any method while the database can not be reached."""

    async def add_endpoint(self, stored: Stored) -> None: ...

    async def endpoint(self, account_id: str, endpoint_id: str) -> Stored | None: ...

    async def endpoints(self, account_id: str | None = None) -> list[Stored]:
        """An account's, oldest first, or those of all accounts."""

    async def save_endpoint(self, endpoint: Endpoint) -> None:
        """What its owner says of it: all but its health and its secrets."""

    async def rotate(self, account_id: str, endpoint_id: str, newest: str, at_ms: int) -> None:
        """Another secret, sealed, takes over, whatever else is changed in the endpoint at the same time."""

    async def save_health(self, account_id: str, endpoint_id: str, health: Health, was: State | None = None) -> None:
        """Only if the state is still the one that it `was`: what somebody asked for meanwhile stands."""

    async def delete_endpoint(self, account_id: str, endpoint_id: str) -> None:
        """With all that was on its way to it."""

    async def claim(self, wanted: Sequence[Wanted], token: str, now_ms: int, until_ms: int) -> list[Claimed]:
        """Deliveries that are due, the longest due first, nobody else's until `until_ms`."""

    async def finish(self, finished: Sequence[Finished], at_ms: int) -> int:
        """Put down what came of claims, in one transaction; how many of them were still ours."""

    async def attempts(self, account_id: str, endpoint_id: str, before_ms: int, limit: int) -> list[AttemptRecord]:
        """Newest first."""


class WebhookStore(Store, Outbox, Protocol):
    """What an engine is: the one transaction that saves a change files its deliveries."""
