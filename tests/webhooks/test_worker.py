"""A worker over days: the test controls the clock; the store, the receiver and the sender are real."""

import asyncio
import threading
import time
from collections.abc import Sequence
from typing import Any

import pytest

from lab.receiver import PATIENCE_S, Receiver, receiving, versions
from leadloop.webhooks import health, schedule, sign
from leadloop.webhooks import worker as worker_module
from leadloop.webhooks.endpoints import Delivery
from leadloop.webhooks.ports import DeliveryRecord
from leadloop.webhooks.routing import QueuedDelivery
from leadloop.webhooks.vault import Vault
from leadloop.webhooks.worker import LEASE_MS, REFRESH_MS
from tests.storage.database import ACCOUNT, START_MS, Database, update
from tests.webhooks.days import (
    A_LITTLE_MS,
    DAY_MS,
    HOUR_MS,
    MINUTE_MS,
    ON,
    QUIET_S,
    E,
    add,
    at_least,
    days,
    failed_since,
    has_failures,
    leads,
    until,
    working,
)


def are_done(page: Sequence[DeliveryRecord]) -> bool:
    return {record.state for record in page} == {"done"}


def test_ten_attempts_are_made_by_the_schedule_and_no_more(database: Database) -> None:
    async def run(receiver: Receiver) -> None:
        async with days(database, receiver) as test:
            await leads(test, 1)
            for n, wait_s in enumerate(schedule.WAITS_S, 1):
                made = await test.attempted(n)
                assert made.next_at_ms is not None
                waits_ms = made.next_at_ms - made.at_ms - made.duration_ms
                assert 800 * wait_s <= waits_ms <= 1_200 * wait_s
                test.to(made.next_at_ms)
            last = await test.attempted(10)
            assert (last.n, last.next_at_ms, last.trigger) == (10, None, "retry")
            (delivery,) = await test.store.deliveries.page(*ON, None, 9)
            assert (delivery.state, delivery.attempts) == ("failed", 10)
            assert (await test.comes("paused")).why == "failures"
            assert len({got.headers["webhook-id"] for got in receiver.got}) == 1
            assert [got.headers["leadloop-attempt"] for got in receiver.got] == [str(n) for n in range(1, 11)]

    with receiving(lambda got, before: 500) as receiver:
        asyncio.run(run(receiver))


def test_a_paused_endpoint_is_probed_once_a_minute_by_all_workers_together(database: Database) -> None:
    async def run(receiver: Receiver) -> None:
        async with days(database, receiver) as test, working(test.context) as other:
            await leads(test, 10)
            await test.comes("paused")
            await test.attempted(10)
            for probe in range(1, 4):
                await asyncio.sleep(QUIET_S)
                assert len(receiver.got) == 9 + probe
                test.later(MINUTE_MS + A_LITTLE_MS)
                other.wake(set())
                made = await test.attempted(10 + probe)
                assert made.trigger == "probe"
            assert max(delivery.attempts for delivery in await test.store.deliveries.page(*ON, None, 99)) == 1
            receiver.answering = lambda got, before: 200
            test.later(MINUTE_MS + A_LITTLE_MS)
            other.wake(set())
            assert (await test.comes("active")).failures == 0
            for _ in range(10):
                test.later(1_000)
                await asyncio.sleep(0.05)
            await until(
                lambda: test.store.deliveries.page(*ON, None, 99),
                lambda page: {delivery.state for delivery in page} == {"done"},
            )

    with receiving(lambda got, before: 503) as receiver:
        asyncio.run(run(receiver))


def test_five_days_of_silence_disable_it_and_what_waited_goes_out_when_it_is_enabled(database: Database) -> None:
    async def run(receiver: Receiver) -> None:
        async with days(database, receiver) as test:
            await leads(test, 10)
            await test.comes("paused")
            while (current := await test.fares()).state == "paused":
                sent = len(receiver.got)
                test.later(DAY_MS)
                await asyncio.to_thread(receiver.until, at_least(sent + 1))
                await test.attempted(sent + 1)
                await until(test.fares, failed_since(current))
            assert (current.state, current.why) == ("disabled", "silence")
            assert 5 * DAY_MS <= test.now[0] - START_MS <= 6 * DAY_MS + HOUR_MS
            receiver.answering = lambda got, before: 200
            enabled = health.enable(current, test.now[0])
            await test.store.endpoints.change(*ON, lambda stored: stored.with_health(enabled))
            test.later(REFRESH_MS)
            await until(
                lambda: test.store.deliveries.page(*ON, None, 99),
                lambda page: {delivery.state for delivery in page} == {"done"},
            )

    with receiving(lambda got, before: 500) as receiver:
        asyncio.run(run(receiver))


def test_time_without_deliveries_is_no_silence(database: Database) -> None:
    async def run(receiver: Receiver) -> None:
        async with days(database, receiver, attempts=1) as test:
            for n in range(1, 9):
                await leads(test, 1)
                await test.attempted(n)
                current = await until(test.fares, has_failures(n))
                test.later(3 * DAY_MS)
            assert (current.state, current.silent_ms) == ("active", 0)

    with receiving(lambda got, before: 500) as receiver:
        asyncio.run(run(receiver))


def test_an_outcome_that_comes_while_the_health_is_saved_is_saved_next(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock stands still: no reload of the endpoints saves it."""

    async def run(receiver: Receiver) -> None:
        async with days(database, receiver, attempts=1) as test:
            change, go_on = test.store.endpoints.change, asyncio.Event()

            async def save_later(*arguments: Any) -> Any:
                await go_on.wait()
                return await change(*arguments)

            monkeypatch.setattr(test.store.endpoints, "change", save_later)
            for n in (1, 2):
                await leads(test, 1)
                await test.attempted(n)
            await asyncio.sleep(QUIET_S)
            go_on.set()
            await until(test.fares, has_failures(2))

    with receiving(lambda got, before: 500) as receiver:
        asyncio.run(run(receiver))


def test_a_receiver_can_ask_for_more_patience_but_not_for_less(database: Database) -> None:
    async def run(receiver: Receiver) -> None:
        async with days(database, receiver) as test:
            await leads(test, 1)
            for n, (requested_ms, least_ms) in enumerate(
                [(HOUR_MS, HOUR_MS), (1_000, 240_000), (DAY_MS, 6 * HOUR_MS)], 1
            ):
                made = await test.attempted(n)
                assert made.next_at_ms is not None
                waits_ms = made.next_at_ms - made.at_ms - made.duration_ms
                assert least_ms <= waits_ms <= 1.2 * max(least_ms, 300_000), requested_ms
                test.to(made.next_at_ms)

    asks = iter(["3600", "1", "86400", "0"])
    with receiving(lambda got, before: (429, {"Retry-After": next(asks)})) as receiver:
        asyncio.run(run(receiver))


def test_a_rate_limit_is_kept(database: Database) -> None:
    async def run(receiver: Receiver) -> None:
        async with days(database, receiver, rate_per_s=2.0, in_flight=64) as test:
            await leads(test, 7)
            for expected in (2, 4, 6, 7):
                await asyncio.to_thread(receiver.until, at_least(expected))
                await asyncio.sleep(QUIET_S)
                assert len(receiver.got) == expected
                test.later(1_000)

    with receiving() as receiver:
        asyncio.run(run(receiver))


def test_a_worker_that_wakes_up_after_its_lease_changes_nothing(database: Database) -> None:
    async def run(receiver: Receiver) -> None:
        async with days(database, receiver) as frozen:
            (lead,) = await leads(frozen, 1)
            await asyncio.to_thread(receiver.until, at_least(1))
            frozen.later(LEASE_MS)
            async with working(frozen.context):
                await frozen.attempted(1)
                (delivery,) = await frozen.store.deliveries.page(*ON, None, 9)
                assert delivery.state == "done"
                thawed.set()
                await update(frozen.store, lead, detail="x")
                frozen.worker.wake({ON})
                await frozen.attempted(2)
            assert versions(receiver.got, lead.id) == [1, 1, 2]
            assert [attempt.status for attempt in await frozen.attempts()] == [200, 200]

    thawed = threading.Event()

    def answering(got: Any, before: int) -> int:
        if not before and not thawed.is_set():
            thawed.wait(PATIENCE_S)
            return 500
        return 200

    with receiving(answering) as receiver:
        asyncio.run(run(receiver))


def test_a_queued_delivery_is_sent_at_once_to_a_new_endpoint(database: Database) -> None:
    async def run(receiver: Receiver) -> None:
        async with days(database, receiver) as test:
            (lead,) = await leads(test, 1)
            await asyncio.to_thread(receiver.until_version, lead.id, 1)

    with receiving() as receiver:
        asyncio.run(run(receiver))


def test_slow_endpoints_do_not_delay_the_others(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    async def run(slow: Receiver, fast: Receiver) -> None:
        async with days(database, slow) as test:
            await add(test.context, "a" * 24, slow.url)
            await add(test.context, "f" * 24, fast.url)
            test.later(REFRESH_MS)
            made = await leads(test, 30)
            test.worker.wake({(ACCOUNT, "a" * 24), (ACCOUNT, "f" * 24)})
            await asyncio.to_thread(fast.until, at_least(10))
            assert len(slow.got) < 1.5 * len(made)

    monkeypatch.setattr(worker_module, "IN_FLIGHT_LIMIT", 4)

    def slowly(got: Any, before: int) -> int:
        time.sleep(0.1)
        return 200

    with receiving(slowly) as slow, receiving() as fast:
        asyncio.run(run(slow, fast))


def test_a_body_that_cannot_be_built_fails_by_the_schedule_and_spares_the_health(database: Database) -> None:
    async def run(receiver: Receiver) -> None:
        async with days(database, receiver) as test:
            (lead,) = await leads(test, 1)
            await test.attempted(1)
            missing = Delivery(
                account_id=ACCOUNT, endpoint_id=E, lead_id=lead.id, version=9, event="lead.updated", at_ms=START_MS
            )
            await test.store.deliveries.queue_again([QueuedDelivery(missing, True)], "replay", test.now[0])
            test.worker.wake({ON})
            made = await test.attempted(2)
            assert (made.version, made.error, made.status) == (9, "internal", None)
            assert made.next_at_ms is not None
            other = (await leads(test, 1))[0]
            await asyncio.to_thread(receiver.until_version, other.id, 1)
            assert (await test.fares()).failures == 0

    with receiving() as receiver:
        asyncio.run(run(receiver))


def test_deliveries_that_cannot_be_signed_wait_and_are_not_claimed_again_and_again(database: Database) -> None:
    async def run(receiver: Receiver) -> None:
        async with days(database, receiver) as test:
            stored = await test.store.endpoints.get(*ON)
            assert stored is not None
            other = Vault([b"o" * 32])
            lost = stored._replace(secrets=[sign.Secret(other.seal(sign.new_secret(), *ON))])
            await test.store.endpoints.change(*ON, lambda _: lost)
            test.later(REFRESH_MS)
            await leads(test, 60)
            await asyncio.sleep(QUIET_S)
            waiting = await test.store.deliveries.page(*ON, None, 99)
            assert sum(delivery.claimed for delivery in waiting) <= stored.endpoint.in_flight
            await test.store.endpoints.change(*ON, lambda _: stored)
            test.later(LEASE_MS + REFRESH_MS)
            await asyncio.to_thread(receiver.until, at_least(60))

    with receiving() as receiver:
        asyncio.run(run(receiver))
