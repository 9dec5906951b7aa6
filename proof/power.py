"""Power cuts: SQLite on a disk that forgets what was not synced. The power goes out at any change; then SQLite reopens.

A database goes through up to a dozen cuts, each on the files, log included, that the previous cut left. The controls
are the same cuts on a store that does not wait for the disk (`synchronous` off and normal), and on one without
transactions.
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
from proof.trial import Trial, control_result

ENGINES = ("sqlite",)
DATABASE = "leads.db"
FULL, NORMAL, OFF = 2, 1, 0
CUTS_OF_ONE = 12
"""Most cuts of one database."""
CONTROL_SHARE, CONTROLS_AT_LEAST, CONTROLS_MORE = 20, 10, 4
"""A control makes one cut per CONTROL_SHARE cuts of the campaign, up to CONTROLS_MORE times as many until caught."""
DOES = (
    "Callers write in batches of up to 24 until the power goes out during a write, truncation or sync of the files. "
    "Unsynced sectors then survive or not, in any order or as garbage. The campaign reopens the database and checks "
    "integrity_check, every acknowledged change, the versions, the feed, the fold of every lead, and that the answers "
    "to requests with an idempotency key, which half of them have, are stored exactly if their changes are."
)
SHOWS = (
    "Zero violations show that an acknowledged change survives a power cut on a disk that keeps what it reports as "
    "synced and does not alter what nobody writes. They say nothing about disks that lie about syncs, or about file "
    "systems: the simulation treats the directory as synced where SQLite's code for Unix syncs it."
)
PHASES = (LOG, CHECKPOINT, NEW_LOG, OPENING)
COUNTED = ("databases", "acknowledged changes", "writes", "syncs", *(f"cut in {phase}" for phase in PHASES))


class Defect(NamedTuple):
    about: str
    synchronous: int = FULL
    transactions: bool = True
    must: Callable[[Counter[str]], bool] = lambda counts: False
    """Whether the counts show the defect."""


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
    """A long-running read transaction."""

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
            with suppress(apsw.IOError):  # the last connection to close asks for a lock that only writers get
                connection.close()


class Database:
    """One database and its ledger, through a series of cuts."""

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
                await self._write_until_cut(machine, before / DATABASE, defect)
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
        """Any change, or a rare kind of change, which a random one would seldom hit."""
        dice = self._dice
        if defect is not SOUND:
            return Moment(dice.randint(200, 600))
        later = dice.choice((0, 0, 1, 2, 5, 20))
        rare = (SYNC, 25), (CHECKPOINT, 150), (NEW_LOG, 8), (OPENING, 10)
        if dice.random() < 0.5:
            of, most = dice.choice(rare)
            return Moment(dice.randint(1, most), of, later)
        return Moment(dice.randint(1, dice.choice((100, 1_000))))

    async def _write_until_cut(self, machine: Machine, path: Path, defect: Defect) -> None:
        snapshot = Snapshot(path, machine.name)
        try:
            while machine.on:
                store = SqliteStore(path, vfs=machine.name)
                checkpoint = self._dice.choice((4, 16, 64, 1_000))
                with _with_defect(defect), _set_up_writer(defect.synchronous, checkpoint) as apply_settings:
                    try:
                        await store.open()
                        apply_settings()
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
def _set_up_writer(synchronous: int, checkpoint: int) -> Iterator[Callable[[], None]]:
    """Yields a function to call once the store has opened its writer; it applies the settings of the trial."""
    connections: list[apsw.Connection] = []
    hook = connections.append

    def apply_settings() -> None:
        apsw.connection_hooks.remove(hook)
        (connection,) = connections
        if (connection.pragma("journal_mode"), connection.pragma("synchronous")) != ("wal", FULL):
            raise AssertionError("the store does not wait for the disk")
        connection.pragma("synchronous", synchronous)
        connection.pragma("wal_autocheckpoint", checkpoint)

    apsw.connection_hooks.append(hook)
    try:
        yield apply_settings
    finally:
        if hook in apsw.connection_hooks:
            apsw.connection_hooks.remove(hook)


@contextmanager
def _with_defect(defect: Defect) -> Iterator[None]:
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
            database, left = Database(trial.random), trial.random.randint(1, CUTS_OF_ONE)
            trial.counts["databases"] += 1
        cut = await database.cut()
        left -= 1
        trial.counts.update(_counts_of(cut))
        if problems := cut.findings.all:
            trial.add_violations([f"cut {number}, in {cut.ended_in}: {'; '.join(problems[:5])}"])
            left = 0
        if number % 100 == 0:
            trial.log(f"{number} cuts")


def _counts_of(cut: Cut) -> Counter[str]:
    counts = Counter({"acknowledged changes": cut.acknowledged, f"cut in {cut.ended_in}": 1})
    counts.update({f"{kind}s": number for kind, number in cut.done.items() if kind in ("write", SYNC)})
    if outcome := cut.findings.unanswered:
        counts[f"unanswered batches {outcome}"] += 1
    return counts


async def _control(defect: Defect, cuts: int, dice: Random) -> tuple[Counter[str], list[str]]:
    """Cuts databases that had one cut without the defect before. Returns the counts and the violations."""
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
    """Runs all controls. One defect that is not caught makes the whole control blind."""
    counts: dict[str, int] = {}
    problems: list[str] = []
    blind = False
    for defect in DEFECTS:
        defect_counts, violations = await _control(defect, cuts, dice)
        counts |= {f"{defect.about}: {name}": number for name, number in defect_counts.items()}
        problems += [f"{defect.about}: {problem}" for problem in violations[:5]]
        blind = blind or not defect.must(defect_counts)
    return control_result(", ".join(defect.about for defect in DEFECTS), counts, [] if blind else problems)


def run(trial: Trial) -> Campaign:
    asyncio.run(_campaign(trial))
    cuts = max(CONTROLS_AT_LEAST, trial.options.cuts // CONTROL_SHARE)
    control = asyncio.run(_controls(cuts, trial.random))
    return trial.finish(
        does=DOES,
        shows=SHOWS,
        trials=trial.options.cuts,
        unit="power cuts",
        control=control,
    )
