"""A database and its secrets belong together: lost or exchanged ones are reported at the start and by the doctor."""

import json
import secrets
import shutil
from pathlib import Path

import pytest

from tests.cli.command import PEPPER, Done, leadloop
from tests.cli.instance import Instance
from tests.cli.test_refusing_to_start import assert_one_line


def with_key(folder: Path) -> Path:
    """An embedded instance with its own secrets; its secrets file."""
    folder.mkdir(exist_ok=True)
    account = leadloop("accounts", "create", "--name", "A", "--json", folder=folder).json["id"]
    assert leadloop("keys", "create", "--account", account, "--name", "k", folder=folder).code == 0
    return folder / "leadloop.db.secrets"


def start(folder: Path) -> Done:
    """Of a server that refuses: a start that succeeds would run into the timeout."""
    return leadloop("serve", "--port", "0", folder=folder)


def pepper_finding(done: Done) -> str:
    [finding] = [check for check in json.loads(done.out) if check["check"] == "pepper"]
    assert not finding["ok"]
    return str(finding["detail"])


def test_the_secrets_say_whose_they_are(tmp_path: Path) -> None:
    place = with_key(tmp_path)
    shown = leadloop("instance", "show", "--json", folder=tmp_path).json
    assert json.loads(place.read_text())["instance"] == shown["id"]
    assert len(shown["id"]) == 24
    assert leadloop("doctor", folder=tmp_path).code == 0


def test_secrets_of_a_former_version_are_named(tmp_path: Path) -> None:
    place = with_key(tmp_path)
    shown = leadloop("instance", "show", "--json", folder=tmp_path).json
    pepper = json.loads(place.read_text())["pepper"]
    place.write_text(json.dumps({"pepper": pepper}))
    account = leadloop("accounts", "list", "--json", folder=tmp_path).json[0]["id"]
    assert leadloop("keys", "create", "--account", account, "--name", "l", folder=tmp_path).code == 0
    assert json.loads(place.read_text()) == {"pepper": pepper, "instance": shown["id"]}
    assert place.stat().st_mode & 0o777 == 0o600


def test_no_empty_database_beside_secrets(tmp_path: Path) -> None:
    place = with_key(tmp_path)
    database = tmp_path / "leadloop.db"
    for lost in (database.unlink, database.touch):
        lost()
        assert_one_line(start(tmp_path), "restore it")
        assert_one_line(leadloop("migrate", folder=tmp_path), "restore it")
    assert not database.stat().st_size
    place.rename(tmp_path / "old.secrets")
    assert leadloop("migrate", folder=tmp_path).code == 0


def test_secrets_of_another_database(tmp_path: Path) -> None:
    mine, other = with_key(tmp_path / "mine"), with_key(tmp_path / "other")
    shutil.copy(other, mine)
    assert_one_line(start(mine.parent), "belongs to another database")
    assert "belongs to another database" in pepper_finding(leadloop("doctor", "--json", folder=mine.parent))


def test_a_wrong_pepper(migrated: Instance) -> None:
    assert migrated("doctor").code == 0
    wrong = {"PEPPER": secrets.token_hex(32)}
    for command in (["serve", "--port", "0"], ["keys", "create", "--account", migrated.account, "--name", "l"]):
        assert_one_line(migrated(*command, **wrong), "the pepper is not the one")
    done = migrated("doctor", "--json", **wrong)
    assert done.code == 1
    assert "the pepper is not the one" in pepper_finding(done)
    assert wrong["PEPPER"] not in done.out + done.err


def test_several_processes_refuse_a_wrong_pepper_once(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    instance = Instance("postgres", tmp_path, request)
    done = instance("serve", "--port", "0", "--workers", "2", PEPPER=secrets.token_hex(32))
    assert_one_line(done, "the pepper is not the one")


def test_a_lost_pepper_can_be_replaced(migrated: Instance) -> None:
    new = {"PEPPER": secrets.token_hex(32)}
    done = migrated("instance", "accept-pepper", **new)
    assert (done.code, "create new API keys" in done.err) == (0, True)
    assert migrated("keys", "create", "--account", migrated.account, "--name", "l", **new).code == 0
    assert_one_line(migrated("serve", "--port", "0"), "the pepper is not the one")


def test_lost_secrets_can_be_replaced(tmp_path: Path) -> None:
    place = with_key(tmp_path)
    place.unlink()
    assert_one_line(start(tmp_path), "is missing")
    assert leadloop("instance", "accept-pepper", folder=tmp_path).code == 0
    account = leadloop("accounts", "list", "--json", folder=tmp_path).json[0]["id"]
    assert leadloop("keys", "create", "--account", account, "--name", "l", folder=tmp_path).code == 0
    assert leadloop("doctor", folder=tmp_path).code == 0
    assert PEPPER not in place.read_text()
