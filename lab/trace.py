"""`python -m lab.trace`: which files of the package one warm PATCH goes through, and how often it comes back to one.

`leadloop serve` runs with a profiler (`sys.setprofile`, and `threading.setprofile` for its other threads), is warmed up
with the README's example, and gets the same PATCH for one more lead. What is counted are calls that cross files: of a
function whose file is another than that of the nearest caller in the package. An entry is the file of such a call, with
consecutive entries into one file taken as one; a return is an entry into a file that was entered, and left, before.
Resuming a coroutine is no call. `--against DIR` traces another tree of leadloop too.
"""

import argparse
import json
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

from lab.postgres import PostgresServer

ROOT = Path(__file__).resolve().parents[1]
ENGINES = ("sqlite", "postgres")
DIALECTS = ("expad", "leadsail")


class Call(NamedTuple):
    """One call that crosses files, in the order of the calls; `file` is relative to the package."""

    thread: str
    file: str
    function: str


class Trace(NamedTuple):
    calls: Sequence[Call]

    @property
    def entries(self) -> list[str]:
        return [file for file, _ in groupby(call.file for call in self.calls)]

    @property
    def files(self) -> int:
        return len(set(self.entries))

    @property
    def returns(self) -> int:
        return len(self.entries) - self.files


def main() -> int:
    options = _options()
    print("| tree | engine | dialect | files | returns |\n|---|---|---|---|---|", flush=True)
    with ExitStack() as running:
        directory = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="leadloop-trace-")))
        postgres = running.enter_context(PostgresServer()) if "postgres" in options.engine else None
        for number, tree in enumerate(filter(None, (options.against, ROOT))):
            for engine in options.engine:
                name = f"trace_{number}"
                new = (
                    str(directory / name) if postgres is None or engine == "sqlite" else postgres.create_database(name)
                )
                for dialect, trace in zip(DIALECTS, traced(tree, new), strict=True):
                    print(f"| {tree.name} | {engine} | {dialect} | {trace.files} | {trace.returns} |", flush=True)
                    for line in _sequence(trace) if options.sequence else ():
                        print(line)
    return 0


def _options() -> argparse.Namespace:
    about = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser("python -m lab.trace", description=about[0], epilog=about[2])
    parser.add_argument("--engine", nargs="+", choices=ENGINES, default=ENGINES)
    parser.add_argument("--against", type=tree_of, metavar="DIR", help="another tree of leadloop, with its src")
    parser.add_argument("--sequence", action="store_true", help="print each entry, with its thread and function")
    return parser.parse_args()


def tree_of(text: str) -> Path:
    if not (path := Path(text).resolve() / "src" / "leadloop").is_dir():
        raise argparse.ArgumentTypeError(f"{path} is not a directory")
    return path.parents[1]


def traced(tree: Path, database: str) -> list[Trace]:
    """One PATCH in each dialect, on an empty database."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tree / "src"), str(ROOT)])}
    environment |= {"LEADLOOP_DATABASE": database, "LEADLOOP_PEPPER": secrets.token_hex(32)}
    python = [sys.executable, "-m"]

    def run(*words: str) -> str:
        done = subprocess.run([*python, *words], env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{words[0]} failed: {done.stdout}{done.stderr}")
        return done.stdout

    run("leadloop", "migrate")
    account = json.loads(run("leadloop", "accounts", "create", "--name", "trace", "--json"))["id"]
    key = json.loads(run("leadloop", "keys", "create", "--account", account, "--name", "trace", "--json"))["key"]
    with tempfile.NamedTemporaryFile("r") as file:
        run("lab.traced", account, key, file.name)
        return [Trace([Call(*call) for call in calls]) for calls in json.load(file)]


def _sequence(trace: Trace) -> Iterator[str]:
    """A line for each entry, with its functions; "again" marks a return."""
    entered: set[str] = set()
    for number, (file, calls) in enumerate(groupby(trace.calls, attrgetter("file")), 1):
        functions = dict.fromkeys(
            call.function if call.thread == "MainThread" else f"{call.function} ({call.thread})" for call in calls
        )
        yield f"{number:4} {file}{' again' * (file in entered)}: {', '.join(functions)}"
        entered.add(file)


if __name__ == "__main__":
    sys.exit(main())
