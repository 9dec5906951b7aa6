"""`leadloop catalogue`: entries listed, created, shown, updated and archived from the command line."""

from collections.abc import Iterator

import pytest

from lab.server import Client
from tests.cli.command import Done
from tests.cli.instance import Instance
from tests.support.catalogue import get


class Entries:
    """The commands, about the account of `owner`."""

    def __init__(self, instance: Instance, owner: Client) -> None:
        self._instance, self.owner = instance, owner

    def __call__(self, verb: str, *arguments: str, account: str = "") -> Done:
        return self._instance("catalogue", verb, *arguments, "--account", account or self._instance.account)


@pytest.fixture(scope="module")
def entries(engine: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Entries]:
    instance = Instance(engine, tmp_path_factory.mktemp("catalogue"), request)
    with instance.serving() as owner:
        yield Entries(instance, owner)


def test_every_member_is_an_option(entries: Entries) -> None:
    options = ["--name", "Ana Souza", "--user-id", "crm-7", "--email", "ana@example.com", "--phone-number", "11 9876"]
    options += ["--is-real-user", "--no-global-auto-attribution-disabled", "--unit-ids", "u1, u2"]
    options += ["--department-ids", "d1", "--interest-ids", "i1", "--weight", "3", "--daily-cap", "20"]
    made = entries("create", "users", "--id", "ana", *options, "--json").json
    assert made == get(entries.owner, "users", "ana")
    members = {
        "id": "ana",
        "name": "Ana Souza",
        "userId": "crm-7",
        "email": "ana@example.com",
        "phoneNumber": "11 9876",
        "isRealUser": True,
        "globalAutoAttributionDisabled": False,
        "unitIds": ["u1", "u2"],
        "departmentIds": ["d1"],
        "interestIds": ["i1"],
        "weight": 3,
        "dailyCap": 20,
    }
    assert {name: made[name] for name in members} == members
    interest = entries("create", "interests", "--name", "Solar", "--unit-id", "u1", "--department-id", "d1", "--json")
    assert (interest.json["unitId"], interest.json["departmentId"]) == ("u1", "d1")
    assert entries("create", "products", "--name", "Painel", "--value", "899.90", "--json").json["value"] == 899.9
    assert entries("create", "tags", "--name", "vip", "--color", "red", "--json").json["color"] == "red"


def test_an_update_leaves_what_it_does_not_name_and_an_empty_text_clears(entries: Entries) -> None:
    made = entries("create", "users", "--name", "Eva", "--email", "eva@example.com", "--weight", "2", "--json").json
    done = entries("update", "users", made["id"], "--unit-ids", "u1", "--weight", "", "--json").json
    assert done == {**made, "unitIds": ["u1"], "weight": 1, "updatedAt": done["updatedAt"]}
    shown = entries("show", "users", made["id"])
    assert "eva@example.com" in shown.out and entries("show", "users", made["id"], "--json").json == done


def test_a_running_server_takes_notice(entries: Entries) -> None:
    made = entries("create", "units", "--name", "Centro", "--json").json
    lead = entries.owner.get(entries.owner.new_lead(unit={"name": "Centro"}))
    assert lead["unit"]["id"] == made["id"]
    entries("archive", "units", made["id"])
    lead = entries.owner.get(entries.owner.new_lead(unit={"name": "Centro"}))
    assert lead["unit"]["id"] == ""


def test_lists_and_archiving(entries: Entries) -> None:
    entries.owner.new_lead(leadLossReson={"id": "l1", "name": "Preço"})
    entries("create", "loss-reasons", "--id", "l2", "--name", "Prazo")
    assert [entry["id"] for entry in entries("list", "loss-reasons", "--json").json] == ["l2", "l1"]
    assert [entry["id"] for entry in entries("list", "loss-reasons", "--q", "PRECO", "--json").json] == ["l1"]
    done = entries("archive", "loss-reasons", "l1")
    assert (done.code, done.err) == (0, "archived: l1\n")
    assert "Preço" not in entries("list", "loss-reasons").out
    assert "Preço" in entries("list", "loss-reasons", "--archived", "true").out
    assert len(entries("list", "loss-reasons", "--archived", "all", "--json").json) == 2
    assert entries("restore", "loss-reasons", "l1", "--json").json["archivedAt"] is None
    assert "no entries" in entries("list", "types").out


def test_invalid_values_are_refused_by_option(entries: Entries) -> None:
    done = entries("create", "users", "--weight", "0", "--daily-cap", "many", "--unit-ids", "..")
    assert (done.code, done.out) == (1, "")
    for problem in ("--weight must be 1 or more", "--daily-cap must be a whole number", "--name is required"):
        assert problem in done.err
    assert "--unit-ids (1) must not be blank, . or .." in done.err
    done = entries("create", "units", "--name", "Norte", "--color", "red")
    assert (done.code, "--color is not a known field" in done.err) == (1, True)


def test_ids_in_use_and_missing_entries(entries: Entries) -> None:
    entries("create", "sources", "--id", "feira", "--name", "Feira")
    done = entries("create", "sources", "--name", "Feira")
    assert (done.code, done.err) == (1, "leadloop: the entry feira already has this name: update that entry\n")
    for verb in ("show", "update", "archive", "restore"):
        done = entries(verb, "sources", "x")
        assert (done.code, done.out) == (1, "")
        assert done.err.startswith("leadloop: the account has no entry of this kind with this id")
    done = entries("list", "source")
    assert (done.code, "units, departments" in done.err) == (2, True)
    done = entries("list", "sources", account="0" * 24)
    assert (done.code, "no such account" in done.err) == (1, True)
