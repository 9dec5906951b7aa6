"""A machine whose power goes out: a SQLite VFS on top of the ordinary one.

Programs see real files in a directory, through the ordinary VFS, which also manages the locks and the shared memory. A
`Disk` models what a cut leaves of them; nothing is really synced. The directory counts as synced where SQLite's own VFS
for Unix syncs it: with the first sync of a journal or log that was opened to be created, and with a deletion that asks
for it.
"""

from collections import Counter
from pathlib import Path
from typing import NamedTuple

import apsw

from proof.power_disk import Disk, File, Truncation, Write

_TEMPORARY = apsw.SQLITE_OPEN_DELETEONCLOSE
_JOURNALS = apsw.SQLITE_OPEN_MAIN_JOURNAL | apsw.SQLITE_OPEN_SUPER_JOURNAL | apsw.SQLITE_OPEN_WAL


LOG, CHECKPOINT, NEW_LOG, OPENING = "the log", "a checkpoint", "restarting the log", "opening or closing"
SYNC = "sync"


class Moment(NamedTuple):
    """When the power goes out: `later` changes after the `nth` change, counting those of a kind or phase, or all."""

    nth: int
    kind_or_phase: str | None = None
    later: int = 0


class PowerOut(apsw.IOError):
    """Raised by every change from the cut on."""


class Machine(apsw.VFS):
    """A write or truncation during which the power goes out may survive, like all unsynced ones. A sync during which it
    goes out syncs nothing."""

    def __init__(self, name: str, disk: Disk, moment: Moment) -> None:
        super().__init__(name, "")
        self.name = name
        self.disk = disk
        self.on = True
        self.ended_in = ""
        self.done: Counter[str] = Counter()
        self._nth, self._kind_or_phase, self._later = moment

    def begin(self, kind: str, phase: str) -> None:
        """Every change calls this first. Raises `PowerOut` after the cut."""
        self.check()
        self.done[kind] += 1
        if self._nth <= 0:
            self._later -= 1
        elif self._kind_or_phase in (None, kind, phase):
            self._nth -= 1
        if self._nth <= 0 and self._later <= 0:
            self.on, self.ended_in = False, phase

    def check(self) -> None:
        """Raises `PowerOut` after the cut, also in the change during which the power goes out."""
        if not self.on:
            raise PowerOut

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        if path is None or flags[0] & _TEMPORARY:
            return apsw.VFSFile("", name, flags)
        return MachineFile(self, Path(path).name, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:
        self.begin("delete", OPENING)
        self.disk.delete(Path(filename).name)
        self.check()
        super().xDelete(filename, syncdir)
        if syncdir:
            self.disk.sync_directory()


class MachineFile(apsw.VFSFile):
    def __init__(self, machine: Machine, name: str, full_name: str | apsw.URIFilename | None, flags: list[int]) -> None:
        self._machine = machine
        created = bool(flags[0] & apsw.SQLITE_OPEN_CREATE)
        self._syncs_directory = created and bool(flags[0] & _JOURNALS)
        self._phase = _phase_of(flags[0])
        file = machine.disk.file(name)
        if file is None and created:
            machine.begin("create", OPENING)
            file = machine.disk.create(name)
        machine.check()
        super().__init__("", full_name, flags)
        self._file = file or File()

    def xWrite(self, data: bytes, offset: int) -> None:
        phase = NEW_LOG if self._phase == LOG and offset == 0 else self._phase
        self._machine.begin("write", phase)
        written = bytes(data)
        self._file.waiting.append(Write(offset, written))
        self._machine.check()
        super().xWrite(written, offset)

    def xTruncate(self, newsize: int) -> None:
        self._machine.begin("truncate", self._phase)
        self._file.waiting.append(Truncation(newsize))
        self._machine.check()
        super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:
        self._machine.begin(SYNC, self._phase)
        self._machine.check()
        self._file.sync()
        if self._syncs_directory:
            self._machine.disk.sync_directory()
            self._syncs_directory = False


def _phase_of(flags: int) -> str:
    if flags & apsw.SQLITE_OPEN_WAL:
        return LOG
    return CHECKPOINT if flags & apsw.SQLITE_OPEN_MAIN_DB else OPENING
