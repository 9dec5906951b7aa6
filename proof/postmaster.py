"""SIGKILL of PostgreSQL's main process under load, and its return; leadloop itself lives on."""

import asyncio
from typing import NamedTuple

from lab import controls
from lab.faulty_load import PATIENCE_S, FaultyLoad
from lab.ledger import Ledger
from lab.postgres import PostgresServer
from lab.server import Client, Leadloop, serving
from proof.report import Campaign, Control
from proof.trial import Trial, caught

ENGINES = ("postgres",)

ACKS = 50, 300
LONGEST_DELAY_S = 0.03
AWAY_S = (0.0, 6.5, 1.0)
"""In turn: so long the database is away. What waits longer than five seconds is told so with 503."""
ACKS_AFTER = 50

DOES = (
    "Writers create leads and patch them over HTTP; PostgreSQL's main process is killed with SIGKILL at a random "
    "moment, stays away for up to seven seconds, and comes back through its crash recovery, while the writers go on "
    "and leadloop has to find its way back by itself; then everything new is checked as in the campaign kill."
)
SHOWS = (
    "Zero violations show that nothing acknowledged is lost with the database's process, nothing is applied twice, and "
    "callers meanwhile get 503 with Retry-After and never 500; they say nothing about a power cut or a failing disk."
)


class Crash(NamedTuple):
    load: FaultyLoad
    problems: list[str]
    there: int
    """Of the updates that were answered with 503, those that were made all the same: they may be, once."""


def run(trial: Trial) -> Campaign:
    with PostgresServer() as postgres:
        server = Leadloop("postgres", postgres.create_database("crashed"), options=["--workers", "2"])
        with serving(server) as client:
            ledger = Ledger(server.database, client.account_id)
            for number in range(trial.options.kills):
                crash = _crash(trial, postgres, client, ledger, number, AWAY_S[number % len(AWAY_S)])
                trial.found(crash.problems)
                crash.load.count(trial.counts)
                trial.counts["updates answered 503"] += len(crash.load.refused)
                trial.counts["of these made all the same, once"] += crash.there
                trial.say(f"{number + 1} kills, {trial.counts['updates acknowledged']:,} updates acknowledged")
            trial.found(ledger.check_everything())
            trial.counts["records in the feed"] = ledger.records
    control = _control(trial)
    return trial.finish(does=DOES, shows=SHOWS, trials=trial.options.kills, unit="kills", control=control)


def _crash(trial: Trial, postgres: PostgresServer, client: Client, ledger: Ledger, number: int, away_s: float) -> Crash:
    load = FaultyLoad(client, f"{trial.options.seed} {number}", mortal=False)
    asyncio.run(_write_and_crash(trial, load, postgres, client.new_lead(), away_s))
    return Crash(load, load.judge(ledger), ledger.applied(load.refused))


async def _write_and_crash(
    trial: Trial, load: FaultyLoad, postgres: PostgresServer, shared_id: str, away_s: float
) -> None:
    async with load.written(shared_id, trial.options.writers, *trial.moment(ACKS, LONGEST_DELAY_S)):
        await asyncio.to_thread(postgres.kill)
        await asyncio.sleep(away_s)
        await asyncio.to_thread(postgres.start)
        if not await load.acknowledged(ACKS_AFTER, PATIENCE_S):
            load.problems.append(f"nothing is acknowledged again {PATIENCE_S:.0f} s after PostgreSQL's return")


def _control(trial: Trial) -> Control:
    """The same kill and check on a leadloop that answers before the commit, and on a PostgreSQL that does.

    The latter loses what its processes had not yet handed to the operating system: less than a second, often a few
    updates, sometimes none; it is counted only. With `fsync=off` nothing is lost: the operating system lives on.
    """
    early, acknowledged = _lost(trial, {}, controls.command("answers-early"), max(AWAY_S))
    asynchronous, _ = _lost(trial, {"synchronous_commit": "off"}, ("-m", "leadloop"), 0.0)
    counts = {"kills": 1, "updates acknowledged": acknowledged, "lost": len(early)}
    counts["lost by a sound leadloop on a PostgreSQL with synchronous_commit=off"] = len(asynchronous)
    return caught("answers before the commit", counts, early)


def _lost(trial: Trial, settings: dict[str, str], command: tuple[str, ...], away_s: float) -> tuple[list[str], int]:
    """What one kill loses, and how many updates had been acknowledged."""
    with PostgresServer(settings) as postgres:
        server = Leadloop("postgres", postgres.create_database("control"), command=command)
        with serving(server) as client:
            crash = _crash(trial, postgres, client, Ledger(server.database, client.account_id), -1, away_s)
    return [problem for problem in crash.problems if problem.endswith("is lost")], len(crash.load.acks)
