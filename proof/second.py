"""Two servers on one database file, under load: the first is killed, and the second sends in its place."""

import asyncio
import time

from lab.databases import fetch
from lab.server import Client, serving
from proof.follower_load import Writers
from proof.report import Campaign, Control
from proof.trial import Trial, caught
from proof.webhooks_drained import drained
from proof.webhooks_receiver import Arrival, Receiver
from proof.webhooks_serving import REAL_LEASE_MS, UNDER_WAY, Sending
from proof.webhooks_told import Told

ENGINES = ("sqlite",)

PATH = "all"
LEADS = 200
LEAST_ACKS, MOST_ACKS = 50, 300
"""So many changes are acknowledged before a kill, chosen at random."""
LONGEST_DELAY_S, LONGEST_ANSWER_S = 0.03, 0.05
TAKEN_OVER_S = 30.0
"""Half a lease: who waits for its end is too late."""

DOES = (
    "Two leadloop serve on one database file, with writers at both and an endpoint that is told of every change. The "
    "one that sends is killed with SIGKILL at a random moment; what it was sending must be sent by the other within "
    "half a lease of 60 s, and it is started again as the second, while the writers go on. In the end everything must "
    "have come, in order, and nothing twice but what was under way at a kill."
)
SHOWS = (
    "Zero violations show that one server at a time sends, that the other takes over at once, and that nothing is lost "
    "or sent twice by both. They say nothing about servers on several machines, which share no file."
)


class Load:
    """Writers at both servers, and what the endpoint is told."""

    def __init__(
        self, trial: Trial, receiver: Receiver, servers: tuple[Sending, Sending], clients: list[Client]
    ) -> None:
        self.told = Told()
        self.receiver = receiver
        self.servers = servers
        self.slowest_s = 0.0
        self._trial = trial
        self._client = clients[0]
        receiver.subscribe(clients[0], PATH, inFlight=64)
        leads = [clients[0].new_lead() for _ in range(LEADS)]
        self.writers = [Writers(client, leads) for client in clients]
        receiver.answering = self._answer

    async def _answer(self, arrival: Arrival) -> int:
        await asyncio.sleep(self._trial.random.uniform(0, LONGEST_ANSWER_S))
        return 200

    async def take_over(self, number: int) -> list[str]:
        """The sender is killed and started again as the second one."""
        sender, chance = self.servers[number % 2], self._trial.random
        await self.writers[0].acknowledge(chance.randint(LEAST_ACKS, MOST_ACKS))
        await asyncio.sleep(chance.uniform(0, LONGEST_DELAY_S))
        await asyncio.to_thread(sender.kill)
        killed = time.monotonic()
        claimed = {(lead, version) for _, lead, version in await fetch(sender.database, UNDER_WAY)}
        self._trial.counts["under way when their sender was killed"] += len(claimed)
        self.told.excuse((PATH, lead, version) for lead, version in claimed)
        sent = len(self.receiver.arrivals)

        def is_taken_over() -> bool:
            later = {(one.lead_id, one.version) for one in self.receiver.arrivals[sent:]}
            return bool(later) and claimed <= later

        try:
            await self.receiver.until(is_taken_over, TAKEN_OVER_S)
        except TimeoutError:
            return ["the second server did not send what the first was sending"]
        finally:
            self.slowest_s = max(self.slowest_s, time.monotonic() - killed)
            await asyncio.to_thread(sender.start)
        return []

    async def drain(self) -> list[str]:
        problems = await drained(self.servers[0].database, self.told, self.receiver, [PATH], self.writers)
        return problems + [f"{self.told.unexcused} deliveries came twice"] * bool(self.told.unexcused)


def run(trial: Trial) -> Campaign:
    load = _campaign(trial, Sending(trial.engine, trial.database("shared"), lease_ms=REAL_LEASE_MS))
    trial.counts["changes acknowledged"] = sum(len(writers.acknowledged) for writers in load.writers)
    trial.counts["deliveries"] = len(load.told.times)
    trial.counts["of these sent again"] = load.told.repeats
    trial.counts["slowest take-over, ms"] = round(load.slowest_s * 1_000)
    return trial.finish(does=DOES, shows=SHOWS, trials=trial.options.kills, unit="kills", control=_control(trial))


def _campaign(trial: Trial, first: Sending) -> Load:
    with serving(first) as client:
        second = first.beside()
        second.lease_ms = first.lease_ms

        async def campaign() -> Load:
            async with Receiver() as receiver:
                other = client.at(second)
                load = await asyncio.to_thread(Load, trial, receiver, (first, second), [client, other])
                writing = [
                    asyncio.create_task(writers.write(trial.random))
                    for writers in load.writers
                    for _ in range(max(1, trial.options.writers // 2))
                ]
                for number in range(trial.options.kills):
                    trial.found(await load.take_over(number))
                    trial.progress(number + 1, f"kills, {len(receiver.arrivals):,} requests came")
                for writers in load.writers:
                    writers.stop.set()
                await asyncio.gather(*writing)
                trial.found(await load.drain())
                other.close()
                return load

        with serving(second):
            return asyncio.run(campaign())


def _control(trial: Trial) -> Control:
    """Under load the second server starts, and believes to be the only one: it sends what the first is sending."""
    first = Sending(trial.engine, trial.database("control"), lease_ms=REAL_LEASE_MS, defect="no lock")
    second = first.beside()

    async def twice(client: Client) -> int:
        async with Receiver() as receiver:
            load = await asyncio.to_thread(Load, trial, receiver, (first, second), [client])
            writing = [asyncio.create_task(load.writers[0].write(trial.random)) for _ in range(trial.options.writers)]
            await load.writers[0].acknowledge(LEAST_ACKS)
            await asyncio.to_thread(second.start)
            await load.writers[0].acknowledge(LEAST_ACKS)
            load.writers[0].stop.set()
            await asyncio.gather(*writing)
            await load.drain()
            return load.told.unexcused

    with serving(first) as client:
        try:
            number = asyncio.run(twice(client))
        finally:
            second.stop()
    problems = [f"{number} deliveries came twice"] if number else []
    return caught("the second server does not look for the lock", {"sent twice": number}, problems)
