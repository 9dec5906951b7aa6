"""Served for the first time, an empty embedded database gets an account, a key, and a command to paste."""

import json
import re
import stat
import subprocess
import urllib.request
from pathlib import Path

from tests.cli.command import environment, leadloop, serving, stop, url_of


def test_the_printed_commands_work_when_pasted(tmp_path: Path) -> None:
    with serving(folder=tmp_path) as process:
        url = url_of(process)
        assert process.stdout is not None
        text = ""
        while "PATCH" not in text:
            text += process.stdout.readline()
        create = re.search(r"curl .*POST.*", text)
        change = re.search(r"curl .*PATCH.*", text)
        assert create and change and url in create[0]
        lead = json.loads(subprocess.check_output(create[0], shell=True))
        assert (lead["name"], lead["phoneNumber"]) == ("Ana Souza", "11 98765-4321")
        changed = json.loads(subprocess.check_output(change[0].replace("/ID", "/" + lead["id"]), shell=True))
        assert changed["messge"]
        read = change[0].replace("/ID", "/" + lead["id"]).replace("PATCH", "GET").partition(" -d ")[0]
        assert json.loads(subprocess.check_output(read, shell=True))["email"] == "ana@example.com"
        while "webhooks:manage" not in text:
            text += process.stdout.readline()
        more = subprocess.check_output([text.splitlines()[-1]], shell=True, text=True, cwd=tmp_path, env=environment())
        key = re.search(r"ll_live_\w+", more)
        assert key
        request = urllib.request.Request(f"{url}/api/v1/webhooks", headers={"X-API-Key": key[0]})
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert answer.status == 200
        assert stop(process).code == 0
    assert leadloop("doctor", folder=tmp_path).code == 0


def test_the_key_is_shown_once(tmp_path: Path) -> None:
    for shown in (True, False):
        with serving(folder=tmp_path) as process:
            url = url_of(process)
            with urllib.request.urlopen(f"{url}/healthz", timeout=10) as answer:
                assert answer.status == 200
            done = stop(process)
        assert done.code == 0
        assert ("ll_live_" in done.out) is shown
        assert "ll_live_" not in done.err
    account = leadloop("accounts", "list", "--json", folder=tmp_path).json
    assert [entry["name"] for entry in account] == ["default"]


def test_where_it_listens_is_one_line(tmp_path: Path) -> None:
    leadloop("accounts", "create", "--name", "A", folder=tmp_path)
    with serving(folder=tmp_path) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert re.fullmatch(r"leadloop \S+ listening on http://127\.0\.0\.1:\d+ \(sqlite \./leadloop\.db\)\n", line)
        done = stop(process)
        assert (done.code, done.err) == (0, "")
        assert re.fullmatch(r"\nopen this link .*\n  http://127\.0\.0\.1:\d+/app/welcome/[\w-]{43}\n", done.out)


def test_only_the_owner_can_read_the_secrets(tmp_path: Path) -> None:
    account = leadloop("accounts", "create", "--name", "A", "--json", folder=tmp_path).json["id"]
    assert leadloop("keys", "create", "--account", account, "--name", "k", folder=tmp_path).code == 0
    secrets = tmp_path / "leadloop.db.secrets"
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o600
    assert re.fullmatch(r"[0-9a-f]{64}", json.loads(secrets.read_text())["pepper"])
    secrets.chmod(0o640)
    done = leadloop("serve", "--port", "0", folder=tmp_path)
    assert (done.code, len(done.err.splitlines())) == (1, 1)
    assert "chmod 600" in done.err


def test_only_the_owner_can_read_the_data(tmp_path: Path) -> None:
    with serving(folder=tmp_path) as process:
        url_of(process)
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.glob("leadloop.db*")}
        assert stop(process).code == 0
    assert {"leadloop.db", "leadloop.db-wal"} <= modes.keys()
    assert set(modes.values()) == {0o600}


def test_lost_secrets_are_not_replaced_while_there_are_keys(tmp_path: Path) -> None:
    account = leadloop("accounts", "create", "--name", "A", "--json", folder=tmp_path).json["id"]
    leadloop("keys", "create", "--account", account, "--name", "k", folder=tmp_path)
    (tmp_path / "leadloop.db.secrets").unlink()
    for command in (["serve", "--port", "0"], ["keys", "create", "--account", account, "--name", "l"], ["doctor"]):
        done = leadloop(*command, folder=tmp_path)
        assert done.code == 1
        assert "leadloop.db.secrets is missing" in done.out + done.err
    assert not (tmp_path / "leadloop.db.secrets").exists()
