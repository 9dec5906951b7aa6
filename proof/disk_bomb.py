"""Small requests with an Idempotency-Key that are answered with a large lead: what the database stores of each."""

import asyncio
from typing import NamedTuple

from lab import controls, databases
from lab.server import Client, Leadloop, serving
from proof.lines import Ask, Line, Said, lead_path
from proof.report import Campaign, Control
from proof.trial import Trial, caught

ENGINES = ("sqlite", "postgres")

LIMIT_BYTES = 2_048
"""Of a request in the database: its row with two indexes, and pages that are not full."""
NOTES, NOTE_BYTES = 4, 60_000
PAGES = ("page_count", "freelist_count", "page_size")
TEXT = "x" * 200
CONTROL_BOMBS = 20

DOES = (
    "Requests of some 350 bytes, each with an Idempotency-Key of its own, ask for a lead of 240 KB as their answer and "
    "change nothing of it, so that the database grows by what it stores under the keys alone; then each is repeated, "
    "and its answer must be the first one: status, body and ETag."
)
SHOWS = (
    f"Zero violations show that a request adds at most {LIMIT_BYTES:,} bytes to the database under its key, however "
    "large the answer is; they say nothing of requests that change the lead, whose change log is kept for good."
)


class Found(NamedTuple):
    problems: list[str]
    grown_bytes: int
    answer_bytes: int


def run(trial: Trial) -> Campaign:
    bombs = trial.options.bombs
    found = _attack(trial, Leadloop(trial.engine, trial.database("bombs")), bombs)
    trial.found(found.problems)
    trial.counts.update(_counts(found, bombs))
    return trial.finish(does=DOES, shows=SHOWS, trials=bombs, unit="requests", control=_control(trial))


def _control(trial: Trial) -> Control:
    command = controls.command("stores-texts")
    server = Leadloop(trial.engine, trial.database("control"), command=command)
    found = _attack(trial, server, CONTROL_BOMBS)
    return caught("stores the text of each answer", _counts(found, CONTROL_BOMBS), found.problems)


def _counts(found: Found, bombs: int) -> dict[str, int]:
    return {
        "bytes answered to each": found.answer_bytes // bombs,
        "bytes stored of each": found.grown_bytes // bombs,
    }


def _attack(trial: Trial, server: Leadloop, bombs: int) -> Found:
    with serving(server) as client:
        lead_id = client.new_leadsail_lead()
        client.patch_leadsail(lead_id, {"detail": TEXT}).raise_for_status()
        for number in range(NOTES):
            note = {"id": f"n{number}", "text": trial.random.randbytes(NOTE_BYTES // 2).hex()}
            client.patch_leadsail(lead_id, {"notes": [note]}).raise_for_status()
        before = _database_bytes(server.database)
        first, again = asyncio.run(_send(client, lead_id, bombs))
        grown_bytes = _database_bytes(server.database) - before
    problems = [
        f"a repeated request was answered {two}"
        for one, two in zip(first, again, strict=True)
        if not _is_same(one, two)
    ]
    if grown_bytes > bombs * LIMIT_BYTES:
        problems.append(f"the database grew by {grown_bytes // bombs:,} bytes for each of {bombs} requests")
    return Found(problems, grown_bytes, sum(len(said.body) for said in first))


async def _send(client: Client, lead_id: str, bombs: int) -> tuple[list[Said], list[Said]]:
    """The answers to all of them, and to all of them once more."""
    path, body = lead_path(client, "leadsail", lead_id), {"detail": TEXT}
    headers = {"Prefer": "return=representation"}
    asks = [Ask("PATCH", path, body, {**headers, "Idempotency-Key": f"bomb-{n}"}) for n in range(bombs)]
    async with Line(client) as line:
        first = [await line.ask(ask) for ask in asks]
        return first, [await line.ask(ask) for ask in asks]


def _is_same(one: Said, two: Said) -> bool:
    return one.same == two.same and one.status == 200 and two.replayed and not one.replayed


def _database_bytes(database: str) -> int:
    if databases.is_postgres(database):
        return int(databases.value(database, "SELECT pg_database_size(current_database())"))
    pages, free, size = (databases.value(database, f"PRAGMA {name}") for name in PAGES)
    return int((pages - free) * size)
