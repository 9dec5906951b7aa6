"""Power cuts: SQLite on a disk that forgets what was not synced, cut at any change, and then opened again.

A database lives for up to a dozen cuts, each in what the one before left of it, log and all. The controls are the same
cuts on a store that does not wait for the disk (`synchronous` off and normal), and on one without transactions.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import NamedTuple

import apsw

from leadloop.core.errors import Unavailable
from leadloop.storage.sqlite import SqliteStore
from leadloop.storage.sqlite.engine import SQL
from proof.power_check import Findings, judge
from proof.power_disk import Disk
from proof.power_load import Ledger, Load
from proof.power_vfs import CHECKPOINT, LOG, NEW_LOG, OPENING, SYNC, Machine, Moment
from proof.report import Campaign, Control
from proof.trial import Trial, caught

ENGINES = ("sqlite",)
DATABASE = "leads.db"
FULL, NORMAL, OFF = 2, 1, 0
LIFE = 12
"""A database is cut at most so often."""
CONTROL_SHARE, CONTROLS_AT_LEAST, CONTROLS_MORE = 20, 10, 4
"""A control is one cut for so many of the campaign, and so many times as many as long as it is not caught."""
PLACES = (LOG, CHECKPOINT, NEW_LOG, OPENING)
COUNTED = ("databases", "acknowledged changes", "writes", "syncs", *(f"cut in {place}" for place in PLACES))


class Defect(NamedTuple):
    about: str
    synchronous: int = FULL
    transactions: bool = True
    must: Callable[[Counter[str]], bool] = lambda counts: False
    """Whether what was counted shows it."""


SOUND = Defect("none")
DEFECTS = (
    Defect("synchronous=OFF", OFF, must=lambda n: n["lost"] + n["damaged"] > 0),
    Defect("synchronous=NORMAL", NORMAL, must=lambda n: n["lost"] > 0 and n["damaged"] == n["torn"] == 0),
    Defect("no transactions", transactions=False, must=lambda n: n["torn"] > 0),
)


class Cut(NamedTuple):
    findings: Findings
    acknowledged: int
    done: Counter[str]
    ended_in: str


class Snapshot:
    """A transaction that reads, and lasts."""

    def __init__(self, path: Path, vfs: str) -> None:
        self._path, self._vfs = path, vfs
        self._connection: apsw.Connection | None = None

    def hold(self) -> None:
        if self._connection is None:
            self._connection = apsw.Connection(str(self._path), apsw.SQLITE_OPEN_READONLY, self._vfs)
            self._connection.execute("BEGIN")
            self._connection.execute("SELECT count(*) FROM changes").get  # noqa: B018

    def release(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(apsw.IOError):  # the last one to close tries for a lock that only writers get
                connection.close()


class Database:
    """One database and the ledger beside it, through cut after cut."""

    def __init__(self, dice: Random) -> None:
        self.ledger = Ledger()
        self._dice = dice
        self._files: Mapping[str, bytes] = {}

    async def cut(self, defect: Defect = SOUND) -> Cut:
        with TemporaryDirectory(prefix="leadloop-power-") as name:
            before, after = Path(name) / "before", Path(name) / "after"
            _fill(before, self._files)
            machine = Machine(name, Disk(self._files), self._moment(defect))
            try:
                await self._until_cut(machine, before / DATABASE, defect)
            finally:
                machine.unregister()
            self._files = machine.disk.after_cut(self._dice)
            _fill(after, self._files)
            if self._dice.random() < 0.5:
                (after / f"{DATABASE}-shm").write_bytes(self._dice.randbytes(32_768))
            acknowledged = len(self.ledger.acks)
            findings = await judge(after / DATABASE, self.ledger)
        return Cut(findings, acknowledged, machine.done, machine.ended_in)

    def _moment(self, defect: Defect) -> Moment:
        """Anywhere; or where there are few changes, which chance alone would seldom meet."""
        dice = self._dice
        if defect is not SOUND:
            return Moment(dice.randint(200, 600))
        later = dice.choice((0, 0, 1, 2, 5, 20))
        rare = (SYNC, 25), (CHECKPOINT, 150), (NEW_LOG, 8), (OPENING, 10)
        if dice.random() < 0.5:
            of, most = dice.choice(rare)
            return Moment(dice.randint(1, most), of, later)
        return Moment(dice.randint(1, dice.choice((100, 1_000))))

    async def _until_cut(self, machine: Machine, path: Path, defect: Defect) -> None:
        snapshot = Snapshot(path, machine.name)
        try:
            while machine.on:
                store = SqliteStore(path, vfs=machine.name)
                checkpoint = self._dice.choice((4, 16, 64, 1_000))
                with _defective(defect), _writers(defect.synchronous, checkpoint) as made:
                    try:
                        await store.open()
                        made()
                        load = Load(store, self.ledger, self._dice)
                        await load.begin()
                        await load.run(self._dice.randint(1, 60), snapshot)
                    finally:
                        if self._dice.random() < 0.7:
                            snapshot.release()
                        await store.close()
        except (Unavailable, apsw.IOError, apsw.CantOpenError):
            if machine.on:
                raise
        finally:
            snapshot.release()


def _fill(directory: Path, files: Mapping[str, bytes]) -> None:
    directory.mkdir()
    for name, content in files.items():
        (directory / name).write_bytes(content)


@contextmanager
def _writers(synchronous: int, checkpoint: int) -> Iterator[Callable[[], None]]:
    """Gives what is to be called when the store has opened its writer, and has set it up."""
    made: list[apsw.Connection] = []
    hook = made.append

    def set_up() -> None:
        apsw.connection_hooks.remove(hook)
        (connection,) = made
        if (connection.pragma("journal_mode"), connection.pragma("synchronous")) != ("wal", FULL):
            raise AssertionError("the store does not wait for the disk")
        connection.pragma("synchronous", synchronous)
        connection.pragma("wal_autocheckpoint", checkpoint)

    apsw.connection_hooks.append(hook)
    try:
        yield set_up
    finally:
        if hook in apsw.connection_hooks:
            apsw.connection_hooks.remove(hook)


@contextmanager
def _defective(defect: Defect) -> Iterator[None]:
    whole = dict(SQL)
    if not defect.transactions:
        SQL.update(begin="SELECT 1", commit="SELECT 1")
    try:
        yield
    finally:
        SQL.update(whole)


async def _campaign(trial: Trial) -> None:
    trial.counts.update(dict.fromkeys(COUNTED, 0))
    database, left = Database(trial.random), 0
    for number in range(1, trial.options.cuts + 1):
        if not left:
            database, left = Database(trial.random), trial.random.randint(1, LIFE)
            trial.counts["databases"] += 1
        cut = await database.cut()
        left -= 1
        trial.counts.update(_counted(cut))
        if problems := cut.findings.all:
            trial.found([f"cut {number}, in {cut.ended_in}: {'; '.join(problems[:5])}"])
            left = 0
        if number % 100 == 0:
            trial.say(f"{number} cuts")


def _counted(cut: Cut) -> Counter[str]:
    counts = Counter({"acknowledged changes": cut.acknowledged, f"cut in {cut.ended_in}": 1})
    counts.update({f"{kind}s": number for kind, number in cut.done.items() if kind in ("write", SYNC)})
    if became := cut.findings.unanswered:
        counts[f"unanswered groups {became} as a whole"] += 1
    return counts


async def _control(defect: Defect, cuts: int, dice: Random) -> tuple[Counter[str], list[str]]:
    """Each on a database that had a cut without the defect before. What was counted, and what the check said."""
    counts: Counter[str] = Counter()
    problems: list[str] = []
    while counts["cuts"] < cuts or (counts["cuts"] < cuts * CONTROLS_MORE and not defect.must(counts)):
        counts["cuts"] += 1
        database = Database(dice)
        await database.cut()
        findings = (await database.cut(defect)).findings
        counts.update(damaged=bool(findings.damaged), lost=bool(findings.lost), torn=bool(findings.torn))
        problems += findings.all[:1]
    return counts, problems


async def _controls(cuts: int, dice: Random) -> Control:
    """All of them: one that is not caught makes the whole control blind."""
    counts: dict[str, int] = {}
    problems: list[str] = []
    blind = False
    for defect in DEFECTS:
        found, said = await _control(defect, cuts, dice)
        counts |= {f"{defect.about}: {what}": number for what, number in found.items()}
        problems += [f"{defect.about}: {problem}" for problem in said[:5]]
        blind = blind or not defect.must(found)
    return caught(", ".join(defect.about for defect in DEFECTS), counts, [] if blind else problems)


def run(trial: Trial) -> Campaign:
    asyncio.run(_campaign(trial))
    cuts = max(CONTROLS_AT_LEAST, trial.options.cuts // CONTROL_SHARE)
    control = asyncio.run(_controls(cuts, trial.random))
    return trial.finish(
        does="Callers write in groups of up to 24 while the power goes out at any write, truncation or sync of the "
        "files; unsynced sectors then land or not, in any order or as rubbish; the database is opened again, and "
        "integrity_check, every acknowledged change, versions, feed and the fold of every lead are checked, and that "
        "answers to requests with an idempotency key, which half of them have, are kept exactly where the changes are.",
        shows="With 0 violations an acknowledged change outlives a power cut on a disk that keeps what it says it has "
        "synced and leaves alone what nobody writes. Not shown: disks that lie about syncs, and file systems; the "
        "directory is taken for synced where SQLite's code for Unix syncs it.",
        trials=trial.options.cuts,
        unit="power cuts",
        control=control,
    )
