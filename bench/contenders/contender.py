"""The base of all contenders: directory, processes and turns."""

import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from bench import mix
from bench.load import BadRun, Load, Target, run_wrk
from lab import disk, exchange, process
from lab.exchange import BadAnswer

BENCH = Path(__file__).resolve().parent.parent
PEERS = BENCH / ".venv" / "bin"
STOP_SECONDS = 60.0
PATCHES = {"patch": "demo", "patch-indexed": "indexed"}
"""The kinds of PATCH that every contender gets, each with its mix."""


class Setting(NamedTuple):
    """What all contenders of a run share. `directory` is on the disk that is measured."""

    directory: Path
    seed: int
    leads: int
    connections: int = 32
    fsync_delay_ms: float = 0.0

    def delay_prefix(self) -> list[str]:
        """The prefix of the command of a process that writes the database."""
        return disk.delay_command(self.directory, self.fsync_delay_ms)


class Contender(ABC):
    name: str
    about: str
    """One line for the report: what it is and how durable."""
    against: str | None = None
    """The leadloop that it is compared with."""
    kinds: Sequence[str] = tuple(PATCHES)

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.directory = setting.directory / f"{self.name}-{setting.leads}"
        self.directory.mkdir(parents=True)
        self.directory.chmod(0o755)
        self.server: subprocess.Popen[bytes] | None = None
        self._log = self.directory / "log"
        self._url = ""
        self._ids = self.directory / "ids"

    def label(self, kind: str) -> str:
        """The label in the report."""
        return self.name if kind == "patch" else f"{self.name} {kind}"

    def beside(self, kind: str) -> str | None:
        """The label of the entry that its rate is compared with."""
        return self.against and (self.against if kind == "patch" else f"{self.against} {kind}")

    def patch_target(self, kind: str, path: str, headers: Sequence[str] = ()) -> Target:
        """PATCHes with the bodies of the kind's mix; kinds without a mix of their own have that of `patch`."""
        bodies = self.write_lines(f"bodies-{kind}", mix.bodies(PATCHES.get(kind, PATCHES["patch"])))
        script = "patch-keyed" if kind == "patch-keyed" else "patch"
        return Target(script, self._url, path, self._ids, headers, bodies)

    @abstractmethod
    def start(self) -> None:
        """Loads the leads; returns when the contender answers requests."""

    @abstractmethod
    def target(self, kind: str) -> Target: ...

    @abstractmethod
    def records(self) -> int | None:
        """The number of change records; `None` for a contender without."""

    def stored_answers(self) -> int:
        """The number of answers stored for repeated requests."""
        return 0

    def prepare(self, kind: str, seconds: float) -> None:
        """Prepares a turn of this length; not measured."""
        self.target(kind)

    def run(self, kind: str, seconds: float, seed: int) -> Load:
        return run_wrk(self.target(kind), seconds, seed, self.setting.connections)

    def settle(self, kind: str) -> None:
        """Finishes the work that a turn leaves behind; not measured."""
        return

    def facts(self) -> Mapping[str, str]:
        """Versions and settings, read from the running system."""
        return {}

    @property
    def postgres(self) -> int | None:
        """The pid of its PostgreSQL."""
        return None

    def roots(self) -> list[int]:
        """The pids of all its process trees."""
        pids = [self.server.pid if self.server else None, self.postgres]
        return [pid for pid in pids if pid is not None]

    def stop(self) -> None:
        for pid in self.roots():
            process.thaw(pid)
        if self.server is not None:
            self.server.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.server.wait(STOP_SECONDS)
            self.server.kill()
            self.server.wait()
            self.server = None

    def spawn(self, command: Sequence[str], env: Mapping[str, str] | None = None) -> "subprocess.Popen[bytes]":
        """Starts the server; its output goes to a file. `stop` ends it by its pid."""
        with self._log.open("ab") as log:
            self.server = subprocess.Popen(
                command, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.directory
            )
        return self.server

    def wait_for(self, answer: Callable[[], object], seconds: float) -> None:
        """Returns when `answer` no longer raises `OSError`."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                answer()
                return
            except OSError:
                if time.monotonic() > deadline or self.server is None or self.server.poll() is not None:
                    raise RuntimeError(f"{self.name} did not start: {self.log()}") from None
            time.sleep(0.05)

    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def write_lines(self, name: str, lines: Sequence[str]) -> Path:
        path = self.directory / name
        path.write_text("".join(f"{line}\n" for line in lines))
        return path


def ask(url: str, method: str, path: str, headers: Sequence[str] = (), body: Any = None) -> Any:
    """Like `lab.exchange.ask`, with header lines; raises `BadRun` for a bad answer."""
    try:
        return exchange.ask(url, method, path, dict(header.split(": ", 1) for header in headers), body)
    except BadAnswer as error:
        raise BadRun(str(error)) from error
