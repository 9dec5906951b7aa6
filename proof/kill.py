"""Kills the server with all its processes under load; the database stays the same through all kills."""

import asyncio
from typing import NamedTuple

from lab import controls
from lab.faulty_load import FaultyLoad
from lab.ledger import Ledger
from lab.server import Client, Leadloop, serving
from proof.report import Campaign, Control
from proof.trial import Trial, control_result

ENGINES = ("sqlite", "postgres")

ACKS = 20, 250
"""Updates acknowledged before a kill, a random number in this range."""
LONGEST_DELAY_S = 0.03
"""Longest delay after them, so that a kill may hit a batch at any stage."""

DOES = (
    "Writers create and patch leads over HTTP. The campaign kills the server and all its processes (two on "
    "PostgreSQL) with SIGKILL at a random moment. After each restart it checks everything new: acknowledged writes "
    "are there, versions and feed positions have no gaps or repeats, and every lead equals the fold of its change "
    "records."
)
SHOWS = (
    "Zero violations show that an acknowledged write survives the death of the process and that no write is stored in "
    "part. They do not show what a power cut does: the operating system lives on, and so does its disk cache."
)


class KillResult(NamedTuple):
    load: FaultyLoad
    problems: list[str]
    applied: int
    """Unanswered updates that had been applied, which is allowed, once."""


def run(trial: Trial) -> Campaign:
    options = ["--workers", "2"] if trial.engine == "postgres" else []
    server = Leadloop(trial.engine, trial.database("killed"), options=options)
    with serving(server) as client:
        ledger = Ledger(server.database, client.account_id)
        for number in range(1, trial.options.kills + 1):
            result = _kill(trial, server, client, ledger, number)
            trial.add_violations(result.problems)
            result.load.count(trial.counts)
            trial.counts["unanswered updates"] += len(result.load.unanswered)
            trial.counts["unanswered updates that had been applied"] += result.applied
            trial.log_progress(number, f"kills, {trial.counts['updates acknowledged']:,} updates acknowledged")
        trial.add_violations(ledger.check_everything())
        trial.counts["records in the feed"] = ledger.records
        server.run("doctor")
    control = _control(trial)
    return trial.finish(does=DOES, shows=SHOWS, trials=trial.options.kills, unit="kills", control=control)


def _kill(trial: Trial, server: Leadloop, client: Client, ledger: Ledger, number: int) -> KillResult:
    load = FaultyLoad(client, f"{trial.options.seed} {number}", mortal=True)
    asyncio.run(_write_and_kill(trial, load, server, client.new_lead()))
    server.start()
    return KillResult(load, load.judge(ledger), ledger.count_applied(load.unanswered))


async def _write_and_kill(trial: Trial, load: FaultyLoad, server: Leadloop, shared_id: str) -> None:
    async with load.run_writers(shared_id, trial.options.writers, *trial.random_moment(ACKS, LONGEST_DELAY_S)):
        await asyncio.to_thread(server.kill)


def _control(trial: Trial) -> Control:
    """The same load, kill and check on a leadloop that answers before the commit."""
    server = Leadloop(trial.engine, trial.database("control"), command=controls.command("answers-early"))
    with serving(server) as client:
        result = _kill(trial, server, client, Ledger(server.database, client.account_id), 0)
    lost = [problem for problem in result.problems if problem.endswith("is lost")]
    counts = {"kills": 1, "updates acknowledged": len(result.load.acks), "lost": len(lost)}
    return control_result("answers before the commit", counts, lost)
