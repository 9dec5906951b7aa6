"""Moves, deletes, replaces and overwrites the database file and its log under a running server, under load."""

import asyncio
from collections import Counter
from contextlib import closing, suppress

from lab.faulty_load import PATIENCE_S, FaultyLoad
from lab.ledger import Ledger
from lab.server import Client, Leadloop, serving
from proof.files_damage import DAMAGES, Damage, Files
from proof.files_server import COMMAND
from proof.report import Campaign, Control
from proof.trial import Trial, control_result

ENGINES = ("sqlite",)

ACKS = 40, 200
"""Updates acknowledged before the damage, a random number in this range."""
UNNOTICED_ACKS = 40
"""Updates acknowledged after the damage, by a leadloop that does not notice it."""
POLL_S = 0.005
REFUSED = "requests answered 503 with Retry-After"

DOES = (
    "Writers create and patch leads over HTTP. At a random moment the campaign moves or deletes the database file, "
    "replaces or overwrites it with an older copy, or deletes or replaces its log, in turn. Once the server refuses "
    "writes, the campaign kills it with SIGKILL, repairs the files as docs/operations.md says (a deleted log needs no "
    "repair, a deleted database is copied from /proc), starts the server again and checks everything new as the "
    "campaign `kill` does."
)
SHOWS = (
    "Zero violations show that the server notices each of these faults before it acknowledges a write that would be "
    "lost, and that every acknowledged write survives. The older copy differs from the database: overwriting the file "
    "with an identical copy goes unnoticed, and does no harm."
)


def run(trial: Trial) -> Campaign:
    server = Leadloop(trial.engine, trial.database("damaged"))
    number, names = trial.options.kills, list(DAMAGES)
    with serving(server) as client:
        ledger = Ledger(server.database, client.account_id)
        _make_copy(server, client)
        for done in range(number):
            name = names[done % len(names)]
            trial.add_violations(
                f"{name}: {problem}" for problem in _trial(trial, server, client, ledger, DAMAGES[name])
            )
            trial.counts[name] += 1
            trial.log_progress(done + 1, f"{name}, {trial.counts['updates acknowledged']:,} updates acknowledged")
        trial.add_violations(ledger.check_everything())
        server.run("doctor")
    return trial.finish(does=DOES, shows=SHOWS, trials=number, unit="damaged files", control=_control(trial))


def _make_copy(server: Leadloop, client: Client) -> None:
    """Makes an older copy: the database differs from it afterwards."""
    server.stop()
    Files(server).copy_database()
    server.start()
    client.new_lead()
    server.stop()
    server.start()


def _trial(trial: Trial, server: Leadloop, client: Client, ledger: Ledger, damage: Damage) -> list[str]:
    """Damages the files under load, repairs them and restarts the server; returns what is wrong."""
    files = Files(server)
    load = FaultyLoad(client, f"{trial.options.seed} {trial.counts['updates acknowledged']}", mortal=False)
    problems = asyncio.run(_write_and_damage(trial, load, files, client.new_lead(), damage))
    damage.repair(files)
    server.start()
    problems += load.judge(ledger)
    trial.counts["updates acknowledged"] += len(load.acks)
    trial.counts["leads acknowledged"] += len(load.created)
    trial.counts["requests answered 503"] += load.counts[REFUSED]
    trial.counts["refused updates that had been applied"] += ledger.count_applied(load.refused)
    return problems


async def _write_and_damage(
    trial: Trial, load: FaultyLoad, files: Files, shared_id: str, damage: Damage, *, unnoticed: bool = False
) -> list[str]:
    problems = []
    async with load.run_writers(shared_id, trial.options.writers, trial.random.randint(*ACKS)):
        if unnoticed:
            await asyncio.to_thread(files.checkpoint)
        await asyncio.to_thread(damage.do, files)
        if unnoticed:
            await load.wait_for_acks(UNNOTICED_ACKS, PATIENCE_S)
        elif not await _wait_for_refusal(load):
            problems.append("no write was refused")
        await asyncio.to_thread(damage.rescue, files)
    await asyncio.to_thread(files.server.kill)
    return problems


async def _wait_for_refusal(load: FaultyLoad) -> bool:
    for _ in range(round(PATIENCE_S / POLL_S)):
        if load.counts[REFUSED]:
            return True
        await asyncio.sleep(POLL_S)
    return False


class UncheckedServer(Leadloop):
    """A leadloop that does not check its database files."""

    def __init__(self, database: str) -> None:
        super().__init__("sqlite", database, command=COMMAND)

    def run(self, *arguments: str) -> str:
        """Does nothing: a command would check the files. The server migrates the database itself."""
        return ""


def _control(trial: Trial) -> Control:
    """The same load and damage on a leadloop that does not check its files, restarted on what is left of them."""
    counts, problems_by_damage = Counter[str](), []
    for name in [name for name in ("database replaced", "log deleted", "database overwritten") if trial.counts[name]]:
        server = UncheckedServer(trial.database(f"control {name}"))
        acknowledged, lost = _count_lost(trial, server, DAMAGES[name])
        counts["acknowledged"] += acknowledged
        counts[f"{name}: lost"] = len(lost)
        problems_by_damage.append([f"{name}: {problem}" for problem in lost])
    each = [problem for problems in problems_by_damage for problem in problems[:3]]
    return control_result("does not check its database files", dict(counts), each if all(problems_by_damage) else [])


def _count_lost(trial: Trial, server: UncheckedServer, damage: Damage) -> tuple[int, list[str]]:
    """Returns the number of acknowledged writes, and the lost ones."""
    server.start()
    try:
        with closing(server.client()) as client:
            shared_id = client.new_lead()
            _make_copy(server, client)
            files = Files(server)
            load = FaultyLoad(client, f"{trial.options.seed} control", mortal=True)
            asyncio.run(_write_and_damage(trial, load, files, shared_id, damage, unnoticed=True))
        acknowledged = len(load.acks) + len(load.created)
        try:
            server.start()
        except RuntimeError:
            return acknowledged, ["the server does not start: everything is lost"]
        with closing(client.at(server)) as client:
            return acknowledged, _missing(client, load)
    finally:
        with suppress(ProcessLookupError):
            server.kill()


def _missing(client: Client, load: FaultyLoad) -> list[str]:
    """Reports acknowledged writes that the server does not show."""
    versions: dict[str, int] = {}
    for lead_id in {*load.created, *(ack.lead_id for ack in load.acks)}:
        answer = client.expad("GET", f"lead/{lead_id}")
        versions[lead_id] = int(answer.headers["etag"].strip('"')) if answer.status_code == 200 else 0
    lost = [f"created lead {lead_id} is lost" for lead_id in load.created if not versions[lead_id]]
    return lost + [
        f"version {ack.version} of lead {ack.lead_id} is lost"
        for ack in load.acks
        if ack.version > versions[ack.lead_id]
    ]
