"""SIGKILL under load: whatever was acknowledged is there after the restart, and nothing is there by half.

The server is killed with all its processes while writers wait for answers, three times on the same database.
"""

import asyncio
from pathlib import Path
from typing import NamedTuple

import pytest

from lab import controls
from lab.faulty_load import FaultyLoad
from lab.ledger import Ledger
from lab.server import Client, Leadloop, serving
from tests.conftest import new_database

WRITERS = 8
ACKNOWLEDGED = (150, 110, 190)
"""So many updates are acknowledged before each kill."""
KILLS = len(ACKNOWLEDGED)


class Aftermath(NamedTuple):
    acknowledged: int
    lost: list[str]
    inconsistent: list[str]


def cut_short(server: Leadloop, client: Client, rounds: int) -> Aftermath:
    """Kills the server `rounds` times under load; returns the violations after each restart."""
    ledger = Ledger(server.database, client.account_id)
    aftermath = Aftermath(0, [], [])
    for after in ACKNOWLEDGED[:rounds]:
        load = FaultyLoad(client, f"{after}", mortal=True)
        asyncio.run(kill(server, load, client.new_lead(), after))
        server.start()
        aftermath.inconsistent.extend(load.problems + ledger.check())
        aftermath.lost.extend(ledger.find_lost(load.acks, load.created))
        aftermath = aftermath._replace(acknowledged=aftermath.acknowledged + len(load.acks))
    return aftermath


async def kill(server: Leadloop, load: FaultyLoad, shared_id: str, after: int) -> None:
    async with load.run_writers(shared_id, WRITERS, after):
        await asyncio.to_thread(server.kill)


def test_what_was_acknowledged_survives_a_kill(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    options = ["--workers", "2"] if engine == "postgres" else []
    server = Leadloop(engine, new_database(engine, tmp_path, request), options=options)
    with serving(server) as client:
        broken = cut_short(server, client, KILLS)
        assert broken.acknowledged >= sum(ACKNOWLEDGED)
        assert broken.lost == []
        assert broken.inconsistent == []
        client.patch(client.new_lead(), {"note": "still served"})
        server.run("doctor")


def test_a_server_that_answers_before_the_commit_is_caught(
    engine: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """The control: the same load, kill and check. The stored data is consistent all the same."""
    database = new_database(engine, tmp_path, request)
    server = Leadloop(engine, database, command=controls.command("answers-early"))
    with serving(server) as client:
        broken = cut_short(server, client, 1)
        assert any(problem.endswith("is lost") for problem in broken.lost)
        assert broken.inconsistent == []
