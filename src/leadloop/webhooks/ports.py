"""The store that webhooks need: endpoints, deliveries and attempts.

The transaction of a change queues its deliveries. A worker claims a delivery: until the lease ends no other worker can,
and only the claim's token can finish it, so a worker that was suspended past its lease changes nothing.
"""

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple, Protocol

from msgspec import Struct, structs

from leadloop.core.changes import Change
from leadloop.core.leads.model import Lead
from leadloop.core.store import Store
from leadloop.core.writes.idempotency import AnswerKey
from leadloop.webhooks.endpoints import Delivery, Endpoint
from leadloop.webhooks.health import Health
from leadloop.webhooks.routing import QueuedDelivery
from leadloop.webhooks.sign import Secret

DeliveryState = Literal["pending", "done", "failed"]
Trigger = Literal["change", "retry", "probe", "resend", "recover", "replay"]


class StoredEndpoint(NamedTuple):
    """An endpoint with its sealed secrets, newest first."""

    endpoint: Endpoint
    secrets: list[Secret]

    def with_health(self, health: Health) -> "StoredEndpoint":
        return self._replace(endpoint=structs.replace(self.endpoint, health=health))


AFTER_ANOTHER_MS = 2**53 - 1
"""The due time of a delivery that waits for the previous one: never, until that one finishes and makes it due."""


FOLLOWING = 8
"""How many later changes are read with a delivery's change and undone. Beyond that the log is folded, which reads each
record once for all deliveries of the lead."""


class ClaimRequest(NamedTuple):
    """How many deliveries of an endpoint to claim now."""

    account_id: str
    endpoint_id: str
    most: int
    early: bool = False
    """Includes deliveries that wait for a retry: for a probe."""


class Claim(NamedTuple):
    delivery: Delivery
    attempts: int
    """The attempts so far that count."""
    trigger: Trigger
    token: str


class DeliveryRecord(NamedTuple):
    """A delivery and its state. Kept 14 days."""

    delivery: Delivery
    state: DeliveryState
    attempts: int
    due_at_ms: int
    """When its next attempt is due; `AFTER_ANOTHER_MS` while it waits for the previous one. Meaningless once
    finished."""
    finished_at_ms: int | None
    claimed: bool = False
    """A worker is sending it, or stopped while it did: then it is due when the lease ends."""


class PagePosition(NamedTuple):
    """Where a page of a list ends: the next page has older entries, and later ones of the same time."""

    at_ms: int
    lead_id: str
    version: int
    n: int = 0
    """The number of the attempt; 0 for deliveries."""


class AttemptRecord(Struct, frozen=True, kw_only=True):
    """The result of one attempt, kept 30 days. `answer` is untrusted text: escape it."""

    lead_id: str
    version: int
    """Identifies the delivery, together with the lead."""
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
    """The end of a claim: the delivery is done, has failed for good, or is pending until `due_at_ms`."""

    claimed: Claim
    state: DeliveryState
    attempts: int
    due_at_ms: int
    attempt: AttemptRecord | None


class FinishResult(NamedTuple):
    ours: int
    """How many claims their tokens still held. The results of the others are discarded."""
    woken: set[tuple[str, str]]
    """Endpoints, with their accounts, that have another delivery due as a result."""


class EndpointStore(Protocol):
    async def add(self, stored: StoredEndpoint, most: int, answer_key: AnswerKey | None = None) -> bool:
        """False if the account has `most` endpoints already. Raises `AnsweredBefore`, `KeyReused` if something is
        stored under `answer_key`."""

    async def get(self, account_id: str, endpoint_id: str) -> StoredEndpoint | None: ...

    async def all(self, account_id: str | None = None) -> list[StoredEndpoint]:
        """An account's, oldest first, or all accounts'."""

    async def change(
        self, account_id: str, endpoint_id: str, change: Callable[[StoredEndpoint], StoredEndpoint]
    ) -> StoredEndpoint | None:
        """Replaces the stored endpoint by `change` of it, under a lock; returns the new one, or `None` if there is no
        such endpoint. `change` may run several times and on another thread; if it raises, nothing changes.
        """

    async def delete(self, account_id: str, endpoint_id: str, at_ms: int) -> None:
        """The next `DeliveryStore.purge` deletes its deliveries."""


class DeliveryStore(Protocol):
    async def claim(self, requests: Sequence[ClaimRequest], token: str, now_ms: int, until_ms: int) -> list[Claim]:
        """Due deliveries, the longest due first; no other worker can claim them until `until_ms`."""

    async def finish(self, completed: Sequence[CompletedAttempt], at_ms: int) -> FinishResult:
        """Records the results of claims, in one transaction."""

    async def leads_and_changes(self, deliveries: Sequence[Delivery]) -> list[tuple[Lead, list[Change]] | None]:
        """For each delivery, the current lead and its changes from the delivery's own on, which is followed by at most
        `FOLLOWING` others. `None` if the log does not have the change, or if more changes followed.
        """

    async def page(
        self, account_id: str, endpoint_id: str, before: PagePosition | None, limit: int, *, failed: bool = False
    ) -> list[DeliveryRecord]:
        """Newest first; with `failed`, only those that failed for good."""

    async def of_lead(
        self, account_id: str, lead_id: str, endpoint_ids: Sequence[str], before: tuple[int, str] | None, limit: int
    ) -> list[DeliveryRecord]:
        """A lead's deliveries to these endpoints, latest version first. `before` is the last delivery of the previous
        page: its version and endpoint."""

    async def at(self, account_id: str, endpoint_id: str, at_ms: int) -> list[DeliveryRecord]:
        """The deliveries of the changes of one millisecond."""

    async def queue_again(self, deliveries: Sequence[QueuedDelivery], trigger: Trigger, at_ms: int) -> int:
        """Queues deliveries of one endpoint again, with all their attempts, whether they were finished, never queued,
        or purged. One that waits for a retry becomes due now; one in flight stays unchanged. Returns how many will be
        sent.

        `in_turn` waits for older unfinished deliveries of the same lead.
        """

    async def recover(
        self, account_id: str, endpoint_id: str, since_ms: int, at_ms: int, most: int, *, in_turn: bool
    ) -> int:
        """Queues up to `most` of the deliveries of changes since then that failed for good again, the oldest first, and
        makes all that wait for a retry due now. Returns how many had failed.
        """

    async def attempts(
        self, account_id: str, endpoint_id: str, before: PagePosition | None, limit: int
    ) -> list[AttemptRecord]:
        """Newest first."""

    async def purge(self, now_ms: int, most: int) -> int:
        """Deletes up to `most` expired rows: attempts after 30 days, finished deliveries after 14, deliveries that a
        disabled endpoint has held for 14 days, and those of a deleted endpoint. Returns how many; with `most` or more,
        there may be others.
        """


class Outbox(Protocol):
    """All methods raise `Unavailable` while the database cannot be reached."""

    @property
    def endpoints(self) -> EndpointStore: ...

    @property
    def deliveries(self) -> DeliveryStore: ...


class WebhookStore(Store, Outbox, Protocol):
    """An engine: the transaction that saves a change also queues its deliveries."""
