"""What stands in the way of a start is said in one line, and the exit code is 1."""

import socket
from pathlib import Path

import pytest

from tests.cli.command import PEPPER, Done, leadloop
from tests.support.postgres import PostgresServer


def assert_one_line(done: Done, words: str) -> None:
    assert (done.code, done.out) == (1, "")
    [line] = done.err.splitlines()
    assert line.startswith("leadloop: ")
    assert words in line


def test_a_port_in_use(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = leadloop("serve", "--port", str(port), folder=tmp_path)
    assert_one_line(done, f"can not listen on 127.0.0.1 port {port}: something else listens there")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid"])
def test_an_address_that_is_not_ours(tmp_path: Path, host: str) -> None:
    assert_one_line(leadloop("serve", "--host", host, "--port", "0", folder=tmp_path), f"can not listen on {host}")


COMMANDS = pytest.mark.parametrize(
    "command", ["serve --port 0", "serve --port 0 --workers 2", "worker", "worker --processes 2"]
)


@COMMANDS
def test_an_unreachable_postgresql(tmp_path: Path, command: str) -> None:
    address = "postgresql://ana:geheim@127.0.0.1:1/leads"
    done = leadloop(*command.split(), folder=tmp_path, DATABASE=address, PEPPER=PEPPER)
    assert_one_line(done, "postgresql ana@127.0.0.1:1/leads can not be reached")
    assert "geheim" not in done.err


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


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("milk, bread, eggs, and a table\n" * 300)
    for command in (["serve", "--port", "0"], ["migrate"], ["accounts", "list"]):
        assert_one_line(leadloop(*command, "--database", "notes.txt", folder=tmp_path), "is not a database")


def test_a_folder_in_the_place_of_the_database(tmp_path: Path) -> None:
    assert_one_line(leadloop("serve", "--port", "0", "--database", ".", folder=tmp_path), "can not be read")


def test_an_embedded_database_that_is_not_there_yet(tmp_path: Path) -> None:
    for command in (["accounts", "list"], ["keys", "list", "--account", "0" * 24]):
        assert_one_line(leadloop(*command, folder=tmp_path), "there is no database ./leadloop.db")
    assert list(tmp_path.iterdir()) == []
    done = leadloop("accounts", "create", "--name", "A", "--json", folder=tmp_path)
    assert done.json["name"] == "A"
    assert done.err == "made the database ./leadloop.db\n"


def test_a_worker_of_an_embedded_database(tmp_path: Path) -> None:
    done = leadloop("worker", folder=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        "leadloop: leadloop worker needs PostgreSQL: from an embedded database, leadloop serve sends webhooks\n"
    )
    assert list(tmp_path.iterdir()) == []
