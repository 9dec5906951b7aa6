"""`bench/pending`: what it costs leadloop that a million deliveries wait.

Each change that the leads have had is on its way to one endpoint. Measured are the memory of the serving process, under
PATCH, while they wait for a disabled endpoint, for one that is paused, and while they are delivered; and the plan by
which the next ones are found, without the database's statistics and with them.
"""

import argparse
import asyncio
import os
import shlex
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct

from bench.contenders.contender import Setting
from bench.contenders.leadloop import ENGINES
from bench.leads import ACCOUNT
from bench.results import save
from bench.webhooks import PATHS, Receiver
from lab import claim_plans, databases, process
from lab.claim_plans import Plan
from lab.report import heading

FILE = """
    INSERT INTO deliveries (
        account_id, endpoint_id, lead_id, version, event, state, attempts, cause, created_at_ms, due_at_ms
    )
    SELECT account_id, '{endpoint}', lead_id, version, 'lead.updated', 'pending', 0, 'change', at_ms, {due}
    FROM changes WHERE account_id = '{account}'
"""
IN_TURN = f"CASE WHEN version = 1 THEN at_ms ELSE {2**53 - 1} END"
ONE_MOMENT = "UPDATE deliveries SET due_at_ms = 1 WHERE state = 'pending'"
WAITING = "SELECT count(*) FROM deliveries WHERE state = 'pending'"
IN_FLIGHT = 64
PAUSED_SECONDS = 30.0


class Phase(Struct, frozen=True):
    """What the serving process did for some seconds. Memory is what it had at the end, and at most."""

    engine: str
    doing: str
    waiting: int
    patches: float
    deliveries: float
    rss_bytes: int
    peak_bytes: int


class Found(Struct, frozen=True):
    engine: str
    state: str
    is_good: bool
    ms: float
    lines: list[str]


class Results(Struct, frozen=True):
    command: str
    leads: int
    phases: list[Phase]
    plans: list[Found]


class Options(NamedTuple):
    engines: list[str]
    leads: int
    seconds: float
    name: str


def main() -> int:
    options = _options()
    results = Results(shlex.join(["bench/pending", *sys.argv[1:]]), options.leads, [], [])
    for engine in options.engines:
        with tempfile.TemporaryDirectory(prefix="leadloop-pending-") as directory:
            os.chmod(directory, 0o755)
            for found in _Pending(engine, Path(directory), options).run():
                print(_line(found), flush=True)
                kind = results.phases if isinstance(found, Phase) else results.plans
                kind.append(found)  # type: ignore[arg-type]
    save(options.name, results, markdown(results))
    return 0


def _options() -> Options:
    parser = argparse.ArgumentParser("bench/pending", description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=list(ENGINES))
    parser.add_argument("--leads", type=int, default=196_000, help="each has some 5.1 changes (196000: a million)")
    parser.add_argument("--seconds", type=float, default=20.0, help="of each phase (20)")
    parser.add_argument("--name", default="pending", help="of the file in bench/results (pending)")
    return Options(**vars(parser.parse_args()))


class _Pending:
    def __init__(self, engine: str, directory: Path, options: Options) -> None:
        self._engine, self._seconds = engine, options.seconds
        self._leadloop = ENGINES[engine](Setting(directory, 1, options.leads))
        self._receiver = Receiver()
        self._endpoint = ""

    def run(self) -> Iterator[Phase | Found]:
        try:
            self._leadloop.start()
            self._receiver.start()
            for kind in ("patch", "get"):  # fills the caches, or a phase would be told of what they hold
                self._leadloop.run(kind, self._seconds, 0)
            yield self._phase("nothing waits")
            body = {"url": f"{self._receiver.url}/fail", "state": "disabled", "inFlight": IN_FLIGHT}
            self._endpoint = self._leadloop.manage("POST", "webhooks", body)["data"]["id"]
            databases.execute(
                self._leadloop.database, FILE.format(endpoint=self._endpoint, due=IN_TURN, account=ACCOUNT)
            )
            yield self._phase("they wait for a disabled endpoint")
            yield self._plan("without statistics")
            self._set(state="active")
            self._until_paused()
            yield self._phase("they wait for a paused endpoint")
            self._set(url=f"{self._receiver.url}{PATHS[0]}", state="active")
            yield self._phase("they are delivered")
            self._set(state="disabled")
            databases.execute(self._leadloop.database, "ANALYZE")
            yield self._plan("with statistics")
            databases.execute(self._leadloop.database, ONE_MOMENT)
            yield self._plan("all due at one moment")
        finally:
            self._leadloop.stop()
            self._receiver.stop()

    def _phase(self, doing: str) -> Phase:
        assert self._leadloop.server is not None
        pid = self._leadloop.server.pid
        process.forget_peak(pid)
        self._receiver.reset()
        began_s = time.monotonic()
        patches = self._patch(self._seconds, 1)
        seconds = time.monotonic() - began_s
        memory = process.memory(pid)
        waiting = self._leadloop.value(WAITING)
        delivered = self._receiver.counted().distinct / seconds
        return Phase(self._engine, doing, waiting, patches, delivered, memory.share, memory.peak)

    def _patch(self, seconds: float, seed: int) -> float:
        """PATCHes a second."""
        load = self._leadloop.run("patch", seconds, seed)
        return load.requests / load.seconds

    def _plan(self, state: str) -> Found:
        found = self._planned(time.time_ns() // 1_000_000)
        return Found(self._engine, state, found.is_good, found.ms, found.lines)

    def _planned(self, now_ms: int) -> Plan:
        if self._engine == "sqlite":
            return claim_plans.of_sqlite(self._leadloop.database, ACCOUNT, self._endpoint, now_ms)
        return asyncio.run(claim_plans.of_postgres(self._leadloop.database, ACCOUNT, self._endpoint, now_ms))

    def _set(self, **properties: object) -> None:
        self._leadloop.manage("PATCH", f"webhooks/{self._endpoint}", properties)

    def _until_paused(self) -> None:
        deadline = time.monotonic() + PAUSED_SECONDS
        while self._leadloop.manage("GET", f"webhooks/{self._endpoint}")["data"]["state"] != "paused":
            if time.monotonic() > deadline:
                raise RuntimeError("the endpoint that always fails is not paused")
            time.sleep(0.1)


def markdown(results: Results) -> str:
    phases = heading(["", "waiting", "PATCH/s", "deliveries/s", "RSS MB", "peak RSS MB"])
    plans = ["", *heading(["", "claim of 64 ms", "by its index"])]
    lines = [*phases, *map(_line, results.phases), *plans, *map(_line, results.plans)]
    return "\n".join([*lines, "", f"`{results.command}`"])


def _line(found: Phase | Found) -> str:
    if isinstance(found, Found):
        return f"| {found.engine}, {found.state} | {found.ms:.2f} | {'yes' if found.is_good else 'no'} |"
    memory = f"{found.rss_bytes / 1e6:,.0f} | {found.peak_bytes / 1e6:,.0f}"
    rates = f"{found.patches:,.0f} | {found.deliveries:,.0f}"
    return f"| {found.engine}, {found.doing} | {found.waiting:,} | {rates} | {memory} |"


if __name__ == "__main__":
    sys.exit(main())
