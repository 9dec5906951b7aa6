"""Sends small requests with an Idempotency-Key and large answers, and measures what the database stores for each."""

import asyncio
from typing import NamedTuple

from lab import controls, databases
from lab.server import Client, Leadloop, serving
from proof.connections import Answer, Connection, Request, lead_path
from proof.report import Campaign, Control
from proof.trial import Trial, control_result

ENGINES = ("sqlite", "postgres")

LIMIT_BYTES = 2_048
"""For one request: its row with two indexes, in pages that are not full."""
NOTES, NOTE_BYTES = 4, 60_000
PAGES = ("page_count", "freelist_count", "page_size")
TEXT = "x" * 200
CONTROL_BOMBS = 20

DOES = (
    "A client sends requests of about 350 bytes, each with its own Idempotency-Key, that ask for a lead of 240 KB as "
    "the answer and change nothing in it, so that the database grows only by what it stores under the keys. Then the "
    "client repeats each request and must get the first answer again: same status, body and ETag."
)
SHOWS = (
    f"Zero violations show that a request with a key adds at most {LIMIT_BYTES:,} bytes to the database, however large "
    "its answer is. They do not cover requests that change the lead: their change records are kept for good."
)


class AttackResult(NamedTuple):
    problems: list[str]
    grown_bytes: int
    answer_bytes: int


def run(trial: Trial) -> Campaign:
    bombs = trial.options.bombs
    result = _attack(trial, Leadloop(trial.engine, trial.database("bombs")), bombs)
    trial.add_violations(result.problems)
    trial.counts.update(_counts(result, bombs))
    return trial.finish(does=DOES, shows=SHOWS, trials=bombs, unit="requests", control=_control(trial))


def _control(trial: Trial) -> Control:
    command = controls.command("stores-texts")
    server = Leadloop(trial.engine, trial.database("control"), command=command)
    result = _attack(trial, server, CONTROL_BOMBS)
    return control_result("stores the text of each answer", _counts(result, CONTROL_BOMBS), result.problems)


def _counts(result: AttackResult, bombs: int) -> dict[str, int]:
    return {
        "bytes of each answer": result.answer_bytes // bombs,
        "bytes stored per request": result.grown_bytes // bombs,
    }


def _attack(trial: Trial, server: Leadloop, bombs: int) -> AttackResult:
    with serving(server) as client:
        lead_id = client.new_leadsail_lead()
        client.patch_leadsail(lead_id, {"detail": TEXT}).raise_for_status()
        for number in range(NOTES):
            note = {"id": f"n{number}", "text": trial.random.randbytes(NOTE_BYTES // 2).hex()}
            client.patch_leadsail(lead_id, {"notes": [note]}).raise_for_status()
        before = _database_bytes(server.database)
        first, repeats = asyncio.run(_send(client, lead_id, bombs))
        grown_bytes = _database_bytes(server.database) - before
    problems = [
        f"a repeated request was answered {repeat}"
        for answer, repeat in zip(first, repeats, strict=True)
        if not _is_same(answer, repeat)
    ]
    if grown_bytes > bombs * LIMIT_BYTES:
        problems.append(f"the database grew by {grown_bytes // bombs:,} bytes for each of {bombs} requests")
    return AttackResult(problems, grown_bytes, sum(len(answer.body) for answer in first))


async def _send(client: Client, lead_id: str, bombs: int) -> tuple[list[Answer], list[Answer]]:
    """Sends all requests twice; returns the first answers and the second ones."""
    path, body = lead_path(client, "leadsail", lead_id), {"detail": TEXT}
    headers = {"Prefer": "return=representation"}
    requests = [Request("PATCH", path, body, {**headers, "Idempotency-Key": f"bomb-{n}"}) for n in range(bombs)]
    async with Connection(client) as connection:
        first = [await connection.request(request) for request in requests]
        return first, [await connection.request(request) for request in requests]


def _is_same(answer: Answer, repeat: Answer) -> bool:
    return answer.identity == repeat.identity and answer.status == 200 and repeat.is_replay and not answer.is_replay


def _database_bytes(database: str) -> int:
    if databases.is_postgres(database):
        return int(databases.value(database, "SELECT pg_database_size(current_database())"))
    pages, free, size = (databases.value(database, f"PRAGMA {name}") for name in PAGES)
    return int((pages - free) * size)
