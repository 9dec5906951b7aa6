"""Runs leadloop's commands in a process that has imported all of leadloop: importing takes ten times as long as most
commands do. Those that serve get a process of their own, forked from it, because they change what a process is.
"""

import atexit
import importlib
import json
import os
import pkgutil
import select
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

LONGEST_S = 60
SERVING = (["serve"], ["worker"], ["listen"])


class Result(NamedTuple):
    code: int
    out: str
    err: str


class Runner:
    """The process that runs the commands, one at a time. It ends when its standard input does."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None

    def run(self, arguments: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Result:
        """One command, like `python -m leadloop` with `arguments`. Raises `TimeoutError`."""
        with self._lock, tempfile.TemporaryFile("w+b") as out, tempfile.TemporaryFile("w+b") as err:
            files = [f"/proc/{os.getpid()}/fd/{file.fileno()}" for file in (out, err)]
            code = int(self._ask([list(arguments), str(folder), dict(environment), *files]))
            out.seek(0)
            err.seek(0)
            return Result(code, out.read().decode(), err.read().decode())

    def _ask(self, request: list[object]) -> str:
        if self._process is None:
            command = [sys.executable, __file__]
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            atexit.register(self._end, self._process)
        assert self._process.stdin is not None and self._process.stdout is not None
        print(json.dumps(request), file=self._process.stdin, flush=True)
        if not select.select([self._process.stdout], [], [], LONGEST_S)[0]:
            self._process.kill()
            raise TimeoutError(f"the command took longer than {LONGEST_S} s")
        return self._process.stdout.readline()

    @staticmethod
    def _end(process: "subprocess.Popen[str]") -> None:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.close()
        process.wait()
        process.stdout.close()


RUNNER = Runner()


def _serve() -> None:
    from leadloop import cli
    from leadloop.app.webhooks import views
    from leadloop.settings import DatabaseSettings

    for module in pkgutil.iter_modules(cli.__path__, "leadloop.cli."):
        importlib.import_module(module.name)
    views(DatabaseSettings())
    with os.fdopen(os.dup(1), "w") as answers:
        for line in sys.stdin:
            arguments, *rest = json.loads(line)
            print(_forked(arguments, *rest) if arguments[:1] in SERVING else _run(arguments, *rest), file=answers)
            answers.flush()


def _forked(arguments: list[str], *rest: Any) -> int:
    pid = os.fork()
    if pid == 0:
        signal.alarm(LONGEST_S)
        os.setsid()
        os._exit(_run(arguments, *rest))
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


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
    _serve()
