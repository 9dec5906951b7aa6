"""Starts long-running commands as forks of a process that has imported all of leadloop: importing costs more than all
else that a start does. A fork has its own memory, files, signals and lifetime, like a new process.
"""

import os
import runpy
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from lab.preloaded import PreloadedProcess, answer, is_readable


class ForkedProcess:
    """A forked process with the interface of `subprocess.Popen`."""

    def __init__(self, pid: int, stdout: TextIO, stderr: TextIO | None) -> None:
        self.pid = pid
        self.stdout = stdout
        self.stderr = stderr
        self.returncode: int | None = None
        self._end = os.pidfd_open(pid)
        self._lock = threading.Lock()

    def poll(self) -> int | None:
        """The exit code, as of `Popen`, or None while it runs."""
        return self._exit_code_within(0)

    def wait(self, timeout: float | None = None) -> int:
        """The exit code. Raises `subprocess.TimeoutExpired` after `timeout` seconds."""
        if self._exit_code_within(timeout) is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0.0)
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Does nothing if the process has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def errors(self) -> str:
        """Reads its standard error to the end; it must not be merged into standard output."""
        assert self.stderr is not None
        return self.stderr.read()

    def close(self) -> None:
        """Kills it if it still runs, and closes its output."""
        self.kill()
        self.wait()
        for file in (self.stdout, self.stderr):
            if file is not None:
                file.close()

    def _exit_code_within(self, timeout: float | None) -> int | None:
        if self.returncode is None and is_readable(self._end, timeout):
            with self._lock:
                if self.returncode is None:
                    self.returncode = FORKS.exit_code(self.pid)
                    os.close(self._end)
        return self.returncode


class Forks(PreloadedProcess):
    """The process that forks."""

    def start(
        self, command: Sequence[str], folder: Path, environment: Mapping[str, str], *, stderr: int = subprocess.STDOUT
    ) -> ForkedProcess:
        """Starts `python COMMAND` in its own session; `command` is `-m MODULE …`, `-c CODE …` or `FILE …`."""
        out, writes_out = os.pipe()
        err, writes_err = os.pipe() if stderr == subprocess.PIPE else (None, writes_out)
        try:
            files = [f"/proc/{os.getpid()}/fd/{number}" for number in (writes_out, writes_err)]
            pid = self.ask("start", list(command), str(folder), dict(environment), *files)
        finally:
            for number in {writes_out, writes_err}:
                os.close(number)
        return ForkedProcess(pid, os.fdopen(out, "r"), None if err is None else os.fdopen(err, "r"))

    def exit_code(self, pid: int) -> int:
        """The exit code of a fork that has ended. Call it once."""
        return self.ask("end", pid)


FORKS = Forks("lab.forks")


def _respond(action: str, *arguments: Any) -> int:
    return _end(*arguments) if action == "end" else _start(*arguments)


def _end(pid: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _start(command: list[str], folder: str, environment: dict[str, str], out: str, err: str) -> int:
    """Returns the pid once the fork has opened its output. In the fork it never returns."""
    ready, signal_ready = os.pipe()
    if pid := os.fork():
        os.close(signal_ready)
        os.read(ready, 1)
        os.close(ready)
        return pid
    os.setsid()
    for name, flags, number in ((os.devnull, os.O_RDONLY, 0), (out, os.O_WRONLY, 1), (err, os.O_WRONLY, 2)):
        os.dup2(os.open(name, flags), number)
    os.closerange(3, 256)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    _execute(*command)
    sys.exit()


def _execute(first: str, *rest: str) -> None:
    """Like `python FIRST …`."""
    is_option = first in ("-m", "-c")
    sys.argv = list(rest) if is_option else [first, *rest]
    sys.path[0] = os.path.dirname(first) if not is_option else os.getcwd() if first == "-m" else ""
    if first == "-m":
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    elif first == "-c":
        sys.argv[0] = "-c"
        exec(rest[0], {"__name__": "__main__"})
    else:
        runpy.run_path(first, run_name="__main__")


if __name__ == "__main__":
    answer(_respond)
