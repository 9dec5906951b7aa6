"""A webhook sender that ends by an error: it is logged and restarted, `/readyz` says so and stays 200, and the server
still closes its database."""

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from lab import server as lab_server
from lab.receiver import PATIENCE_S, receiving, versions
from lab.server import Client, Leadloop
from lab.webhooks import OPTIONS, subscribe
from leadloop.core.keys import SCOPES
from tests.conftest import new_database
from tests.server.stub import PLANTED

START = """
import asyncio, sys
from leadloop.app import sender
from leadloop.cli import main
from leadloop.webhooks.worker import Worker

sender.FIRST_PAUSE_S = 0.1

"""
ALWAYS = f"""
async def fail(self, stopping):
    raise ValueError({PLANTED!r})

Worker.run = fail
sys.exit(main())
"""
FOUR_TIMES = f"""
run, save_results = Worker.run, Worker._save_results
errors = [ValueError({PLANTED!r}), asyncio.CancelledError(), "results", "results"]

async def fail(self, stopping):
    if errors and errors[0] != "results":
        raise errors.pop(0)
    await run(self, stopping)

async def fail_to_record(self, stopping):
    if errors:
        errors.clear() if len(errors) == 1 else errors.pop(0)
        raise ValueError({PLANTED!r})
    await save_results(self, stopping)

Worker.run, Worker._save_results = fail, fail_to_record
sys.exit(main())
"""


@contextmanager
def serving(code: str, engine: str, folder: Path, request: pytest.FixtureRequest) -> Iterator[tuple[Leadloop, Client]]:
    database = new_database(engine, folder, request)
    server = Leadloop(engine, database, options=OPTIONS, command=("-c", START + code))
    with lab_server.serving(server, SCOPES) as owner:
        yield server, owner
    assert not Path(f"{database}-wal").exists()  # it is closed as it should be
    assert not [word for word in PLANTED.split() if word in server.output]


def readiness(owner: Client) -> dict[str, Any]:
    answer = owner.http.get("/readyz")
    assert answer.status_code == 200
    return dict(answer.json())


def failures(server: Leadloop, count: int) -> list[dict[str, Any]]:
    """The log lines, once there are so many."""
    give_up_at = time.monotonic() + PATIENCE_S
    while len(lines := re.findall(r"^\{.*webhooks are not sent.*$", server.output, re.MULTILINE)) < count:
        assert time.monotonic() < give_up_at, server.output
        time.sleep(0.05)
    return [json.loads(line) for line in lines]


def test_a_sender_that_fails_some_times_is_restarted(
    engine: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    with serving(FOUR_TIMES, engine, tmp_path, request) as (server, owner), receiving() as receiver:
        subscribe(owner, receiver)
        lines = failures(server, 4)
        lead = owner.new_lead(name="Ana")
        receiver.until(lambda got: versions(got, lead) == [1])
        assert readiness(owner) == {"status": "ok", "webhooks": "failing"}  # for a minute, to be seen
    assert [line["failures"] for line in lines] == [1, 2, 3, 4]
    assert [line["pause_seconds"] for line in lines] == [0.1, 0.2, 0.4, 0.8]
    errors = ["builtins.ValueError", "asyncio.exceptions.CancelledError", "builtins.ValueError", "builtins.ValueError"]
    assert [line["error"] for line in lines] == errors
    assert all(line["at"] for line in lines)


def test_a_sender_that_always_fails_does_not_keep_the_server_from_serving_and_ending(
    engine: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    with serving(ALWAYS, engine, tmp_path, request) as (server, owner):
        failures(server, 2)
        owner.new_lead(name="Ana")
        assert readiness(owner) == {"status": "ok", "webhooks": "failing"}


def test_a_lock_that_cannot_be_taken_is_logged(tmp_path: Path) -> None:
    """No process sends then; the lock is taken as soon as possible."""
    lock = tmp_path / "leadloop.db.lock"
    lock.mkdir()
    server = Leadloop("sqlite", str(tmp_path / "leadloop.db"), command=("-c", START + "sys.exit(main())"))
    with lab_server.serving(server, SCOPES) as owner:
        [line] = failures(server, 1)[:1]
        assert readiness(owner) == {"status": "ok", "webhooks": "failing"}
        assert "cannot be opened: Is a directory" in line["reason"]
        lock.rmdir()
        give_up_at = time.monotonic() + PATIENCE_S
        while not lock.exists():
            assert time.monotonic() < give_up_at
            time.sleep(0.05)
