"""The state of a running campaign on one engine: its directory, databases, counts and violations."""

import os
import platform
import random
import time
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import apsw
from msgspec import structs

from lab import databases, report
from lab.disk import fsyncs_per_second
from lab.postgres import PostgresServer
from lab.stores import migrated_template
from leadloop import __version__
from proof.options import Options
from proof.report import MOST_LISTED, ROOT, Campaign, Control


class Trial:
    """`directory` is empty; the caller removes it. `postgres` is a running server, shared; SQLite needs none."""

    def __init__(
        self, name: str, engine: str, options: Options, directory: Path, postgres: PostgresServer | None = None
    ) -> None:
        self.name = name
        self.engine = engine
        self.options = options
        self.directory = directory
        self.random = random.Random(f"{options.seed} {name} {engine}")
        self.counts: Counter[str] = Counter()
        self.violations: list[str] = []
        self._postgres = postgres
        self._started_at = datetime.now(UTC)
        self._started = time.monotonic()

    @property
    def postgres(self) -> PostgresServer:
        assert self._postgres is not None, f"{self.name} is run on PostgreSQL only"
        return self._postgres

    def database(self, name: str) -> str:
        """Creates a database without rows and returns its address, in leadloop's form."""
        if self.engine == "sqlite":
            return str(self.directory / f"{name}.db")
        return self.postgres.create_database(f"{self.name}_{name}_{time.time_ns():x}", migrated_template(self.postgres))

    def log(self, text: str) -> None:
        seconds = time.monotonic() - self._started
        print(f"{self.name}/{self.engine} {seconds:6.1f} s  {text}", flush=True)

    def random_moment(self, acks: tuple[int, int], longest_s: float) -> tuple[int, float]:
        """A random moment under load: a number of acknowledgements within `acks`, and seconds to wait after them."""
        return self.random.randint(*acks), self.random.uniform(0, longest_s)

    def log_progress(self, number: int, text: str, most: int | None = None) -> None:
        """Logs ten lines in all. Call it with every number from 1 to `most`, by default the number of kills."""
        if number % max(1, (most or self.options.kills) // 10) == 0:
            self.log(f"{number} {text}")

    def add_violations(self, violations: Iterable[str]) -> None:
        """Records failures of leadloop, and logs the first ones."""
        for violation in violations:
            if len(self.violations) < MOST_LISTED:
                self.log(f"VIOLATION: {violation}")
            self.violations.append(violation)

    def finish(self, *, does: str, shows: str, trials: int, unit: str, control: Control) -> Campaign:
        return Campaign(
            name=self.name,
            engine=self.engine,
            does=does,
            shows=shows,
            seed=self.options.seed,
            versions=self._versions(),
            machine={"cores": str(os.cpu_count())},
            fsync_per_s=round(fsyncs_per_second(self.directory)),
            trials=trials,
            unit=unit,
            counts=dict(self.counts),
            violated=len(self.violations),
            violations=self.violations[:MOST_LISTED],
            control=control,
            started_at=self._started_at.isoformat(timespec="seconds"),
            seconds=round(time.monotonic() - self._started, 1),
            command=structs.replace(self.options, names=(self.name,)).command,
        )

    def _versions(self) -> dict[str, str]:
        versions = {"leadloop": f"{__version__} {report.commit(ROOT)}".strip(), "Python": platform.python_version()}
        if self.engine == "sqlite":
            return versions | {"SQLite": apsw.sqlite_lib_version()}
        return versions | {"PostgreSQL": databases.value(self.postgres.url, "SHOW server_version").partition(" ")[0]}


def control_result(about: str, counts: dict[str, int], problems: list[str]) -> Control:
    return Control(about=about, counts=counts, caught=problems[:MOST_LISTED])
