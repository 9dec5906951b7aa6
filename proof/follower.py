"""A second process keeps a copy of all leads by following the change feed, while it and the server are killed."""

import asyncio
import os
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lab.ledger import stored_at_rest
from lab.load_checks import inconsistencies
from lab.server import Client, Leadloop, serving
from proof.follower_copy import Source, copied, judge, leaves
from proof.follower_load import Writers
from proof.following import BY_TIME, Entry, entries
from proof.holding import hold
from proof.lines import Ask, Line, lead_path
from proof.report import Campaign
from proof.trial import Trial, caught

ENGINES = ("sqlite", "postgres")

LEADS = 24
LEAST_DEATHS = 3
LEAST_ANSWERS, MOST_ANSWERS = 100, 400
"""So many changes are acknowledged between two deaths."""
PATIENCE_S, POLL_S = 30.0, 0.1
ENDED = "the follower has ended by itself"

DOES = (
    "Writers patch leads over HTTP while another connection holds locks on leads and on the feed's counter for random "
    "times and rolls back what it did; a second process follows GET /api/v1/changes with its cursor and a wait, and "
    "keeps a journal. In turn the server with all its processes (two on PostgreSQL), the follower, and both are killed "
    "with SIGKILL and started again. In the end the journal must be the feed, every record once and in order, and the "
    "copy that it makes must have each lead at its version and, field by field, as GET shows it."
)
SHOWS = (
    "Zero violations show that who keeps only a cursor misses nothing and is told nothing twice over HTTP, through "
    "deaths on both sides; they do not show how soon a change can be read."
)


class Follower:
    """The process; its journal outlives it."""

    def __init__(self, client: Client, journal: Path, seed: int, by_time: bool = False) -> None:
        self.journal = journal
        self._command = [sys.executable, "-m", "proof.following", client.url, str(journal), str(seed)]
        self._command += [BY_TIME] * by_time
        self._environment = {**os.environ, "LEADLOOP_KEY": client.key}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, env=self._environment)

    def kill(self) -> bool:
        """SIGKILL; whether it was still alive, as it should have been."""
        assert self._process is not None
        alive = self._process.poll() is None
        self._process.kill()
        self._process.wait()
        return alive


def run(trial: Trial) -> Campaign:
    options = ["--workers", "2"] if trial.engine == "postgres" else []
    server = Leadloop(trial.engine, trial.database("source"), options=options)
    with serving(server) as client:
        writers = Writers(client, [client.new_lead() for _ in range(LEADS)])
        honest = Follower(client, trial.directory / "journal", trial.options.seed)
        by_time = Follower(client, trial.directory / "journal-by-time", trial.options.seed, by_time=True)
        honest.start()
        by_time.start()
        try:
            asyncio.run(_write_and_kill(trial, server, client, writers, [honest, by_time]))
            found = stored_at_rest(server.database, client.account_id)
            journal, other = _read_to_the_end(honest.journal, by_time.journal, len(found.feed))
            leads = asyncio.run(_shown(client, writers.leads))
        finally:
            alive = honest.kill() + by_time.kill()
    feed = [(f"lead_{record.lead_id}", record.version) for record in found.feed]
    source = Source(feed, leads, writers.acknowledged)
    trial.found(writers.problems + inconsistencies(found) + judge(_records(journal), source))
    trial.found([ENDED] * (2 - alive))
    trial.counts["changes acknowledged"] = len(writers.acknowledged)
    trial.counts["pages with changes"] = len(journal)
    trial.counts["values of the copy compared"] = sum(leaves(copied(_records(journal), lead)[1]) for lead in leads)
    problems = judge(_records(other), source)
    counts = {"records": len(feed), "missed or wrong": len(problems)}
    control = caught("a follower that goes by the time of the newest record it has seen", counts, problems)
    return trial.finish(does=DOES, shows=SHOWS, trials=len(feed), unit="records", control=control)


async def _write_and_kill(
    trial: Trial, server: Leadloop, client: Client, writers: Writers, followers: Sequence[Follower]
) -> None:
    chance, stop = random.Random(f"{trial.options.seed} follower"), asyncio.Event()
    holding = asyncio.create_task(hold(server.database, client.account_id, writers.leads, trial.name, stop))
    writing = [asyncio.create_task(writers.write(random.Random(chance.random()))) for _ in range(trial.options.writers)]
    try:
        for number in range(max(LEAST_DEATHS, trial.options.kills)):
            await writers.acknowledge(chance.randint(LEAST_ANSWERS, MOST_ANSWERS))
            await _kill(trial, server, followers, number)
        await writers.acknowledge(LEAST_ANSWERS)
    finally:
        stop.set()
        writers.stop.set()
        await asyncio.gather(*writing)
    trial.counts.update(await holding)


async def _kill(trial: Trial, server: Leadloop, followers: Sequence[Follower], number: int) -> None:
    """The server, the follower, both, in turn; and they come back."""
    dies, follows = number % 3 != 1, number % 3 != 0
    alive = [follower.kill() for follower in followers if follows]
    trial.found([ENDED] * alive.count(False))
    if dies:
        await asyncio.to_thread(server.kill)
        await asyncio.to_thread(server.start)
    for follower in followers if follows else []:
        follower.start()
    trial.counts["deaths of the server"] += dies
    trial.counts["deaths of the follower"] += follows
    if (number + 1) % 10 == 0:
        trial.say(f"{number + 1} deaths")


def _read_to_the_end(journal: Path, other: Path, records: int) -> tuple[list[Entry], list[Entry]]:
    """Both journals, when the first has so many records and the other has come as far, or has had the time for it."""
    for _ in range(round(PATIENCE_S / POLL_S)):
        one, two = list(entries(journal)), list(entries(other))
        if len(_records(one)) >= records and two and two[-1].cursor == one[-1].cursor:
            break
        time.sleep(POLL_S)
    return one, two


def _records(journal: Sequence[Entry]) -> list[dict[str, Any]]:
    return [change for entry in journal for change in entry.changes]


async def _shown(client: Client, leads: Sequence[str]) -> dict[str, tuple[int, dict[str, Any]]]:
    """Each lead in LeadSail's form, with Expad's under `expad`, as the feed names what only that has."""
    shown = {}
    async with Line(client) as line:
        for lead_id in leads:
            leadsail = await line.ask(Ask("GET", lead_path(client, "leadsail", lead_id)))
            expad = await line.ask(Ask("GET", lead_path(client, "expad", lead_id)))
            shown[f"lead_{lead_id}"] = leadsail.version, {**leadsail.json()["data"], "expad": expad.json()}
    return shown
