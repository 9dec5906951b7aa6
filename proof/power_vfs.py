"""A machine that SQLite runs on until its power goes out: a VFS over the ordinary one.

What programs see are real files in a directory, through the ordinary VFS, which also keeps the locks and the shared
memory; what would be left of them after a cut is kept in a `Disk`. Nothing is really synced. The directory is synced
where SQLite's own VFS for Unix syncs it: with the first sync of a journal or log that was opened to be created, and
with a deletion that asks for it.
"""

from collections import Counter
from pathlib import Path
from typing import NamedTuple

import apsw

from proof.power_disk import Disk, File, Truncation, Write

_TEMPORARY = apsw.SQLITE_OPEN_DELETEONCLOSE
_JOURNALS = apsw.SQLITE_OPEN_MAIN_JOURNAL | apsw.SQLITE_OPEN_SUPER_JOURNAL | apsw.SQLITE_OPEN_WAL


LOG, CHECKPOINT, NEW_LOG, OPENING = "the log", "a checkpoint", "starting the log anew", "opening or closing"
SYNC = "sync"


class Moment(NamedTuple):
    """When the power goes out: so many changes `later` than the `nth` of those of a kind or at a place, or of all."""

    nth: int
    of: str | None = None
    later: int = 0


class PowerOut(apsw.IOError):
    """The answer to every change from the cut on."""


class Machine(apsw.VFS):
    """A write or truncation in which its power goes out may land, as may those that no sync came after; such a sync
    has synced nothing for certain."""

    def __init__(self, name: str, disk: Disk, moment: Moment) -> None:
        super().__init__(name, "")
        self.name = name
        self.disk = disk
        self.on = True
        self.ended_in = ""
        self.done: Counter[str] = Counter()
        self._nth, self._of, self._later = moment

    def begin(self, kind: str, where: str) -> None:
        """Every change begins here. Raises `PowerOut`."""
        self.check()
        self.done[kind] += 1
        if self._nth <= 0:
            self._later -= 1
        elif self._of in (None, kind, where):
            self._nth -= 1
        if self._nth <= 0 and self._later <= 0:
            self.on, self.ended_in = False, where

    def check(self) -> None:
        """Raises `PowerOut`, also in the change that was the last one."""
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
        self._where = _where(flags[0])
        found = machine.disk.file(name)
        if found is None and created:
            machine.begin("create", OPENING)
            found = machine.disk.create(name)
        machine.check()
        super().__init__("", full_name, flags)
        self._file = found or File()

    def xWrite(self, data: bytes, offset: int) -> None:
        where = NEW_LOG if self._where == LOG and offset == 0 else self._where
        self._machine.begin("write", where)
        written = bytes(data)
        self._file.waiting.append(Write(offset, written))
        self._machine.check()
        super().xWrite(written, offset)

    def xTruncate(self, newsize: int) -> None:
        self._machine.begin("truncate", self._where)
        self._file.waiting.append(Truncation(newsize))
        self._machine.check()
        super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:
        self._machine.begin(SYNC, self._where)
        self._machine.check()
        self._file.sync()
        if self._syncs_directory:
            self._machine.disk.sync_directory()
            self._syncs_directory = False


def _where(flags: int) -> str:
    if flags & apsw.SQLITE_OPEN_WAL:
        return LOG
    return CHECKPOINT if flags & apsw.SQLITE_OPEN_MAIN_DB else OPENING
