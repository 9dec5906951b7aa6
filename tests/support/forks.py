"""Starts long-running commands as forks of a process that has imported all of leadloop: importing costs more than all
else that a start does. Such a process is as separate as one that was started anew: memory, files, signals, its end.
"""

import atexit
import gc
import importlib
import json
import os
import pkgutil
import runpy
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TextIO

HERE = Path(__file__).resolve()


class Forked:
    """What `subprocess.Popen` is for a child, for a fork; `stderr` may be `STDOUT`, as there."""

    def __init__(self, pid: int, stdout: TextIO, stderr: TextIO | None) -> None:
        self.pid = pid
        self.stdout = stdout
        self.stderr = stderr
        self.returncode: int | None = None
        self._end = os.pidfd_open(pid)

    def poll(self) -> int | None:
        """The exit code, as of `Popen`, or None while it runs."""
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        """The exit code. Raises `subprocess.TimeoutExpired` after `timeout` seconds."""
        if self._ended(timeout) is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0.0)
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Nothing if it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def errors(self) -> str:
        """Waits for the end of its standard error, which must be one of its own."""
        assert self.stderr is not None
        return self.stderr.read()

    def close(self) -> None:
        """Kills it if it still runs, and closes its output."""
        self.kill()
        self.wait()
        for file in (self.stdout, self.stderr):
            if file is not None:
                file.close()

    def _ended(self, timeout: float | None) -> int | None:
        if self.returncode is None and select.select([self._end], [], [], timeout)[0]:
            self.returncode = FORKS.exit_code(self.pid)
            os.close(self._end)
        return self.returncode


class Forks:
    """The process that forks. It starts when it is first needed, and ends when its standard input does."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None

    def start(
        self, command: Sequence[str], folder: Path, environment: Mapping[str, str], *, stderr: int = subprocess.STDOUT
    ) -> Forked:
        """`command` follows `python`: `-m MODULE …`, `-c CODE …` or `FILE …`. In a session of its own."""
        out, writes_out = os.pipe()
        err, writes_err = os.pipe() if stderr == subprocess.PIPE else (None, writes_out)
        try:
            files = [f"/proc/{os.getpid()}/fd/{number}" for number in (writes_out, writes_err)]
            pid = self._ask(["start", list(command), str(folder), dict(environment), *files])
        finally:
            for number in {writes_out, writes_err}:
                os.close(number)
        return Forked(pid, os.fdopen(out, "r"), None if err is None else os.fdopen(err, "r"))

    def exit_code(self, pid: int) -> int:
        """Of a fork that has ended; to be asked once."""
        return self._ask(["end", pid])

    def _ask(self, request: list[object]) -> int:
        with self._lock:
            if self._process is None:
                self._process = subprocess.Popen(
                    [sys.executable, HERE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
                )
                atexit.register(self._close, self._process)
            assert self._process.stdin is not None and self._process.stdout is not None
            print(json.dumps(request), file=self._process.stdin, flush=True)
            return int(self._process.stdout.readline())

    @staticmethod
    def _close(process: "subprocess.Popen[str]") -> None:
        process.communicate()


FORKS = Forks()


def import_everything() -> None:
    """Whatever a command may need while it runs."""
    import leadloop
    from leadloop.app.webhooks import views
    from leadloop.settings import DatabaseSettings

    for module in pkgutil.walk_packages(leadloop.__path__, "leadloop."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    views(DatabaseSettings())


def _serve() -> None:
    del sys.path[0]
    import_everything()
    gc.freeze()
    answers = os.fdopen(os.dup(1), "w")
    for line in sys.stdin:
        what, *rest = json.loads(line)
        print(_end(*rest) if what == "end" else _start(*rest), file=answers, flush=True)


def _end(pid: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _start(command: list[str], folder: str, environment: dict[str, str], out: str, err: str) -> int:
    """The pid, when the fork has opened its output; the fork itself never returns."""
    opened, tell = os.pipe()
    if pid := os.fork():
        os.close(tell)
        os.read(opened, 1)
        os.close(opened)
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
    named = first in ("-m", "-c")
    sys.argv = list(rest) if named else [first, *rest]
    sys.path.insert(0, os.path.dirname(first) if not named else os.getcwd() if first == "-m" else "")
    if first == "-m":
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    elif first == "-c":
        sys.argv[0] = "-c"
        exec(rest[0], {"__name__": "__main__"})
    else:
        runpy.run_path(first, run_name="__main__")


if __name__ == "__main__":
    _serve()
