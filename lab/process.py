"""CPU time, memory and state of process trees, read from /proc (Linux only). And free ports."""

import os
import signal
import socket
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_STATE, _PARENT, _USER_TICKS, _SYSTEM_TICKS, _REAPED_USER_TICKS, _REAPED_SYSTEM_TICKS = 0, 1, 11, 12, 13, 14
_START_TIME = 19


class Memory(NamedTuple):
    """In bytes. `peak` is the sum of the processes' peaks, with shared pages counted for each; `share` counts every
    page once."""

    peak: int
    share: int


def tree(root: int) -> list[int]:
    """The process and its descendants, parents first."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            children.setdefault(int(fields[_PARENT]), []).append(int(entry.name))
    pids = [root]
    for pid in pids:
        pids += children.get(pid, [])
    return pids


def cpu_seconds(root: int) -> float:
    """User and system time of the tree so far, that of ended and waited-for children included."""
    ticks = 0
    for pid in tree(root):
        if fields := _stat(pid):
            ticks += sum(int(fields[n]) for n in (_USER_TICKS, _SYSTEM_TICKS, _REAPED_USER_TICKS, _REAPED_SYSTEM_TICKS))
    return ticks / TICKS_PER_SECOND


def memory(root: int) -> Memory:
    peak = share = 0
    for pid in tree(root):
        with suppress(OSError):
            peak += _kilobytes(Path(f"/proc/{pid}/status"), "VmHWM:")
            share += _kilobytes(Path(f"/proc/{pid}/smaps_rollup"), "Pss:")
    return Memory(peak * 1024, share * 1024)


def forget_peak(root: int) -> None:
    """Resets the peaks that `memory` returns."""
    for pid in tree(root):
        Path(f"/proc/{pid}/clear_refs").write_text("5")


def freeze(root: int) -> None:
    """Stops the whole tree, so that it does no background work in another's turn."""
    _signal_all(root, signal.SIGSTOP)


def thaw(root: int) -> None:
    _signal_all(root, signal.SIGCONT)


def _signal_all(root: int, number: signal.Signals) -> None:
    for pid in tree(root):
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def start_time(pid: int) -> str | None:
    """Distinguishes a process from a later owner of its pid. None when the process is gone or a zombie."""
    fields = _stat(pid)
    return fields[_START_TIME] if fields and fields[_STATE] not in "ZX" else None


def free_port() -> int:
    """A port of 127.0.0.1 that is currently free."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _kilobytes(file: Path, name: str) -> int:
    for line in file.read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1])
    return 0


def _stat(pid: int) -> list[str] | None:
    """/proc/PID/stat after the name; `None` when there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
