"""SIGKILL of the server, with all its processes, under load; the same database through all kills."""

import asyncio
from typing import NamedTuple

from lab import controls
from lab.faulty_load import FaultyLoad
from lab.ledger import Ledger
from lab.server import Client, Leadloop, serving
from proof.report import Campaign, Control
from proof.trial import Trial, caught

ENGINES = ("sqlite", "postgres")

ACKS = 20, 250
"""So many updates are acknowledged before a kill, chosen at random."""
LONGEST_DELAY_S = 0.03
"""And then some time passes, so that the kill may fall anywhere in a group's way."""

DOES = (
    "Writers create leads and patch them over HTTP; the server and all its processes (two on PostgreSQL) are killed "
    "with SIGKILL at a random moment, and after each restart the whole of what is new is checked: acknowledged writes, "
    "versions and feed positions without a gap or a repeat, and every lead equal to the fold of its change records."
)
SHOWS = (
    "Zero violations show that an acknowledged write survives the death of the process and that nothing is there by "
    "half; they do not show what a power cut does, for the operating system lives on and its disk cache with it."
)


class Kill(NamedTuple):
    load: FaultyLoad
    problems: list[str]
    there: int
    """Of the updates that nobody answered, those that were made all the same: they may be, once."""


def run(trial: Trial) -> Campaign:
    options = ["--workers", "2"] if trial.engine == "postgres" else []
    server = Leadloop(trial.engine, trial.database("killed"), options=options)
    with serving(server) as client:
        ledger = Ledger(server.database, client.account_id)
        for number in range(1, trial.options.kills + 1):
            done = _kill(trial, server, client, ledger, number)
            trial.found(done.problems)
            done.load.count(trial.counts)
            trial.counts["updates without an answer"] += len(done.load.unanswered)
            trial.counts["of these made all the same, once"] += done.there
            trial.progress(number, f"kills, {trial.counts['updates acknowledged']:,} updates acknowledged")
        trial.found(ledger.check_everything())
        trial.counts["records in the feed"] = ledger.records
        server.run("doctor")
    control = _control(trial)
    return trial.finish(does=DOES, shows=SHOWS, trials=trial.options.kills, unit="kills", control=control)


def _kill(trial: Trial, server: Leadloop, client: Client, ledger: Ledger, number: int) -> Kill:
    load = FaultyLoad(client, f"{trial.options.seed} {number}", mortal=True)
    asyncio.run(_write_and_kill(trial, load, server, client.new_lead()))
    server.start()
    return Kill(load, load.judge(ledger), ledger.applied(load.unanswered))


async def _write_and_kill(trial: Trial, load: FaultyLoad, server: Leadloop, shared_id: str) -> None:
    async with load.written(shared_id, trial.options.writers, *trial.moment(ACKS, LONGEST_DELAY_S)):
        await asyncio.to_thread(server.kill)


def _control(trial: Trial) -> Control:
    """The same load, kill and check on a leadloop that answers before the commit."""
    server = Leadloop(trial.engine, trial.database("control"), command=controls.command("answers-early"))
    with serving(server) as client:
        done = _kill(trial, server, client, Ledger(server.database, client.account_id), 0)
    lost = [problem for problem in done.problems if problem.endswith("is lost")]
    counts = {"kills": 1, "updates acknowledged": len(done.load.acks), "lost": len(lost)}
    return caught("answers before the commit", counts, lost)
