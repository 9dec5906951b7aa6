"""The database file and its log are moved, deleted, replaced and overwritten under a running server, under load."""

import asyncio
from collections import Counter
from contextlib import closing, suppress

from lab.faulty_load import PATIENCE_S, FaultyLoad
from lab.ledger import Ledger
from lab.server import Client, Leadloop, serving
from proof.files_harm import HARMS, Files, Harm
from proof.files_served import COMMAND
from proof.report import Campaign, Control
from proof.trial import Trial, caught

ENGINES = ("sqlite",)

ACKS = 40, 200
"""So many updates are acknowledged before the harm, chosen at random."""
UNNOTICED_ACKS = 40
"""After it, by a leadloop that does not notice."""
POLL_S = 0.005
REFUSED = "requests answered 503 with Retry-After"

DOES = (
    "Writers create leads and patch them over HTTP. At a random moment the database file is moved, deleted, replaced "
    "by an older copy or overwritten with it, or its log is deleted or replaced, in turn. When the server refuses "
    "writes it is killed with SIGKILL, the files are put back as docs/operations.md says (a deleted log needs nothing, "
    "a deleted database is copied out of /proc), the server is started again, and all that is new is checked as in the "
    "campaign kill."
)
SHOWS = (
    "Zero violations show that a server notices each of these before it acknowledges anything that would be lost, and "
    "that what is acknowledged comes back. The older copy differs from the database; one that is the "
    "same byte for byte is not noticed where it overwrites the file, and does no harm."
)


def run(trial: Trial) -> Campaign:
    server = Leadloop(trial.engine, trial.database("harmed"))
    number, names = trial.options.kills, list(HARMS)
    with serving(server) as client:
        ledger = Ledger(server.database, client.account_id)
        _make_copy(server, client)
        for done in range(number):
            name = names[done % len(names)]
            trial.found(f"{name}: {problem}" for problem in _trial(trial, server, client, ledger, HARMS[name]))
            trial.counts[name] += 1
            trial.progress(done + 1, f"{name}, {trial.counts['updates acknowledged']:,} updates acknowledged")
        trial.found(ledger.check_everything())
        server.run("doctor")
    return trial.finish(does=DOES, shows=SHOWS, trials=number, unit="harmed files", control=_control(trial))


def _make_copy(server: Leadloop, client: Client) -> None:
    """An older copy, which the database then differs from."""
    server.stop()
    Files(server).copy_closed()
    server.start()
    client.new_lead()
    server.stop()
    server.start()


def _trial(trial: Trial, server: Leadloop, client: Client, ledger: Ledger, harm: Harm) -> list[str]:
    """From a running server to the next one; what is wrong."""
    files = Files(server)
    load = FaultyLoad(client, f"{trial.options.seed} {trial.counts['updates acknowledged']}", mortal=False)
    problems = asyncio.run(_write_and_harm(trial, load, files, client.new_lead(), harm))
    harm.repair(files)
    server.start()
    problems += load.judge(ledger)
    trial.counts["updates acknowledged"] += len(load.acks)
    trial.counts["leads acknowledged"] += len(load.created)
    trial.counts["requests answered 503"] += load.counts[REFUSED]
    trial.counts["of the refused updates made all the same, once"] += ledger.applied(load.refused)
    return problems


async def _write_and_harm(
    trial: Trial, load: FaultyLoad, files: Files, shared_id: str, harm: Harm, *, unnoticed: bool = False
) -> list[str]:
    problems = []
    async with load.written(shared_id, trial.options.writers, trial.random.randint(*ACKS)):
        if unnoticed:
            await asyncio.to_thread(files.copy_log)
        await asyncio.to_thread(harm.do, files)
        if unnoticed:
            await load.acknowledged(UNNOTICED_ACKS, PATIENCE_S)
        elif not await _refused(load):
            problems.append("no write was refused")
        await asyncio.to_thread(harm.rescue, files)
    await asyncio.to_thread(files.server.kill)
    return problems


async def _refused(load: FaultyLoad) -> bool:
    for _ in range(round(PATIENCE_S / POLL_S)):
        if load.counts[REFUSED]:
            return True
        await asyncio.sleep(POLL_S)
    return False


class Careless(Leadloop):
    """Does not look after its files."""

    def __init__(self, database: str) -> None:
        super().__init__("sqlite", database, command=COMMAND)

    def run(self, *arguments: str) -> str:
        """Nothing: a command would look after the files. The server migrates the database itself."""
        return ""


def _control(trial: Trial) -> Control:
    """The same load and harm on a leadloop that does not look after its files, started again on what is there then."""
    counts, found = Counter[str](), []
    for name in [name for name in ("database replaced", "log deleted", "database overwritten") if trial.counts[name]]:
        server = Careless(trial.database(f"control {name}"))
        acknowledged, lost = _lost(trial, server, HARMS[name])
        counts["acknowledged"] += acknowledged
        counts[f"{name}: lost"] = len(lost)
        found.append([f"{name}: {problem}" for problem in lost])
    each = [problem for problems in found for problem in problems[:3]]
    return caught("does not look after its files", dict(counts), each if all(found) else [])


def _lost(trial: Trial, server: Careless, harm: Harm) -> tuple[int, list[str]]:
    """How much was acknowledged, and what of it is lost."""
    server.start()
    try:
        with closing(server.client()) as client:
            shared_id = client.new_lead()
            _make_copy(server, client)
            files = Files(server)
            load = FaultyLoad(client, f"{trial.options.seed} control", mortal=True)
            asyncio.run(_write_and_harm(trial, load, files, shared_id, harm, unnoticed=True))
        acknowledged = len(load.acks) + len(load.created)
        try:
            server.start()
        except RuntimeError:
            return acknowledged, ["the server does not start any more: all is lost"]
        with closing(client.at(server)) as client:
            return acknowledged, _missing(client, load)
    finally:
        with suppress(ProcessLookupError):
            server.kill()


def _missing(client: Client, load: FaultyLoad) -> list[str]:
    """By what the server shows."""
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
