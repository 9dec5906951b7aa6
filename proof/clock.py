"""The clock of a running server is set back and forth."""

import asyncio
import time
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from unittest.mock import patch

from standardwebhooks import Webhook

from lab.server import Client, serving
from proof.clock_served import COMMAND, OFFSET
from proof.report import Campaign, Control
from proof.trial import Trial, caught
from proof.webhooks_receiver import Arrival, Receiver
from proof.webhooks_serving import Sending

ENGINES = ("sqlite", "postgres")

HOUR_S = 3_600
STEPS_S = (-HOUR_S, HOUR_S, 5 * HOUR_S, -5 * HOUR_S, -60, 60)
"""They add up to nothing."""
REVOKED_S = 5.0
SOON_S = 30.0
"""In which a webhook is sent, and once more after 5 s where it failed: far less than a step."""
POLL_S = 0.05

DOES = (
    "The clock that a running server reads is set back and forth by an hour, five hours and a minute. Just before each "
    "step a key is used, and revoked just behind it; a change is made, whose webhook one endpoint takes at once and "
    "another refuses at first; and a request is repeated with its Idempotency-Key. Counted is how long the revoked key "
    "is still accepted, and whether the webhooks come, the second attempt included."
)
SHOWS = (
    "Zero violations show that a revocation takes effect within 5 s, that changes are delivered and failed webhooks "
    "repeated within seconds, and that a repeated request has no second effect, whatever the clock is set to. They say "
    "nothing about times that were planned before a step: a webhook that waits for another attempt waits longer by as "
    "much as the clock is then set back."
)


class Stepped(Sending):
    """A server that sends webhooks, with a clock that can be set."""

    def __init__(self, engine: str, database: str, file: Path, *, defect: str = "") -> None:
        super().__init__(engine, database, defect=defect)
        self._command = COMMAND
        self._file = file
        self.offset_s = 0
        self.step(0)

    @property
    def environment(self) -> dict[str, str]:
        return {**super().environment, OFFSET: str(self._file)}

    def step(self, seconds: int) -> None:
        self.offset_s += seconds
        draft = self._file.with_suffix(".draft")
        draft.write_text(str(self.offset_s))
        draft.replace(self._file)


class Load:
    def __init__(self, trial: Trial, server: Stepped, client: Client, receiver: Receiver) -> None:
        self.slowest_s = 0.0
        """Of the revocations."""
        self._trial = trial
        self._server = server
        self._client = client
        self._receiver = receiver
        self._came: Counter[tuple[str, str, int]] = Counter()
        receiver.answering = self._answer
        for path in ("well", "refuses at first"):
            receiver.subscribe(client, path.replace(" ", "-"))

    async def _answer(self, arrival: Arrival) -> int:
        about = arrival.endpoint, arrival.lead_id, arrival.version
        self._came[about] += 1
        refused = arrival.endpoint != "well" and arrival.version > 1 and self._came[about] == 1
        return 500 if refused else 200

    async def step(self, seconds: int) -> list[str]:
        """What is wrong after the clock was set."""
        repeated = {"Idempotency-Key": f"step-{self._trial.random.getrandbits(64):x}"}
        body = {"name": "Ana Souza"}
        first = await asyncio.to_thread(self._client.expad, "POST", json=body, headers=repeated)
        key = await asyncio.to_thread(self._server.client, account_id=self._client.account_id)
        await asyncio.to_thread(key.new_lead)
        self._server.step(seconds)
        problems = await asyncio.to_thread(self._revoke, key)
        again = await asyncio.to_thread(self._client.expad, "POST", json=body, headers=repeated)
        if first.json() != again.json():
            problems.append("a request that was repeated with its key had another answer")
        return problems + await self._delivered(str(first.json()["leadId"]))

    def _revoke(self, key: Client) -> list[str]:
        with closing(key):
            self._server.run("keys", "revoke", key.key, "--account", key.account_id)
            revoked_s = time.monotonic()
            while key.expad("GET", "leads").status_code != 401:
                if time.monotonic() - revoked_s > REVOKED_S:
                    return [f"a revoked key was accepted for more than {REVOKED_S:.0f} s"]
                time.sleep(POLL_S)
            self.slowest_s = max(self.slowest_s, time.monotonic() - revoked_s)
        return []

    async def _delivered(self, lead: str) -> list[str]:
        version = (await asyncio.to_thread(self._client.patch, lead, {"note": "after the step"}))["version"]
        problems = []
        for path, times in (("well", 1), ("refuses-at-first", 2)):
            about = path, lead, version
            try:
                await self._receiver.until(partial(self._has_come, about, times), SOON_S)
            except TimeoutError:
                problems.append(f"{path}: a change came {self._came[about]} times within {SOON_S:.0f} s")
        return problems

    def _has_come(self, about: tuple[str, str, int], times: int) -> bool:
        return self._came[about] >= times


def run(trial: Trial) -> Campaign:
    server = Stepped(trial.engine, trial.database("stepped"), trial.directory / "offset")
    with serving(server) as client, patch.object(Webhook, "_Webhook__verify_timestamp", _genuine):
        asyncio.run(_campaign(trial, server, client))
    return trial.finish(does=DOES, shows=SHOWS, trials=trial.options.steps, unit="steps", control=_control(trial))


def _genuine(_: Webhook, timestamp: str) -> datetime:
    """A receiver whose clock is the server's."""
    return datetime.fromtimestamp(float(timestamp), UTC)


async def _campaign(trial: Trial, server: Stepped, client: Client) -> None:
    async with Receiver() as receiver:
        load = await asyncio.to_thread(Load, trial, server, client, receiver)
        for number in range(trial.options.steps):
            seconds = STEPS_S[number % len(STEPS_S)]
            problems = await load.step(seconds)
            trial.found(f"after a step of {seconds:+,} s: {problem}" for problem in problems)
            trial.counts["steps forth" if seconds > 0 else "steps back"] += 1
            trial.progress(number + 1, "steps", trial.options.steps)
        trial.found(receiver.problems)
        trial.counts["slowest revocation, ms"] = round(load.slowest_s * 1_000)


def _control(trial: Trial) -> Control:
    """The clock is set back where what is remembered of keys ages by it."""
    place = trial.directory / "control"
    server = Stepped(trial.engine, trial.database("control"), place, defect="wall clock")

    async def back(client: Client) -> list[str]:
        async with Receiver() as receiver:
            load = await asyncio.to_thread(Load, trial, server, client, receiver)
            return await load.step(-HOUR_S)

    with serving(server) as client:
        problems = [problem for problem in asyncio.run(back(client)) if "revoked key" in problem]
    return caught("remembered keys age by the wall clock", {"steps": 1, "accepted too long": len(problems)}, problems)
