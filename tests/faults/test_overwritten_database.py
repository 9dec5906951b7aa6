"""A database file that another program overwrites, or that gets the log of another one: writes are refused while the
server runs, the next start is refused, and the files stay as they are."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import apsw
import pytest

from lab.server import PEPPER, Leadloop
from tests.cli.command import Done, leadloop

LEADS = 10
MOST_LEADS = 2_000
"""One log generation is some 4 MB: long before so many leads."""


class Instance:
    """A server over a database of its own, with some acknowledged leads."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self.database = folder / "leadloop.db"
        self.log = folder / "leadloop.db-wal"
        self.server = Leadloop("sqlite", str(self.database))
        self.server.start()
        self.client = self.server.client()
        self.leads = [self.client.new_lead(note=str(n)) for n in range(LEADS)]

    def write_until_copied(self) -> None:
        """Until SQLite has copied the log into the database, and then until the next log has its count."""
        before = self.database.stat().st_mtime_ns
        for _ in range(MOST_LEADS):
            self.client.new_lead()
            if self.database.stat().st_mtime_ns != before:
                for _ in range(3):
                    self.client.new_lead()
                return
        raise AssertionError("the log was never copied into the database")

    def assert_all_there(self) -> None:
        """After a start. Ends the server."""
        self.server.start()
        again = self.client.at(self.server)
        assert [again.get(lead)["note"] for lead in self.leads] == [str(n) for n in range(LEADS)]
        again.close()
        assert self.server.stop() == 0

    def start_again(self) -> Done:
        return leadloop("serve", "--port", "0", folder=self.folder, DATABASE="leadloop.db", PEPPER=PEPPER)


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """Killed, and so with a log."""
    instance = Instance(tmp_path_factory.mktemp("other") / "data")
    instance.server.kill()
    yield instance
    instance.client.close()


@pytest.fixture
def mine(tmp_path: Path) -> Iterator[Instance]:
    instance = Instance(tmp_path / "data")
    yield instance
    instance.client.close()


def with_another_database(mine: Instance, other: Instance) -> None:
    shutil.copyfile(other.database, mine.database)


def with_an_older_copy(mine: Instance, other: Instance) -> None:
    mine.write_until_copied()
    shutil.copyfile(mine.folder / "copy.db", mine.database)


def with_a_backup(mine: Instance, other: Instance) -> None:
    shutil.copyfile(mine.folder / "backup.db", mine.database)


def with_something_else(mine: Instance, other: Instance) -> None:
    mine.database.write_text("milk\n" * 100_000)


@pytest.mark.parametrize("overwrite", [with_another_database, with_an_older_copy, with_a_backup, with_something_else])
def test_a_database_that_is_overwritten_under_the_server(
    mine: Instance, other: Instance, overwrite: Callable[[Instance, Instance], None]
) -> None:
    shutil.copyfile(mine.database, mine.folder / "copy.db")
    mine.server.run("backup", str(mine.folder / "backup.db"))
    try:
        overwrite(mine, other)
        left = mine.database.read_bytes()
        ready = mine.client.http.get("/readyz")
        assert (ready.status_code, "overwritten" in ready.text) == (503, True)
        writes = [
            mine.client.expad("POST", json={"name": "Eva"}),
            mine.client.expad("PATCH", f"lead/{mine.leads[0]}", json={"note": "late"}),
            mine.client.patch_leadsail(f"lead_{mine.leads[0]}", {"status": "contacted"}),
        ]
        for answer in writes:
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
            assert "has overwritten the database file" in answer.text
        assert mine.client.expad("GET", f"lead/{mine.leads[0]}").status_code == 503
        assert mine.server.wait_for_output("writes are refused").count("writes are refused") == 1
    finally:
        mine.server.stop()
    assert mine.database.read_bytes() == left
    assert mine.log.stat().st_size > 0


def test_an_idle_server_leaves_the_overwritten_file(mine: Instance, other: Instance) -> None:
    with_another_database(mine, other)
    left = mine.database.read_bytes()
    mine.server.stop()
    assert mine.database.read_bytes() == left


def assert_refused(mine: Instance) -> None:
    """A start, a command and a backup are refused in one sentence, and change nothing."""
    before = mine.database.read_bytes(), mine.log.read_bytes()
    backup = leadloop("backup", "x.db", folder=mine.folder, DATABASE="leadloop.db")
    doctor = leadloop("doctor", folder=mine.folder, DATABASE="leadloop.db")
    for done in (mine.start_again(), leadloop("accounts", "list", folder=mine.folder), backup):
        assert (done.code, len(done.err.splitlines())) == (1, 1), done
        assert "leadloop.db does not belong to it: put the right database back" in done.err
    assert (doctor.code, "does not belong to it" in " ".join(doctor.out.split())) == (1, True)
    assert (mine.database.read_bytes(), mine.log.read_bytes()) == before


def test_a_log_that_belongs_to_another_database_or_copy(mine: Instance, other: Instance) -> None:
    older = shutil.copyfile(mine.database, mine.folder / "copy"), shutil.copyfile(mine.log, mine.folder / "copy-wal")
    mine.write_until_copied()
    mine.server.kill()
    right = mine.database.rename(mine.folder / "right"), mine.log.rename(mine.folder / "right-wal")
    for database, log in ((right[0], other.log), (older[0], right[1])):
        shutil.copyfile(database, mine.database)
        shutil.copyfile(log, mine.log)
        assert_refused(mine)
    right[0].replace(mine.database)
    right[1].replace(mine.log)
    mine.assert_all_there()
    assert not mine.log.exists()
    shutil.copyfile(older[1], mine.log)
    assert_refused(mine)
    mine.log.unlink()
    mine.assert_all_there()


def test_a_database_of_a_former_version_is_counted_from_its_next_start_on(mine: Instance) -> None:
    mine.server.stop()
    connection = apsw.Connection(str(mine.database))
    connection.pragma("user_version", 0)
    connection.close()
    mine.assert_all_there()
    connection = apsw.Connection(str(mine.database))
    assert int(str(connection.pragma("user_version"))) > 0
    connection.close()
