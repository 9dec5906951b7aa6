"""The worker: claims what is due, sends it, and puts down what came of it. As many processes as are wanted may run one.

No transaction is open while something is sent. What came of attempts is gathered for some milliseconds and put down
together. Polling, with longer pauses while nothing is due; whoever files a delivery in this process may `wake` it.
"""

import asyncio
import secrets
from collections import Counter
from collections.abc import Sequence

import structlog

from leadloop.core.errors import Unavailable
from leadloop.webhooks.bodies import render
from leadloop.webhooks.live import Live
from leadloop.webhooks.past import told
from leadloop.webhooks.ports import Claimed, Finished, Wanted
from leadloop.webhooks.send import Request
from leadloop.webhooks.sending import Outside, request
from leadloop.webhooks.vault import SecretLost

LEASE_MS = 60_000
"""Longer than any attempt takes, however slow this process is."""
SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 0.01, 1.0
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
        self._live: dict[Key, Live] = {}
        self._read_at_ms = 0
        self._finished: list[Finished] = []
        self._sending: set[asyncio.Task[None]] = set()
        self._woken = asyncio.Event()
        self._put_down = asyncio.Event()

    def wake(self) -> None:
        """Something is due."""
        self._woken.set()

    async def run(self, stopping: asyncio.Event) -> None:
        """Until told to stop; then what is under way is finished."""
        writing = asyncio.create_task(self._write_down(stopping))
        pause_s = SHORTEST_PAUSE_S
        while not stopping.is_set():
            try:
                pause_s = SHORTEST_PAUSE_S if await self._round() else min(2 * pause_s, LONGEST_PAUSE_S)
            except Unavailable:
                pause_s = LONGEST_PAUSE_S
            except Exception as error:
                _log.error("webhooks were not sent", error=type(error).__name__)
                pause_s = LONGEST_PAUSE_S
            await self._rest(stopping, pause_s)
        if self._sending:
            await asyncio.wait(self._sending)
        self._put_down.set()
        try:
            await asyncio.wait_for(writing, STOP_S)
        except TimeoutError:
            _log.warning("what came of the last webhooks was not put down: they are sent again")

    async def _rest(self, stopping: asyncio.Event, pause_s: float) -> None:
        waits = [asyncio.create_task(event.wait()) for event in (stopping, self._woken)]
        await asyncio.wait(waits, timeout=pause_s, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        self._woken.clear()

    async def _round(self) -> bool:
        """Whether anything was claimed."""
        now_ms = self._outside.clock()
        if now_ms - self._read_at_ms >= REFRESH_MS:
            await self._refresh(now_ms)
        wanted = [want for live in self._live.values() if (want := live.wanted(now_ms)) is not None]
        if not wanted:
            return False
        claimed = await self._claim(wanted, now_ms)
        for one in claimed:
            task = asyncio.create_task(self._deliver(one))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)
        return bool(claimed)

    async def _claim(self, wanted: Sequence[Wanted], now_ms: int) -> list[Claimed]:
        claimed = await self._outside.store.claim(wanted, secrets.token_hex(8), now_ms, now_ms + LEASE_MS)
        for key, deliveries in Counter(_key(one) for one in claimed).items():
            self._live[key].took(deliveries, now_ms)
        return claimed

    async def _refresh(self, now_ms: int) -> None:
        found = {(s.endpoint.account_id, s.endpoint.id): s for s in await self._outside.store.endpoints()}
        for key, stored in found.items():
            if key in self._live:
                self._live[key].meet(stored)
            else:
                self._live[key] = Live(stored=stored, health=stored.endpoint.health, saved=stored.endpoint.health)
        for key in self._live.keys() - found.keys():
            del self._live[key]
        self._read_at_ms = now_ms
        self._put_down.set()  # how they fare, if that was not known yet

    async def _deliver(self, claimed: Claimed) -> None:
        live = self._live[_key(claimed)]
        probe = live.health.state == "paused"
        try:
            attempt = await self._outside.sender.send(await self._request(live, claimed))
            self._finished.append(live.judge(claimed, attempt, probe=probe))
        except SecretLost as error:
            _log.error("a webhook can not be signed", endpoint=live.endpoint.id, reason=str(error))
        except Unavailable:
            pass  # its lease ends, and it is sent again
        except Exception as error:
            _log.error("a webhook can not be made", endpoint=live.endpoint.id, error=type(error).__name__)
        finally:
            live.under_way -= 1
            self._put_down.set()
            self.wake()

    async def _request(self, live: Live, claimed: Claimed) -> Request:
        endpoint, delivery, outside = live.endpoint, claimed.delivery, self._outside
        lead, change = await told(outside.store, delivery.account_id, delivery.lead_id, delivery.version)
        body = render(endpoint.body, lead, change, outside.views)
        return request(outside, live.stored, delivery.event_id, body)

    async def _write_down(self, stopping: asyncio.Event) -> None:
        """Gathers what came of attempts, and puts it down together."""
        while not stopping.is_set() or self._sending or self._finished:
            await self._put_down.wait()
            self._put_down.clear()
            await asyncio.sleep(GATHER_S)
            finished, self._finished = self._finished, []
            try:
                if finished:
                    await self._outside.store.finish(finished, self._outside.clock())
                await self._save_health()
            except Unavailable:
                self._finished[:0] = finished
                await asyncio.sleep(LONGEST_PAUSE_S)
                self._put_down.set()
            except Exception as error:  # their leases end, and they are sent again
                _log.error("what came of webhooks was not put down", error=type(error).__name__)
            if finished:
                self.wake()

    async def _save_health(self) -> None:
        for (account_id, endpoint_id), live in list(self._live.items()):
            if live.unsaved():
                told = live.health
                await self._outside.store.save_health(account_id, endpoint_id, told, live.saved.state)
                live.saved = told


def _key(claimed: Claimed) -> Key:
    return claimed.delivery.account_id, claimed.delivery.endpoint_id
