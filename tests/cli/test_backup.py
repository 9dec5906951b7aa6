"""Backup and restore of an embedded database: consistent while the server writes, and never over something else."""

import shutil
import stat
import threading
from pathlib import Path

import apsw
import pytest

from lab.server import Leadloop, serving
from leadloop.app.backups import last_backup_ms
from leadloop.settings import DatabaseSettings
from tests.cli.command import PEPPER, Done, leadloop
from tests.cli.test_refusing_to_start import assert_one_line

LEADS = 30


def run(folder: Path, *arguments: str, database: str = "leadloop.db") -> Done:
    return leadloop(*arguments, folder=folder, DATABASE=database, PEPPER=PEPPER)


def names(database: Path) -> set[str]:
    connection = apsw.Connection(str(database))
    lead_names = {name for (name,) in connection.execute("SELECT json_extract(doc, '$.name') FROM leads")}
    connection.close()
    return lead_names


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a database and its backup."""
    folder = tmp_path_factory.mktemp("made")
    assert run(folder, "accounts", "create", "--name", "A").code == 0
    assert run(folder, "backup", "saved.db").code == 0
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return tmp_path


def test_a_backup_while_the_server_writes(tmp_path: Path) -> None:
    with serving(Leadloop("sqlite", str(tmp_path / "leadloop.db"))) as client:
        before = {f"before {n}" for n in range(LEADS)}
        for name in sorted(before):
            client.new_lead(name=name)
        stopping = threading.Event()

        def write() -> None:
            n = 0
            while not stopping.is_set():
                client.new_lead(name=f"while {(n := n + 1)}")

        writer = threading.Thread(target=write)
        writer.start()
        done = run(tmp_path, "backup", "saved.db", "--json")
        stopping.set()
        writer.join()
        client.new_lead(name="after")
    content = done.json
    assert content["format"] == 1
    assert content["accounts"] == 2
    assert stat.S_IMODE((tmp_path / "saved.db").stat().st_mode) == 0o600
    assert {path.name for path in tmp_path.glob("saved*")} == {"saved.db"}
    restored = run(tmp_path, "restore", "saved.db", database="again.db")
    assert restored.code == 0, restored.err
    assert f"{content['leads']:,} leads" in restored.out
    lead_names = names(tmp_path / "again.db")
    assert before <= lead_names
    assert "after" not in lead_names
    assert len(lead_names) == content["leads"]
    while_writing = lead_names - before
    assert while_writing == {f"while {n + 1}" for n in range(len(while_writing))}
    checked = run(tmp_path, "doctor", database="again.db")
    assert checked.code == 0, checked.out


def test_the_time_of_the_last_backup_is_known(folder: Path) -> None:
    settings = DatabaseSettings(database=str(folder / "leadloop.db"))
    first_ms = last_backup_ms(settings)
    assert first_ms is not None
    assert run(folder, "backup", "saved.db").code == 1, "the target exists"
    assert last_backup_ms(settings) == first_ms
    assert run(folder, "backup", "second.db").code == 0
    second_ms = last_backup_ms(settings)
    assert second_ms is not None and second_ms > first_ms
    assert last_backup_ms(DatabaseSettings(database=str(folder / "saved.db"))) is None


def test_advice_names_what_else_is_needed(tmp_path: Path) -> None:
    assert leadloop("accounts", "create", "--name", "A", folder=tmp_path).code == 0
    done = leadloop("backup", "saved.db", folder=tmp_path)
    assert (done.code, "keep leadloop.db.secrets with the backup" in done.err) == (0, True)
    assert "1 accounts, 0 leads, 0 changes" in done.out
    restored = leadloop("restore", "saved.db", "--database", "again.db", folder=tmp_path)
    assert (restored.code, "put again.db.secrets back" in restored.err) == (0, True)


def test_a_restore_reports_secrets_of_another_database(tmp_path: Path) -> None:
    for name in ("a.db", "b.db"):
        account = leadloop("accounts", "create", "--name", "A", "--json", folder=tmp_path, DATABASE=name).json["id"]
        made = leadloop("keys", "create", "--account", account, "--name", "k", folder=tmp_path, DATABASE=name)
        assert made.code == 0
    assert leadloop("backup", "saved.db", "--database", "a.db", folder=tmp_path).code == 0
    for name, words in (("a.db", ""), ("b.db", "b.db.secrets belongs to another database")):
        (tmp_path / name).unlink()
        restored = leadloop("restore", "saved.db", "--database", name, folder=tmp_path)
        assert restored.code == 0
        assert words in restored.err if words else not restored.err


def test_an_existing_target_stays_unchanged(folder: Path) -> None:
    (folder / "notes.txt").write_text("milk")
    assert_one_line(run(folder, "backup", "notes.txt"), "notes.txt exists")
    assert_one_line(run(folder, "backup", "leadloop.db"), "leadloop.db exists")
    assert_one_line(run(folder, "restore", "saved.db"), "leadloop.db exists")
    assert (folder / "notes.txt").read_text() == "milk"
    Path(folder / "other.db-wal").write_bytes(b"")
    assert_one_line(run(folder, "restore", "saved.db", database="other.db"), "other.db-wal exists")
    assert not (folder / "other.db").exists()


def test_a_file_that_is_not_a_backup(folder: Path) -> None:
    (folder / "notes.txt").write_text("milk" * 100)
    shutil.copy(folder / "leadloop.db", folder / "copy.db")
    for name in ("notes.txt", "copy.db"):
        assert_one_line(run(folder, "restore", name, database="other.db"), f"{name} is not a backup")
    assert_one_line(run(folder, "restore", "missing.db", database="other.db"), "missing.db cannot be read")
    assert not list(folder.glob("other.db*"))


def test_a_damaged_backup(folder: Path) -> None:
    content = bytearray((folder / "saved.db").read_bytes())
    content[8192:] = b"\xff" * (len(content) - 8192)
    (folder / "saved.db").write_bytes(content)
    assert_one_line(run(folder, "restore", "saved.db", database="other.db"), "is damaged")
    assert {path.name for path in folder.glob("other.db*")} <= {"other.db.lock"}


@pytest.mark.parametrize(
    "change", ["PRAGMA user_version = 2", "INSERT INTO schema_version VALUES (9999, '9999_later', 1)"]
)
def test_a_backup_of_a_newer_version(folder: Path, change: str) -> None:
    connection = apsw.Connection(str(folder / "saved.db"))
    connection.execute(change)
    connection.close()
    assert_one_line(run(folder, "restore", "saved.db", database="other.db"), "was made by a newer leadloop")
    assert not (folder / "other.db").exists()


def test_a_backup_is_not_served(folder: Path) -> None:
    for command in (["serve", "--port", "0"], ["migrate"], ["accounts", "list"]):
        assert_one_line(run(folder, *command, database="saved.db"), "is a backup")


def test_postgresql(tmp_path: Path) -> None:
    for command in (["backup", "x.db"], ["restore", "x.db"]):
        done = leadloop(*command, folder=tmp_path, DATABASE="postgresql://ana@127.0.0.1:1/x", PEPPER=PEPPER)
        assert (done.code, "pg_dump" in done.err) == (2, True)
