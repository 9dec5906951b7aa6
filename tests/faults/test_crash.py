"""SIGKILL under load: whatever was acknowledged is there after the restart, and nothing is there by half.

The server is killed with all its processes while writers wait for answers, three times on the same database.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import new_database
from tests.support import controls
from tests.support.load import Load
from tests.support.load_checks import inconsistencies, lost, stored
from tests.support.server import Leadloop

KILLS = 3
WRITERS = 8
ACKNOWLEDGED = (150, 110, 190)
"""So many updates are acknowledged before each kill."""


def survive(server: Leadloop, end: Callable[[], None], rounds: int) -> tuple[Load, list[str], list[str]]:
    """Load that is cut short `rounds` times; then what is lost, and what does not fit together."""
    server.start()
    client = server.client()
    work = Load(client)
    shared_id = client.new_lead()
    problems: list[str] = []
    for after in ACKNOWLEDGED[:rounds]:
        asyncio.run(work.until_cut(shared_id, WRITERS, end, after))
        server.start()
        found = stored(server.database, client.account_id)
        problems += inconsistencies(found)
        losses = lost(found, work.acks, work.created)
    assert client.patch(shared_id, {"note": "still served"})["version"] == found.leads[shared_id].version + 1
    client.close()
    return work, losses, problems


def test_what_was_acknowledged_survives_a_kill(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    options = ["--workers", "2"] if engine == "postgres" else []
    server = Leadloop(engine, new_database(engine, tmp_path, request), options=options)
    work, losses, problems = survive(server, server.kill, KILLS)
    assert server.stop() == 0
    assert len(work.acks) >= sum(ACKNOWLEDGED[:KILLS])
    assert losses == []
    assert problems == []
    server.run("doctor")


def test_a_server_that_answers_before_the_commit_is_caught(
    engine: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """The control: the same load, the same kill and the same check. What is there fits together all the same."""
    database = new_database(engine, tmp_path, request)
    server = Leadloop(engine, database, command=controls.command("answers-early"))
    _, losses, problems = survive(server, server.kill, 1)
    assert server.stop() == 0
    assert any(problem.endswith("is lost") for problem in losses)
    assert problems == []
