"""`leadloop leads count` and `leadloop leads stages`: what a search finds, in all and by stage."""

import asyncio
import json
from pathlib import Path

import pytest

from lab.stores import create, open_database, write_of
from tests.cli.instance import Migrated

START_MS = 1_767_225_600_000


class Counted(Migrated):
    def __init__(self, engine: str, folder: Path, request: pytest.FixtureRequest) -> None:
        super().__init__(engine, folder, request)
        self.account = self.new_account("Clinic")
        asyncio.run(self._fill())

    async def _fill(self) -> None:
        async with open_database(self.database) as store:
            for n in range(3):
                await create(
                    store, write_of(self.account, START_MS + n), name=f"Ana {n}", sale_value_micros=1_250_500_000
                )
            own = {"stage": "Vis\x1bita", "sale_value_micros": 2_000_000, "currency": "USD"}
            await create(store, write_of(self.account, START_MS + 9), name="Bia", **own)


@pytest.fixture(scope="module")
def instance(engine: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Counted:
    return Counted(engine, tmp_path_factory.mktemp("counts"), request)


def test_what_a_search_finds_is_counted(instance: Counted) -> None:
    done = instance("leads", "count", "--account", instance.account)
    assert (done.code, done.out) == (0, "4\n")
    done = instance("leads", "count", "--account", instance.account, "--search", "ana", "--json")
    assert json.loads(done.out) == {"count": 3, "exact": True}


def test_the_stages_are_a_table(instance: Counted) -> None:
    done = instance("leads", "stages", "--account", instance.account)
    rows = [line.split() for line in done.out.splitlines()]
    assert rows[0] == ["stage", "leads", "value"]
    assert ["NEW", "3", "3,751.5"] in rows
    assert ["Vis\\u001bita", "1", "USD", "2"] in rows
    done = instance("leads", "stages", "--account", instance.account, "--search", "bia", "--json")
    *fixed, own = json.loads(done.out)["stages"]
    assert [row["count"] for row in fixed] == [0, 0, 0, 0]
    assert own["otherCurrencies"] == [{"currency": "USD", "value": 2, "valueMicros": 2_000_000}]


def test_a_mistake_is_shown_at_its_place(instance: Counted) -> None:
    for name in ("count", "stages"):
        done = instance("leads", name, "--account", instance.account, "--search", "user:me")
        assert done.code == 1
        assert "     ^^\n" in done.err
