"""The worker: claims what is due, sends it, and puts down what came of it. As many processes as are wanted may run one.

No transaction is open while something is sent. What came of attempts is gathered for some milliseconds and put down
together. Each endpoint is looked after on its own: at once when something is filed for it in this process, when a slot
is free or another delivery's turn comes, and else with longer and longer pauses.
"""

import asyncio
import secrets
from collections import Counter
from collections.abc import Sequence, Set
from functools import partial
from typing import Any

import structlog

from leadloop.core.errors import Unavailable
from leadloop.webhooks import health
from leadloop.webhooks.batch import Batch, prepare
from leadloop.webhooks.live import BLOCK_MS, LONGEST_PAUSE_MS, Live, Outcome, applied
from leadloop.webhooks.ports import Claimed, Finished, Stored, Wanted
from leadloop.webhooks.send import Attempt
from leadloop.webhooks.sending import About, Outside, request
from leadloop.webhooks.snapshots import Snapshots
from leadloop.webhooks.vault import SecretLost

LEASE_MS = 60_000
"""Longer than an attempt takes."""
IN_FLIGHT_LIMIT = 500
"""In all. No endpoint takes more than half of what is free, and each has its turn."""
REFRESH_MS = 1_000
"""How often the endpoints are read anew."""
STOP_S = 10.0
"""For putting down the last results, should the database be away."""
GATHER_S = 0.005

_log = structlog.get_logger("leadloop.webhooks")

Key = tuple[str, str]
"""Account and endpoint."""


class Worker:
    def __init__(self, outside: Outside) -> None:
        self._outside = outside
        self._snapshots = Snapshots(outside.store)
        self._live: dict[Key, Live] = {}
        self._read_at_ms = 0
        self._reading = 0
        self._saving: asyncio.Task[None] | None = None
        self._finished: list[Finished] = []
        self._under_way = 0
        self._batches: set[asyncio.Task[None]] = set()
        self._woken = asyncio.Event()
        self._put_down = asyncio.Event()

    def wake(self, keys: Set[Key]) -> None:
        """Something may be due for these endpoints. One that is new is read."""
        for key in keys:
            if (live := self._live.get(key)) is not None:
                live.wake()
            else:
                self._read_at_ms = 0
        self._woken.set()

    async def run(self, stopping: asyncio.Event) -> None:
        """Until told to stop; then what is under way is finished. Raises what stops the results from being recorded."""
        writing = asyncio.create_task(self._write_down(stopping))
        stop = asyncio.create_task(stopping.wait())
        try:
            await self._run_rounds(stop, writing)
            while self._batches:
                await asyncio.wait(self._batches)
            self._put_down.set()
            await asyncio.wait_for(writing, STOP_S)
        except TimeoutError:
            _log.warning("what came of the last webhooks was not put down: they are sent again")
        finally:
            for task in (stop, writing, *self._batches):
                task.cancel()

    async def _run_rounds(self, stop: "asyncio.Task[Any]", writing: "asyncio.Task[None]") -> None:
        while not stop.done() and not writing.done():
            try:
                rest_s = await self._round()
            except Exception as error:
                if not isinstance(error, Unavailable):
                    _log.error("webhooks were not sent", error=type(error).__name__)
                rest_s = LONGEST_PAUSE_MS / 1_000
            woken = asyncio.create_task(self._woken.wait())
            await asyncio.wait((stop, writing, woken), timeout=rest_s, return_when=asyncio.FIRST_COMPLETED)
            woken.cancel()
            self._woken.clear()

    async def _round(self) -> float:
        """Sends what is due; how many seconds to rest afterwards."""
        now_ms = self._outside.clock()
        if not 0 <= now_ms - self._read_at_ms < REFRESH_MS:
            await self._refresh(now_ms)
        if wanted := await self._wanted(now_ms):
            await self._claim(wanted, now_ms)
        if self._under_way >= IN_FLIGHT_LIMIT:
            return LONGEST_PAUSE_MS / 1_000
        now_ms = self._outside.clock()
        soonest_ms = min((live.ready_at_ms(now_ms) for live in self._live.values()), default=now_ms + LONGEST_PAUSE_MS)
        return min(max(soonest_ms - now_ms, 0), LONGEST_PAUSE_MS) / 1_000

    async def _wanted(self, now_ms: int) -> list[Wanted]:
        free, wanted = IN_FLIGHT_LIMIT - self._under_way, list[Wanted]()
        for key, live in self._live.items():
            want = live.wanted(now_ms, (free + 1) // 2) if free > 0 else None
            if want is not None and (not want.early or await self._takes_probe(key, now_ms)):
                wanted.append(want)
                free -= want.most
        return wanted

    async def _takes_probe(self, key: Key, now_ms: int) -> bool:
        """Whether this minute's probe is ours, among all workers."""
        mine = False

        def take(found: Stored) -> Stored:
            nonlocal mine
            known = found.endpoint.health
            mine = health.leave(known, now_ms) == "probe"
            return found.faring(health.probing(known, now_ms)) if mine else found

        live, found = self._live[key], await self._outside.store.change_endpoint(*key, take)
        if found is None:
            live.block(now_ms + REFRESH_MS)
        else:
            live.put_down(0, found, self._reading)
        return mine

    async def _claim(self, wanted: Sequence[Wanted], now_ms: int) -> None:
        claimed = await self._outside.store.claim(wanted, secrets.token_hex(8), now_ms, now_ms + LEASE_MS)
        self._under_way += len(claimed)
        counts = Counter(_key(one) for one in claimed)
        for want in wanted:
            key = want.account_id, want.endpoint_id
            live = self._live[key] = self._live.pop(key)  # behind the others
            live.took(want, counts[key], now_ms)
        if claimed:
            batch = asyncio.create_task(self._deliver_all([(one, self._live[_key(one)]) for one in claimed]))
            self._batches.add(batch)
            batch.add_done_callback(self._batches.discard)

    async def _refresh(self, now_ms: int) -> None:
        self._read_at_ms = now_ms
        self._reading += 1
        stored = await self._outside.store.endpoints()
        found = {(one.endpoint.account_id, one.endpoint.id): one for one in stored}
        for key, one in found.items():
            if (live := self._live.get(key)) is not None:
                if live.met_in < self._reading:  # or what was read may be older than what was put down
                    live.meet(one)
            else:
                self._live[key] = Live(stored=one, health=one.endpoint.health)
        for key in self._live.keys() - found.keys():
            del self._live[key]
        self._put_down.set()  # how they fare, if that was not known yet

    async def _deliver_all(self, claimed: Sequence[tuple[Claimed, Live]]) -> None:
        try:
            batch = await prepare(self._outside, self._snapshots, [one.delivery for one, _ in claimed])
        except Exception as error:  # their leases end, and they are sent again
            if not isinstance(error, Unavailable):
                _log.error("webhooks can not be made", error=type(error).__name__)
            for each in claimed:
                self._leave(*each)
            return
        await asyncio.gather(*(self._deliver(*each, batch) for each in claimed))

    async def _deliver(self, claimed: Claimed, live: Live, batch: Batch) -> None:
        probe, delivery, now_ms = live.health.state == "paused", claimed.delivery, self._outside.clock()
        try:
            body = await batch.body(delivery, live.endpoint.body)
            if body is None:
                self._finished.append(Finished(claimed, "done", claimed.attempts, now_ms, None))
                return
            about = About(delivery.event, claimed.attempts + 1, "probe" if probe else claimed.trigger)
            asked = request(self._outside, live.stored, delivery.event_id, body, about)
            attempt = await self._outside.sender.send(asked)
            self._finished.append(live.judge(claimed, attempt, probe=probe))
        except Unavailable:
            pass  # its lease ends, and it is sent again
        except SecretLost as error:
            if live.blocked_until_ms <= now_ms:
                _log.error("webhooks can not be signed", endpoint=live.endpoint.id, reason=str(error))
            live.block(now_ms + BLOCK_MS)
        except Exception as error:
            _log.error("a webhook can not be made", event_id=delivery.event_id, error=type(error).__name__)
            self._finished.append(live.unmade(claimed, Attempt(now_ms, 0, error="internal")))
        finally:
            self._leave(claimed, live)

    def _leave(self, claimed: Claimed, live: Live) -> None:
        """A slot is free."""
        self._under_way -= 1
        live.under_way -= 1
        self._put_down.set()
        if live.more or self._under_way == IN_FLIGHT_LIMIT - 1:
            self.wake({_key(claimed)})

    async def _write_down(self, stopping: asyncio.Event) -> None:
        """Gathers what came of attempts, and puts it down together."""
        while not stopping.is_set() or self._batches or self._finished:
            await self._put_down.wait()
            self._put_down.clear()
            await asyncio.sleep(GATHER_S)
            finished, self._finished = self._finished, []
            try:
                if finished:
                    self.wake((await self._outside.store.finish(finished, self._outside.clock())).woken)
            except Unavailable:
                self._finished[:0] = finished
                await asyncio.sleep(LONGEST_PAUSE_MS / 1_000)
                self._put_down.set()
            except Exception as error:  # their leases end, and they are sent again
                _log.error("what came of webhooks was not put down", error=type(error).__name__)
            if self._saving is None or self._saving.done():
                self._saving = asyncio.create_task(self._save_health())
        if self._saving is not None:
            await self._saving
        await self._save_health()

    async def _save_health(self) -> None:
        """Not in the way of the results: endpoints in trouble may be many."""
        try:
            for key, live in list(self._live.items()):
                if live.unsaved():
                    came = list(live.outcomes)
                    found = await self._outside.store.change_endpoint(*key, partial(_faring, outcomes=came))
                    live.put_down(len(came), found or live.stored, self._reading)
        except Exception as error:  # what came is still there, and goes with what comes next
            log = _log.warning if isinstance(error, Unavailable) else _log.error
            log("how webhooks fare was not put down", error=type(error).__name__)


def _faring(stored: Stored, outcomes: Sequence[Outcome]) -> Stored:
    return stored.faring(applied(stored.endpoint.health, outcomes))


def _key(claimed: Claimed) -> Key:
    return claimed.delivery.account_id, claimed.delivery.endpoint_id
