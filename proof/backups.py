"""Backups while writers write, each restored and compared with what was acknowledged before it began."""

import asyncio
import shutil
from pathlib import Path

from lab.faulty_load import FaultyLoad
from lab.ledger import Ledger
from lab.load import Ack
from lab.server import Client, Leadloop, serving
from proof.report import Campaign
from proof.trial import Trial, caught

ENGINES = ("sqlite",)

LEAST_ACKS, MOST_ACKS = 20, 150
"""So many updates are acknowledged before a backup, chosen at random."""
PATIENCE_S = 60.0
NAIVE = 4
"""Copies of the control: one that is made right behind a checkpoint can be whole."""

DOES = (
    "Writers create leads and patch them over HTTP. At random moments leadloop backup makes a backup while they go on, "
    "and leadloop restore a database of it. That is checked as a whole: versions and feed positions without a gap or a "
    "repeat, every lead equal to the fold of its change records, and everything acknowledged before the backup began."
)
SHOWS = (
    "Zero violations show that a backup is the database as of one moment after it began, whatever is written "
    "meanwhile. They do not show how long one takes of a large database."
)


class Copy:
    """A copy of the database of a server, and what was acknowledged when it began."""

    def __init__(self, load: FaultyLoad, path: Path) -> None:
        self.path = path
        self._acks: list[Ack] = list(load.acks)
        self._created = list(load.created)

    def problems(self, client: Client) -> list[str]:
        ledger = Ledger(str(self.path), client.account_id)
        try:
            return ledger.check() + ledger.lost(self._acks, self._created)
        except Exception as error:
            return [f"the copy cannot be read: {type(error).__name__}"]


def run(trial: Trial) -> Campaign:
    server = Leadloop(trial.engine, trial.database("saved"))
    with serving(server) as client:
        load = FaultyLoad(client, str(trial.options.seed), mortal=False)
        problems = asyncio.run(_save(trial, server, client, load))
        trial.found(load.problems)
    trial.counts["updates acknowledged"] = len(load.acks)
    trial.counts["leads acknowledged"] = len(load.created)
    control = caught("cp of the database file alone", {"copies": NAIVE, "problems": len(problems)}, problems)
    return trial.finish(does=DOES, shows=SHOWS, trials=trial.options.kills, unit="backups", control=control)


async def _save(trial: Trial, server: Leadloop, client: Client, load: FaultyLoad) -> list[str]:
    """Backs up again and again under load, and at last as nobody should: what is wrong with those copies."""
    writing = asyncio.create_task(load.write_until_stopped(client.new_lead(), trial.options.writers))
    try:
        for number in range(1, trial.options.kills + 1):
            await _more(trial, load)
            copy = Copy(load, trial.directory / f"restored_{number}.db")
            await asyncio.to_thread(_back_up_and_restore, trial, server, copy.path, load)
            trial.found(await asyncio.to_thread(copy.problems, client))
            copy.path.unlink()
            trial.progress(number, f"backups, {len(load.acks):,} updates acknowledged")
        problems = []
        for number in range(NAIVE):
            await _more(trial, load)
            copy = Copy(load, trial.directory / f"naive_{number}.db")
            await asyncio.to_thread(shutil.copyfile, server.database, copy.path)
            problems += await asyncio.to_thread(copy.problems, client)
        return problems
    finally:
        load.stop.set()
        await writing


async def _more(trial: Trial, load: FaultyLoad) -> None:
    if not await load.acknowledged(trial.random.randint(LEAST_ACKS, MOST_ACKS), PATIENCE_S):
        trial.found(["the writers came to a halt"])


def _back_up_and_restore(trial: Trial, server: Leadloop, restored: Path, load: FaultyLoad) -> None:
    backup = restored.with_suffix(".backup")
    before = len(load.acks)
    server.run("backup", str(backup))
    trial.counts["updates acknowledged while a backup was made"] += len(load.acks) - before
    server.run("restore", str(backup), "--database", str(restored))
    backup.unlink()
