"""Runs leadloop's commands in a process that has imported all of leadloop: importing takes ten times as long as most
commands do. Commands that serve run in their own forked process (`forks`), because they change process-wide state.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from lab.forks import FORKS
from lab.preloaded import LONGEST_S, PreloadedProcess, answer

SERVING = (["serve"], ["worker"], ["listen"])


class Result(NamedTuple):
    code: int
    out: str
    err: str


class Runner(PreloadedProcess):
    """The process that runs the commands, one at a time."""

    def run(self, arguments: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Result:
        """One command, like `python -m leadloop` with `arguments`. Raises `TimeoutError`, `TimeoutExpired`."""
        if list(arguments[:1]) in SERVING:
            return _run_forked(arguments, folder, environment)
        with tempfile.TemporaryFile("w+b") as out, tempfile.TemporaryFile("w+b") as err:
            files = [f"/proc/{os.getpid()}/fd/{file.fileno()}" for file in (out, err)]
            code = self.ask(list(arguments), str(folder), dict(environment), *files)
            out.seek(0)
            err.seek(0)
            return Result(code, out.read().decode(), err.read().decode())


RUNNER = Runner("lab.commands")


def _run_forked(arguments: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Result:
    process = FORKS.start(["-m", "leadloop", *arguments], folder, environment, stderr=subprocess.PIPE)
    try:
        code = process.wait(LONGEST_S)
        return Result(code, process.stdout.read(), process.errors())
    finally:
        process.close()


def _run(arguments: list[str], folder: str, environment: dict[str, str], out: str, err: str) -> int:
    from leadloop.cli import main

    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for name, number in ((out, 1), (err, 2)):
        file = os.open(name, os.O_RDWR)
        os.dup2(file, number)
        os.close(file)
    sys.argv = ["leadloop", *arguments]
    try:
        code = main()
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 1
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    return code


if __name__ == "__main__":
    answer(_run)
