"""`leadloop leads`: the history of a lead, and reverting it, from the command line."""

import asyncio
import re
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from lab.stores import create, open_database, update, write_of
from leadloop.core.catalogue import manage
from leadloop.core.writes.use_cases import WriteRequest, WriteResult
from tests.cli.command import Done
from tests.cli.instance import Migrated


class History(Migrated):
    """An account and a lead that was changed."""

    def __init__(self, engine: str, folder: Path, request: pytest.FixtureRequest) -> None:
        super().__init__(engine, folder, request)
        self.account = self.new_account("Ana & Co")
        self.lead = asyncio.run(
            self.write(
                {"name": "Ana", "sale_value_micros": 1_250_500_000},
                {"detail": "a\x1b[31m\nb", "stage": "ACTIVE"},
                {"notes": [{"id": "n1", "text": "x" * 9_000}]},
            )
        )

    def history(self, *options: str, lead: str = "") -> Done:
        return self("leads", "history", lead or self.lead, "--account", self.account, *options)

    async def write(self, first: dict[str, Any], *patches: dict[str, Any]) -> str:
        async with open_database(self.database) as store:
            lead_id = (await create(store, self._write(), **first)).id
            for fields in patches:
                await update(store, self._write(), lead_id, **fields)
            return lead_id

    def _write(self) -> WriteRequest[WriteResult]:
        return write_of(self.account, time.time_ns() // 1_000_000, "key:abc", "expad")

    async def attribute(self) -> None:
        """From now on leads are assigned to the only user."""
        async with open_database(self.database) as store:
            real = {"is_real": True}
            await store.catalogue.manage(
                self.account, lambda catalogue: manage.create(catalogue, "users", "u1", "Bia", real, 1)
            )
            await store.accounts.change(self.account, partial(structs.replace, auto_attribution=True))


@pytest.fixture(scope="module")
def instance(engine: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> History:
    return History(engine, tmp_path_factory.mktemp("history"), request)


def test_as_json_it_is_what_the_api_answers(instance: History) -> None:
    records = instance.history("--json").json
    assert [record["version"] for record in records] == [1, 2, 3]
    assert all(record["leadId"] == f"lead_{instance.lead}" for record in records)
    assert {"field": "/expad/saleValue", "before": None, "after": 1250.5} in records[0]["fields"]
    assert {"field": "/expad/status", "before": "NEW", "after": "ACTIVE"} in records[1]["fields"]
    assert records[2]["fields"][0]["after"]["text"] == "x" * 9_000
    assert instance.history("--json", lead=f"lead_{instance.lead}").json == records


def test_as_a_table_it_has_a_line_for_each_field(instance: History) -> None:
    done = instance.history()
    assert (done.code, done.err) == (0, "")
    head, *rows = done.out.splitlines()
    assert re.split(r"\s{2,}", head.strip()) == ["version", "when", "who", "through", "field", "before → after"]
    assert any(re.match(r"2 +\d{4}-\d\d-\d\d \S+Z +key:abc +expad +", row) for row in rows)
    assert any(row.split()[-4:] == ["/expad/status", '"NEW"', "→", '"ACTIVE"'] for row in rows)
    assert "\x1b" not in done.out and "a\\u001b[31m\\nb" in done.out
    assert all(len(row) < 300 for row in rows)


def test_the_latest_are_shown_and_the_rest_is_counted(instance: History) -> None:
    done = instance.history("--limit", "1")
    assert (done.code, done.out.splitlines()[1].split()[0]) == (0, "3")
    assert done.err == "there are 2 older changes: --limit 3 shows them all\n"
    assert [record["version"] for record in instance.history("--limit", "2", "--json").json] == [2, 3]
    assert instance.history("--limit", "0").code == 2


@pytest.mark.parametrize("lead", ["x", "0" * 24, "lead_" + "0" * 24])
def test_a_lead_that_is_not_there(instance: History, lead: str) -> None:
    done = instance.history(lead=lead)
    assert (done.code, done.out, done.err) == (1, "", "leadloop: there is no lead with this id in the account\n")


def test_an_account_that_is_not_there(instance: History) -> None:
    done = instance("leads", "history", instance.lead, "--account", "0" * 24)
    assert (done.code, done.err.startswith("leadloop: there is no such account")) == (1, True)


def test_a_version_that_it_has_not_had(instance: History) -> None:
    before = instance.history("--json").json
    refused = instance("leads", "revert", instance.lead, "--account", instance.account, "--to", "9")
    assert (refused.code, refused.out) == (1, "")
    assert f"versions 1 to {before[-1]['version']}" in refused.err
    assert instance.history("--json").json == before


def test_reverting_is_one_more_change(instance: History) -> None:
    """Last in this file: the lead is not as the others know it any more."""
    reverted = instance("leads", "revert", instance.lead, "--account", instance.account, "--to", "1", "--json")
    assert (reverted.code, reverted.json) == (0, {"leadId": f"lead_{instance.lead}", "version": 4})
    last = instance.history("--json").json[-1]
    assert (last["version"], last["actor"], last["dialect"]) == (4, "system", "cli")
    assert {field["field"]: field["after"] for field in last["fields"]}["/detail"] is None
    again = instance("leads", "revert", instance.lead, "--account", instance.account, "--to", "4")
    assert (again.code, again.out) == (0, "the lead already has the content of version 4: nothing to change\n")


def test_it_says_why_leadloop_chose_a_user(instance: History) -> None:
    asyncio.run(instance.attribute())
    done = instance.history(lead=asyncio.run(instance.write({"name": "Ana"})))
    assert "(autoAttribution: round robin of the account, 1 today)" in done.out
