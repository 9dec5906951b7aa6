"""`bench/pending`: measures leadloop with a million pending deliveries.

Each change of the leads is pending for one endpoint. It measures the memory of the serving process under PATCH while
the endpoint is disabled, while it is paused, and while the deliveries are sent; and the plan of the claim of the next
deliveries, with and without the database's statistics.
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

QUEUE = """
    INSERT INTO deliveries (
        account_id, endpoint_id, lead_id, version, event, state, attempts, cause, created_at_ms, due_at_ms
    )
    SELECT account_id, '{endpoint}', lead_id, version, 'lead.updated', 'pending', 0, 'change', at_ms, {due}
    FROM changes WHERE account_id = '{account}'
"""
DUE_IN_ORDER = f"CASE WHEN version = 1 THEN at_ms ELSE {2**53 - 1} END"
DUE_AT_ONCE = "UPDATE deliveries SET due_at_ms = 1 WHERE state = 'pending'"
PENDING = "SELECT count(*) FROM deliveries WHERE state = 'pending'"
IN_FLIGHT = 64
PAUSED_SECONDS = 30.0


class Phase(Struct, frozen=True):
    """Some seconds of the serving process. Memory is that at the end, and the peak."""

    engine: str
    doing: str
    pending: int
    patches: float
    deliveries: float
    rss_bytes: int
    peak_bytes: int


class PlanResult(Struct, frozen=True):
    engine: str
    state: str
    is_good: bool
    ms: float
    lines: list[str]


class Results(Struct, frozen=True):
    command: str
    leads: int
    phases: list[Phase]
    plans: list[PlanResult]


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
            for result in _Pending(engine, Path(directory), options).run():
                print(_line(result), flush=True)
                results_of_kind = results.phases if isinstance(result, Phase) else results.plans
                results_of_kind.append(result)  # type: ignore[arg-type]
    save(options.name, results, markdown(results))
    return 0


def _options() -> Options:
    parser = argparse.ArgumentParser("bench/pending", description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=list(ENGINES))
    parser.add_argument(
        "--leads", type=int, default=196_000, help="number of leads, each with about 5.1 changes (196000: a million)"
    )
    parser.add_argument("--seconds", type=float, default=20.0, help="length of each phase (20)")
    parser.add_argument("--name", default="pending", help="name of the file in bench/results (pending)")
    return Options(**vars(parser.parse_args()))


class _Pending:
    def __init__(self, engine: str, directory: Path, options: Options) -> None:
        self._engine, self._seconds = engine, options.seconds
        self._leadloop = ENGINES[engine](Setting(directory, 1, options.leads))
        self._receiver = Receiver()
        self._endpoint = ""

    def run(self) -> Iterator[Phase | PlanResult]:
        try:
            self._leadloop.start()
            self._receiver.start()
            for kind in ("patch", "get"):  # fills the caches, which would otherwise count in a phase
                self._leadloop.run(kind, self._seconds, 0)
            yield self._phase("nothing is pending")
            body = {"url": f"{self._receiver.url}/fail", "state": "disabled", "inFlight": IN_FLIGHT}
            self._endpoint = self._leadloop.manage("POST", "webhooks", body)["data"]["id"]
            databases.execute(
                self._leadloop.database, QUEUE.format(endpoint=self._endpoint, due=DUE_IN_ORDER, account=ACCOUNT)
            )
            yield self._phase("the endpoint is disabled")
            yield self._plan("without statistics")
            self._set(state="active")
            self._wait_until_paused()
            yield self._phase("the endpoint is paused")
            self._set(url=f"{self._receiver.url}{PATHS[0]}", state="active")
            yield self._phase("the deliveries are sent")
            self._set(state="disabled")
            databases.execute(self._leadloop.database, "ANALYZE")
            yield self._plan("with statistics")
            databases.execute(self._leadloop.database, DUE_AT_ONCE)
            yield self._plan("all due at once")
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
        pending = self._leadloop.value(PENDING)
        delivered = self._receiver.counts().distinct / seconds
        return Phase(self._engine, doing, pending, patches, delivered, memory.share, memory.peak)

    def _patch(self, seconds: float, seed: int) -> float:
        """PATCHes a second."""
        load = self._leadloop.run("patch", seconds, seed)
        return load.requests / load.seconds

    def _plan(self, state: str) -> PlanResult:
        plan = self._claim_plan(time.time_ns() // 1_000_000)
        return PlanResult(self._engine, state, plan.is_good, plan.ms, plan.lines)

    def _claim_plan(self, now_ms: int) -> Plan:
        if self._engine == "sqlite":
            return claim_plans.of_sqlite(self._leadloop.database, ACCOUNT, self._endpoint, now_ms)
        return asyncio.run(claim_plans.of_postgres(self._leadloop.database, ACCOUNT, self._endpoint, now_ms))

    def _set(self, **properties: object) -> None:
        self._leadloop.manage("PATCH", f"webhooks/{self._endpoint}", properties)

    def _wait_until_paused(self) -> None:
        deadline = time.monotonic() + PAUSED_SECONDS
        while self._leadloop.manage("GET", f"webhooks/{self._endpoint}")["data"]["state"] != "paused":
            if time.monotonic() > deadline:
                raise RuntimeError("the failing endpoint is not paused")
            time.sleep(0.1)


def markdown(results: Results) -> str:
    phases = heading(["", "pending", "PATCH/s", "deliveries/s", "RSS MB", "peak RSS MB"])
    plans = ["", *heading(["", "claim of 64, ms", "uses its index"])]
    lines = [*phases, *map(_line, results.phases), *plans, *map(_line, results.plans)]
    return "\n".join([*lines, "", f"`{results.command}`"])


def _line(result: Phase | PlanResult) -> str:
    if isinstance(result, PlanResult):
        return f"| {result.engine}, {result.state} | {result.ms:.2f} | {'yes' if result.is_good else 'no'} |"
    memory = f"{result.rss_bytes / 1e6:,.0f} | {result.peak_bytes / 1e6:,.0f}"
    rates = f"{result.patches:,.0f} | {result.deliveries:,.0f}"
    return f"| {result.engine}, {result.doing} | {result.pending:,} | {rates} | {memory} |"


if __name__ == "__main__":
    sys.exit(main())
