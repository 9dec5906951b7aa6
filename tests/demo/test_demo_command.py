"""`leadloop demo` fills an account in seconds, on both engines."""

import json
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.cli.command import leadloop, serving, stop, url_of
from tests.cli.instance import Migrated


@pytest.fixture
def instance(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Migrated:
    return Migrated(engine, tmp_path, request)


def test_a_new_account(instance: Migrated) -> None:
    made = instance("demo", "--count", "300", "--json")
    assert made.json.keys() == {"account", "key", "leads", "changes"}
    assert made.json["leads"] == 300
    assert made.json["changes"] > 1_000
    assert made.err == ""
    [account] = instance("accounts", "list", "--json").json
    assert (account["id"], account["name"]) == (made.json["account"], "demo")
    checked = instance("doctor")
    assert checked.code == 0, checked.out
    assert f"{made.json['changes']} records" in checked.out


@pytest.mark.parametrize(
    ("market", "options"),
    [
        ("br", {"country": "BR", "currency": "BRL", "timeZone": "America/Sao_Paulo", "language": "pt-BR"}),
        ("us", {"country": "US", "currency": "USD", "timeZone": "America/Chicago", "language": "en"}),
    ],
)
def test_an_account_of_a_market(market: str, options: dict[str, str], instance: Migrated) -> None:
    made = instance("demo", "--market", market, "--count", "60", "--json").json
    [account] = instance("accounts", "list", "--json").json
    assert account["id"] == made["account"]
    assert {name: account[name] for name in options} == options
    leads = instance("leads", "export", "--account", made["account"], "--dialect", "leadsail").out.splitlines()
    assert len(leads) > 50
    assert {json.loads(lead)["country"] for lead in leads} == {options["country"]}
    assert instance("doctor").code == 0


def test_an_account_that_is_there(instance: Migrated) -> None:
    account = instance("accounts", "create", "--name", "Ana", "--json").json["id"]
    first = instance("demo", "--account", account, "--count", "40", "--json").json
    second = instance("demo", "--account", account, "--count", "40", "--seed", "2", "--json").json
    assert first["account"] == second["account"] == account
    assert first["key"] is second["key"] is None
    assert f"{first['changes'] + second['changes']} records" in instance("doctor").out
    keys = instance("keys", "list", "--account", account, "--json").json
    assert {key["name"] for key in keys} == {"Website", "Lead routing", "Dialer", "AI assistant", "CRM"}
    assert all(key["revokedAt"] for key in keys)


def test_the_curl_line_lists_leads(instance: Migrated) -> None:
    output = instance("demo", "--count", "30").out
    account = re.search(r"filled the account ([0-9a-f]{24})", output)
    assert account is not None
    assert re.search(r"\n30 leads with \d+ changes, 20\d\d-.* to 20\d\d-", output)
    assert output.count("ll_live_") == 2  # where it is shown, and in the line to paste
    [line] = [line for line in output.splitlines() if line.strip().startswith("curl ")]
    with serving(folder=instance.folder, **instance.variables) as server:
        pasted = shlex.split(line.replace("http://127.0.0.1:8080", url_of(server)))
        listed = subprocess.run(pasted, capture_output=True, text=True, timeout=30, check=True).stdout
        assert '"total":' in listed
        assert account[1] in listed
        assert stop(server).code == 0


def test_an_account_that_is_not_there(instance: Migrated) -> None:
    done = instance("demo", "--account", "f" * 24)
    assert done.code == 1
    assert "no such account" in done.err
    assert instance("accounts", "list", "--json").json == []


@pytest.mark.parametrize("count", ["0", "-1", "many"])
def test_a_count_that_makes_no_sense(count: str, tmp_path: Path) -> None:
    done = leadloop("demo", f"--count={count}", folder=tmp_path)
    assert done.code == 2
    assert not list(tmp_path.iterdir())


def test_the_embedded_database_is_made(tmp_path: Path) -> None:
    done = leadloop("demo", "--count", "5", "--json", folder=tmp_path)
    assert done.json["leads"] == 5
    assert (tmp_path / "leadloop.db").exists()
