"""A damaged or mixed-up database file is refused at the start by a cheap check; the doctor reads all of it."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from tests.cli.command import leadloop
from tests.cli.test_refusing_to_start import assert_one_line

PAGE = 4096


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    assert leadloop("accounts", "create", "--name", "A", folder=folder).code == 0
    return folder / "leadloop.db"


def cut_off(database: Path) -> None:
    with database.open("r+b") as file:
        file.truncate(database.stat().st_size // 2)


def cut_off_in_the_header(database: Path) -> None:
    with database.open("r+b") as file:
        file.truncate(60)


def scribble_on_tables(database: Path) -> None:
    with database.open("r+b") as file:
        file.seek(PAGE)
        file.write(b"\xff" * (database.stat().st_size - PAGE))


def scribble_on_the_schema(database: Path) -> None:
    with database.open("r+b") as file:
        file.seek(100)
        file.write(b"\xff" * (PAGE - 100))


def add_a_foreign_log(database: Path) -> None:
    other = database.with_name("other.db")
    connection = apsw.Connection(str(other))
    connection.pragma("page_size", 8192)
    connection.pragma("journal_mode", "wal")
    connection.execute("CREATE TABLE t (a); INSERT INTO t VALUES (1)")
    shutil.copy(f"{other}-wal", f"{database}-wal")
    connection.close()


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (cut_off, "is cut off"),
        (cut_off_in_the_header, "is damaged"),
        (scribble_on_tables, "is damaged"),
        (scribble_on_the_schema, "is damaged"),
        (add_a_foreign_log, "do not belong together"),
    ],
)
def test_it_is_refused_and_left_as_it_is(made: Path, tmp_path: Path, harm: Callable[[Path], None], words: str) -> None:
    database = Path(shutil.copy(made, tmp_path))
    harm(database)
    before = database.read_bytes()
    assert_one_line(leadloop("serve", "--port", "0", folder=tmp_path), words)
    assert database.read_bytes() == before


def test_the_doctor_reads_all_of_it(made: Path, tmp_path: Path) -> None:
    """One page deep inside, which no start reads."""
    database = Path(shutil.copy(made, tmp_path))
    connection = apsw.Connection(str(database))
    connection.execute("CREATE TABLE more (a); CREATE INDEX more_by_a ON more (a)")
    connection.execute("INSERT INTO more VALUES (1)")
    page = int(str(connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'more_by_a'").get))
    connection.close()
    with database.open("r+b") as file:
        file.seek((page - 1) * PAGE)
        file.write(b"\xff" * PAGE)
    assert leadloop("accounts", "list", folder=tmp_path).code == 0
    done = leadloop("doctor", "--json", folder=tmp_path)
    [finding] = [check for check in json.loads(done.out) if check["check"] == "file"]
    assert (done.code, finding["ok"], "restore a backup" in finding["detail"]) == (1, False, True)
