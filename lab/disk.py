"""Measures the fsyncs per second of a disk, and delays each fsync to simulate slower disks."""

import os
import subprocess
import tempfile
import time
from pathlib import Path

SOURCE = Path(__file__).parent / "fsync_delay.c"
PROBE_SECONDS = 1.0
PAGE = b"\0" * 4096


def fsyncs_per_second(directory: Path) -> float:
    """Measures fsyncs of one page that is overwritten repeatedly."""
    with tempfile.NamedTemporaryFile(dir=directory) as file:
        os.pwrite(file.fileno(), PAGE, 0)
        os.fsync(file.fileno())
        count, start = 0, time.perf_counter()
        while time.perf_counter() - start < PROBE_SECONDS:
            os.pwrite(file.fileno(), PAGE, 0)
            os.fdatasync(file.fileno())
            count += 1
        return count / (time.perf_counter() - start)


def delay_command(directory: Path, delay_ms: float) -> list[str]:
    """Returns a command prefix that makes the fsyncs of a command and its children take `delay_ms` longer."""
    if delay_ms <= 0:
        return []
    program = directory / "fsync_delay"
    if not program.exists():
        subprocess.run(["gcc", "-O2", "-Wall", "-pthread", "-o", str(program), str(SOURCE)], check=True)
        program.chmod(0o755)
    return [str(program), str(round(delay_ms * 1_000))]
