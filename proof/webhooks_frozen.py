"""SIGSTOP of a process that is sending a webhook, past its lease, and SIGCONT: what it comes back with is not its to
put down any more."""

import asyncio
from collections import Counter
from typing import NamedTuple

from lab.databases import fetch
from lab.server import Client, serving
from proof.report import Campaign, Control
from proof.trial import Trial, caught
from proof.webhooks_receiver import Arrival, Receiver
from proof.webhooks_serving import POLL_S, Sending, settled

ENGINES = ("postgres",)

PATIENCE_S = 60.0
LEAST, MOST_TRIES = 2, 3
LATE = (200, 500)
"""What is answered to the process that was frozen, in turn."""
STATE = """SELECT d.state, d.attempts, d.due_at_ms, d.token, (
    SELECT count(*) FROM attempts AS a WHERE a.lead_id = d.lead_id AND a.version = d.version
) FROM deliveries AS d WHERE d.lead_id = '{}' AND d.version = 2"""

DOES = (
    "Two server processes send for one endpoint, one request at a time each. One of them is frozen with SIGSTOP while "
    "its request is held by the receiver; when its lease has ended, the other one sends the same event, and is held as "
    "well. The first is answered, in turn with 200 and 500, and woken with SIGCONT; it then delivers a change of "
    "another lead, so that it must have come to its answer. Delivery and log must be as they were, and the next "
    "version of the lead may come only when the second process is answered."
)
SHOWS = (
    "Zero violations show that a process which was away for longer than its lease completes and plans nothing that is "
    "another's by then; they do not show that it never sends: what it had begun it may send once more, late."
)


class State(NamedTuple):
    """Of the delivery of version 2 of a lead."""

    state: str
    attempts: int
    due_at_ms: int
    token: str | None
    logged: int


class TooSlow(Exception):
    """The second lease has ended as well: what was seen says nothing."""


class Gate:
    """Holds the requests about one version of a lead until they are answered."""

    def __init__(self, lead_id: str, version: int) -> None:
        self.requests: list[asyncio.Future[int]] = []
        """In the order in which they came."""
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


class Two(NamedTuple):
    """The process that is to be frozen, with a client of it, and the other one."""

    first: Sending
    client: Client
    second: Sending
    receiver: Receiver

    async def freeze(self, late: int) -> list[str]:
        """What is wrong. Raises `TooSlow`."""
        lead, other = [await asyncio.to_thread(self.client.new_lead) for _ in range(2)]
        await self._settled()
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
        await self._until_done(other)
        problems, in_time = self._judge(lead, late, before, await self._state(lead)), len(gate.requests) == 2
        gate.open()
        await self._settled()
        if not in_time:
            raise TooSlow
        return problems

    def _judge(self, lead: str, late: int, before: State, after: State) -> list[str]:
        changed = [name for name, was, now in zip(State._fields, before, after, strict=True) if was != now]
        problems = [f"the late answer {late} changed {', '.join(changed)}"] if changed else []
        if any((arrival.lead_id, arrival.version) == (lead, 3) for arrival in self.receiver.arrivals):
            problems.append(f"after the late answer {late}, version 3 came while version 2 was being sent")
        return problems

    async def _patch(self, lead: str, note: str) -> None:
        await asyncio.to_thread(self.client.patch, lead, {"note": note})

    async def _state(self, lead: str) -> State:
        return State(*(await fetch(self.first.database, STATE.format(lead)))[0])

    async def _until_done(self, lead: str) -> None:
        for _ in range(round(PATIENCE_S / POLL_S)):
            if (await self._state(lead)).state == "done":
                return
            await asyncio.sleep(POLL_S)
        raise TimeoutError("a change was not delivered")

    async def _settled(self) -> None:
        if not await settled(self.first.database, PATIENCE_S):
            raise TimeoutError("something is still on its way")


def run(trial: Trial) -> Campaign:
    trials = max(LEAST, trial.options.kills)
    trial.found(_frozen(trial, "frozen", trials))
    trial.counts |= Counter(f"late answers: {LATE[number % len(LATE)]}" for number in range(trials))
    return trial.finish(does=DOES, shows=SHOWS, trials=trials, unit="freezes", control=_control(trial))


def _frozen(trial: Trial, name: str, trials: int, defect: str = "") -> list[str]:
    first = Sending(trial.engine, trial.database(name), defect=defect)
    with serving(first) as client, serving(second := first.beside()):
        return asyncio.run(_freeze(trial, first, client, second, trials))


async def _freeze(trial: Trial, first: Sending, client: Client, second: Sending, trials: int) -> list[str]:
    problems = []
    async with Receiver() as receiver:
        receiver.subscribe(client, "one-at-a-time", inFlight=1)
        two = Two(first, client, second, receiver)
        for number in range(trials):
            problems += await _one(trial, two, LATE[number % len(LATE)])
    return problems + receiver.problems


async def _one(trial: Trial, two: Two, late: int) -> list[str]:
    for _ in range(MOST_TRIES):
        try:
            return await two.freeze(late)
        except TooSlow:
            trial.counts["of no meaning: the second lease ended as well"] += 1
    raise RuntimeError(f"this machine is too slow: a lease ended {MOST_TRIES} times before an answer was put down")


def _control(trial: Trial) -> Control:
    """The same where it does not matter whose claim it is."""
    problems = _frozen(trial, "control", len(LATE), "no fence")
    both = all(any(f"answer {late}" in problem for problem in problems) for late in LATE)
    counts = {"freezes": len(LATE), "changed by who had lost it": len(problems)}
    return caught("puts down a result whether or not the claim has ended", counts, problems if both else [])
