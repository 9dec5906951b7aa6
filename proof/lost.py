"""Many clients patch one lead at once, each its own fields: is any update lost?"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from lab import controls
from lab.async_http import AsyncHttp
from lab.ledger import load_content_at_rest
from lab.load_checks import AccountContent, inconsistencies
from lab.server import Client, Leadloop, serving
from leadloop.core.changes import Change, pointer
from leadloop.core.leads.model import Lead
from proof.report import Campaign, Control
from proof.trial import Trial, control_result

ENGINES = ("sqlite", "postgres")

FIELDS = 10
"""Fields of each client, written in turn: well below a lead's limit of a thousand."""

DOES = (
    "All clients patch one lead over HTTP at once. Each sets its own ten custom fields in turn, every time to another "
    "value; on PostgreSQL with one and with two server processes. Each acknowledged patch must have a version and a "
    "change record of its own, whose `before` is the value that the client wrote last, and must be in the lead."
)
SHOWS = (
    "Zero violations show that no patch overwrites the fields of another, within one process or between two. They do "
    "not define an order between patches of the same field by different clients: the last one wins."
)


class Patch(NamedTuple):
    """An acknowledged patch, the `number`-th of a client."""

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


class PatchResults(NamedTuple):
    acknowledged: list[Patch]
    refused: list[str]


def run(trial: Trial) -> Campaign:
    patches = 0
    for workers in (1, 2) if trial.engine == "postgres" else (1,):
        options = ["--workers", str(workers)] if workers > 1 else []
        server = Leadloop(trial.engine, trial.database(f"lost_{workers}"), options=options)
        done, problems = _patch(trial, server)
        trial.add_violations(problems)
        patches += len(done)
        trial.counts[f"patches acknowledged, {workers} server process{'es' * (workers > 1)}"] = len(done)
        trial.log(f"{len(done):,} patches by {trial.options.clients} clients, {workers} server process(es)")
    control = _control(trial)
    return trial.finish(does=DOES, shows=SHOWS, trials=patches, unit="patches", control=control)


def _patch(trial: Trial, server: Leadloop) -> tuple[list[Patch], list[str]]:
    """Runs the load; returns the acknowledged patches and all problems."""
    with serving(server) as client:
        lead_id = client.new_lead()
        results = asyncio.run(_all_at_once(client, lead_id, trial.options.clients, trial.options.patches))
        stored = load_content_at_rest(server.database, client.account_id)
    lead = stored.leads[lead_id]
    lost = find_lost(lead, stored, results.acknowledged)
    return results.acknowledged, results.refused + lost + inconsistencies(stored)


async def _all_at_once(client: Client, lead_id: str, clients: int, patches: int) -> PatchResults:
    results = PatchResults([], [])

    async def write(number: int) -> None:
        async with AsyncHttp(client.url, client.key) as http:
            for n in range(patches):
                patch = Patch(number, n, 0)
                answer = await http.patch(f"/api/v1/leads/{lead_id}", json={"customFields": {patch.field: patch.value}})
                if answer.status_code == 200:
                    results.acknowledged.append(patch._replace(version=int(answer.headers["etag"].strip('"'))))
                else:
                    results.refused.append(f"a patch was answered {answer.status_code}")

    await asyncio.gather(*map(write, range(clients)))
    return results


def find_lost(lead: Lead, stored: AccountContent, acknowledged: Sequence[Patch]) -> list[str]:
    """Reports patches that are not in the lead, have no own version, or were undone before the client's next one."""
    problems = []
    records = {record.version: record for record in stored.records(lead.id)}
    last: defaultdict[int, dict[str, str]] = defaultdict(dict)
    for patch in acknowledged:
        problems += _check_record(patch, records.get(patch.version))
        last[patch.client][patch.field] = patch.value
    for client, fields in last.items():
        problems += [
            f"{field} of client {client} differs from the last write: {value}"
            for field, value in fields.items()
            if lead.custom_fields.get(field) != value
        ]
    twice = [version for version, n in Counter(patch.version for patch in acknowledged).items() if n > 1]
    problems += [f"several patches have version {version}" for version in twice]
    if lead.version != 1 + len(acknowledged):
        problems.append(f"the lead is at version {lead.version} after {len(acknowledged)} patches")
    return problems


def _check_record(patch: Patch, record: Change | None) -> list[str]:
    name = pointer("custom_fields", patch.field)
    field = next((change for change in record.fields if change.field == name), None) if record else None
    if field is None or field.after != patch.value:
        return [f"version {patch.version} is not that of {patch.field} = {patch.value}"]
    if field.before != patch.before:
        return [f"{patch.field} was {field.before} before {patch.value}, expected {patch.before}: an update is lost"]
    return []


def _control(trial: Trial) -> Control:
    """The same load and check on a leadloop that reads the lead, changes it and writes it back."""
    server = Leadloop(trial.engine, trial.database("control"), command=controls.command("loses-updates"))
    done, problems = _patch(trial, server)
    undone = [problem for problem in problems if problem.endswith("an update is lost") or "the last write" in problem]
    return control_result(
        "reads the lead, changes it and writes it back whole",
        {"patches acknowledged": len(done), "lost updates": len(undone)},
        undone,
    )
