"""A second process copies all leads by following the change feed, while the campaign kills it and the server."""

import asyncio
import os
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lab.ledger import load_content_at_rest
from lab.load_checks import inconsistencies
from lab.server import Client, Leadloop, serving
from proof.connections import Connection, Request, lead_path
from proof.follower_copy import Source, copy_lead, count_values, judge
from proof.follower_load import Writers
from proof.follower_process import BY_TIME, Entry, entries
from proof.lock_holder import hold_locks
from proof.report import Campaign
from proof.trial import Trial, control_result

ENGINES = ("sqlite", "postgres")

LEADS = 24
LEAST_KILLS = 3
LEAST_ANSWERS, MOST_ANSWERS = 100, 400
"""Changes acknowledged between two kills, a random number in this range."""
PATIENCE_S, POLL_S = 30.0, 0.1
ENDED = "the follower ended by itself"

DOES = (
    "Writers patch leads over HTTP while another connection holds locks on leads and on the feed's counter for random "
    "times and rolls back. A second process follows GET /api/v1/changes with a cursor and `wait`, and keeps a "
    "journal. The campaign kills the server with all its processes (two on PostgreSQL), the follower, and both, in "
    "turn, with SIGKILL, and starts them again. In the end the journal must equal the feed, every record once and in "
    "order, and the copy built from it must have each lead at its version with the fields that GET shows."
)
SHOWS = (
    "Zero violations show that an HTTP client that stores only a cursor misses no change and sees none twice, even "
    "when it or the server is killed. They do not show how soon a change becomes readable."
)


class Follower:
    """The follower process. Its journal survives a kill."""

    def __init__(self, client: Client, journal: Path, seed: int, by_time: bool = False) -> None:
        self.journal = journal
        self._command = [sys.executable, "-m", "proof.follower_process", client.url, str(journal), str(seed)]
        self._command += [BY_TIME] * by_time
        self._environment = {**os.environ, "LEADLOOP_KEY": client.key}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, env=self._environment)

    def kill(self) -> bool:
        """Sends SIGKILL. Returns whether the process was still alive, as it should have been."""
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
        by_cursor = Follower(client, trial.directory / "journal", trial.options.seed)
        by_time = Follower(client, trial.directory / "journal-by-time", trial.options.seed, by_time=True)
        by_cursor.start()
        by_time.start()
        try:
            asyncio.run(_write_and_kill(trial, server, client, writers, [by_cursor, by_time]))
            stored = load_content_at_rest(server.database, client.account_id)
            journal, journal_by_time = _read_to_the_end(by_cursor.journal, by_time.journal, len(stored.feed))
            leads = asyncio.run(_get_leads(client, writers.leads))
        finally:
            alive = by_cursor.kill() + by_time.kill()
    feed = [(f"lead_{record.lead_id}", record.version) for record in stored.feed]
    source = Source(feed, leads, writers.acknowledged)
    trial.add_violations(writers.problems + inconsistencies(stored) + judge(_records(journal), source))
    trial.add_violations([ENDED] * (2 - alive))
    trial.counts["changes acknowledged"] = len(writers.acknowledged)
    trial.counts["pages with changes"] = len(journal)
    trial.counts["copied values compared"] = sum(count_values(copy_lead(_records(journal), lead)[1]) for lead in leads)
    problems = judge(_records(journal_by_time), source)
    counts = {"records": len(feed), "missed or wrong": len(problems)}
    control = control_result("a follower that pages by timestamp instead of by cursor", counts, problems)
    return trial.finish(does=DOES, shows=SHOWS, trials=len(feed), unit="records", control=control)


async def _write_and_kill(
    trial: Trial, server: Leadloop, client: Client, writers: Writers, followers: Sequence[Follower]
) -> None:
    chance, stop = random.Random(f"{trial.options.seed} follower"), asyncio.Event()
    holding = asyncio.create_task(hold_locks(server.database, client.account_id, writers.leads, trial.name, stop))
    writing = [asyncio.create_task(writers.write(random.Random(chance.random()))) for _ in range(trial.options.writers)]
    try:
        for number in range(max(LEAST_KILLS, trial.options.kills)):
            await writers.wait_for_acks(chance.randint(LEAST_ANSWERS, MOST_ANSWERS))
            await _kill(trial, server, followers, number)
        await writers.wait_for_acks(LEAST_ANSWERS)
    finally:
        stop.set()
        writers.stop.set()
        await asyncio.gather(*writing)
    trial.counts.update(await holding)


async def _kill(trial: Trial, server: Leadloop, followers: Sequence[Follower], number: int) -> None:
    """Kills the server, the follower, or both, in turn, and starts them again."""
    kills_server, kills_follower = number % 3 != 1, number % 3 != 0
    alive = [follower.kill() for follower in followers if kills_follower]
    trial.add_violations([ENDED] * alive.count(False))
    if kills_server:
        await asyncio.to_thread(server.kill)
        await asyncio.to_thread(server.start)
    for follower in followers if kills_follower else []:
        follower.start()
    trial.counts["kills of the server"] += kills_server
    trial.counts["kills of the follower"] += kills_follower
    if (number + 1) % 10 == 0:
        trial.log(f"{number + 1} kills")


def _read_to_the_end(journal: Path, other: Path, records: int) -> tuple[list[Entry], list[Entry]]:
    """Waits until the first journal has `records` records and the other has reached its cursor; returns both."""
    for _ in range(round(PATIENCE_S / POLL_S)):
        entries_of_first, entries_of_other = list(entries(journal)), list(entries(other))
        if (
            len(_records(entries_of_first)) >= records
            and entries_of_other
            and entries_of_other[-1].cursor == entries_of_first[-1].cursor
        ):
            break
        time.sleep(POLL_S)
    return entries_of_first, entries_of_other


def _records(journal: Sequence[Entry]) -> list[dict[str, Any]]:
    return [change for entry in journal for change in entry.changes]


async def _get_leads(client: Client, lead_ids: Sequence[str]) -> dict[str, tuple[int, dict[str, Any]]]:
    """Returns each lead's version and LeadSail form, with the Expad form under `expad`, as in the feed."""
    leads_by_id = {}
    async with Connection(client) as connection:
        for lead_id in lead_ids:
            leadsail = await connection.request(Request("GET", lead_path(client, "leadsail", lead_id)))
            expad = await connection.request(Request("GET", lead_path(client, "expad", lead_id)))
            leads_by_id[f"lead_{lead_id}"] = leadsail.version, {**leadsail.json()["data"], "expad": expad.json()}
    return leads_by_id
