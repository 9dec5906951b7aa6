"""Sets the clock of a running server back and forth."""

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
from proof.clock_server import COMMAND, OFFSET
from proof.report import Campaign, Control
from proof.trial import Trial, control_result
from proof.webhooks_processes import SendingServer
from proof.webhooks_receiver import Arrival, Receiver

ENGINES = ("sqlite", "postgres")

HOUR_S = 3_600
STEPS_S = (-HOUR_S, HOUR_S, 5 * HOUR_S, -5 * HOUR_S, -60, 60)
"""Their sum is zero."""
REVOKED_S = 5.0
SOON_S = 30.0
"""Limit for a webhook and its second attempt, which is due 5 s after the first; far less than a step."""
POLL_S = 0.05

DOES = (
    "The clock of a running server jumps back and forth by an hour, five hours and a minute. Right before each jump a "
    "client uses a key, and right after it the operator revokes the key. The client also makes a change, whose "
    "webhook one endpoint accepts and another refuses on the first attempt, and repeats a request with its "
    "Idempotency-Key. The campaign measures how long the server accepts the revoked key, and checks that both "
    "webhooks arrive, including the second attempt."
)
SHOWS = (
    "Zero violations show that, whatever the clock does, a revocation takes effect within 5 s, webhooks are delivered "
    "and retried within seconds, and a repeated request has no second effect. They do not cover attempts scheduled "
    "before a jump: if the clock goes back, a scheduled retry waits longer by as much."
)


class ClockedServer(SendingServer):
    """A server that sends webhooks and whose clock the campaign sets."""

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
    def __init__(self, trial: Trial, server: ClockedServer, client: Client, receiver: Receiver) -> None:
        self.slowest_s = 0.0
        """The slowest revocation."""
        self._trial = trial
        self._server = server
        self._client = client
        self._receiver = receiver
        self._arrivals: Counter[tuple[str, str, int]] = Counter()
        receiver.answering = self._answer
        for path in ("well", "refuses-at-first"):
            receiver.subscribe(client, path)

    async def _answer(self, arrival: Arrival) -> int:
        key = arrival.endpoint, arrival.lead_id, arrival.version
        self._arrivals[key] += 1
        refused = arrival.endpoint != "well" and arrival.version > 1 and self._arrivals[key] == 1
        return 500 if refused else 200

    async def step(self, seconds: int) -> list[str]:
        """Sets the clock; returns what is wrong afterwards."""
        headers = {"Idempotency-Key": f"step-{self._trial.random.getrandbits(64):x}"}
        body = {"name": "Ana Souza"}
        first = await asyncio.to_thread(self._client.expad, "POST", json=body, headers=headers)
        revoked = await asyncio.to_thread(self._server.client, account_id=self._client.account_id)
        await asyncio.to_thread(revoked.new_lead)
        self._server.step(seconds)
        problems = await asyncio.to_thread(self._revoke, revoked)
        repeat = await asyncio.to_thread(self._client.expad, "POST", json=body, headers=headers)
        if first.json() != repeat.json():
            problems.append("a request repeated with its key got another answer")
        return problems + await self._check_deliveries(str(first.json()["leadId"]))

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

    async def _check_deliveries(self, lead: str) -> list[str]:
        version = (await asyncio.to_thread(self._client.patch, lead, {"note": "after the step"}))["version"]
        problems = []
        for path, times in (("well", 1), ("refuses-at-first", 2)):
            key = path, lead, version
            try:
                await self._receiver.until(partial(self._has_arrived, key, times), SOON_S)
            except TimeoutError:
                problems.append(f"{path}: a change arrived {self._arrivals[key]} times within {SOON_S:.0f} s")
        return problems

    def _has_arrived(self, key: tuple[str, str, int], times: int) -> bool:
        return self._arrivals[key] >= times


def run(trial: Trial) -> Campaign:
    server = ClockedServer(trial.engine, trial.database("stepped"), trial.directory / "offset")
    with serving(server) as client, patch.object(Webhook, "_Webhook__verify_timestamp", _accept_timestamp):
        asyncio.run(_campaign(trial, server, client))
    return trial.finish(does=DOES, shows=SHOWS, trials=trial.options.steps, unit="steps", control=_control(trial))


def _accept_timestamp(_: Webhook, timestamp: str) -> datetime:
    """Replaces the receiver's timestamp check: its clock is the server's."""
    return datetime.fromtimestamp(float(timestamp), UTC)


async def _campaign(trial: Trial, server: ClockedServer, client: Client) -> None:
    async with Receiver() as receiver:
        load = await asyncio.to_thread(Load, trial, server, client, receiver)
        for number in range(trial.options.steps):
            seconds = STEPS_S[number % len(STEPS_S)]
            problems = await load.step(seconds)
            trial.add_violations(f"after a step of {seconds:+,} s: {problem}" for problem in problems)
            trial.counts["steps forward" if seconds > 0 else "steps backward"] += 1
            trial.log_progress(number + 1, "steps", trial.options.steps)
        trial.add_violations(receiver.problems)
        trial.counts["slowest revocation, ms"] = round(load.slowest_s * 1_000)


def _control(trial: Trial) -> Control:
    """The clock goes back on a server whose cached keys expire by it."""
    place = trial.directory / "control"
    server = ClockedServer(trial.engine, trial.database("control"), place, defect="wall clock")

    async def step_back(client: Client) -> list[str]:
        async with Receiver() as receiver:
            load = await asyncio.to_thread(Load, trial, server, client, receiver)
            return await load.step(-HOUR_S)

    with serving(server) as client:
        problems = [problem for problem in asyncio.run(step_back(client)) if "revoked key" in problem]
    return control_result(
        "cached keys expire by the wall clock", {"steps": 1, "accepted too long": len(problems)}, problems
    )
