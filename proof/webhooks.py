"""SIGKILL of who changes leads and who sends webhooks, under load: a receiver keeps what it was told, and in which
order."""

import asyncio
from collections import Counter
from typing import Any

from lab.databases import fetch
from lab.server import Client, serving
from proof.follower_load import Writers
from proof.report import Campaign, Control
from proof.trial import Trial, caught
from proof.webhooks_drained import drained
from proof.webhooks_receiver import Arrival, Receiver
from proof.webhooks_serving import (
    PROCESSES,
    REAL_LEASE_MS,
    SHORT_LEASE_MS,
    UNDER_WAY,
    Sending,
    Worker,
    working,
)
from proof.webhooks_told import Told

ENGINES = ("sqlite", "postgres")

ENDPOINTS: dict[str, dict[str, Any]] = {"wide": {"inFlight": 64}, "narrow": {}}
LEADS, HOT_LEADS, HEAT = 200, 4, 25
"""A hot lead is patched so many times as often as another."""
LEAST_ACKS, MOST_ACKS = 50, 300
"""So many changes are acknowledged before a kill, chosen at random."""
LONGEST_DELAY_S, LONGEST_ANSWER_S = 0.03, 0.01
REAL_LEASES = 20
"""After one kill in so many the lease is as long as it really is."""
UNDRAINED = 0.25
"""The share of the kills after which the next comes before everything is delivered."""
MOST_UNEXCUSED = 0.005

DOES = (
    "Writers patch 204 leads over HTTP, four of them much more often than the others, and two endpoints are told of "
    "every change. At a random moment the server, which sends as well, is killed with SIGKILL; on PostgreSQL it is two "
    "processes that do not send and two of leadloop worker, all of them killed, only the first, only the others, in "
    "turn. They are started again while the writers go on. Then, a quarter of the times only after the next kill, "
    "everything must have come: every version of every lead, acknowledged or not, signed, each when the one before was "
    "answered, and what comes again as the same event. Repeats are excused for what was under way at a kill, and else "
    "must stay under 0.5 %."
)
SHOWS = (
    "Zero violations show that an acknowledged change reaches a receiver that answers, whatever dies in between, and "
    "that a receiver who goes by the order in which requests come never sees a lead go back; they say nothing of how "
    "soon. After most kills the lease is 2 s and not 60, to spare time; after one in twenty it is the real one."
)


class Load:
    """What is told to a receiver, from a fresh database on."""

    def __init__(
        self, trial: Trial, server: Sending, client: Client, receiver: Receiver, worker: Worker | None = None
    ) -> None:
        """`worker` if that sends, and not the server itself."""
        self.receiver = receiver
        self.told = Told()
        self.counts: Counter[str] = Counter()
        self._trial = trial
        self._server = server
        self._worker = worker
        self._client = client
        self._paths: dict[str, str] = {}

        receiver.answering = self._answer

    async def begin(self, **more: Any) -> None:
        for path, body in ENDPOINTS.items():
            self._paths[self.receiver.subscribe(self._client, path, **body, **more)] = path
        leads = await asyncio.to_thread(lambda: [self._client.new_lead() for _ in range(LEADS + HOT_LEADS)])
        self.writers = Writers(self._client, leads[:LEADS] + leads[LEADS:] * HEAT)

    async def kill(self, number: int = 0) -> None:
        """Once, under load; the writers are at rest again afterwards."""
        chance, writers = self._trial.random, self.writers
        writers.stop.clear()
        writing = [asyncio.create_task(writers.write(chance)) for _ in range(self._trial.options.writers)]
        try:
            await writers.acknowledge(chance.randint(LEAST_ACKS, MOST_ACKS))
            await asyncio.sleep(chance.uniform(0, LONGEST_DELAY_S))
            await self._kill(number)
            await writers.acknowledge(LEAST_ACKS)
        finally:
            writers.stop.set()
            await asyncio.gather(*writing)

    async def _kill(self, number: int) -> None:
        server, worker = self._server, self._worker
        doomed: list[Sending | Worker] = [server] if worker is None or number % 3 != 2 else []
        if worker is not None and number % 3 != 1:
            doomed.append(worker)
        for each in doomed:
            await asyncio.to_thread(each.kill)
        if worker is None or worker in doomed:
            under_way = await fetch(server.database, UNDER_WAY)
            self.told.excuse((self._paths[endpoint], lead, version) for endpoint, lead, version in under_way)
            self.counts["under way when their sender was killed"] += len(under_way)
            self.counts["kills of a sender with the real lease"] += server.lease_ms == REAL_LEASE_MS
            server.lease_ms = SHORT_LEASE_MS if (number + 1) % REAL_LEASES else REAL_LEASE_MS
        for each in doomed:
            await asyncio.to_thread(each.start)

    async def _answer(self, arrival: Arrival) -> int:
        await asyncio.sleep(self._trial.random.uniform(0, LONGEST_ANSWER_S))
        return 200

    async def drain(self) -> list[str]:
        """What is wrong, when everything should have come."""
        return await drained(self._server.database, self.told, self.receiver, ENDPOINTS, [self.writers])


def run(trial: Trial) -> Campaign:
    if trial.engine == "sqlite":
        with serving(server := Sending(trial.engine, trial.database("killed"))) as client:
            asyncio.run(_campaign(trial, server, client))
    else:
        options = ["--workers", str(PROCESSES), "--no-send-webhooks"]
        server = Sending(trial.engine, trial.database("killed"), options=options)
        with serving(server) as client, working(Worker(server, trial.directory / "worker.log")) as worker:
            asyncio.run(_campaign(trial, server, client, worker))
    return trial.finish(does=DOES, shows=SHOWS, trials=trial.options.kills, unit="kills", control=_control(trial))


async def _campaign(trial: Trial, server: Sending, client: Client, worker: Worker | None = None) -> None:
    async with Receiver() as receiver:
        load = Load(trial, server, client, receiver, worker)
        await load.begin()
        for number in range(1, trial.options.kills + 1):
            await load.kill(number)
            if number == trial.options.kills or trial.random.random() >= UNDRAINED:
                trial.found(await load.drain())
            trial.progress(number, f"kills, {len(receiver.arrivals):,} requests came")
        trial.found(_too_many(load.told))
        trial.counts["changes acknowledged"] = len(load.writers.acknowledged)
        trial.counts["deliveries"] = len(load.told.times)
        trial.counts |= load.counts
        trial.counts["of these sent again"] = load.told.repeats - load.told.unexcused
        trial.counts["others sent again"] = load.told.unexcused


def _too_many(told: Told) -> list[str]:
    most = MOST_UNEXCUSED * len(told.times)
    return [f"{told.unexcused} deliveries came again without need"] if told.unexcused > most else []


def _control(trial: Trial) -> Control:
    """The same load, kill and check where deliveries are filed late, and where they need not wait for each other."""
    late = [problem for problem in _defective(trial, "late", "files late") if problem.endswith("never came")]
    early = [problem for problem in _defective(trial, "early", order="unordered") if "too early" in problem]
    counts = {"kills": 2, "filed late: never came": len(late), "in no order: came too early": len(early)}
    about = "files deliveries in a transaction after that of the change, sends them in no order"
    return caught(about, counts, [*late[:3], *early] if late and early else [])


def _defective(trial: Trial, name: str, defect: str = "", **more: Any) -> list[str]:
    server = Sending(trial.engine, trial.database(name), defect=defect)

    async def kill(client: Client) -> list[str]:
        async with Receiver() as receiver:
            load = Load(trial, server, client, receiver)
            await load.begin(**more)
            await load.kill()
            return await load.drain()

    with serving(server) as client:
        return asyncio.run(kill(client))
