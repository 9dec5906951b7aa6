"""Load over HTTP: runs wrk with a Lua script and parses its result."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

LUA = Path(__file__).parent / "lua"
MARK = "bench "
GRACE_SECONDS = 60.0


class BadRun(Exception):
    """A run that must not be reported: there were error answers, or work is missing."""


class Target(NamedTuple):
    """The requests. `script` names a file in lua/; each request replaces `*` in `path` with a line of `lines`.

    A PATCH sends a line of `bodies`.
    """

    script: str
    url: str
    path: str
    lines: Path
    headers: Sequence[str] = ()
    bodies: Path | None = None


class Load(NamedTuple):
    """The result that the client measured."""

    requests: int
    seconds: float
    errors: int
    p50_ms: float | None
    p99_ms: float | None
    """`None` if only the rate is measured."""


def run_wrk(target: Target, seconds: float, seed: int, connections: int) -> Load:
    """Raises `BadRun` when wrk fails or a status is not 2xx or 3xx."""
    command = ["wrk", "--threads=1", f"--connections={connections}", f"--duration={round(seconds)}s", "--timeout=30s"]
    command += ["--script", str(LUA / f"{target.script}.lua"), target.url, "--"]
    command += [str(target.lines), str(seed), target.path, str(target.bodies or ""), *target.headers]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + GRACE_SECONDS, check=False)
    if done.returncode != 0:
        raise BadRun(f"wrk failed: {done.stderr or done.stdout}")
    load = parse_wrk(done.stdout)
    if load.errors:
        raise BadRun(f"{load.errors} of {load.requests} requests failed:\n{done.stdout}")
    return load


def parse_wrk(output: str) -> Load:
    """Parses the line that lua/common.lua prints. Raises `BadRun` when there is none."""
    line = next((line for line in output.splitlines() if line.startswith(MARK)), None)
    if line is None:
        raise BadRun(f"wrk printed no result:\n{output}")
    result = json.loads(line.removeprefix(MARK))
    errors = sum(result[name] for name in ("status", "connect", "read", "write", "timeout"))
    return Load(
        result["requests"], result["us"] / 1_000_000, errors, result["p50_us"] / 1_000, result["p99_us"] / 1_000
    )
