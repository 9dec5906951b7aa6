"""Accounts and keys from the command line, on both engines."""

import re
import time
from pathlib import Path

import pytest

from leadloop.core.keys import SCOPES, parse
from tests.cli.instance import Migrated


@pytest.fixture
def instance(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Migrated:
    return Migrated(engine, tmp_path, request)


@pytest.fixture
def account(instance: Migrated) -> str:
    return instance.new_account("Ana & Co")


def test_an_account_is_changed(instance: Migrated, account: str) -> None:
    def listed() -> tuple[str, bool]:
        [shown] = instance("accounts", "list", "--json").json
        return shown["name"], shown["requireVersion"]

    assert listed() == ("Ana & Co", False)
    done = instance("accounts", "update", "--account", account, "--require-version")
    assert (done.code, "only with If-Match" in done.out) == (0, True)
    assert listed() == ("Ana & Co", True)
    assert instance("accounts", "update", "--account", account, "--name", "Eva & Co").code == 0
    assert listed() == ("Eva & Co", True)
    assert instance("accounts", "update", "--account", account, "--no-require-version").code == 0
    assert listed() == ("Eva & Co", False)
    assert instance("accounts", "update", "--account", account, "--auto-attribution", "--json").json == {
        **instance("accounts", "list", "--json").json[0],
        "autoAttribution": True,
    }
    done = instance("accounts", "update", "--account", account, "--no-auto-attribution")
    assert (done.code, "leads without a user are left without one" in done.out) == (0, True)
    assert instance("accounts", "update", "--account", "0" * 24).code == 1
    assert instance("accounts", "update", "--account", account, "--name", " ").code == 1


def test_an_account_has_a_country(instance: Migrated, account: str) -> None:
    """Servers renew the matching keys of its leads when it changes."""

    def country(*arguments: str) -> str | None:
        done = instance("accounts", *arguments, "--json")
        assert done.code == 0, done.err
        region: str | None = done.json["country"]
        return region

    assert country("update", "--account", account) is None
    assert country("update", "--account", account, "--country", "us") == "US"
    assert country("update", "--account", account, "--name", "B") == "US"
    assert country("update", "--account", account, "--country", "") is None
    refused = instance("accounts", "update", "--account", account, "--country", "Brasil")
    assert refused.code == 1 and "two capital letters" in refused.err
    made = instance("accounts", "create", "--name", "C", "--country", "BR", "--json").json["id"]
    assert country("update", "--account", made) == "BR"
    assert "read as BR" in instance("accounts", "update", "--account", made).out


def test_an_account_has_settings(instance: Migrated, account: str) -> None:
    options = {
        "currency": ("brl", "BRL"),
        "timeZone": ("America/Sao_Paulo",) * 2,
        "language": ("pt-BR",) * 2,
        "agentsSee": ("own",) * 2,
        "contactGoalMinutes": ("30", 30),
        "officeHours": (
            '{"monday": [{"from": "08:00", "to": "18:00"}]}',
            {"monday": [{"from": "08:00", "to": "18:00"}]},
        ),
        "stageOrder": ("Visita, Proposta", ["Visita", "Proposta"]),
    }
    names = {name: "--" + re.sub("[A-Z]", lambda match: f"-{match[0].lower()}", name) for name in options}
    given = [word for name, (text, _) in options.items() for word in (names[name], text)]
    update = ("accounts", "update", "--account", account, "--json")
    changed = instance(*update, *given).json
    assert {name: changed[name] for name in options} == {name: value for name, (_, value) in options.items()}
    assert instance("accounts", "list", "--json").json == [changed]
    unset = instance(*update, *(word for name in options for word in (names[name], ""))).json
    defaults = {"agentsSee": "all", "stageOrder": []}
    assert {name: unset[name] for name in options} == dict.fromkeys(options) | defaults
    for name, wrong in (("timeZone", "Brasil"), ("agentsSee", "some"), ("officeHours", "8 to 6"), ("currency", "REAL")):
        done = instance(*update, names[name], wrong)
        assert done.code == 1 and names[name] in done.err and wrong not in done.err


def test_an_account_of_mode_test_has_keys_of_its_own(instance: Migrated, account: str) -> None:
    made = instance("accounts", "create", "--name", "T", "--mode", "test", "--currency", "BRL", "--json").json
    assert (made["mode"], made["currency"]) == ("test", "BRL")
    create = ("keys", "create", "--name", "k", "--json", "--account")
    assert instance(*create, made["id"]).json["key"].startswith("ll_test_")
    assert instance(*create, made["id"], "--test").json["key"].startswith("ll_test_")
    assert instance(*create, account).json["key"].startswith("ll_live_")
    refused = instance(*create, account, "--test")
    assert refused.code == 1 and "accounts create --mode test" in refused.err
    assert instance("accounts", "create", "--name", "T", "--mode", "other").code == 2


def test_an_account(instance: Migrated) -> None:
    created = instance("accounts", "create", "--name", "Ana & Co", "--json")
    assert (created.json["mode"], created.json["currency"], created.json["agentsSee"]) == ("live", None, "all")
    assert re.fullmatch(r"[0-9a-f]{24}", created.json["id"])
    assert created.json["name"] == "Ana & Co"
    assert created.err == ""
    [listed] = instance("accounts", "list", "--json").json
    assert (listed["id"], listed["name"]) == (created.json["id"], "Ana & Co")
    assert created.json["id"] in instance("accounts", "list").out


def test_a_key(instance: Migrated, account: str) -> None:
    created = instance("keys", "create", "--account", account, "--name", "site", "--json").json
    assert created["prefix"] == f"ll_live_{created['id']}" and created["createdBy"] == "system"
    token = parse(created["key"])
    assert token is not None
    assert (token.key_id, created["account"]) == (created["id"], account)
    assert created["scopes"] == ["leads:read", "leads:write"]
    assert created["key"].startswith("ll_live_")
    [listed] = instance("keys", "list", "--account", account, "--json").json
    assert (listed["id"], listed["name"], listed["revokedAt"]) == (created["id"], "site", None)
    listing = instance("keys", "list", "--account", account)
    assert created["id"] in listing.out
    assert token.secret not in listing.out + str(listed)


def test_a_key_with_scopes_and_an_end(instance: Migrated, account: str) -> None:
    options = ("--name", "t", "--scopes", "leads:read", "--expires", "30", "--json")
    created = instance("keys", "create", "--account", account, *options).json
    assert created["scopes"] == ["leads:read"]
    [listed] = instance("keys", "list", "--account", account, "--json").json
    day = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 30 * 86_400))
    assert listed["expiresAt"].startswith(day)
    instance("keys", "create", "--account", account, "--name", "u", "--expires", "2099-12-31T23:00:00-03:00")
    ends = {key["name"]: key["expiresAt"] for key in instance("keys", "list", "--account", account, "--json").json}
    assert ends["u"] == "2100-01-01T02:00:00.000Z"


def test_a_key_is_revoked_once(instance: Migrated, account: str) -> None:
    key_id = instance("keys", "create", "--account", account, "--name", "k", "--json").json["id"]
    assert instance("keys", "revoke", "--account", account, key_id).code == 0
    assert instance("keys", "list", "--account", account, "--json").json[0]["revokedAt"]
    again = instance("keys", "revoke", "--account", account, key_id)
    assert (again.code, len(again.err.splitlines())) == (1, 1)


@pytest.mark.parametrize(
    "arguments",
    [
        ["keys", "list", "--account", "0" * 24],
        ["keys", "list", "--account", "nonsense"],
        ["keys", "create", "--account", "0" * 24, "--name", "k"],
        ["keys", "revoke", "--account", "0" * 24, "abcdefghijkl"],
    ],
)
def test_an_unknown_account_is_reported(instance: Migrated, arguments: list[str]) -> None:
    done = instance(*arguments)
    assert (done.code, done.out) == (1, "")
    assert done.err == "leadloop: there is no such account: `leadloop accounts list` shows them all\n"


def test_the_only_account_need_not_be_named(instance: Migrated) -> None:
    done = instance("keys", "list")
    assert (done.code, done.err) == (
        1,
        "leadloop: there is no account yet: `leadloop accounts create --name ...` creates one\n",
    )
    account = instance("accounts", "create", "--name", "A", "--json").json["id"]
    made = instance("keys", "create", "--name", "k", "--json").json
    assert made["account"] == account
    assert [key["id"] for key in instance("keys", "list", "--json").json] == [made["id"]]
    assert instance("keys", "revoke", made["id"]).code == 0
    assert instance("accounts", "update", "--name", "B", "--json").json["name"] == "B"
    tag = instance("catalogue", "create", "tags", "--name", "vip", "--json").json
    assert instance("catalogue", "show", "tags", tag["id"], "--json").json == tag
    assert instance("catalogue", "list", "tags", "--json").json == [tag]
    webhook = instance("webhooks", "create", "--url", "https://receiver.invalid/", "--json").json
    assert [shown["id"] for shown in instance("webhooks", "list", "--json").json] == [webhook["id"]]
    assert instance("webhooks", "pause", webhook["id"]).code == 0
    assert instance("webhooks", "attempts", webhook["id"], "--json").json == []
    assert instance("leads", "export").out == ""

    other = instance("accounts", "create", "--name", "C", "--json").json["id"]
    for command in (["keys", "list"], ["accounts", "update", "--name", "D"], ["webhooks", "list"], ["leads", "export"]):
        done = instance(*command)
        assert (done.code, done.out) == (1, "")
        assert done.err.startswith("leadloop: there are 2 accounts: add --account")
    assert instance("keys", "list", "--account", other, "--json").json == []


def test_the_scopes_are_in_the_help(instance: Migrated) -> None:
    words = " ".join(instance("keys", "create", "--help").out.replace("│", " ").split())
    assert all(scope in words for scope in SCOPES)


@pytest.mark.parametrize(
    "options",
    [
        ["--scopes", "leads:everything"],
        ["--scopes", " , "],
        ["--expires", "yesterday"],
        ["--expires", "2020-01-01"],
        ["--expires", "0"],
    ],
)
def test_invalid_options_create_no_key(instance: Migrated, account: str, options: list[str]) -> None:
    done = instance("keys", "create", "--account", account, "--name", "k", *options)
    assert (done.code, done.out, len(done.err.splitlines())) == (1, "", 1)
    done = instance("keys", "create", "--account", account, "--name", " ")
    assert (done.code, done.out, len(done.err.splitlines())) == (1, "", 1)
    assert instance("keys", "list", "--account", account, "--json").json == []


def test_migrating_twice_changes_nothing(instance: Migrated) -> None:
    assert instance("migrate", "--json").json == {"applied": []}
    assert "nothing to do" in instance("migrate").out
