"""`python -m bench.instructions`: how many instructions a PATCH takes, in process, counted by valgrind.

The server's application runs on its database without a socket, with a fixed hash seed. It counts a run that warms up,
and one that sends more PATCHes of a mix, and divides their difference, so that neither start nor filling counts. On
PostgreSQL it counts leadloop's process only. `--against DIR` counts another tree of leadloop too; `--check` compares
with instructions.toml, which `--write` writes anew.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from random import Random

from bench import committed, in_process, mix
from bench.documents import shown
from bench.leads import ACCOUNT, END_MS
from lab.postgres import PostgresServer
from lab.source_tree import ROOT, SourceTree, parse_tree
from leadloop.api.body import encode
from leadloop.demo.year import year

ENGINES = ("sqlite", "postgres")
WARM, COUNTED = 60, 300
"""PATCHes of each mix to warm up, and of one mix to count."""
LEADS = 60
PARALLEL = 2
COLLECTED = re.compile(r"Collected : (\d+)")


def main() -> int:
    options = _options()
    if options.check and (reason := committed.reason_not_to_check()):
        print(f"the instructions of a PATCH are not checked: {reason}")
        return 0
    here, old = ROOT, options.against
    with ExitStack() as running:
        counter = Counter(running)
        counts = {tree: counter.counts(tree, options.engine, options.kind) for tree in filter(None, (old, here))}
    for tree, by_name in counts.items():
        for name, number in by_name.items():
            ratio = f", {number / counts[old][name]:.3f} of {old.name}" if old and tree == here else ""
            print(f"{tree.name}: {name}: {number:,} instructions a PATCH{ratio}")
    if options.write:
        committed.write(counts[here])
    return committed.check(counts[here]) if options.check else 0


def _options() -> argparse.Namespace:
    about = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser("bench.instructions", description=about[0], epilog=about[2])
    parser.add_argument("--engine", nargs="+", choices=ENGINES, default=ENGINES)
    parser.add_argument("--kind", nargs="+", choices=mix.MIXES, default=tuple(mix.MIXES), help="mixes: bench/mix.py")
    parser.add_argument("--against", type=parse_tree, metavar="DIR", help="another tree of leadloop, with its src")
    parser.add_argument("--check", action="store_true", help="fail if a number differs from the committed one by 2 %%")
    parser.add_argument("--write", action="store_true", help="write the numbers to instructions.toml")
    return parser.parse_args()


class Counter:
    """Counts in temporary databases, which end with `running`."""

    def __init__(self, running: ExitStack) -> None:
        self._running = running
        self._directory = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="leadloop-instructions-")))
        self._postgres: PostgresServer | None = None
        self._numbers = count()

    def counts(self, tree: Path, engines: Sequence[str], kinds: Sequence[str]) -> Mapping[str, int]:
        """Instructions a PATCH, by engine and mix."""
        runs = [(engine, kind, self._database(tree, engine)) for engine in engines for kind in ("warm", *kinds)]
        with ThreadPoolExecutor(PARALLEL) as threads:
            counted = list(threads.map(lambda run: self._collect(tree, run[1], run[2]), runs))
        totals = {(engine, kind): total for (engine, kind, _), total in zip(runs, counted, strict=True)}
        return {
            f"{engine} {kind}": (totals[engine, kind] - totals[engine, "warm"]) // COUNTED
            for engine in engines
            for kind in kinds
        }

    def _database(self, tree: Path, engine: str) -> str:
        number = next(self._numbers)
        if engine == "sqlite":
            return str(self._directory / f"{number}.db")
        if self._postgres is None:
            self._postgres = self._running.enter_context(PostgresServer())
        database = self._postgres.create_database(f"instructions_{number}")
        SourceTree(tree, database).run("leadloop", "migrate")
        return database

    def _collect(self, tree: Path, kind: str, database: str) -> int:
        file = self._directory / f"{next(self._numbers)}.json"
        file.write_text(json.dumps({"leads": _leads(), "bodies": list(_bodies(kind))}))
        command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
        command += [sys.executable, in_process.__file__, database, str(file)]
        environment = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONPATH": str(tree / "src")}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        match = COLLECTED.search(done.stderr)
        if done.returncode != 0 or match is None:
            raise RuntimeError(f"valgrind did not count: {done.stderr[-2_000:]}")
        return int(match[1])


def _leads() -> list[str]:
    return [encode(shown(history[-1].lead)).decode() for history in year(mix.SEED, LEADS, ACCOUNT, END_MS)]


def _bodies(kind: str) -> Iterator[str]:
    """The warm-up, and the bodies to count, spread evenly over the mix."""
    dice = Random(7)
    for name, number in [*((name, WARM) for name in mix.MIXES), *([] if kind == "warm" else [(kind, COUNTED)])]:
        bodies = mix.bodies(name)
        chosen = [bodies[n * len(bodies) // number] for n in range(number)]
        dice.shuffle(chosen)
        yield from (mix.filled(text, dice) for text in chosen)


if __name__ == "__main__":
    sys.exit(main())
