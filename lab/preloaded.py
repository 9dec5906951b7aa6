"""A process that has imported all of leadloop and answers requests: importing takes ten times as long as most commands
do."""

import atexit
import gc
import importlib
import json
import os
import pkgutil
import select
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

LONGEST_S = 60
REPOSITORY = Path(__file__).resolve().parents[1]


class PreloadedProcess:
    """Runs `module`, which calls `answer`. The process starts at the first request and ends with its standard input."""

    def __init__(self, module: str) -> None:
        self._module = module
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None

    def ask(self, *request: object) -> int:
        """One request at a time. Raises `TimeoutError`."""
        with self._lock:
            if self._process is None:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", self._module],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                    cwd=REPOSITORY,
                )
                atexit.register(self._process.communicate)
            assert self._process.stdin is not None and self._process.stdout is not None
            print(json.dumps(request), file=self._process.stdin, flush=True)
            if not is_readable(self._process.stdout.fileno(), LONGEST_S):
                self._process.kill()
                raise TimeoutError(f"no answer for {LONGEST_S} s to {request}")
            return int(self._process.stdout.readline())


def is_readable(number: int, timeout_s: float | None) -> bool:
    """Returns whether the file becomes readable in time; None waits forever. Unlike `select` it takes any number."""
    waiting = select.poll()
    waiting.register(number, select.POLLIN)
    return bool(waiting.poll(None if timeout_s is None else timeout_s * 1_000))


def answer(respond: Callable[..., int]) -> None:
    """Runs in the process: imports what a command may need, and answers each request."""
    import leadloop
    from leadloop.app.records import change_view
    from leadloop.egress.exchange import default_tls
    from leadloop.settings import DatabaseSettings

    for module in pkgutil.walk_packages(leadloop.__path__, "leadloop."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    change_view(DatabaseSettings())
    default_tls()
    gc.freeze()
    answers = os.fdopen(os.dup(1), "w")
    for line in sys.stdin:
        print(respond(*json.loads(line)), file=answers, flush=True)
