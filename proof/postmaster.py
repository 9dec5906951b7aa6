"""Kills PostgreSQL's main process under load and starts it again; leadloop keeps running."""

import asyncio
from typing import NamedTuple

from lab import controls
from lab.faulty_load import PATIENCE_S, FaultyLoad
from lab.ledger import Ledger
from lab.postgres import PostgresServer
from lab.server import Client, Leadloop, serving
from proof.report import Campaign, Control
from proof.trial import Trial, control_result

ENGINES = ("postgres",)

ACKS = 50, 300
LONGEST_DELAY_S = 0.03
AWAY_S = (0.0, 6.5, 1.0)
"""Downtimes of the database, in turn. leadloop answers 503 to requests that wait longer than five seconds."""
ACKS_AFTER = 50

DOES = (
    "Writers create and patch leads over HTTP. The campaign kills PostgreSQL's main process with SIGKILL at a random "
    "moment and starts it again after up to seven seconds. PostgreSQL goes through crash recovery while the writers "
    "go on, and leadloop has to reconnect by itself. Then the campaign checks everything new as the campaign `kill` "
    "does."
)
SHOWS = (
    "Zero violations show that nothing acknowledged is lost when the database process dies, that nothing is applied "
    "twice, and that clients meanwhile get 503 with Retry-After and never 500. They say nothing about a power cut or "
    "a failing disk."
)


class Crash(NamedTuple):
    load: FaultyLoad
    problems: list[str]
    applied: int
    """Updates answered 503 that had been applied, which is allowed, once."""


def run(trial: Trial) -> Campaign:
    with PostgresServer() as postgres:
        server = Leadloop("postgres", postgres.create_database("crashed"), options=["--workers", "2"])
        with serving(server) as client:
            ledger = Ledger(server.database, client.account_id)
            for number in range(trial.options.kills):
                crash = _crash(trial, postgres, client, ledger, number, AWAY_S[number % len(AWAY_S)])
                trial.add_violations(crash.problems)
                crash.load.count(trial.counts)
                trial.counts["updates answered 503"] += len(crash.load.refused)
                trial.counts["updates answered 503 that had been applied"] += crash.applied
                trial.log(f"{number + 1} kills, {trial.counts['updates acknowledged']:,} updates acknowledged")
            trial.add_violations(ledger.check_everything())
            trial.counts["records in the feed"] = ledger.records
    control = _control(trial)
    return trial.finish(does=DOES, shows=SHOWS, trials=trial.options.kills, unit="kills", control=control)


def _crash(trial: Trial, postgres: PostgresServer, client: Client, ledger: Ledger, number: int, away_s: float) -> Crash:
    load = FaultyLoad(client, f"{trial.options.seed} {number}", mortal=False)
    asyncio.run(_write_and_crash(trial, load, postgres, client.new_lead(), away_s))
    return Crash(load, load.judge(ledger), ledger.count_applied(load.refused))


async def _write_and_crash(
    trial: Trial, load: FaultyLoad, postgres: PostgresServer, shared_id: str, away_s: float
) -> None:
    async with load.run_writers(shared_id, trial.options.writers, *trial.random_moment(ACKS, LONGEST_DELAY_S)):
        await asyncio.to_thread(postgres.kill)
        await asyncio.sleep(away_s)
        await asyncio.to_thread(postgres.start)
        if not await load.wait_for_acks(ACKS_AFTER, PATIENCE_S):
            load.problems.append(f"no write is acknowledged {PATIENCE_S:.0f} s after PostgreSQL's restart")


def _control(trial: Trial) -> Control:
    """The same kill and check on a leadloop that answers before the commit, and on a PostgreSQL that does so.

    The latter loses what its processes had not yet handed to the operating system: often a few updates, sometimes none,
    so it is only counted. With `fsync=off` nothing is lost: the operating system lives on.
    """
    early, acknowledged = _crash_once(trial, {}, controls.command("answers-early"), max(AWAY_S))
    asynchronous, _ = _crash_once(trial, {"synchronous_commit": "off"}, ("-m", "leadloop"), 0.0)
    counts = {"kills": 1, "updates acknowledged": acknowledged, "lost": len(early)}
    counts["lost by leadloop without the defect on a PostgreSQL with synchronous_commit=off"] = len(asynchronous)
    return control_result("answers before the commit", counts, early)


def _crash_once(
    trial: Trial, settings: dict[str, str], command: tuple[str, ...], away_s: float
) -> tuple[list[str], int]:
    """Kills PostgreSQL once. Returns what is lost, and the number of acknowledged updates."""
    with PostgresServer(settings) as postgres:
        server = Leadloop("postgres", postgres.create_database("control"), command=command)
        with serving(server) as client:
            crash = _crash(trial, postgres, client, Ledger(server.database, client.account_id), -1, away_s)
    return [problem for problem in crash.problems if problem.endswith("is lost")], len(crash.load.acks)
