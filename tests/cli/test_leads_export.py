"""`leadloop leads export`: leads as JSON lines, all or those that a search finds."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from leadloop.app import open_store
from leadloop.cli import leads as command
from leadloop.core.ids import new_id, stamp
from leadloop.core.leads.matching import Contact
from leadloop.core.leads.patch import LeadPatch
from leadloop.core.writes import use_cases
from leadloop.settings import Settings
from tests.cli.command import PEPPER, Done, leadloop
from tests.conftest import new_database

START_MS, LEADS = 1_767_225_600_000, command.EXPORTED + 3


class Instance:
    def __init__(self, folder: Path, database: str) -> None:
        self._folder, self._database = folder, database
        self.account = str(self("accounts", "create", "--name", "Clinic", "--json").json["id"])
        self.ids = asyncio.run(self._fill())

    def __call__(self, *arguments: str) -> Done:
        return leadloop(*arguments, folder=self._folder, DATABASE=self._database, PEPPER=PEPPER)

    def export(self, *options: str) -> list[dict[str, Any]]:
        done = self("leads", "export", "--account", self.account, *options)
        assert done.code == 0, done.err
        return [json.loads(line) for line in done.out.splitlines()]

    async def _fill(self) -> list[str]:
        """The last two are deleted."""
        store = open_store(Settings(database=self._database))
        await store.open()
        made: list[str] = []
        for n in range(LEADS + 2):
            patch = LeadPatch(name=f"Ana {n}" if n % 2 else "Bia", sale_value_micros=1_250_500_000 + n)
            write = use_cases.plain(stamp(START_MS + n, new_id(START_MS), "system", "test"), self.account)
            made.append((await use_cases.create(store, write, lambda patch=patch: patch, Contact())).lead.id)  # type: ignore[misc]
        for lead_id in made[-2:]:
            write = use_cases.plain(stamp(START_MS + LEADS, new_id(START_MS), "system", "test"), self.account)
            await use_cases.delete(store, write, lead_id)
        await store.close()
        return made[:-2]


@pytest.fixture(scope="module")
def instance(engine: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Instance:
    folder = tmp_path_factory.mktemp("export")
    database = new_database(engine, folder, request)
    assert leadloop("migrate", folder=folder, DATABASE=database).code == 0
    return Instance(folder, database)


def test_all_leads_come_oldest_first(instance: Instance) -> None:
    assert [lead["leadId"] for lead in instance.export()] == [f"lead_{lead_id}" for lead_id in instance.ids]


def test_a_search_narrows_it(instance: Instance) -> None:
    found = instance.export("--search", "ana value>=1250.5", "--dialect", "expad")
    assert [lead["id"] for lead in found] == instance.ids[1::2]
    assert found[0]["saleValue"] == 1250.500001


def test_a_search_that_finds_nothing_writes_nothing(instance: Instance) -> None:
    assert instance.export("--search", "nobody") == []


def test_a_search_that_can_not_be_read_shows_the_place(instance: Instance) -> None:
    done = instance("leads", "export", "--account", instance.account, "--search", "ana unti:Centro")
    assert done.code == 1
    assert "ana unti:Centro\n    ^^^^\nno field has this name (did you mean unit?)" in done.err


def test_an_unknown_account_is_told(instance: Instance) -> None:
    done = instance("leads", "export", "--account", "f" * 24)
    assert (done.code, done.out) == (1, "")
