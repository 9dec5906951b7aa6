"""Load over HTTP: wrk with a Lua script, and what it measured."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

LUA = Path(__file__).parent / "lua"
MARK = "bench "
GRACE_SECONDS = 60.0


class BadRun(Exception):
    """A measurement that must not be reported: errors were answered, or the work was not done."""


class Target(NamedTuple):
    """What to ask for. `script` names a file in lua/; each request takes a line of `lines` into `path`, at `*`."""

    script: str
    url: str
    path: str
    lines: Path
    headers: Sequence[str] = ()


class Load(NamedTuple):
    """What the client saw."""

    requests: int
    seconds: float
    errors: int
    p50_ms: float | None
    p99_ms: float | None
    """`None` where only the rate is of interest."""


def run_wrk(target: Target, seconds: float, seed: int, connections: int) -> Load:
    """Raises `BadRun` when wrk fails or anything but 2xx and 3xx was answered."""
    command = ["wrk", "--threads=1", f"--connections={connections}", f"--duration={round(seconds)}s", "--timeout=30s"]
    command += ["--script", str(LUA / f"{target.script}.lua"), target.url, "--"]
    command += [str(target.lines), str(seed), target.path, *target.headers]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + GRACE_SECONDS, check=False)
    if done.returncode != 0:
        raise BadRun(f"wrk failed: {done.stderr or done.stdout}")
    load = parse_wrk(done.stdout)
    if load.errors:
        raise BadRun(f"{load.errors} of {load.requests} requests failed:\n{done.stdout}")
    return load


def parse_wrk(output: str) -> Load:
    """From the line that lua/common.lua prints. Raises `BadRun` when there is none."""
    line = next((line for line in output.splitlines() if line.startswith(MARK)), None)
    if line is None:
        raise BadRun(f"wrk printed no result:\n{output}")
    found = json.loads(line.removeprefix(MARK))
    errors = sum(found[name] for name in ("status", "connect", "read", "write", "timeout"))
    return Load(found["requests"], found["us"] / 1_000_000, errors, found["p50_us"] / 1_000, found["p99_us"] / 1_000)
