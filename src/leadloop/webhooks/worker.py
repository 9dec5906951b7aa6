"""The worker: claims due deliveries, sends them and records the result of each attempt. Any number of processes may run
one.

It holds no transaction open while it sends, and saves the results of some milliseconds together. It polls each endpoint
separately: at once when this process queues a delivery for it, when a slot is free or a retry becomes due, and
otherwise at growing intervals.
"""

import asyncio
import secrets
from collections import Counter
from collections.abc import Sequence, Set
from functools import partial
from typing import Any

import structlog

from leadloop.core.errors import Unavailable
from leadloop.egress.repeating import Attempt
from leadloop.webhooks import health
from leadloop.webhooks.batch import DeliveryBatch, load_batch
from leadloop.webhooks.dispatch_state import BLOCK_MS, LONGEST_POLL_MS, AttemptOutcome, EndpointState, apply_outcomes
from leadloop.webhooks.ports import Claim, ClaimRequest, CompletedAttempt, StoredEndpoint
from leadloop.webhooks.sending import RequestInfo, SenderContext, build_request
from leadloop.webhooks.snapshot import SnapshotReader
from leadloop.webhooks.vault import SecretLost

LEASE_MS = 60_000
"""Longer than an attempt takes."""
IN_FLIGHT_LIMIT = 500
"""Of all endpoints together. No endpoint claims more than half of the free slots, and all take turns."""
REFRESH_MS = 1_000
"""How often the worker reloads the endpoints."""
STOP_S = 10.0
"""How long it tries to save the last results while the database is unavailable."""
GATHER_S = 0.005
"""How long it collects results before it saves them."""

_log = structlog.get_logger("leadloop.webhooks")

EndpointKey = tuple[str, str]
"""Account and endpoint."""


class Worker:
    def __init__(self, context: SenderContext) -> None:
        self._context = context
        self._snapshots = SnapshotReader(context.store)
        self._endpoints: dict[EndpointKey, EndpointState] = {}
        self._refreshed_at_ms = 0
        self._refresh_count = 0
        self._saving: asyncio.Task[None] | None = None
        self._completed: list[CompletedAttempt] = []
        self._in_flight = 0
        self._batches: set[asyncio.Task[None]] = set()
        self._woken = asyncio.Event()
        self._has_results = asyncio.Event()

    def wake(self, keys: Set[EndpointKey]) -> None:
        """Deliveries may be due for these endpoints. If one is new, the worker reloads the endpoints."""
        for key in keys:
            if (endpoint := self._endpoints.get(key)) is not None:
                endpoint.wake()
            else:
                self._refreshed_at_ms = 0
        self._woken.set()

    async def run(self, stopping: asyncio.Event) -> None:
        """Runs until `stopping` is set, then finishes what is in flight. Raises what keeps it from saving results."""
        saving = asyncio.create_task(self._save_results(stopping))
        stop = asyncio.create_task(stopping.wait())
        try:
            await self._run_rounds(stop, saving)
            while self._batches:
                await asyncio.wait(self._batches)
            self._has_results.set()
            await asyncio.wait_for(saving, STOP_S)
        except TimeoutError:
            _log.warning("the results of the last webhooks were not saved: they are sent again")
        finally:
            for task in (stop, saving, *self._batches):
                task.cancel()

    async def _run_rounds(self, stop: "asyncio.Task[Any]", saving: "asyncio.Task[None]") -> None:
        while not stop.done() and not saving.done():
            try:
                idle_s = await self._round()
            except Exception as error:
                if not isinstance(error, Unavailable):
                    _log.error("webhooks were not sent", error=type(error).__name__)
                idle_s = LONGEST_POLL_MS / 1_000
            woken = asyncio.create_task(self._woken.wait())
            await asyncio.wait((stop, saving, woken), timeout=idle_s, return_when=asyncio.FIRST_COMPLETED)
            woken.cancel()
            self._woken.clear()

    async def _round(self) -> float:
        """Starts sending what is due; returns how many seconds to wait afterwards."""
        now_ms = self._context.clock()
        if not 0 <= now_ms - self._refreshed_at_ms < REFRESH_MS:
            await self._refresh(now_ms)
        if requests := await self._claim_requests(now_ms):
            await self._claim(requests, self._context.clock())  # a lease begins now, however long the refresh took
        if self._in_flight >= IN_FLIGHT_LIMIT:
            return LONGEST_POLL_MS / 1_000
        now_ms = self._context.clock()
        ready_at_ms = (endpoint.ready_at_ms(now_ms) for endpoint in self._endpoints.values())
        soonest_ms = min(ready_at_ms, default=now_ms + LONGEST_POLL_MS)
        return min(max(soonest_ms - now_ms, 0), LONGEST_POLL_MS) / 1_000

    async def _claim_requests(self, now_ms: int) -> list[ClaimRequest]:
        free, requests = IN_FLIGHT_LIMIT - self._in_flight, list[ClaimRequest]()
        for key, endpoint in self._endpoints.items():
            request = endpoint.claim_request(now_ms, (free + 1) // 2) if free > 0 else None
            if request is not None and (not request.early or await self._reserve_probe(key, now_ms)):
                requests.append(request)
                free -= request.most
        return requests

    async def _reserve_probe(self, key: EndpointKey, now_ms: int) -> bool:
        """Whether this worker, among all, makes this minute's probe."""
        is_ours = False

        def reserve(stored: StoredEndpoint) -> StoredEndpoint:
            nonlocal is_ours
            current = stored.endpoint.health
            is_ours = health.may_send(current, now_ms) == "probe"
            return stored.with_health(health.reserve_probe(current, now_ms)) if is_ours else stored

        endpoint, stored = self._endpoints[key], await self._context.store.endpoints.change(*key, reserve)
        if stored is None:
            endpoint.block(now_ms + REFRESH_MS)
        else:
            endpoint.record_saved(0, stored, self._refresh_count)
        return is_ours

    async def _claim(self, requests: Sequence[ClaimRequest], now_ms: int) -> None:
        claims = await self._context.store.deliveries.claim(requests, secrets.token_hex(8), now_ms, now_ms + LEASE_MS)
        self._in_flight += len(claims)
        counts = Counter(_key(claim) for claim in claims)
        for request in requests:
            key = request.account_id, request.endpoint_id
            endpoint = self._endpoints[key] = self._endpoints.pop(key)  # behind the others
            endpoint.start(request, counts[key], now_ms)
        if claims:
            batch = asyncio.create_task(self._deliver_all([(claim, self._endpoints[_key(claim)]) for claim in claims]))
            self._batches.add(batch)
            batch.add_done_callback(self._batches.discard)

    async def _refresh(self, now_ms: int) -> None:
        self._refreshed_at_ms = now_ms
        self._refresh_count += 1
        endpoints = await self._context.store.endpoints.all()
        by_key = {(stored.endpoint.account_id, stored.endpoint.id): stored for stored in endpoints}
        for key, stored in by_key.items():
            if (endpoint := self._endpoints.get(key)) is not None:
                if endpoint.saved_in_refresh < self._refresh_count:  # or `stored` may be older than what we saved
                    endpoint.refresh(stored)
            else:
                self._endpoints[key] = EndpointState(stored=stored, health=stored.endpoint.health)
        for key in self._endpoints.keys() - by_key.keys():
            del self._endpoints[key]
        self._has_results.set()  # their health, if it could not be saved before

    async def _deliver_all(self, claims: Sequence[tuple[Claim, EndpointState]]) -> None:
        try:
            batch = await load_batch(self._context, self._snapshots, [claim.delivery for claim, _ in claims])
        except Exception as error:  # their leases end, and they are sent again
            if not isinstance(error, Unavailable):
                _log.error("the bodies of webhooks cannot be rendered", error=type(error).__name__)
            for claim, endpoint in claims:
                self._release(claim, endpoint)
            return
        await asyncio.gather(*(self._deliver(claim, endpoint, batch) for claim, endpoint in claims))

    async def _deliver(self, claim: Claim, endpoint: EndpointState, batch: DeliveryBatch) -> None:
        probe, delivery, now_ms = endpoint.health.state == "paused", claim.delivery, self._context.clock()
        try:
            body = await batch.body(delivery, endpoint.endpoint.body)
            if body is None:
                self._completed.append(CompletedAttempt(claim, "done", claim.attempts, now_ms, None))
                return
            info = RequestInfo(delivery.event, claim.attempts + 1, "probe" if probe else claim.trigger)
            request = build_request(self._context, endpoint.stored, delivery.event_id, body, info)
            attempt = await self._context.sender.send(endpoint.endpoint.account_id, request)
            self._completed.append(endpoint.complete(claim, attempt, probe=probe))
        except Unavailable:
            pass  # its lease ends, and it is sent again
        except SecretLost as error:
            if endpoint.blocked_until_ms <= now_ms:
                _log.error("webhooks cannot be signed", endpoint=endpoint.endpoint.id, reason=str(error))
            endpoint.block(now_ms + BLOCK_MS)
        except Exception as error:
            _log.error("a webhook cannot be built", event_id=delivery.event_id, error=type(error).__name__)
            self._completed.append(endpoint.complete_unsent(claim, Attempt(now_ms, 0, error="internal")))
        finally:
            self._release(claim, endpoint)

    def _release(self, claim: Claim, endpoint: EndpointState) -> None:
        """Frees the slot."""
        self._in_flight -= 1
        endpoint.in_flight -= 1
        self._has_results.set()
        if endpoint.may_have_more or self._in_flight == IN_FLIGHT_LIMIT - 1:
            self.wake({_key(claim)})

    async def _save_results(self, stopping: asyncio.Event) -> None:
        """Collects the results of attempts and saves them together."""
        while not stopping.is_set() or self._batches or self._completed:
            await self._has_results.wait()
            self._has_results.clear()
            await asyncio.sleep(GATHER_S)
            completed, self._completed = self._completed, []
            try:
                if completed:
                    self.wake((await self._context.store.deliveries.finish(completed, self._context.clock())).woken)
            except Unavailable:
                self._completed[:0] = completed
                await asyncio.sleep(LONGEST_POLL_MS / 1_000)
                self._has_results.set()
            except Exception as error:  # their leases end, and they are sent again
                _log.error("the results of webhooks were not saved", error=type(error).__name__)
            if self._saving is None or self._saving.done():
                self._saving = asyncio.create_task(self._save_health())
        if self._saving is not None:
            await self._saving
        await self._save_health()

    async def _save_health(self) -> None:
        """Apart from the results, which must not wait: many endpoints may be failing."""
        try:
            for key, endpoint in list(self._endpoints.items()):
                if endpoint.needs_saving():
                    outcomes = list(endpoint.outcomes)
                    change = partial(_with_outcomes, outcomes=outcomes)
                    stored = await self._context.store.endpoints.change(*key, change)
                    endpoint.record_saved(len(outcomes), stored or endpoint.stored, self._refresh_count)
            if any(endpoint.needs_saving() for endpoint in self._endpoints.values()):
                self._has_results.set()  # outcomes that came meanwhile
        except Exception as error:  # the outcomes are still there, and are saved with the next ones
            log = _log.warning if isinstance(error, Unavailable) else _log.error
            log("the health of webhooks was not saved", error=type(error).__name__)


def _with_outcomes(stored: StoredEndpoint, outcomes: Sequence[AttemptOutcome]) -> StoredEndpoint:
    return stored.with_health(apply_outcomes(stored.endpoint.health, outcomes))


def _key(claim: Claim) -> EndpointKey:
    return claim.delivery.account_id, claim.delivery.endpoint_id
