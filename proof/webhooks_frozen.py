"""Freezes a sending process until its lease has expired, and wakes it: it must not record its result."""

import asyncio
from collections import Counter
from typing import NamedTuple

from lab.databases import fetch
from lab.server import Client, serving
from proof.report import Campaign, Control
from proof.trial import Trial, control_result
from proof.webhooks_processes import POLL_S, SendingServer, wait_until_delivered
from proof.webhooks_receiver import Arrival, Receiver

ENGINES = ("postgres",)

PATIENCE_S = 60.0
LEAST, MOST_TRIES = 2, 3
LATE = (200, 500)
"""Answers to the frozen process, in turn."""
STATE = """SELECT d.state, d.attempts, d.due_at_ms, d.token, (
    SELECT count(*) FROM attempts AS a WHERE a.lead_id = d.lead_id AND a.version = d.version
) FROM deliveries AS d WHERE d.lead_id = '{}' AND d.version = 2"""

DOES = (
    "Two server processes send to one endpoint, one request at a time each. The campaign freezes one of them with "
    "SIGSTOP while the receiver holds its request. When its lease has expired, the other process sends the same "
    "event, and the receiver holds that request as well. It then answers the first request, with 200 or 500 in turn, "
    "and the campaign wakes the first process with SIGCONT; the process delivers a change of another lead, which "
    "shows that it has read the answer. The delivery and the attempt log must be unchanged, and the next version of "
    "the lead may arrive only after the second request is answered."
)
SHOWS = (
    "Zero violations show that a process that was away for longer than its lease neither completes nor reschedules a "
    "delivery that another process has claimed. They do not show that it never sends: it may repeat, late, a request "
    "that it had begun."
)


class State(NamedTuple):
    """The delivery of version 2 of a lead."""

    state: str
    attempts: int
    due_at_ms: int
    token: str | None
    logged: int


class TooSlow(Exception):
    """The second lease has expired as well, so the result is meaningless."""


class Gate:
    """Holds the requests about one version of a lead back."""

    def __init__(self, lead_id: str, version: int) -> None:
        self.requests: list[asyncio.Future[int]] = []
        """In the order of arrival."""
        self._about = lead_id, version
        self._open = False

    async def answer(self, arrival: Arrival) -> int:
        if self._open or (arrival.lead_id, arrival.version) != self._about:
            return 200
        self.requests.append(asyncio.get_running_loop().create_future())
        return await self.requests[-1]

    def open(self) -> None:
        self._open = True
        for request in self.requests:
            if not request.done():
                request.set_result(200)


class FrozenPair(NamedTuple):
    """The process to freeze, with a client, and the other process."""

    first: SendingServer
    client: Client
    second: SendingServer
    receiver: Receiver

    async def freeze(self, late: int) -> list[str]:
        """Returns what is wrong. Raises `TooSlow`."""
        lead, other = [await asyncio.to_thread(self.client.new_lead) for _ in range(2)]
        await self._wait_until_delivered()
        gate = Gate(lead, 2)
        self.receiver.answering = gate.answer
        self.second.freeze()
        await self._patch(lead, "two")
        await self._patch(lead, "three")
        await self.receiver.until(lambda: len(gate.requests) == 1, PATIENCE_S)
        self.first.freeze()
        self.second.wake()
        await self.receiver.until(lambda: len(gate.requests) == 2, PATIENCE_S)
        before = await self._state(lead)
        gate.requests[0].set_result(late)
        self.first.wake()
        await self._patch(other, "two")
        await self._wait_until_done(other)
        problems, in_time = self._judge(lead, late, before, await self._state(lead)), len(gate.requests) == 2
        gate.open()
        await self._wait_until_delivered()
        if not in_time:
            raise TooSlow
        return problems

    def _judge(self, lead: str, late: int, before: State, after: State) -> list[str]:
        changed = [name for name, was, now in zip(State._fields, before, after, strict=True) if was != now]
        problems = [f"the late answer {late} changed {', '.join(changed)}"] if changed else []
        if any((arrival.lead_id, arrival.version) == (lead, 3) for arrival in self.receiver.arrivals):
            problems.append(f"after the late answer {late}, version 3 arrived while version 2 was being sent")
        return problems

    async def _patch(self, lead: str, note: str) -> None:
        await asyncio.to_thread(self.client.patch, lead, {"note": note})

    async def _state(self, lead: str) -> State:
        return State(*(await fetch(self.first.database, STATE.format(lead)))[0])

    async def _wait_until_done(self, lead: str) -> None:
        for _ in range(round(PATIENCE_S / POLL_S)):
            if (await self._state(lead)).state == "done":
                return
            await asyncio.sleep(POLL_S)
        raise TimeoutError("a change was not delivered")

    async def _wait_until_delivered(self) -> None:
        if not await wait_until_delivered(self.first.database, PATIENCE_S):
            raise TimeoutError("deliveries are still pending")


def run(trial: Trial) -> Campaign:
    trials = max(LEAST, trial.options.kills)
    trial.add_violations(_run_freezes(trial, "frozen", trials))
    trial.counts |= Counter(f"late answers: {LATE[number % len(LATE)]}" for number in range(trials))
    return trial.finish(does=DOES, shows=SHOWS, trials=trials, unit="freezes", control=_control(trial))


def _run_freezes(trial: Trial, name: str, trials: int, defect: str = "") -> list[str]:
    first = SendingServer(trial.engine, trial.database(name), defect=defect)
    with serving(first) as client, serving(second := first.beside()):
        return asyncio.run(_freeze(trial, first, client, second, trials))


async def _freeze(trial: Trial, first: SendingServer, client: Client, second: SendingServer, trials: int) -> list[str]:
    problems = []
    async with Receiver() as receiver:
        receiver.subscribe(client, "one-at-a-time", inFlight=1)
        pair = FrozenPair(first, client, second, receiver)
        for number in range(trials):
            problems += await _freeze_once(trial, pair, LATE[number % len(LATE)])
    return problems + receiver.problems


async def _freeze_once(trial: Trial, pair: FrozenPair, late: int) -> list[str]:
    for _ in range(MOST_TRIES):
        try:
            return await pair.freeze(late)
        except TooSlow:
            trial.counts["discarded: the second lease expired as well"] += 1
    raise RuntimeError(f"this machine is too slow: a lease ended {MOST_TRIES} times before a result was recorded")


def _control(trial: Trial) -> Control:
    """The same on a leadloop that does not check the claim."""
    problems = _run_freezes(trial, "control", len(LATE), "no fence")
    both = all(any(f"answer {late}" in problem for problem in problems) for late in LATE)
    counts = {"freezes": len(LATE), "changed by a process without the claim": len(problems)}
    return control_result("records a result without checking the claim", counts, problems if both else [])
