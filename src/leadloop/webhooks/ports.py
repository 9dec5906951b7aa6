"""What webhooks need from outside: a store for endpoints, for what is on its way to them, and for what came of it.

A delivery is filed in the transaction of the change that it tells. Who sends claims it: until the lease ends nobody
else can, and without the token of the claim it can not be finished, so a worker that was frozen past its lease and
wakes up late changes nothing.
"""

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple, Protocol

from msgspec import Struct, structs

from leadloop.core.changes import Change
from leadloop.core.leads.model import Lead
from leadloop.core.ports import Store
from leadloop.webhooks.endpoints import Delivery, Endpoint
from leadloop.webhooks.health import Health
from leadloop.webhooks.routing import QueuedDelivery
from leadloop.webhooks.sign import Secret

DeliveryState = Literal["pending", "done", "failed"]
Trigger = Literal["change", "retry", "probe", "resend", "recover", "replay"]


class StoredEndpoint(NamedTuple):
    """An endpoint with its secrets, sealed, newest first."""

    endpoint: Endpoint
    secrets: list[Secret]

    def with_health(self, health: Health) -> "StoredEndpoint":
        return self._replace(endpoint=structs.replace(self.endpoint, health=health))


AFTER_ANOTHER_MS = 2**53 - 1
"""When a delivery is due that waits for the one before it: never, until that is finished and wakes it."""


FOLLOWING = 8
"""How many changes behind a told one are read with it and undone; behind more of them the log is folded, which costs
each record once for all deliveries of the lead."""


class ClaimRequest(NamedTuple):
    """How many deliveries of an endpoint can be sent now."""

    account_id: str
    endpoint_id: str
    most: int
    early: bool = False
    """Also what only waits for its next attempt: for a probe."""


class Claim(NamedTuple):
    delivery: Delivery
    attempts: int
    """That were made before and count."""
    trigger: Trigger
    token: str


class DeliveryRecord(NamedTuple):
    """A delivery and how far it has come. Kept 14 days."""

    delivery: Delivery
    state: DeliveryState
    attempts: int
    due_at_ms: int
    """When it is attempted next; `AFTER_ANOTHER_MS` while it waits for its turn. Of no meaning when finished."""
    finished_at_ms: int | None
    claimed: bool = False
    """By a worker that is sending it, or has been stopped while it did: then it is due when the lease ends."""


class PagePosition(NamedTuple):
    """Where a page of a list ends: the list goes on with what is older, or of the same time and behind it."""

    at_ms: int
    lead_id: str
    version: int
    n: int = 0
    """Of attempts; 0 for deliveries."""


class AttemptRecord(Struct, frozen=True, kw_only=True):
    """What came of one attempt, as it is kept for 30 days. `answer` is a stranger's text: to be escaped."""

    lead_id: str
    version: int
    """With the lead, which delivery it was an attempt of."""
    event: str
    event_id: str
    """The `webhook-id` that was sent."""
    n: int
    trigger: Trigger
    at_ms: int
    duration_ms: int
    status: int | None
    error: str | None
    address: str | None
    answer: str
    next_at_ms: int | None


class CompletedAttempt(NamedTuple):
    """A claim's end: done, failed for good, or pending again until `due_at_ms`."""

    claimed: Claim
    state: DeliveryState
    attempts: int
    due_at_ms: int
    attempt: AttemptRecord | None


class FinishResult(NamedTuple):
    ours: int
    """How many claims were still held by their tokens. Of the others nothing is put down."""
    woken: set[tuple[str, str]]
    """Endpoints, with their accounts, that have another delivery due because of that."""


class Outbox(Protocol):
    """Raises `Unavailable` from any method while the database can not be reached."""

    async def add_endpoint(self, stored: StoredEndpoint, most: int) -> bool:
        """Unless the account has `most` endpoints already."""

    async def endpoint(self, account_id: str, endpoint_id: str) -> StoredEndpoint | None: ...

    async def endpoints(self, account_id: str | None = None) -> list[StoredEndpoint]:
        """An account's, oldest first, or those of all accounts."""

    async def change_endpoint(
        self, account_id: str, endpoint_id: str, change: Callable[[StoredEndpoint], StoredEndpoint]
    ) -> StoredEndpoint | None:
        """As `change` makes it of what the database has, which nobody else changes meanwhile; `None` for no such
        endpoint. `change` may be run several times and on another thread; what it raises is raised, and nothing done.
        """

    async def delete_endpoint(self, account_id: str, endpoint_id: str, at_ms: int) -> None:
        """What was on its way to it goes with the next `purge_deliveries`."""

    async def claim(self, wanted: Sequence[ClaimRequest], token: str, now_ms: int, until_ms: int) -> list[Claim]:
        """Deliveries that are due, the longest due first, nobody else's until `until_ms`."""

    async def finish(self, finished: Sequence[CompletedAttempt], at_ms: int) -> FinishResult:
        """Put down what came of claims, in one transaction."""

    async def leads_and_changes(self, deliveries: Sequence[Delivery]) -> list[tuple[Lead, list[Change]] | None]:
        """For each, the lead as it is now and what has happened to it since: the change that is told comes first, and
        at most `FOLLOWING` others follow. `None` for what the log has not, or if more than that has happened.
        """

    async def deliveries(
        self, account_id: str, endpoint_id: str, before: PagePosition | None, limit: int, *, failed: bool = False
    ) -> list[DeliveryRecord]:
        """Newest first; with `failed`, only those that failed for good."""

    async def deliveries_at(self, account_id: str, endpoint_id: str, at_ms: int) -> list[DeliveryRecord]:
        """Of the changes of one millisecond."""

    async def queue_again(self, deliveries: Sequence[QueuedDelivery], trigger: Trigger, at_ms: int) -> int:
        """To be sent once more, with all attempts anew, whether they were finished, never filed, or dropped; one that
        only waits for its next attempt is due now, one that is under way is left. Returns how many will be sent.

        `in_turn` waits for older ones of the same lead that are unfinished. All are of one endpoint.
        """

    async def recover(
        self, account_id: str, endpoint_id: str, since_ms: int, at_ms: int, most: int, *, in_turn: bool
    ) -> int:
        """Up to `most` of the deliveries of changes since then that failed for good, the oldest first, are sent again
        like that; and all that wait for their next attempt are due now. Returns how many failed ones there were.
        """

    async def attempts(
        self, account_id: str, endpoint_id: str, before: PagePosition | None, limit: int
    ) -> list[AttemptRecord]:
        """Newest first."""

    async def purge_deliveries(self, now_ms: int, most: int) -> int:
        """Up to `most` rows that are past keeping are dropped: attempts after 30 days, finished deliveries after 14,
        what a disabled endpoint has been held for 14 days, and what a deleted one has left. Returns how many; with
        `most` or more, there may be others.
        """


class WebhookStore(Store, Outbox, Protocol):
    """What an engine is: the one transaction that saves a change files its deliveries."""
