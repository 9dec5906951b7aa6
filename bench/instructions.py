"""`python -m bench.instructions`: how many instructions a PATCH takes, in process, counted by valgrind.

The server's application runs on its database without a socket, with a fixed hash seed. Start, filling and warm-up do
not count. It gets one PATCH after the other, which gives nearly the same number each time; with `--together N` it gets
N at once, which the engines batch as they do under load. On PostgreSQL it counts leadloop's process only.
`--against DIR` counts another tree of leadloop too; `--check` compares with instructions.toml, and `--write` writes
that file.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from random import Random

from bench import committed, in_process, mix
from bench.aims import MOST_INSTRUCTIONS
from bench.documents import shown
from bench.leads import ACCOUNT, END_MS
from lab.postgres import PostgresServer
from lab.source_tree import ROOT, SourceTree, parse_tree
from leadloop.api.body import encode
from leadloop.demo.year import year

ENGINES = ("sqlite", "postgres")
LIBRARY = Path(__file__).with_name("counting.c")
MEMORY = Path("/dev/shm")
"""Where the databases are if it exists: the time of the disk does not count."""
WARM, COUNTED = 32, 96
"""PATCHes of each mix to warm up, and to count."""
LEADS = 60
TOTALS = re.compile(r"^(?:totals|summary): (\d+)$", re.MULTILINE)


def main() -> int:
    options = _options()
    if options.check and (reason := committed.reason_not_to_check()):
        print(f"the instructions of a PATCH are not checked: {reason}")
        return 0
    here, old = ROOT, options.against
    with ExitStack() as running:
        counter = Counter(running, options.together)
        counts = {tree: counter.counts(tree, options.engine, options.kind) for tree in filter(None, (old, here))}
    for tree, by_name in counts.items():
        for name, number in by_name.items():
            ratio = f", {number / counts[old][name]:.3f} of {old.name}" if old and tree == here else ""
            print(f"{tree.name}: {name}: {number:,} instructions a PATCH{ratio}")
    for name, most in MOST_INSTRUCTIONS.items():
        if name in counts[here] and options.together > 1:
            print(f"aim: {name} ≤ {most:,}: {'met' if counts[here][name] <= most else 'not met'}")
    if options.write:
        committed.write(counts[here])
    return committed.check(counts[here]) if options.check else 0


def _options() -> argparse.Namespace:
    about = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser("bench.instructions", description=about[0], epilog=about[2])
    parser.add_argument("--engine", nargs="+", choices=ENGINES, default=ENGINES)
    parser.add_argument("--kind", nargs="+", choices=mix.MIXES, default=tuple(mix.MIXES), help="mixes: bench/mix.py")
    parser.add_argument("--against", type=parse_tree, metavar="DIR", help="another tree of leadloop, with its src")
    parser.add_argument("--together", type=int, default=1, metavar="N", help="PATCHes at once (1); the aims are of 32")
    parser.add_argument("--check", action="store_true", help="fail if a number differs from the committed one by 2 %%")
    parser.add_argument("--write", action="store_true", help="write the numbers to instructions.toml")
    options = parser.parse_args()
    if options.together > 1 and (options.check or options.write):
        parser.error("--check and --write count one PATCH after the other")
    return options


class Counter:
    """Counts in temporary databases, which end with `running`."""

    def __init__(self, running: ExitStack, together: int) -> None:
        self._running = running
        self._together = together
        memory = MEMORY if MEMORY.is_dir() else None
        self._directory = Path(
            running.enter_context(tempfile.TemporaryDirectory(prefix="leadloop-instructions-", dir=memory))
        )
        self._postgres: PostgresServer | None = None
        self._numbers = count()
        self._library = self._directory / "counting.so"
        subprocess.run(["gcc", "-shared", "-fPIC", "-o", str(self._library), str(LIBRARY)], check=True)

    def counts(self, tree: Path, engines: Sequence[str], kinds: Sequence[str]) -> Mapping[str, int]:
        """Instructions a PATCH, by engine and mix."""
        databases = [self._database(tree, engine) for engine in engines]
        with ThreadPoolExecutor(len(databases)) as threads:
            counted = threads.map(lambda database: self._count(tree, kinds, database), databases)
        return {
            f"{engine} {kind}": total // COUNTED
            for engine, totals in zip(engines, counted, strict=True)
            for kind, total in zip(kinds, totals, strict=True)
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

    def _count(self, tree: Path, kinds: Sequence[str], database: str) -> list[int]:
        """The instructions of all counted PATCHes, by kind."""
        output = self._directory / f"{next(self._numbers)}"
        load = output.with_suffix(".json")
        load.write_text(json.dumps(_load(kinds) | {"together": self._together}))
        command = ["valgrind", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={output}"]
        command += [sys.executable, in_process.__file__, database, str(load), str(self._library)]
        environment = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONPATH": str(tree / "src")}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        dumps = [output.with_suffix(f".{n}") for n in range(1, len(kinds) + 1)]
        if done.returncode != 0 or not all(dump.exists() for dump in dumps):
            raise RuntimeError(f"valgrind did not count: {done.stderr[-2_000:]}")
        return [int(TOTALS.findall(dump.read_text())[-1]) for dump in dumps]


def _load(kinds: Sequence[str]) -> dict[str, object]:
    leads = [encode(shown(history[-1].lead)).decode() for history in year(mix.SEED, LEADS, ACCOUNT, END_MS)]
    warm_up = [text for kind in mix.MIXES for text in _bodies(kind, WARM)]
    return {"leads": leads, "warm_up": warm_up, "counted": {kind: _bodies(kind, COUNTED) for kind in kinds}}


def _bodies(kind: str, number: int) -> list[str]:
    """Bodies spread evenly over the mix."""
    dice, bodies = Random(number), mix.bodies(kind)
    chosen = [bodies[n * len(bodies) // number] for n in range(number)]
    dice.shuffle(chosen)
    return [mix.filled(text, dice) for text in chosen]


if __name__ == "__main__":
    sys.exit(main())
