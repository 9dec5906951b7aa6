"""Whatever prevents a start is reported in one line, and the exit code is 1."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from lab.postgres import PostgresServer
from tests.cli.command import PEPPER, Done, environment, leadloop


def assert_one_line(done: Done, words: str) -> None:
    assert (done.code, done.out) == (1, "")
    [line] = done.err.splitlines()
    assert line.startswith("leadloop: ")
    assert words in line


def test_a_port_in_use(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = leadloop("serve", "--port", str(port), folder=tmp_path)
    assert_one_line(done, f"cannot listen on 127.0.0.1 port {port}: something else listens there")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid"])
def test_an_address_that_is_not_ours(tmp_path: Path, host: str) -> None:
    assert_one_line(leadloop("serve", "--host", host, "--port", "0", folder=tmp_path), f"cannot listen on {host}")


COMMANDS = pytest.mark.parametrize(
    "command", ["serve --port 0", "serve --port 0 --workers 2", "worker", "worker --processes 2"]
)


@COMMANDS
def test_an_unreachable_postgresql(tmp_path: Path, command: str) -> None:
    address = "postgresql://ana:geheim@127.0.0.1:1/leads"
    done = leadloop(*command.split(), folder=tmp_path, DATABASE=address, PEPPER=PEPPER)
    assert_one_line(done, "postgresql ana@127.0.0.1:1/leads cannot be reached")
    assert "geheim" not in done.err


@pytest.mark.parametrize("rest", ["127.0.0.1:port/leads", "127.0.0.1:99999/leads", "127.0.0.1/leads?sslmode=maybe"])
def test_an_address_that_cannot_be_read(tmp_path: Path, rest: str) -> None:
    done = leadloop("migrate", folder=tmp_path, DATABASE=f"postgresql://ana:geheim@{rest}")
    assert_one_line(done, "its address cannot be understood: a port is a number up to 65535")
    assert "geheim" not in done.err


def test_a_path_is_shown_as_it_was_given_and_a_sentence_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("text")
    done = leadloop("migrate", "--database", "a", folder=tmp_path)
    assert (done.code, done.err) == (1, "leadloop: a is not a database: choose another --database\n")


@COMMANDS
def test_an_unmigrated_postgresql(tmp_path: Path, command: str, postgres_server: PostgresServer) -> None:
    address = postgres_server.create_database(f"unmigrated {command}")
    done = leadloop(*command.split(), folder=tmp_path, DATABASE=address, PEPPER=PEPPER)
    assert_one_line(done, "run `leadloop migrate`")
    done = leadloop("accounts", "create", "--name", "A", folder=tmp_path, DATABASE=address)
    assert_one_line(done, "run `leadloop migrate`")


def test_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    done = leadloop("serve", "--port", "0", "--database", "missing/leadloop.db", folder=tmp_path)
    assert_one_line(done, "does not exist")


def as_an_ordinary_user(*arguments: str, folder: Path) -> Done:
    """Runs a command without the privileges of root, if the tests run as root."""
    ordinary = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
    done = subprocess.run(
        [*ordinary, sys.executable, "-m", "leadloop", *arguments],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def test_what_cannot_be_written_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    assert leadloop("migrate", "--database", "data/leadloop.db", folder=tmp_path).code == 0
    (folder / "leadloop.db").chmod(0o400)
    done = as_an_ordinary_user("serve", "--port", "0", "--database", "data/leadloop.db", folder=tmp_path)
    assert_one_line(done, "data/leadloop.db cannot be written by this user")
    folder.chmod(0o500)
    for command in ("serve --port 0", "migrate", "accounts create --name A"):
        done = as_an_ordinary_user(*command.split(), "--database", "data/new.db", folder=tmp_path)
        assert_one_line(done, f"the folder {folder} cannot be written by this user")
    done = as_an_ordinary_user("doctor", "--database", "data/leadloop.db", folder=tmp_path)
    assert (done.code, done.err) == (1, "")
    assert f"the folder {folder} cannot be written by this user" in done.out
    folder.chmod(0o700)


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("milk, bread, eggs, and a table\n" * 300)
    for command in (["serve", "--port", "0"], ["migrate"], ["accounts", "list"]):
        assert_one_line(leadloop(*command, "--database", "notes.txt", folder=tmp_path), "is not a database")


def test_a_folder_in_the_place_of_the_database(tmp_path: Path) -> None:
    assert_one_line(leadloop("serve", "--port", "0", "--database", ".", folder=tmp_path), "cannot be read")


def test_an_embedded_database_that_is_not_there_yet(tmp_path: Path) -> None:
    for command in (["accounts", "list"], ["keys", "list", "--account", "0" * 24]):
        assert_one_line(leadloop(*command, folder=tmp_path), "there is no database ./leadloop.db")
    assert list(tmp_path.iterdir()) == []
    done = leadloop("accounts", "create", "--name", "A", "--json", folder=tmp_path)
    assert done.json["name"] == "A"
    assert done.err == "created the database ./leadloop.db\n"


def test_a_worker_of_an_embedded_database(tmp_path: Path) -> None:
    done = leadloop("worker", folder=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        "leadloop: leadloop worker needs PostgreSQL: from an embedded database, leadloop serve sends webhooks\n"
    )
    assert list(tmp_path.iterdir()) == []
