"""An endpoint that never answers and one that always fails, beside one that is well: what does that one feel of it?"""

import asyncio
import itertools
import random
from collections.abc import Callable, Sequence
from statistics import median, quantiles
from typing import Any, TypeVar

from lab.server import Client, serving
from proof.lines import Ask, Line, lead_path
from proof.report import Campaign, Control
from proof.trial import Trial, caught
from proof.webhooks_receiver import Arrival, Receiver
from proof.webhooks_serving import REAL_LEASE_MS, Sending
from proof.webhooks_told import Told

T = TypeVar("T")

ENGINES = ("sqlite", "postgres")

WELL, HANGS, FAILS = "well", "hangs", "fails"
SLOTS = 8
"""That the one that hangs can take."""
PACE_S = 0.1
"""Between two patches of a writer, on average."""
WARM_UP = 5
"""So many patches of each writer are not counted, and so many are enough for the control."""
PATIENCE_S = 60.0

DOES = (
    "Writers patch leads of their own at a steady pace, alternately with one endpoint that answers at once and with "
    "two others beside it, made anew each time: one takes every connection and never answers, one answers 500. Counted "
    "is the time from each change to its arrival where all is well, and how long the connections stay open that are "
    "not answered. The slowest hundredth must arrive within half the time after which an unanswered request is to be "
    "given up, and none may be open for twice that time."
)
SHOWS = (
    "Zero violations show that no delivery waits for another endpoint's slots; the figures show what an endpoint feels "
    "of its neighbours, on a machine of two cores that does the writing and the receiving as well."
)


class Stage:
    """An account with the endpoint that is well."""

    def __init__(self, trial: Trial, client: Client, receiver: Receiver) -> None:
        self.receiver = receiver
        self._told = Told()
        self._trial = trial
        self._client = client
        self._numbers = itertools.count()
        receiver.answering = _answer
        receiver.subscribe(client, WELL)

    async def run(self, patches: int, others: Sequence[str] = ()) -> list[float]:
        """So many by each writer, with these others beside it. How many ms after its change each arrived where all is
        well."""
        receiver, client, number = self.receiver, self._client, next(self._numbers)
        begin, hung = len(receiver.arrivals), len(receiver.hung_s)
        body = {"timeoutSeconds": self._trial.options.timeout, "inFlight": SLOTS}
        made = [await self._do(receiver.subscribe, client, f"{path}-{number}", **body) for path in others]
        leads = [await self._do(client.new_lead) for _ in range(self._trial.options.writers)]
        await asyncio.gather(*(self._write(lead, patches) for lead in leads))

        def came() -> list[Arrival]:
            return [arrival for arrival in receiver.arrivals[begin:] if arrival.endpoint == WELL]

        await receiver.until(lambda: len(came()) >= len(leads) * (1 + patches), PATIENCE_S)
        if HANGS in others:
            await receiver.until(lambda: len(receiver.hung_s) >= hung + SLOTS, PATIENCE_S)
        for endpoint_id in made:
            await self._do(client.leadsail, "DELETE", f"webhooks/{endpoint_id}")
        await receiver.until(lambda: not receiver.hanging, PATIENCE_S)
        self._trial.found(self._told.judge(came()))
        return [arrival.after_ms for arrival in came()]

    async def _write(self, lead: str, patches: int) -> None:
        chance, path = random.Random(lead), lead_path(self._client, "leadsail", lead)
        async with Line(self._client) as line:
            for number in range(patches):
                await asyncio.sleep(chance.expovariate(1 / PACE_S))
                said = await line.ask(Ask("PATCH", path, {"detail": f"text {number}"}))
                assert said.status == 200, said

    async def _do(self, do: Callable[..., T], *arguments: Any, **more: Any) -> T:
        """While the receiver goes on."""
        return await asyncio.to_thread(do, *arguments, **more)


async def _answer(arrival: Arrival) -> int | None:
    if arrival.endpoint == WELL:
        return 200
    return None if arrival.endpoint.startswith(HANGS) else 500


def run(trial: Trial) -> Campaign:
    with serving(Sending(trial.engine, trial.database("apart"), lease_ms=REAL_LEASE_MS)) as client:
        alone, beside, hung_s = asyncio.run(_measure(trial, client))
    trial.found(_judge(trial, beside, hung_s))
    without, with_them = (quantiles(times, n=100)[98] for times in (alone, beside))
    trial.counts["99th percentile alone, ms"] = round(without)
    trial.counts["99th percentile beside the others, ms"] = round(with_them)
    trial.counts["the same, in per cent of alone"] = round(100 * with_them / without)
    trial.counts["median alone, ms"] = round(median(alone))
    trial.counts["median beside the others, ms"] = round(median(beside))
    trial.counts["requests never answered"] = len(hung_s)
    trial.counts["time that these were given, ms"] = 1_000 * trial.options.timeout
    trial.counts["and were open at most, ms"] = round(1_000 * max(hung_s))
    trials = len(alone) + len(beside)
    return trial.finish(does=DOES, shows=SHOWS, trials=trials, unit="deliveries", control=_control(trial))


async def _measure(trial: Trial, client: Client) -> tuple[list[float], list[float], list[float]]:
    """Times from change to arrival alone, and beside the others, and of unanswered requests."""
    alone: list[float] = []
    beside: list[float] = []
    async with Receiver() as receiver:
        stage = Stage(trial, client, receiver)
        await stage.run(WARM_UP)
        for number in range(trial.options.rounds):
            alone += await stage.run(trial.options.patches)
            beside += await stage.run(trial.options.patches, (HANGS, FAILS))
            trial.say(f"{number + 1} rounds, {len(alone) + len(beside):,} deliveries")
        trial.found(receiver.problems)
        return alone, beside, receiver.hung_s


def _judge(trial: Trial, beside: Sequence[float], hung_s: Sequence[float]) -> list[str]:
    given_ms = 1_000 * trial.options.timeout
    slow_ms = quantiles(beside, n=100)[98]
    problems = [f"an unanswered request was open for {time_s:.1f} s" for time_s in hung_s if time_s > given_ms / 500]
    if slow_ms > given_ms / 2:
        problems.append(f"the slowest hundredth arrived {slow_ms:,.0f} ms after their changes, or later")
    return problems


def _control(trial: Trial) -> Control:
    """The same where all endpoints have their slots in common."""

    async def measure(client: Client) -> list[float]:
        async with Receiver() as receiver:
            return await Stage(trial, client, receiver).run(WARM_UP, (HANGS, FAILS))

    server = Sending(trial.engine, trial.database("control"), lease_ms=REAL_LEASE_MS, defect="shared slots")
    with serving(server) as client:
        beside = asyncio.run(measure(client))
    counts = {"deliveries": len(beside), "99th percentile, ms": round(quantiles(beside, n=100)[98])}
    return caught("endpoints share their slots", counts, _judge(trial, beside, []))
