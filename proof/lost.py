"""Many clients patch one lead at once, each its own fields: is any of their updates lost?"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import httpx

from lab import controls
from lab.ledger import stored_at_rest
from lab.load_checks import Stored, inconsistencies
from lab.server import Client, Leadloop, serving
from leadloop.core.changes import Change, pointer
from leadloop.core.leads.model import Lead
from proof.report import Campaign, Control
from proof.trial import Trial, caught

ENGINES = ("sqlite", "postgres")

FIELDS = 10
"""Of each client; it writes them in turn, so that a lead's limit of a thousand is far."""

DOES = (
    "All clients patch the same lead over HTTP at once, each in turn its own ten custom fields, every time with "
    "another value, on PostgreSQL with one and with two server processes; then each acknowledged patch must have its "
    "own version with its own record, whose `before` is what the same client wrote last, and be in the lead."
)
SHOWS = (
    "Zero violations show that no patch undoes another one's fields, within a process or between two; they do not "
    "show an order between patches of the same field by different clients, where the last one wins."
)


class Patch(NamedTuple):
    """An acknowledged one: the `number`-th of a client."""

    client: int
    number: int
    version: int

    @property
    def field(self) -> str:
        return f"c{self.client}_{self.number % FIELDS}"

    @property
    def value(self) -> str:
        return f"value {self.number}"

    @property
    def before(self) -> str | None:
        return f"value {self.number - FIELDS}" if self.number >= FIELDS else None


class Written(NamedTuple):
    acknowledged: list[Patch]
    refused: list[str]


def run(trial: Trial) -> Campaign:
    patches = 0
    for workers in (1, 2) if trial.engine == "postgres" else (1,):
        options = ["--workers", str(workers)] if workers > 1 else []
        server = Leadloop(trial.engine, trial.database(f"lost_{workers}"), options=options)
        done, problems = _patch(trial, server)
        trial.found(problems)
        patches += len(done)
        trial.counts[f"patches acknowledged, {workers} server process{'es' * (workers > 1)}"] = len(done)
        trial.say(f"{len(done):,} patches by {trial.options.clients} clients, {workers} server process(es)")
    control = _control(trial)
    return trial.finish(does=DOES, shows=SHOWS, trials=patches, unit="patches", control=control)


def _patch(trial: Trial, server: Leadloop) -> tuple[list[Patch], list[str]]:
    """What was acknowledged, and everything that is wrong."""
    with serving(server) as client:
        lead_id = client.new_lead()
        written = asyncio.run(_all_at_once(client, lead_id, trial.options.clients, trial.options.patches))
        found = stored_at_rest(server.database, client.account_id)
    lead = found.leads[lead_id]
    return written.acknowledged, written.refused + lost(lead, found, written.acknowledged) + inconsistencies(found)


async def _all_at_once(client: Client, lead_id: str, clients: int, patches: int) -> Written:
    written = Written([], [])

    async def write(number: int) -> None:
        headers = {"X-API-Key": client.key}
        async with httpx.AsyncClient(base_url=client.url, headers=headers, timeout=60.0) as http:
            for n in range(patches):
                patch = Patch(number, n, 0)
                answer = await http.patch(f"/api/v1/leads/{lead_id}", json={"customFields": {patch.field: patch.value}})
                if answer.status_code == 200:
                    written.acknowledged.append(patch._replace(version=int(answer.headers["etag"].strip('"'))))
                else:
                    written.refused.append(f"a patch was answered {answer.status_code}")

    await asyncio.gather(*map(write, range(clients)))
    return written


def lost(lead: Lead, found: Stored, acknowledged: Sequence[Patch]) -> list[str]:
    """Patches that are not in the lead, have not their own version, or were undone before their client's next one."""
    problems = []
    records = {record.version: record for record in found.records(lead.id)}
    last: defaultdict[int, dict[str, str]] = defaultdict(dict)
    for patch in acknowledged:
        problems += _unrecorded(patch, records.get(patch.version))
        last[patch.client][patch.field] = patch.value
    for client, fields in last.items():
        problems += [
            f"{field} of client {client} is not what it wrote last: {value}"
            for field, value in fields.items()
            if lead.custom_fields.get(field) != value
        ]
    twice = [version for version, n in Counter(patch.version for patch in acknowledged).items() if n > 1]
    problems += [f"version {version} was given to several patches" for version in twice]
    if lead.version != 1 + len(acknowledged):
        problems.append(f"the lead is at version {lead.version} after {len(acknowledged)} patches")
    return problems


def _unrecorded(patch: Patch, record: Change | None) -> list[str]:
    name = pointer("custom_fields", patch.field)
    field = next((one for one in record.fields if one.field == name), None) if record else None
    if field is None or field.after != patch.value:
        return [f"version {patch.version} is not that of {patch.field} = {patch.value}"]
    if field.before != patch.before:
        return [f"{patch.field} was {field.before} when {patch.value} came, and not {patch.before}: an update is lost"]
    return []


def _control(trial: Trial) -> Control:
    """The same load and check on a leadloop that reads, changes and writes back."""
    server = Leadloop(trial.engine, trial.database("control"), command=controls.command("loses-updates"))
    done, problems = _patch(trial, server)
    undone = [problem for problem in problems if problem.endswith("an update is lost") or "wrote last" in problem]
    return caught(
        "reads the lead, changes it, writes it back whole",
        {"patches acknowledged": len(done), "found lost": len(undone)},
        undone,
    )
