"""PostgreSQL alone: pgbench makes row changes of leadloop's PATCHes, each as one prepared statement.

There is no HTTP and no JSON to parse or merge: the document, the change record and all derived rows are prebuilt.
"""

import os
import re
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from bench.contenders.contender import BENCH, PATCHES, Setting
from bench.contenders.leadloop import LeadloopPostgres
from bench.leads import ACCOUNT, with_id
from bench.load import BadRun, Load
from bench.rows import Group, groups
from bench.stats import percentile
from lab import databases
from leadloop.core.writes.unit import History
from leadloop.storage.postgres.engine import KEYED_SETTINGS

SOURCE = BENCH / "peers" / "pgbench"
THREADS = 2
SAMPLED = 1_000
"""The leads that the mix's bodies are applied to."""
COUNT, FAILED = re.compile(r"actually processed: (\d+)"), re.compile(r"failed transactions: (\d+)")
PART = re.compile(r"^-- (?:only: (\w+)|always)\n", re.MULTILINE)
DOC = """
SELECT doc::text FROM leads
ORDER BY abs(length(doc::text) - (SELECT avg(length(doc::text)) FROM leads)) LIMIT 1
"""


class Pgbench(LeadloopPostgres):
    """Works on leadloop's tables and leads, without its server."""

    name = "pgbench"
    about = (
        "pgbench, as many clients on two threads: UPDATE of the lead and INSERT of the change record as one prepared "
        "statement and transaction; no HTTP, no merge, no feed position, no search, no Insights"
    )
    against = "leadloop-postgres"
    kinds = tuple(PATCHES)
    script = "update.sql"

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._doc = ""
        self._options: dict[str, list[str]] = {}

    def histories(self) -> Iterable[History]:
        """The leads get numeric ids, which pgbench can draw at random."""
        numbered = enumerate(super().histories(), 1)
        return (with_id(history, f"{n:024x}") for n, history in numbered)

    def serve(self, ids: list[str]) -> None:
        """There is no server."""
        self._doc = databases.value(self.database, DOC)

    def prepare(self, kind: str, seconds: float) -> None:
        """Writes the scripts of the mix, one for each group of changes that write alike."""
        if kind not in self._options:
            leads = (history[-1].lead for _, history in zip(range(SAMPLED), self.histories(), strict=False))
            numbered = list(enumerate(groups(PATCHES[kind], leads)))
            self._options[kind] = [option for n, group in numbered for option in self._script(kind, n, group)]

    def _script(self, kind: str, n: int, group: Group) -> Iterator[str]:
        """The options of a script: its file, its weight and the values of its variables."""
        file = self.directory / f"{kind}-{n}.sql"
        text = "".join(parts_of((SOURCE / self.script).read_text(), group)).replace("{n}", str(n))
        file.write_text(text)
        yield f"--file={file}@{group.share}"
        for name, value in group.variables.items():
            if f":{name}_{n}" in text:
                yield f"--define={name}_{n}={value}"

    def run(self, kind: str, seconds: float, seed: int) -> Load:
        """Raises `BadRun` when a transaction failed."""
        clients = self.setting.connections
        command = [str(self._cluster.programs / "pgbench"), "--no-vacuum", "--protocol=prepared"]
        command += [f"--client={clients}", f"--jobs={min(THREADS, clients)}", f"--time={round(seconds)}"]
        command += [f"--random-seed={seed}", "--log", f"--log-prefix={self.directory}/transactions"]
        variables = {"account": ACCOUNT, "doc": self._doc, "leads": str(self.setting.leads)}
        command += [f"--define={name}={value}" for name, value in variables.items()]
        command += [*self._options[kind], self.database]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=self._environment())
        count, failed = COUNT.search(done.stdout), FAILED.search(done.stdout)
        if done.returncode != 0 or count is None or (failed and failed[1] != "0"):
            raise BadRun(f"pgbench failed: {done.stdout}{done.stderr}")
        times_ms = sorted(self._take_times_ms())
        return Load(int(count[1]), seconds, 0, percentile(times_ms, 50), percentile(times_ms, 99))

    def _environment(self) -> dict[str, str]:
        """The settings of leadloop's own sessions: generic plans over the indexes."""
        settings = " ".join(f"-c {name}={value}" for name, value in KEYED_SETTINGS.items())
        return {**os.environ, "PGOPTIONS": settings}

    def _take_times_ms(self) -> list[float]:
        times_ms: list[float] = []
        for file in sorted(Path(self.directory).glob("transactions.*")):
            times_ms += [int(line.split()[2]) / 1_000 for line in file.read_text().splitlines()]
            file.unlink()
        return times_ms


class PgbenchRows(Pgbench):
    name = "pgbench-rows"
    about = (
        "pgbench, as many clients on two threads: all rows that leadloop writes for a PATCH (lead, change record, feed "
        "position, Insights, search terms and words, message) as one prepared statement and transaction; no HTTP, no "
        "merge"
    )
    script = "rows.sql"


def parts_of(text: str, group: Group) -> Iterator[str]:
    """The parts of a script that the group has. The feed waits for the other parts."""
    head, *rest = PART.split(text)
    yield head
    names: Sequence[str | None] = rest[::2]
    after = {"terms": ("removed", "terms"), "facts": ("facts",), "message": ("messages",)}
    for name, part in zip(names, rest[1::2], strict=True):
        if name is None:
            waits = [cte for kind in sorted(group.parts) for cte in after.get(kind, ("words",))]
            yield part.replace("{after}", " ".join(f"AND (SELECT count(*) FROM {cte}) >= 0" for cte in waits))
        elif name in group.parts:
            yield part
