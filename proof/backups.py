"""Makes backups under load, restores each, and compares it with what was acknowledged before it began."""

import asyncio
import shutil
from pathlib import Path

from lab.faulty_load import FaultyLoad
from lab.ledger import Ledger
from lab.load import Ack
from lab.server import Client, Leadloop, serving
from proof.report import Campaign
from proof.trial import Trial, control_result

ENGINES = ("sqlite",)

LEAST_ACKS, MOST_ACKS = 20, 150
"""Updates acknowledged before a backup, a random number in this range."""
PATIENCE_S = 60.0
NAIVE = 4
"""Copies of the control: one that is made right after a checkpoint can be complete."""

DOES = (
    "Writers create and patch leads over HTTP. At random moments `leadloop backup` makes a backup while they write, "
    "and `leadloop restore` restores it to a new database. The campaign checks the whole restored database: versions "
    "and feed positions have no gaps or repeats, every lead equals the fold of its change records, and everything "
    "acknowledged before the backup began is there."
)
SHOWS = (
    "Zero violations show that a backup is a consistent snapshot taken after the backup began, whatever is written "
    "meanwhile. They do not show how long the backup of a large database takes."
)


class Copy:
    """A copy of a server's database, and the writes acknowledged when the copying began."""

    def __init__(self, load: FaultyLoad, path: Path) -> None:
        self.path = path
        self._acks: list[Ack] = list(load.acks)
        self._created = list(load.created)

    def problems(self, client: Client) -> list[str]:
        ledger = Ledger(str(self.path), client.account_id)
        try:
            return ledger.check() + ledger.find_lost(self._acks, self._created)
        except Exception as error:
            return [f"the copy cannot be read: {type(error).__name__}"]


def run(trial: Trial) -> Campaign:
    server = Leadloop(trial.engine, trial.database("saved"))
    with serving(server) as client:
        load = FaultyLoad(client, str(trial.options.seed), mortal=False)
        problems = asyncio.run(_save(trial, server, client, load))
        trial.add_violations(load.problems)
    trial.counts["updates acknowledged"] = len(load.acks)
    trial.counts["leads acknowledged"] = len(load.created)
    control = control_result("cp of the database file alone", {"copies": NAIVE, "problems": len(problems)}, problems)
    return trial.finish(does=DOES, shows=SHOWS, trials=trial.options.kills, unit="backups", control=control)


async def _save(trial: Trial, server: Leadloop, client: Client, load: FaultyLoad) -> list[str]:
    """Makes backups under load, then copies of the file alone; returns the problems of those copies."""
    writing = asyncio.create_task(load.write_until_stopped(client.new_lead(), trial.options.writers))
    try:
        for number in range(1, trial.options.kills + 1):
            await _wait_for_updates(trial, load)
            copy = Copy(load, trial.directory / f"restored_{number}.db")
            await asyncio.to_thread(_back_up_and_restore, trial, server, copy.path, load)
            trial.add_violations(await asyncio.to_thread(copy.problems, client))
            copy.path.unlink()
            trial.log_progress(number, f"backups, {len(load.acks):,} updates acknowledged")
        problems = []
        for number in range(NAIVE):
            await _wait_for_updates(trial, load)
            copy = Copy(load, trial.directory / f"naive_{number}.db")
            await asyncio.to_thread(shutil.copyfile, server.database, copy.path)
            problems += await asyncio.to_thread(copy.problems, client)
        return problems
    finally:
        load.stop.set()
        await writing


async def _wait_for_updates(trial: Trial, load: FaultyLoad) -> None:
    if not await load.wait_for_acks(trial.random.randint(LEAST_ACKS, MOST_ACKS), PATIENCE_S):
        trial.add_violations(["the writers halted"])


def _back_up_and_restore(trial: Trial, server: Leadloop, restored: Path, load: FaultyLoad) -> None:
    backup = restored.with_suffix(".backup")
    before = len(load.acks)
    server.run("backup", str(backup))
    trial.counts["updates acknowledged while a backup was made"] += len(load.acks) - before
    server.run("restore", str(backup), "--database", str(restored))
    backup.unlink()
