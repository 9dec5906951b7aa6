"""A database accepts only its own log, whichever process writes and whenever one dies: its own log is never
rejected."""

import shutil
import tempfile
from pathlib import Path

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadloop.core.errors import FileOverwritten, ForeignLog
from leadloop.storage.sqlite import generations
from leadloop.storage.sqlite.engine import connect_writer
from leadloop.storage.sqlite.files import DatabaseFiles
from leadloop.storage.sqlite.generations import parse, read_header

STEPS = st.lists(
    st.tuples(st.sampled_from(["small", "large", "rolled back", "copy", "restart", "reopen"]), st.integers(0, 1)),
    max_size=25,
)


class Process:
    """A process of the server, without its threads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.open()

    def open(self) -> None:
        self.connection = connect_writer(self.path, None)
        self.files = DatabaseFiles(self.connection, self.path)

    def step(self, step: str) -> None:
        if step == "copy":
            self.connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
        elif step == "restart":
            self.connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        elif step == "reopen":
            self.connection.close()
            self.open()
        else:
            self.write(step)

    def write(self, step: str) -> None:
        self.files.begin()
        self.connection.execute("BEGIN IMMEDIATE; CREATE TABLE IF NOT EXISTS t (a)")
        self.connection.execute("INSERT INTO t VALUES (randomblob(?))", (20 if step == "small" else 20_000,))
        self.files.count_generation()
        self.connection.execute("ROLLBACK" if step == "rolled back" else "COMMIT")
        if step != "rolled back":
            self.files.committed()


def image(database: Path, name: str) -> Path:
    """A copy of the files that a kill at this moment would leave."""
    copy = database.with_name(name)
    shutil.copyfile(database, copy)
    shutil.copyfile(f"{database}-wal", f"{copy}-wal")
    return copy


@settings(deadline=None, max_examples=60)
@given(STEPS)
def test_a_database_and_its_own_log_are_never_refused(steps: list[tuple[str, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "a.db"
        processes = [Process(database), Process(database)]
        for number, (step, process) in enumerate(steps):
            processes[process].step(step)
            for each in processes:
                each.files.require_not_overwritten(each.connection)
            connect_writer(image(database, f"{number}.db"), None).close()
        for each in processes:
            each.connection.close()


def test_a_power_cut_while_readers_let_only_parts_be_copied(tmp_path: Path) -> None:
    """The file on the disk may be as old as the log's beginning: SQLite syncs it when all of a log is copied."""
    process = Process(tmp_path / "a.db")
    process.write("large")
    process.step("restart")
    synced = process.path.read_bytes()
    readers: list[apsw.Connection] = []
    for _ in range(6):
        process.write("large")
        process.write("large")
        readers.append(apsw.Connection(str(process.path), flags=apsw.SQLITE_OPEN_READONLY))
        readers[-1].execute("BEGIN; SELECT count(*) FROM t")
        process.write("small")  # leaves page 1 as it is, so that the copy has it
        if len(readers) > 1:
            readers[-2].close()
        process.step("copy")
    assert parse(read_header(process.connection)).generation > parse(synced).generation
    pair = tmp_path / "cut.db"
    pair.write_bytes(synced)
    shutil.copyfile(f"{process.path}-wal", f"{pair}-wal")
    connect_writer(pair, None).close()
    readers[-1].close()
    process.connection.close()


def test_other_pairs_are_refused_and_left(tmp_path: Path) -> None:
    process = Process(tmp_path / "a.db")
    assert parse(read_header(process.connection)).generation > 0
    process.write("large")
    first = image(process.path, "first.db")
    for _ in range(2):
        process.step("restart")
        process.write("large")
        process.write("large")
    last = image(process.path, "last.db")
    other = Process(tmp_path / "b.db")
    other.write("large")
    foreign = image(other.path, "foreign.db")
    for number, (database, log) in enumerate([(first, last), (last, first), (last, foreign), (foreign, last)]):
        pair = shutil.copyfile(database, tmp_path / f"{number}.db")
        shutil.copyfile(f"{log}-wal", f"{pair}-wal")
        with pytest.raises(ForeignLog):
            connect_writer(pair, None)
        assert pair.read_bytes() == database.read_bytes()
    process.connection.close()
    other.connection.close()


def test_other_bytes_in_the_same_file(tmp_path: Path) -> None:
    process, other = Process(tmp_path / "a.db"), Process(tmp_path / "b.db")
    for each in (process, other):
        each.write("large")
    own, before = process.path.read_bytes(), parse(read_header(process.connection))
    process.step("copy")
    assert generations.may_follow(parse(read_header(process.connection)), before)
    process.write("small")
    for content in (own, other.path.read_bytes(), b"milk" * 1000, b""):
        process.files.overwritten = False
        right = process.path.read_bytes()
        process.path.write_bytes(content)
        with pytest.raises(FileOverwritten):
            process.files.begin()
        process.path.write_bytes(right)
    process.files.leave_overwritten()
    process.connection.close()
    other.connection.close()
    assert process.path.read_bytes() == right
