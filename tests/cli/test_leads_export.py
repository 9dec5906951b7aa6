"""`leadloop leads export`: leads as JSON lines, all or those that a search finds."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from lab.stores import create, open_database, write_of
from leadloop.cli import leads as command
from leadloop.core.writes import use_cases
from tests.cli.instance import Migrated

START_MS, LEADS = 1_767_225_600_000, command.EXPORT_BATCH + 3


class Exported(Migrated):
    def __init__(self, engine: str, folder: Path, request: pytest.FixtureRequest) -> None:
        super().__init__(engine, folder, request)
        self.account = self.new_account("Clinic")
        self.ids = asyncio.run(self._fill())

    def export(self, *options: str) -> list[dict[str, Any]]:
        done = self("leads", "export", "--account", self.account, *options)
        assert done.code == 0, done.err
        return [json.loads(line) for line in done.out.splitlines()]

    async def _fill(self) -> list[str]:
        """The last two are deleted."""
        async with open_database(self.database) as store:
            made = [
                (await create(store, write_of(self.account, START_MS + n), name=name, sale_value_micros=value)).id
                for n, name, value in ((n, f"Ana {n}" if n % 2 else "Bia", 1_250_500_000 + n) for n in range(LEADS + 2))
            ]
            for lead_id in made[-2:]:
                await use_cases.delete(store, write_of(self.account, START_MS + LEADS), lead_id)
            return made[:-2]


@pytest.fixture(scope="module")
def instance(engine: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    return Exported(engine, tmp_path_factory.mktemp("export"), request)


def test_all_leads_come_oldest_first(instance: Exported) -> None:
    assert [lead["leadId"] for lead in instance.export()] == [f"lead_{lead_id}" for lead_id in instance.ids]


def test_a_search_narrows_it(instance: Exported) -> None:
    leads = instance.export("--search", "ana value>=1250.5", "--dialect", "expad")
    assert [lead["id"] for lead in leads] == instance.ids[1::2]
    assert leads[0]["saleValue"] == 1250.500001


def test_a_search_that_finds_nothing_writes_nothing(instance: Exported) -> None:
    assert instance.export("--search", "nobody") == []


def test_a_search_that_cannot_be_read_shows_the_place(instance: Exported) -> None:
    done = instance("leads", "export", "--account", instance.account, "--search", "ana unti:Centro")
    assert done.code == 1
    assert "ana unti:Centro\n    ^^^^\nno field has this name (did you mean unit?)" in done.err


def test_an_unknown_account_is_reported(instance: Exported) -> None:
    done = instance("leads", "export", "--account", "f" * 24)
    assert (done.code, done.out) == (1, "")
