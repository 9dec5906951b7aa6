"""A worker that serves an endpoint for days. The test controls the clock; store, receiver and sender are real."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple, TypeVar

from lab.receiver import PATIENCE_S, Receiver
from leadloop.app.webhooks import build_sender_context
from leadloop.core.leads.model import Lead
from leadloop.egress.addresses import Rules
from leadloop.settings import WebhookSettings
from leadloop.webhooks import health, sign
from leadloop.webhooks.account_sender import AccountSender
from leadloop.webhooks.endpoints import Endpoint
from leadloop.webhooks.ports import AttemptRecord, StoredEndpoint, WebhookStore
from leadloop.webhooks.sending import SenderContext
from leadloop.webhooks.worker import Worker
from tests.storage.database import ACCOUNT, START_MS, Database, create

T = TypeVar("T")

MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
A_LITTLE_MS = 5_000
"""Attempts add their real duration to the test's clock."""
E = "e" * 24
ON = (ACCOUNT, E)
QUIET_S = 0.3
"""Long enough for a worker to make an unwanted attempt."""


class Days(NamedTuple):
    """A worker with one endpoint, and a clock."""

    context: SenderContext
    receiver: Receiver
    worker: Worker
    now: list[int]

    @property
    def store(self) -> WebhookStore:
        return self.context.store

    def to(self, at_ms: int) -> None:
        self.now[0] = max(self.now[0], at_ms)
        self.worker.wake(set())

    def later(self, wait_ms: int) -> None:
        self.to(self.now[0] + wait_ms)

    async def attempts(self) -> list[AttemptRecord]:
        """The attempts, oldest first."""
        return (await self.store.deliveries.attempts(*ON, None, 100))[::-1]

    async def attempted(self, count: int) -> AttemptRecord:
        """The attempt with this number, once it is recorded."""
        return (await until(self.attempts, at_least(count)))[count - 1]

    async def fares(self) -> health.Health:
        stored = await self.store.endpoints.get(*ON)
        assert stored is not None
        return stored.endpoint.health

    async def comes(self, state: str) -> health.Health:
        return await until(self.fares, lambda current: current.state == state)


def at_least(count: int) -> Callable[[Sequence[Any]], bool]:
    return lambda items: len(items) >= count


def has_failures(count: int) -> Callable[[health.Health], bool]:
    """At least: a claim that is under way when a test advances the clock has a lease that has ended, so that the
    delivery is sent twice."""
    return lambda now: now.failures >= count


def failed_since(before: health.Health) -> Callable[[health.Health], bool]:
    return lambda now: now.failures > before.failures


async def until(read: Callable[[], Awaitable[T]], holds: Callable[[T], bool]) -> T:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            value = await read()
            if holds(value):
                return value
            await asyncio.sleep(0.01)


@asynccontextmanager
async def days(database: Database, receiver: Receiver, **members: Any) -> AsyncIterator[Days]:
    now = [START_MS + MINUTE_MS]
    async with database.opened() as store:
        allowed = WebhookSettings(database=database.address, webhooks_allow_http=True, webhooks_allow_private=True)
        rules = Rules(allow_http=True, allow_private=True)
        sender = AccountSender(store, rules, clock=lambda: now[0])
        context = build_sender_context(allowed, store, b"p" * 32)._replace(clock=lambda: now[0], sender=sender)
        await add(context, E, receiver.url, **members)
        try:
            async with working(context) as worker:
                yield Days(context, receiver, worker, now)
        finally:
            await sender.close()


async def add(context: SenderContext, endpoint_id: str, url: str, **members: Any) -> None:
    made = {"created_at_ms": 1, "updated_at_ms": 1, **members}
    endpoint = Endpoint(account_id=ACCOUNT, id=endpoint_id, url=url, **made)
    secret = sign.Secret(context.vault.seal(sign.new_secret(), ACCOUNT, endpoint_id))
    assert await context.store.endpoints.add(StoredEndpoint(endpoint, [secret]), 50)


@asynccontextmanager
async def working(context: SenderContext) -> AsyncIterator[Worker]:
    worker, stopping = Worker(context), asyncio.Event()
    task = asyncio.create_task(worker.run(stopping))
    try:
        yield worker
    finally:
        stopping.set()
        await task


async def leads(days: Days, count: int) -> Sequence[Lead]:
    made = [await create(days.store, name=f"Lead {n}") for n in range(count)]
    days.worker.wake({ON})
    return made
