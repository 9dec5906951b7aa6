"""Kills the processes that change leads and send webhooks, under load; a receiver records all deliveries in order."""

import asyncio
from collections import Counter
from typing import Any

from lab.databases import fetch
from lab.server import Client, serving
from proof.follower_load import Writers
from proof.report import Campaign, Control
from proof.trial import Trial, control_result
from proof.webhooks_drain import drain
from proof.webhooks_ledger import DeliveryLedger
from proof.webhooks_processes import (
    IN_FLIGHT,
    PROCESSES,
    REAL_LEASE_MS,
    SHORT_LEASE_MS,
    SendingServer,
    Worker,
    working,
)
from proof.webhooks_receiver import Arrival, Receiver

ENGINES = ("sqlite", "postgres")

ENDPOINTS: dict[str, dict[str, Any]] = {"wide": {"inFlight": 64}, "narrow": {}}
LEADS, HOT_LEADS, HEAT = 200, 4, 25
"""How many times as often a hot lead is patched."""
LEAST_ACKS, MOST_ACKS = 50, 300
"""Changes acknowledged before a kill, a random number in this range."""
LONGEST_DELAY_S, LONGEST_ANSWER_S = 0.03, 0.01
REAL_LEASES = 20
"""After one kill in this many the lease has its real length."""
UNDRAINED = 0.25
"""Share of the kills that are followed by the next one before everything is delivered."""
MOST_UNEXCUSED = 0.005

DOES = (
    "Writers patch 204 leads over HTTP, four of them much more often than the others, and two endpoints receive every "
    "change. At a random moment the campaign kills the server, which also sends the webhooks, with SIGKILL. On "
    "PostgreSQL there are two server processes that do not send and two of leadloop worker; the campaign kills all of "
    "them, only the server, or only the worker, in turn. It starts them again while the writers go on. Then (after a "
    "quarter of the kills only after the next one) every version of every lead must have been delivered, acknowledged "
    "or not: signed, each after the endpoint answered the previous one, and repeats as the same event. A delivery "
    "that was in flight at a kill may be repeated; other repeats must stay below 0.5 %."
)
SHOWS = (
    "Zero violations show that every acknowledged change reaches an endpoint that answers, whichever process dies, "
    "and that an endpoint that processes requests in the order of arrival never sees a lead go back. They do not show "
    "how soon. After most kills the lease is 2 s instead of 60 s, to save time; after one in twenty it is the real "
    "one."
)


class Load:
    """Writers, and the ledger of a receiver, on a new database."""

    def __init__(
        self, trial: Trial, server: SendingServer, client: Client, receiver: Receiver, worker: Worker | None = None
    ) -> None:
        """`worker` sends the webhooks; without it the server does."""
        self.receiver = receiver
        self.ledger = DeliveryLedger()
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
        """Kills once, under load. The writers have stopped when it returns."""
        chance, writers = self._trial.random, self.writers
        writers.stop.clear()
        writing = [asyncio.create_task(writers.write(chance)) for _ in range(self._trial.options.writers)]
        try:
            await writers.wait_for_acks(chance.randint(LEAST_ACKS, MOST_ACKS))
            await asyncio.sleep(chance.uniform(0, LONGEST_DELAY_S))
            await self._kill(number)
            await writers.wait_for_acks(LEAST_ACKS)
        finally:
            writers.stop.set()
            await asyncio.gather(*writing)

    async def _kill(self, number: int) -> None:
        server, worker = self._server, self._worker
        victims: list[SendingServer | Worker] = [server] if worker is None or number % 3 != 2 else []
        if worker is not None and number % 3 != 1:
            victims.append(worker)
        for process in victims:
            await asyncio.to_thread(process.kill)
        if worker is None or worker in victims:
            in_flight = await fetch(server.database, IN_FLIGHT)
            self.ledger.excuse((self._paths[endpoint], lead, version) for endpoint, lead, version in in_flight)
            self.counts["in flight when their sender was killed"] += len(in_flight)
            self.counts["kills of a sender with the real lease"] += server.lease_ms == REAL_LEASE_MS
            server.lease_ms = SHORT_LEASE_MS if (number + 1) % REAL_LEASES else REAL_LEASE_MS
        for process in victims:
            await asyncio.to_thread(process.start)

    async def _answer(self, arrival: Arrival) -> int:
        await asyncio.sleep(self._trial.random.uniform(0, LONGEST_ANSWER_S))
        return 200

    async def drain(self) -> list[str]:
        """Waits until everything is delivered; returns what is wrong."""
        return await drain(self._server.database, self.ledger, self.receiver, ENDPOINTS, [self.writers])


def run(trial: Trial) -> Campaign:
    if trial.engine == "sqlite":
        with serving(server := SendingServer(trial.engine, trial.database("killed"))) as client:
            asyncio.run(_campaign(trial, server, client))
    else:
        options = ["--workers", str(PROCESSES), "--no-send-webhooks"]
        server = SendingServer(trial.engine, trial.database("killed"), options=options)
        with serving(server) as client, working(Worker(server)) as worker:
            asyncio.run(_campaign(trial, server, client, worker))
    return trial.finish(does=DOES, shows=SHOWS, trials=trial.options.kills, unit="kills", control=_control(trial))


async def _campaign(trial: Trial, server: SendingServer, client: Client, worker: Worker | None = None) -> None:
    async with Receiver() as receiver:
        load = Load(trial, server, client, receiver, worker)
        await load.begin()
        for number in range(1, trial.options.kills + 1):
            await load.kill(number)
            if number == trial.options.kills or trial.random.random() >= UNDRAINED:
                trial.add_violations(await load.drain())
            trial.log_progress(number, f"kills, {len(receiver.arrivals):,} requests arrived")
        trial.add_violations(_too_many_repeats(load.ledger))
        trial.counts["changes acknowledged"] = len(load.writers.acknowledged)
        trial.counts["deliveries"] = len(load.ledger.times)
        trial.counts |= load.counts
        trial.counts["in-flight deliveries repeated"] = load.ledger.repeats - load.ledger.unexcused
        trial.counts["other deliveries repeated"] = load.ledger.unexcused


def _too_many_repeats(ledger: DeliveryLedger) -> list[str]:
    most = MOST_UNEXCUSED * len(ledger.times)
    return [f"{ledger.unexcused} deliveries were repeated without need"] if ledger.unexcused > most else []


def _control(trial: Trial) -> Control:
    """The same load, kill and check with deliveries queued late, and with unordered deliveries."""
    late = [problem for problem in _run_with_defect(trial, "late", "queues late") if problem.endswith("never arrived")]
    early = [problem for problem in _run_with_defect(trial, "early", order="unordered") if "too early" in problem]
    counts = {"kills": 2, "queued late: never arrived": len(late), "unordered: arrived too early": len(early)}
    about = "queues deliveries in a transaction after that of the change, sends them unordered"
    return control_result(about, counts, [*late[:3], *early] if late and early else [])


def _run_with_defect(trial: Trial, name: str, defect: str = "", **more: Any) -> list[str]:
    server = SendingServer(trial.engine, trial.database(name), defect=defect)

    async def kill(client: Client) -> list[str]:
        async with Receiver() as receiver:
            load = Load(trial, server, client, receiver)
            await load.begin(**more)
            await load.kill()
            return await load.drain()

    with serving(server) as client:
        return asyncio.run(kill(client))
