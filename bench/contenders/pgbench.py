"""PostgreSQL alone: pgbench makes the row changes of leadloop, each as one prepared statement.

There is no HTTP and no JSON to parse or merge: the document and the change record are prebuilt. It is an upper bound
for any server with one transaction per update.
"""

import json
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

from bench.contenders.contender import BENCH, Setting
from bench.contenders.leadloop import LeadloopPostgres
from bench.leads import ACCOUNT, with_id
from bench.load import BadRun, Load
from bench.stats import percentile
from lab import databases
from leadloop.core.writes.unit import History

SCRIPT = BENCH / "peers" / "pgbench" / "update.sql"
THREADS = 2
COLUMNS = {
    "sale": "lead_date_ms = lead_date_ms",
    "phone": "phone_key = '55119' || :sale::text",
    "email": "email_key = 'lead.' || :sale::text || '@example.com'",
}
"""The PATCH load changes an indexed column in two of three requests, and so does this."""
COUNT, FAILED = re.compile(r"actually processed: (\d+)"), re.compile(r"failed transactions: (\d+)")
DOC = """
SELECT doc::text FROM leads
ORDER BY abs(length(doc::text) - (SELECT avg(length(doc::text)) FROM leads)) LIMIT 1
"""
CHANGED = [
    ("/stage", "NEW", "ACTIVE"),
    ("/status", "new", "qualified"),
    ("/phone", "+5511987654321", "+5511912345678"),
    ("/keyword", "price plan", "price 12345678"),
    ("/sale_value_micros", 1_250_500_000, 1_350_500_000),
    ("/through", "website", "site 12345678"),
]


class Pgbench(LeadloopPostgres):
    """Works on leadloop's tables and leads, without its server."""

    name = "pgbench"
    about = (
        "pgbench, as many clients on two threads: UPDATE of the lead and INSERT of the change record as one prepared "
        "statement and transaction; no HTTP, no merge, no feed position"
    )
    against = "leadloop-postgres"
    kinds = ("patch",)

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._variables: dict[str, str] = {}

    def histories(self) -> Iterable[History]:
        """The leads get numeric ids, which pgbench can draw at random."""
        numbered = enumerate(super().histories(), 1)
        return (with_id(history, f"{n:024x}") for n, history in numbered)

    def serve(self, ids: list[str]) -> None:
        """Prepares the scripts; there is no server."""
        self._variables = self._script_variables()
        for name, column in COLUMNS.items():
            (self.directory / f"{name}.sql").write_text(SCRIPT.read_text().replace("/* column */", column))

    def _script_variables(self) -> dict[str, str]:
        """The variables of the scripts. The document has average length."""
        fields = [{"field": name, "before": before, "after": after} for name, before, after in CHANGED]
        return {
            "account": ACCOUNT,
            "doc": databases.value(self.database, DOC),
            "fields": json.dumps(fields),
            "leads": str(self.setting.leads),
        }

    def prepare(self, kind: str, seconds: float) -> None:
        """Does nothing: `serve` has prepared everything."""

    def run(self, kind: str, seconds: float, seed: int) -> Load:
        """Raises `BadRun` when a transaction failed."""
        clients = self.setting.connections
        command = [str(self._cluster.programs / "pgbench"), "--no-vacuum", "--protocol=prepared"]
        command += [f"--client={clients}", f"--jobs={min(THREADS, clients)}", f"--time={round(seconds)}"]
        command += [f"--random-seed={seed}", "--log", f"--log-prefix={self.directory}/transactions"]
        command += [f"--define={name}={value}" for name, value in self._variables.items()]
        command += [f"--file={self.directory / name}.sql" for name in COLUMNS]
        done = subprocess.run([*command, self.database], capture_output=True, text=True, check=False)
        count, failed = COUNT.search(done.stdout), FAILED.search(done.stdout)
        if done.returncode != 0 or count is None or (failed and failed[1] != "0"):
            raise BadRun(f"pgbench failed: {done.stdout}{done.stderr}")
        times_ms = sorted(self._take_times_ms())
        return Load(int(count[1]), seconds, 0, percentile(times_ms, 50), percentile(times_ms, 99))

    def _take_times_ms(self) -> list[float]:
        times_ms: list[float] = []
        for file in sorted(Path(self.directory).glob("transactions.*")):
            times_ms += [int(line.split()[2]) / 1_000 for line in file.read_text().splitlines()]
            file.unlink()
        return times_ms
