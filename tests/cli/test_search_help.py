"""`leadloop search`: the mistakes of a query, and what completes one."""

import asyncio
import json
from pathlib import Path

import pytest

from lab.stores import create, open_database, write_of
from tests.cli.instance import Migrated


class Tagged(Migrated):
    def __init__(self, engine: str, folder: Path, request: pytest.FixtureRequest) -> None:
        super().__init__(engine, folder, request)
        self.account = self.new_account("Clinic")
        asyncio.run(self._fill())

    async def _fill(self) -> None:
        async with open_database(self.database) as store:
            await create(
                store, write_of(self.account, 1_767_225_600_000), name="Ana", tags=[{"name": "muito\x1bquente 1"}]
            )


@pytest.fixture(scope="module")
def instance(engine: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Tagged:
    return Tagged(engine, tmp_path_factory.mktemp("search"), request)


def test_all_mistakes_of_a_query_are_listed(instance: Tagged) -> None:
    done = instance("search", "check", "ana unti:x has:emial", "--account", instance.account)
    assert done.code == 0
    rows = done.out.splitlines()
    assert rows[1].split()[:2] == ["5", "unti"] and rows[1].split()[-1] == "unit"
    assert rows[2].split()[:2] == ["16", "emial"] and rows[2].split()[-1] == "email"
    done = instance("search", "check", "ana", "--account", instance.account)
    assert (done.code, done.out) == (0, "no mistakes\n")
    done = instance("search", "check", "ana", "--account", instance.account, "--json")
    assert json.loads(done.out) == {"terms": [{"from": 0, "to": 3, "text": "ana"}], "problems": []}


def test_fields_and_values_are_listed(instance: Tagged) -> None:
    done = instance("search", "values", "tag", "quente", "--account", instance.account, "--json")
    (value,) = json.loads(done.out)["values"]
    assert value["value"].endswith('quente 1"')
    done = instance("search", "values", "tag", "--account", instance.account)
    assert done.code == 0 and "\x1b" not in done.out
    done = instance("search", "values", "--account", instance.account)
    assert "stage:" in done.out
    done = instance("search", "values", "phone", "--account", instance.account)
    assert (done.code, done.out) == (0, "no values\n")
    done = instance("search", "values", "unti", "--account", instance.account)
    assert done.code == 1 and "the field must be one of stage" in done.err
