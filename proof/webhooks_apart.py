"""An endpoint that never answers and one that always fails, beside a healthy one: how much do they slow it down?"""

import asyncio
import itertools
import random
from collections.abc import Callable, Sequence
from statistics import median, quantiles
from typing import Any, TypeVar

from lab.server import Client, serving
from proof.connections import Connection, Request, lead_path
from proof.report import Campaign, Control
from proof.trial import Trial, control_result
from proof.webhooks_ledger import DeliveryLedger
from proof.webhooks_processes import REAL_LEASE_MS, SendingServer
from proof.webhooks_receiver import Arrival, Receiver

T = TypeVar("T")

ENGINES = ("sqlite", "postgres")

HEALTHY, HANGS, FAILS = "healthy", "hangs", "fails"
SLOTS = 8
"""Slots of the endpoint that hangs."""
PACE_S = 0.1
"""Average pause between two patches of a writer."""
WARM_UP = 5
"""Patches of each writer that are not measured; the control needs no more than these."""
PATIENCE_S = 60.0

DOES = (
    "Writers patch their own leads at a steady pace, alternately with one endpoint that answers at once and with two "
    "more beside it, created for each round: one accepts every connection and never answers, the other answers 500. "
    "The campaign measures the time from each change to its arrival at the healthy endpoint, and how long unanswered "
    "requests stay open. The 99th percentile must stay below half the request timeout, and no unanswered request may "
    "stay open for twice the timeout."
)
SHOWS = (
    "Zero violations show that no delivery waits for another endpoint's slots. The figures show how much its "
    "neighbours slow an endpoint down, on a machine whose two cores also run the writers and the receiver."
)


class Stage:
    """An account with the healthy endpoint."""

    def __init__(self, trial: Trial, client: Client, receiver: Receiver) -> None:
        self.receiver = receiver
        self._ledger = DeliveryLedger()
        self._trial = trial
        self._client = client
        self._numbers = itertools.count()
        receiver.answering = _answer
        receiver.subscribe(client, HEALTHY)

    async def run(self, patches: int, others: Sequence[str] = ()) -> list[float]:
        """Runs `patches` patches by each writer, beside the endpoints `others`. Returns the milliseconds from
        each change to its arrival at the healthy endpoint."""
        receiver, client, number = self.receiver, self._client, next(self._numbers)
        start, hung = len(receiver.arrivals), len(receiver.hung_s)
        body = {"timeoutSeconds": self._trial.options.timeout, "inFlight": SLOTS}
        endpoint_ids = [await self._do(receiver.subscribe, client, f"{path}-{number}", **body) for path in others]
        leads = [await self._do(client.new_lead) for _ in range(self._trial.options.writers)]
        await asyncio.gather(*(self._write(lead, patches) for lead in leads))

        def arrivals() -> list[Arrival]:
            return [arrival for arrival in receiver.arrivals[start:] if arrival.endpoint == HEALTHY]

        await receiver.until(lambda: len(arrivals()) >= len(leads) * (1 + patches), PATIENCE_S)
        if HANGS in others:
            await receiver.until(lambda: len(receiver.hung_s) >= hung + SLOTS, PATIENCE_S)
        for endpoint_id in endpoint_ids:
            await self._do(client.leadsail, "DELETE", f"webhooks/{endpoint_id}")
        await receiver.until(lambda: not receiver.hanging, PATIENCE_S)
        self._trial.add_violations(self._ledger.judge(arrivals()))
        return [arrival.after_ms for arrival in arrivals()]

    async def _write(self, lead: str, patches: int) -> None:
        chance, path = random.Random(lead), lead_path(self._client, "leadsail", lead)
        async with Connection(self._client) as connection:
            for number in range(patches):
                await asyncio.sleep(chance.expovariate(1 / PACE_S))
                answer = await connection.request(Request("PATCH", path, {"detail": f"text {number}"}))
                assert answer.status == 200, answer

    async def _do(self, do: Callable[..., T], *arguments: Any, **more: Any) -> T:
        """Runs `do` in a thread, while the receiver goes on."""
        return await asyncio.to_thread(do, *arguments, **more)


async def _answer(arrival: Arrival) -> int | None:
    if arrival.endpoint == HEALTHY:
        return 200
    return None if arrival.endpoint.startswith(HANGS) else 500


def run(trial: Trial) -> Campaign:
    with serving(SendingServer(trial.engine, trial.database("apart"), lease_ms=REAL_LEASE_MS)) as client:
        alone, beside, hung_s = asyncio.run(_measure(trial, client))
    trial.add_violations(_judge(trial, beside, hung_s))
    without, with_them = (quantiles(times, n=100)[98] for times in (alone, beside))
    trial.counts["99th percentile alone, ms"] = round(without)
    trial.counts["99th percentile beside the others, ms"] = round(with_them)
    trial.counts["99th percentile beside the others, % of alone"] = round(100 * with_them / without)
    trial.counts["median alone, ms"] = round(median(alone))
    trial.counts["median beside the others, ms"] = round(median(beside))
    trial.counts["requests never answered"] = len(hung_s)
    trial.counts["request timeout, ms"] = 1_000 * trial.options.timeout
    trial.counts["longest unanswered request, ms"] = round(1_000 * max(hung_s))
    trials = len(alone) + len(beside)
    return trial.finish(does=DOES, shows=SHOWS, trials=trials, unit="deliveries", control=_control(trial))


async def _measure(trial: Trial, client: Client) -> tuple[list[float], list[float], list[float]]:
    """Returns the times from change to arrival, alone and beside the others, and the ages of unanswered requests."""
    alone: list[float] = []
    beside: list[float] = []
    async with Receiver() as receiver:
        stage = Stage(trial, client, receiver)
        await stage.run(WARM_UP)
        for number in range(trial.options.rounds):
            alone += await stage.run(trial.options.patches)
            beside += await stage.run(trial.options.patches, (HANGS, FAILS))
            trial.log(f"{number + 1} rounds, {len(alone) + len(beside):,} deliveries")
        trial.add_violations(receiver.problems)
        return alone, beside, receiver.hung_s


def _judge(trial: Trial, beside: Sequence[float], hung_s: Sequence[float]) -> list[str]:
    timeout_ms = 1_000 * trial.options.timeout
    slow_ms = quantiles(beside, n=100)[98]
    problems = [f"an unanswered request was open for {time_s:.1f} s" for time_s in hung_s if time_s > timeout_ms / 500]
    if slow_ms > timeout_ms / 2:
        problems.append(f"the 99th percentile is {slow_ms:,.0f} ms from change to arrival")
    return problems


def _control(trial: Trial) -> Control:
    """The same with slots that all endpoints share."""

    async def measure(client: Client) -> list[float]:
        async with Receiver() as receiver:
            return await Stage(trial, client, receiver).run(WARM_UP, (HANGS, FAILS))

    server = SendingServer(trial.engine, trial.database("control"), lease_ms=REAL_LEASE_MS, defect="shared slots")
    with serving(server) as client:
        beside = asyncio.run(measure(client))
    counts = {"deliveries": len(beside), "99th percentile, ms": round(quantiles(beside, n=100)[98])}
    return control_result("endpoints share their slots", counts, _judge(trial, beside, []))
