"""A disk that loses power: synced data survives, any part of the rest may survive or not.

It is harsher than most real disks, and allows what POSIX allows: unsynced writes land out of order and torn at
sectors, some sectors as garbage, and a file's creation or deletion may be lost. Like SQLite it assumes "powersafe
overwrite": bytes that nobody writes do not change.
"""

from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import NamedTuple

SECTOR = 512


class Write(NamedTuple):
    offset: int
    data: bytes


class Truncation(NamedTuple):
    size: int


Change = Write | Truncation


class File:
    """A power cut keeps `synced`; it may lose any of `waiting`."""

    def __init__(self, content: bytes = b"") -> None:
        self.synced = bytearray(content)
        self.waiting: list[Change] = []

    def sync(self) -> None:
        for change in self.waiting:
            _apply(self.synced, change)
        self.waiting.clear()

    def after_cut(self, dice: Random) -> bytes:
        content = bytearray(self.synced)
        for change in _surviving(self.waiting, dice):
            _apply(content, change)
        return bytes(content)


class Disk:
    """One directory of files."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._names = {name: File(content) for name, content in files.items()}
        self._synced_names: dict[str, File | None] = dict(self._names)
        self._waiting: list[tuple[str, File | None]] = []

    def file(self, name: str) -> File | None:
        return self._names.get(name)

    def create(self, name: str) -> File:
        file = self._names[name] = File()
        self._waiting.append((name, file))
        return file

    def delete(self, name: str) -> None:
        if self._names.pop(name, None) is not None:
            self._waiting.append((name, None))

    def sync_directory(self) -> None:
        self._synced_names.update(self._waiting)
        self._waiting.clear()

    def after_cut(self, dice: Random) -> dict[str, bytes]:
        """The files after the cut. Each name is in some state of its unsynced history."""
        names = dict(self._synced_names)
        for name in sorted({name for name, _ in self._waiting}):
            history = [file for waiting_name, file in self._waiting if waiting_name == name]
            if landed := dice.randint(0, len(history)):
                names[name] = history[landed - 1]
        return {name: file.after_cut(dice) for name, file in sorted(names.items()) if file is not None}


def _surviving(changes: Sequence[Change], dice: Random) -> list[Change]:
    """The changes of one file that survive, in the order in which they land."""
    torn = dice.random() < 0.7
    parts = [part for change in changes for part in _sectors(change)] if torn else list(changes)
    way = dice.choice(("none", "all", "first", "some", "some", "any order"))
    if way == "none":
        return []
    if way == "all":
        return parts
    if way == "first":
        return parts[: dice.randint(0, len(parts))]
    share, garbage = dice.choice((0.1, 0.5, 0.9, 0.99)), dice.choice((0.0, 0.0, 0.2))
    surviving: list[Change] = []
    for part in parts:
        if dice.random() < share:
            surviving.append(part)
        elif isinstance(part, Write) and dice.random() < garbage:
            surviving.append(Write(part.offset, dice.randbytes(len(part.data))))
    if way == "any order":
        dice.shuffle(surviving)
    return surviving


def _sectors(change: Change) -> Iterator[Change]:
    if isinstance(change, Truncation):
        yield change
        return
    start, end = change.offset, change.offset + len(change.data)
    while start < end:
        stop = min(end, start - start % SECTOR + SECTOR)
        yield Write(start, change.data[start - change.offset : stop - change.offset])
        start = stop


def _apply(content: bytearray, change: Change) -> None:
    size = change.size if isinstance(change, Truncation) else change.offset
    if len(content) < size:
        content.extend(bytes(size - len(content)))
    if isinstance(change, Truncation):
        del content[change.size :]
    else:
        content[change.offset : change.offset + len(change.data)] = change.data
