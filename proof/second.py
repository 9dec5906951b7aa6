"""Two servers on one database file, under load: the campaign kills the first, and the second takes over sending."""

import asyncio
import time

from lab.databases import fetch
from lab.server import Client, serving
from proof.follower_load import Writers
from proof.report import Campaign, Control
from proof.trial import Trial, control_result
from proof.webhooks_drain import drain
from proof.webhooks_ledger import DeliveryLedger
from proof.webhooks_processes import IN_FLIGHT, REAL_LEASE_MS, SendingServer
from proof.webhooks_receiver import Arrival, Receiver

ENGINES = ("sqlite",)

PATH = "all"
LEADS = 200
LEAST_ACKS, MOST_ACKS = 50, 300
"""Changes acknowledged before a kill, a random number in this range."""
LONGEST_DELAY_S, LONGEST_ANSWER_S = 0.03, 0.05
TAKEN_OVER_S = 30.0
"""Half a lease: a server that waits until the lease expires is too late."""

DOES = (
    "Two `leadloop serve` run on one database file, with writers at both and an endpoint that receives every change. "
    "The campaign kills the one that sends webhooks with SIGKILL at a random moment; the other must send what was in "
    "flight within half a lease of 60 s. The killed server starts again as the second one, while the writers go on. "
    "In the end every change must have been delivered in order, and none twice unless it was in flight at a kill."
)
SHOWS = (
    "Zero violations show that one server at a time sends webhooks, that the other takes over at once, and that no "
    "delivery is lost or sent by both. They say nothing about servers on several machines, which share no file."
)


class Load:
    """Writers at both servers, and the ledger of the endpoint."""

    def __init__(
        self, trial: Trial, receiver: Receiver, servers: tuple[SendingServer, SendingServer], clients: list[Client]
    ) -> None:
        self.ledger = DeliveryLedger()
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
        """Kills the sender and starts it again as the second server."""
        sender, chance = self.servers[number % 2], self._trial.random
        await self.writers[0].wait_for_acks(chance.randint(LEAST_ACKS, MOST_ACKS))
        await asyncio.sleep(chance.uniform(0, LONGEST_DELAY_S))
        await asyncio.to_thread(sender.kill)
        killed_s = time.monotonic()
        claimed = {(lead, version) for _, lead, version in await fetch(sender.database, IN_FLIGHT)}
        self._trial.counts["in flight when their sender was killed"] += len(claimed)
        self.ledger.excuse((PATH, lead, version) for lead, version in claimed)
        sent = len(self.receiver.arrivals)

        def is_taken_over() -> bool:
            later = {(arrival.lead_id, arrival.version) for arrival in self.receiver.arrivals[sent:]}
            return bool(later) and claimed <= later

        try:
            await self.receiver.until(is_taken_over, TAKEN_OVER_S)
        except TimeoutError:
            return ["the second server did not send what the first was sending"]
        finally:
            self.slowest_s = max(self.slowest_s, time.monotonic() - killed_s)
            await asyncio.to_thread(sender.start)
        return []

    async def drain(self) -> list[str]:
        problems = await drain(self.servers[0].database, self.ledger, self.receiver, [PATH], self.writers)
        return problems + [f"{self.ledger.unexcused} deliveries arrived twice"] * bool(self.ledger.unexcused)


def run(trial: Trial) -> Campaign:
    load = _campaign(trial, SendingServer(trial.engine, trial.database("shared"), lease_ms=REAL_LEASE_MS))
    trial.counts["changes acknowledged"] = sum(len(writers.acknowledged) for writers in load.writers)
    trial.counts["deliveries"] = len(load.ledger.times)
    trial.counts["deliveries repeated"] = load.ledger.repeats
    trial.counts["slowest takeover, ms"] = round(load.slowest_s * 1_000)
    return trial.finish(does=DOES, shows=SHOWS, trials=trial.options.kills, unit="kills", control=_control(trial))


def _campaign(trial: Trial, first: SendingServer) -> Load:
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
                    trial.add_violations(await load.take_over(number))
                    trial.log_progress(number + 1, f"kills, {len(receiver.arrivals):,} requests arrived")
                for writers in load.writers:
                    writers.stop.set()
                await asyncio.gather(*writing)
                trial.add_violations(await load.drain())
                other.close()
                return load

        with serving(second):
            return asyncio.run(campaign())


def _control(trial: Trial) -> Control:
    """The second server starts under load without the lock and sends what the first is sending."""
    first = SendingServer(trial.engine, trial.database("control"), lease_ms=REAL_LEASE_MS, defect="no lock")
    second = first.beside()

    async def count_repeats(client: Client) -> int:
        async with Receiver() as receiver:
            load = await asyncio.to_thread(Load, trial, receiver, (first, second), [client])
            writing = [asyncio.create_task(load.writers[0].write(trial.random)) for _ in range(trial.options.writers)]
            await load.writers[0].wait_for_acks(LEAST_ACKS)
            await asyncio.to_thread(second.start)
            await load.writers[0].wait_for_acks(LEAST_ACKS)
            load.writers[0].stop.set()
            await asyncio.gather(*writing)
            await load.drain()
            return load.ledger.unexcused

    with serving(first) as client:
        try:
            number = asyncio.run(count_repeats(client))
        finally:
            second.stop()
    problems = [f"{number} deliveries arrived twice"] if number else []
    return control_result("the second server ignores the lock", {"sent twice": number}, problems)
