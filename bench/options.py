"""The options of `bench/run`."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from lab.source_tree import parse_tree

KINDS = ("patch", "patch-indexed", "patch-keyed", "patch-hooked", "get", "post", "list", "page", "webhooks")
CONTENDERS = (
    "leadloop-sqlite",
    "leadloop-postgres",
    "pocketbase",
    "pocketbase-plain",
    "pocketbase-default",
    "fastapi",
    "django",
    "pgbench",
    "pgbench-rows",
    "procrastinate",
)
"""In the order of turns."""


class Options(Struct, frozen=True, kw_only=True):
    only: list[str]
    rounds: int
    seconds: float
    leads: int
    sizes: list[int]
    kind: list[str]
    against: Path | None
    bare: bool
    connections: int
    fsync_delay_ms: float
    seed: int
    name: str | None


def parse(arguments: Sequence[str] | None = None) -> Options:
    parser = argparse.ArgumentParser("bench/run", description="Measures leadloop beside its peers: bench/README.md.")
    parser.add_argument("--only", nargs="+", choices=CONTENDERS, default=list(CONTENDERS), help="these contenders only")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each (5)")
    parser.add_argument("--seconds", type=float, default=8.0, help="length of a turn (8)")
    parser.add_argument("--leads", type=int, default=20_000, help="number of leads (20000)")
    parser.add_argument(
        "--sizes",
        type=parse_sizes,
        default=[],
        metavar="N,N…",
        help="leadloop alone, with each of these numbers of leads",
    )
    parser.add_argument(
        "--kind", nargs="+", choices=KINDS, default=["patch"], help="kinds of load; all but patch on leadloop alone"
    )
    parser.add_argument(
        "--against",
        type=parse_tree,
        metavar="DIR",
        help="also run the leadloop of this source tree, as NAME@old",
    )
    parser.add_argument(
        "--bare", action="store_true", help="also run leadloop without catalogue and search index, as NAME@bare"
    )
    parser.add_argument("--connections", type=int, default=32, help="concurrent requests (32)")
    parser.add_argument("--fsync-delay-ms", type=float, default=0.0, help="delay of each fsync (0)")
    parser.add_argument("--seed", type=int, default=1, help="seed of the leads and of the load (1)")
    parser.add_argument("--name", help="name of the file in bench/results (the time)")
    options = Options(**vars(parser.parse_args(arguments)))
    if options.sizes and (options.against or options.bare):
        parser.error("--against and --bare do not go with --sizes")
    return options


def parse_sizes(text: str) -> list[int]:
    """Parses a comma-separated list of numbers for argparse."""
    return [int(size.replace("_", "")) for size in text.split(",")]
