"""`leadloop doctor --mixed-up`: what former matching keys made an upsert write over, and how it is taken back."""

import asyncio
import shlex
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from leadloop.app import open_store
from leadloop.core.accounts import Account
from leadloop.core.ids import new_id, stamp
from leadloop.core.leads.matching import Contact
from leadloop.core.leads.patch import LeadPatch
from leadloop.core.writes import use_cases
from leadloop.settings import Settings
from tests.cli.command import PEPPER, Done, leadloop
from tests.conftest import new_database

ACCOUNT = "a" * 24
LANDLINE = {"name": "Ana Souza", "phone": "11 4112-0031", "email": "ana@example.com"}
NO_EMAIL = {"name": "Ana Souza", "email": "sem email", "phone": "11 98765-4321"}
MOBILE = {"name": "Ana Souza", "phone": "11 98765-4321"}


class Instance:
    def __init__(self, folder: Path, database: str) -> None:
        self._folder = folder
        self._database = database
        asyncio.run(self._migrate())

    async def _migrate(self) -> None:
        store = open_store(Settings(database=self._database))
        await store.open()
        try:
            await store.migrate()
            await store.accounts.add(Account(id=ACCOUNT, name="A", created_at_ms=0))
        finally:
            await store.close()

    def __call__(self, *arguments: str) -> Done:
        return leadloop(*arguments, folder=self._folder, DATABASE=self._database, PEPPER=PEPPER)

    def lead(self, first: dict[str, Any], *patches: dict[str, Any], actor: str = "key:0123456789ab") -> str:
        """A lead with these versions."""
        return asyncio.run(self._lead(actor, first, *patches))

    async def _lead(self, actor: str, first: dict[str, Any], *patches: dict[str, Any]) -> str:
        store = open_store(Settings(database=self._database))
        await store.open()
        try:
            at_ms = 1_760_000_000_000
            write = use_cases.plain(stamp(at_ms, f"req_{new_id(at_ms)}", actor, "expad"), ACCOUNT)
            lead = (await use_cases.create(store, write, lambda: LeadPatch(**first), Contact())).lead
            for patch in patches:
                at_ms += 1_000
                write = use_cases.plain(stamp(at_ms, f"req_{new_id(at_ms)}", actor, "expad"), ACCOUNT)
                await use_cases.update(store, write, lead.id, partial(lambda sent, *_: sent, LeadPatch(**patch)))
            return lead.id
        finally:
            await store.close()


@pytest.fixture
def instance(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Instance:
    return Instance(tmp_path, new_database(engine, tmp_path, request))


@pytest.mark.parametrize(
    ("first", "second", "found_by", "replaced"),
    [
        (LANDLINE, {"name": "Bruno Lima", "stage": "ACTIVE"}, "phone", ["name"]),
        (LANDLINE, {"email": "bruno@example.com"}, "phone", ["email"]),
        (NO_EMAIL, {"name": "Bruno Lima", "phone": "21 99876-5432"}, "e-mail", ["name", "phone"]),
        ({**MOBILE, "phone": "11 94112-0031"}, {"name": "Bruno"}, "phone", ["name"]),
        ({**MOBILE, "phone": "123456"}, {"name": "Bruno"}, "phone", ["name"]),
        ({**MOBILE, "phone": "82 9113-1050"}, {"name": "Bruno"}, "phone", ["name"]),
        ({"name": "A", "phone": "(212) 555-0100", "country": "US", "email": "0"}, {"name": "B"}, "e-mail", ["name"]),
    ],
)
def test_another_person_in_place_of_one(
    instance: Instance, first: dict[str, Any], second: dict[str, Any], found_by: str, replaced: list[str]
) -> None:
    lead = instance.lead(first, second)
    done = instance("doctor", "--mixed-up", "--json")
    [found] = done.json
    assert found["command"] == f"leadloop leads revert {lead} --account {ACCOUNT} --to 1"
    expected = {"leadId": lead, "accountId": ACCOUNT, "version": 2, "foundBy": found_by, "replaced": replaced}
    assert expected.items() <= found.items()
    text = instance("doctor", "--mixed-up")
    assert text.code == 0 and found["command"] in text.out and "1 changes" in text.out


def test_the_command_takes_it_back(instance: Instance) -> None:
    lead = instance.lead(LANDLINE, {"name": "Bruno Lima", "email": "bruno@example.com"})
    [found] = instance("doctor", "--mixed-up", "--json").json
    assert instance(*shlex.split(found["command"])[1:]).code == 0
    done = instance("leads", "history", lead, "--account", ACCOUNT, "--json")
    after = {field["field"]: field["after"] for field in done.json[-1]["fields"]}
    assert (after["/firstName"], after["/email"]) == ("Ana", "ana@example.com")
    assert len(instance("doctor", "--mixed-up", "--json").json) == 1, "taking it back puts nobody in anybody's place"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (MOBILE, {"name": "Bruno Lima"}),
        (LANDLINE, {"name": "Ana Souza Lima"}),
        (LANDLINE, {"name": "ana souza", "cpf": "1"}),
        (LANDLINE, {"name": "Bruno Lima", "phone": "11 4112-0032"}),
        (LANDLINE, {"stage": "ACTIVE"}),
        (LANDLINE, {"email": "Ana@Example.com"}),
        ({"name": "Ana", "email": "ana@example.com"}, {"name": "Bruno"}),
    ],
)
def test_what_is_one_person_still(instance: Instance, first: dict[str, Any], second: dict[str, Any]) -> None:
    instance.lead(first, second)
    done = instance("doctor", "--mixed-up", "--json")
    assert (done.code, done.json) == (0, [])
    assert "0 changes" in instance("doctor", "--mixed-up").out


def test_only_what_a_key_wrote_counts(instance: Instance) -> None:
    instance.lead(LANDLINE, {"name": "Bruno Lima"}, actor="system")
    assert instance("doctor", "--mixed-up", "--json").json == []
