"""`python -m lab.trace`: which files of the package a warm PATCH passes through, and how often it returns to one.

`leadloop serve` runs with a profiler (`sys.setprofile`, and `threading.setprofile` for its other threads), is warmed up
with the README's example, and gets the same PATCH for one more lead. It counts calls that cross files: of a
function in another file than that of its nearest caller in the package. An entry is the file of such a call, with
consecutive entries into one file taken as one; a return is an entry into a file that was entered, and left, before.
Resuming a coroutine is not a call. `--against DIR` traces another tree of leadloop too.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

from lab.postgres import PostgresServer
from lab.report import heading, row
from lab.source_tree import ROOT, SourceTree, parse_tree

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
    print(*heading(["tree", "engine", "dialect", "files", "returns"]), sep="\n")
    with ExitStack() as running:
        directory = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="leadloop-trace-")))
        postgres = running.enter_context(PostgresServer()) if "postgres" in options.engine else None
        for number, tree in enumerate(filter(None, (options.against, ROOT))):
            for engine in options.engine:
                name = f"trace_{number}"
                new = (
                    str(directory / name) if postgres is None or engine == "sqlite" else postgres.create_database(name)
                )
                for dialect, trace in zip(DIALECTS, trace_patches(tree, new), strict=True):
                    print(row([tree.name, engine, dialect, trace.files, trace.returns]), flush=True)
                    for line in _sequence(trace) if options.sequence else ():
                        print(line)
    return 0


def _options() -> argparse.Namespace:
    about = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser("python -m lab.trace", description=about[0], epilog=about[2])
    parser.add_argument("--engine", nargs="+", choices=ENGINES, default=ENGINES)
    parser.add_argument("--against", type=parse_tree, metavar="DIR", help="another tree of leadloop, with its src")
    parser.add_argument("--sequence", action="store_true", help="print each entry, with its thread and function")
    return parser.parse_args()


def trace_patches(tree: Path, database: str) -> list[Trace]:
    """One PATCH in each dialect, on an empty database."""
    leadloop = SourceTree(tree, database)
    leadloop.run("leadloop", "migrate")
    account = leadloop.new_account("trace")
    with tempfile.NamedTemporaryFile("r") as file:
        leadloop.python("-P", str(ROOT / "lab" / "traced.py"), account, leadloop.new_key(account), file.name)
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
