"""`leadloop doctor --mixed-up`: leads that an upsert has overwritten because of former matching keys, and how to undo
that."""

import shlex
import time
from pathlib import Path
from typing import Any

import pytest

from lab.stores import create, update, with_store, write_of
from leadloop.core.accounts import Account
from leadloop.core.store import Store
from tests.cli.instance import Migrated

ACCOUNT = "a" * 24
LANDLINE = {"name": "Ana Souza", "phone": "11 4112-0031", "email": "ana@example.com"}
NO_EMAIL = {"name": "Ana Souza", "email": "sem email", "phone": "11 98765-4321"}
MOBILE = {"name": "Ana Souza", "phone": "11 98765-4321"}


class MixedUp(Migrated):
    def __init__(self, engine: str, folder: Path, request: pytest.FixtureRequest) -> None:
        super().__init__(engine, folder, request)
        with_store(self.database, lambda store: store.accounts.add(Account(id=ACCOUNT, name="A", created_at_ms=0)))

    def lead(
        self,
        first: dict[str, Any],
        *patches: dict[str, Any],
        actor: str = "key:0123456789ab",
        at_ms: int = 1_760_000_000_000,
    ) -> str:
        """A lead with these versions; by default from before the upgrade, which is when the tables were made."""

        async def write(store: Store) -> str:
            lead_id = (await create(store, write_of(ACCOUNT, at_ms, actor, "expad"), **first)).id
            for number, patch in enumerate(patches, 1):
                await update(store, write_of(ACCOUNT, at_ms + number * 1_000, actor, "expad"), lead_id, **patch)
            return lead_id

        return with_store(self.database, write)


@pytest.fixture
def instance(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> MixedUp:
    return MixedUp(engine, tmp_path, request)


@pytest.mark.parametrize(
    ("first", "second", "found_by", "replaced"),
    [
        (LANDLINE, {"name": "Bruno Lima", "stage": "ACTIVE"}, "phone", ["name"]),
        (LANDLINE, {"email": "bruno@example.com"}, "phone", ["email"]),
        (LANDLINE, {"name": "Bruno Souza"}, "phone", ["name"]),
        (LANDLINE, {"name": "Ana Lima"}, "phone", ["name"]),
        (NO_EMAIL, {"name": "Bruno Lima", "phone": "21 99876-5432"}, "e-mail", ["name", "phone"]),
        ({**MOBILE, "phone": "11 94112-0031"}, {"name": "Bruno"}, "phone", ["name"]),
        ({**MOBILE, "phone": "123456"}, {"name": "Bruno"}, "phone", ["name"]),
        ({**MOBILE, "phone": "82 9113-1050"}, {"name": "Bruno"}, "phone", ["name"]),
        ({"name": "A", "phone": "(212) 555-0100", "country": "US", "email": "0"}, {"name": "B"}, "e-mail", ["name"]),
    ],
)
def test_another_person_in_place_of_one(
    instance: MixedUp, first: dict[str, Any], second: dict[str, Any], found_by: str, replaced: list[str]
) -> None:
    lead = instance.lead(first, second)
    done = instance("doctor", "--mixed-up", "--json")
    [mixed_up] = done.json
    assert mixed_up["command"] == f"leadloop leads revert {lead} --account {ACCOUNT} --to 1"
    expected = {"leadId": lead, "accountId": ACCOUNT, "version": 2, "foundBy": found_by, "replaced": replaced}
    assert expected.items() <= mixed_up.items()
    text = instance("doctor", "--mixed-up")
    assert text.code == 0 and mixed_up["command"] in text.out and "1 changes" in text.out


def test_the_command_takes_it_back(instance: MixedUp) -> None:
    lead = instance.lead(LANDLINE, {"name": "Bruno Lima", "email": "bruno@example.com"})
    [mixed_up] = instance("doctor", "--mixed-up", "--json").json
    assert instance(*shlex.split(mixed_up["command"])[1:]).code == 0
    done = instance("leads", "history", lead, "--account", ACCOUNT, "--json")
    after = {field["field"]: field["after"] for field in done.json[-1]["fields"]}
    assert (after["/firstName"], after["/email"]) == ("Ana", "ana@example.com")
    assert len(instance("doctor", "--mixed-up", "--json").json) == 1, "taking it back puts nobody in anybody's place"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (MOBILE, {"name": "Bruno Lima"}),
        (LANDLINE, {"name": "Ana Souza Lima"}),
        (LANDLINE, {"name": "ANA"}),
        (LANDLINE, {"name": "Souza, Ana"}),
        (LANDLINE, {"name": "ana souza", "cpf": "1"}),
        (LANDLINE, {"name": "Bruno Lima", "phone": "11 4112-0032"}),
        (LANDLINE, {"stage": "ACTIVE"}),
        (LANDLINE, {"email": "Ana@Example.com"}),
        ({"name": "Ana", "email": "ana@example.com"}, {"name": "Bruno"}),
    ],
)
def test_what_is_one_person_still(instance: MixedUp, first: dict[str, Any], second: dict[str, Any]) -> None:
    instance.lead(first, second)
    done = instance("doctor", "--mixed-up", "--json")
    assert (done.code, done.json) == (0, [])
    assert "0 changes" in instance("doctor", "--mixed-up").out


def test_only_what_a_key_wrote_counts(instance: MixedUp) -> None:
    instance.lead(LANDLINE, {"name": "Bruno Lima"}, actor="system")
    assert instance("doctor", "--mixed-up", "--json").json == []


def test_only_what_was_written_before_the_upgrade_counts(instance: MixedUp) -> None:
    instance.lead(LANDLINE, {"name": "Bruno Lima"}, at_ms=time.time_ns() // 1_000_000)
    assert instance("doctor", "--mixed-up", "--json").json == []
