"""The real command as a process of its own."""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from lab.commands import RUNNER
from lab.forks import FORKS, ForkedProcess
from lab.server import PEPPER

__all__ = [
    "PEPPER",
    "Done",
    "children_of",
    "environment",
    "leadloop",
    "running",
    "serving",
    "stop",
    "url_of",
    "wait_until_gone",
]

CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("LEADLOOP_")}


class Done(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.code == 0, self.err
        return json.loads(self.out)


def leadloop(*arguments: str, folder: Path, **variables: str) -> Done:
    """Runs one command in `folder`; variables are given without LEADLOOP_."""
    done = RUNNER.run(arguments, folder, environment(**variables))
    assert "Traceback" not in done.err
    return Done(*done)


def environment(**variables: str) -> dict[str, str]:
    paths = os.pathsep.join(str(Path(path).resolve()) for path in os.environ.get("PYTHONPATH", "").split(":") if path)
    return {**CLEAN, "PYTHONPATH": paths} | {f"LEADLOOP_{name}": value for name, value in variables.items()}


@contextmanager
def running(*arguments: str, folder: Path, **variables: str) -> Iterator[ForkedProcess]:
    """A command that runs until it is stopped, in its own process group, killed at the end if it still runs."""
    command = ["-m", "leadloop", *arguments]
    process = FORKS.start(command, folder, environment(**variables), stderr=subprocess.PIPE)
    try:
        yield process
    finally:
        process.close()


@contextmanager
def serving(*options: str, folder: Path, **variables: str) -> Iterator[ForkedProcess]:
    with running("serve", "--port", "0", *options, folder=folder, **variables) as process:
        yield process


def url_of(process: ForkedProcess) -> str:
    """Waits for the line that says where it listens."""
    line = process.stdout.readline()
    assert " listening on http://" in line, line or process.errors()
    return line.split(" listening on ")[1].split()[0]


def stop(process: ForkedProcess, number: int = 15) -> Done:
    process.send_signal(number)
    out, err = process.stdout.read(), process.errors()
    return Done(process.wait(60), out, err)


def children_of(process: ForkedProcess) -> set[int]:
    """Its processes that do the work. Linux only."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return {int(pid) for pid in children if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()}


def wait_until_gone(pids: set[int]) -> None:
    deadline = time.monotonic() + 20
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        assert time.monotonic() < deadline
        time.sleep(0.05)
