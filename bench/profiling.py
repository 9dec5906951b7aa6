"""`bench/profile`: profiles leadloop under the PATCH load, by function.

py-spy samples the thread that holds the GIL, where a Python server spends its CPU time; with --callgrind valgrind
counts instructions instead (some fifty times slower).
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from bench.contenders.contender import PEERS, Setting
from bench.contenders.leadloop import ENGINES, Leadloop
from bench.parts import part_shares, parts_table
from lab import process

SAMPLES_PER_SECOND = 500
WARM_UP_SECONDS = 2.0
LONGER_SECONDS = 2.0


class Share(NamedTuple):
    """Shares of all samples: in the function itself, and in the function or its callees."""

    function: str
    own: float
    total: float


def main() -> int:
    options = _options()
    with tempfile.TemporaryDirectory(prefix="leadloop-profile-") as directory:
        os.chmod(directory, 0o755)
        chosen = ENGINES[options.engine]
        contender = _under_callgrind(chosen, Path(directory)) if options.callgrind else chosen
        run = contender(Setting(Path(directory), 1, options.leads))
        try:
            run.start()
            print(_count(run, options) if options.callgrind else _sample(run, options))
        finally:
            run.stop()
    return 0


def _options() -> argparse.Namespace:
    about = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser("bench/profile", description=about[0], epilog=about[2])
    parser.add_argument("--engine", choices=ENGINES, default="sqlite")
    parser.add_argument("--kind", choices=Leadloop.kinds, default="patch")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--leads", type=int, default=5_000)
    parser.add_argument("--top", type=int, default=40, help="functions to print")
    parser.add_argument("--native", action="store_true", help="also functions of C extensions")
    parser.add_argument("--all-threads", action="store_true", help="also threads that run or wait without the GIL")
    parser.add_argument("--parts", action="store_true", help="by part of a PATCH (bench/parts.py), with µs of CPU")
    parser.add_argument("--lines", action="store_true", help="by line instead of by function")
    parser.add_argument("--callgrind", action="store_true", help="count instructions with valgrind")
    return parser.parse_args()


def _sample(contender: Leadloop, options: argparse.Namespace) -> str:
    _warm_up(contender, options.kind)
    contender.prepare(options.kind, options.seconds + LONGER_SECONDS)
    assert contender.server is not None
    stacks = contender.directory / "stacks"
    command = [str(PEERS / "py-spy"), "record", "--pid", str(contender.server.pid), "--format", "raw"]
    command += ["--output", str(stacks)]
    command += ["--duration", str(round(options.seconds)), "--rate", str(SAMPLES_PER_SECOND)]
    command += ["--native"] if options.native else []
    command += [] if options.all_threads or options.parts else ["--gil"]
    command += [] if options.lines else ["--function"]
    before = process.cpu_seconds(contender.server.pid)
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as spy:
        load = contender.run(options.kind, options.seconds + LONGER_SECONDS, 2)
        problem = spy.stderr.read() if spy.stderr else ""
    if not stacks.exists():
        raise RuntimeError(f"py-spy failed: {problem}")
    total_us = (process.cpu_seconds(contender.server.pid) - before) / load.requests * 1e6
    heading = f"{contender.name} {options.kind}: {load.requests / load.seconds:,.0f}/s while sampled, "
    heading += f"{total_us:,.0f} µs of the server's CPU a request\n"
    lines = stacks.read_text().splitlines()
    if options.parts:
        return heading + parts_table(part_shares(lines), total_us)
    return heading + table(shares(lines), options.top)


def _warm_up(contender: Leadloop, kind: str) -> None:
    contender.prepare(kind, WARM_UP_SECONDS)
    contender.run(kind, WARM_UP_SECONDS, 1)
    contender.settle(kind)


def shares(stacks: Iterable[str]) -> list[Share]:
    """Parses lines of `outermost;…;innermost count`; the functions with the most own time first. Pure."""
    own, total, samples = Counter[str](), Counter[str](), 0
    for line in stacks:
        frames, _, text = line.rpartition(" ")
        names, count = frames.split(";"), int(text)
        samples += count
        own[names[-1]] += count
        total.update(dict.fromkeys(names, count))
    result = [Share(name, own[name] / samples, total[name] / samples) for name in total]
    return sorted(result, key=lambda share: (-share.own, -share.total, share.function))


def table(shares: Sequence[Share], top: int) -> str:
    """Two tables: by own time, and by total time. Pure."""
    by_total = sorted(shares, key=lambda share: -share.total)
    lines = ["  self  total  function, by its own time", *map(_line, shares[:top])]
    return "\n".join([*lines, "", "  self  total  function, by its total time", *map(_line, by_total[:top])])


def _line(share: Share) -> str:
    return f"{share.own:6.1%} {share.total:6.1%}  {share.function}"


def _under_callgrind(chosen: type[Leadloop], directory: Path) -> type[Leadloop]:
    class UnderCallgrind(chosen):  # type: ignore[valid-type,misc]
        name = f"{chosen.name}-callgrind"
        start_seconds = 300.0

        def serve_command(self) -> list[str]:
            options = ["--instr-atstart=no", f"--callgrind-out-file={directory}/callgrind"]
            return ["valgrind", "--tool=callgrind", *options, *super().serve_command()]

    return UnderCallgrind


def _count(contender: Leadloop, options: argparse.Namespace) -> str:
    """Counts the instructions of the requests, without the start."""
    _warm_up(contender, options.kind)
    contender.prepare(options.kind, options.seconds)
    assert contender.server is not None
    pid = str(contender.server.pid)
    subprocess.run(["callgrind_control", "--instr=on", pid], capture_output=True, check=True)
    load = contender.run(options.kind, options.seconds, 2)
    subprocess.run(["callgrind_control", "--instr=off", pid], capture_output=True, check=True)
    contender.stop()
    file = contender.setting.directory / "callgrind"
    done = subprocess.run(["callgrind_annotate", file], capture_output=True, text=True, check=True)
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    total = next(int(line.split()[0].replace(",", "")) for line in lines if line.endswith("PROGRAM TOTALS"))
    heading = f"{contender.name} {options.kind}: {total / load.requests:,.0f} instructions a request\n"
    functions = [line for line in lines if line[:1].isdigit() and ":" in line]
    return "\n".join([heading, *functions[: options.top]])


if __name__ == "__main__":
    sys.exit(main())
