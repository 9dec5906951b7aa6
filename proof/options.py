"""The options of `python -m proof`. The defaults are small, for every build; the figures of docs/reliability.md state
their own commands."""

import argparse
import shlex
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

ENGINES = ("sqlite", "postgres")
NO_CAMPAIGN = "options"


def campaigns() -> list[str]:
    """Every module of this package that says on which engines it can be run."""
    modules = sorted(Path(__file__).parent.glob("*.py"))
    return [path.stem for path in modules if path.stem != NO_CAMPAIGN and "\nENGINES = " in path.read_text("utf-8")]


class Options(Struct, frozen=True, kw_only=True):
    names: tuple[str, ...] = ()
    engine: tuple[str, ...] = ENGINES
    kills: int = 3
    clients: int = 64
    patches: int = 20
    writers: int = 16
    cuts: int = 30
    races: int = 100
    stampedes: int = 4
    contacts: int = 20
    bombs: int = 100
    halves: int = 300
    rounds: int = 1
    steps: int = 6
    timeout: int = 2
    connections: int = 24
    versions: int = 100
    items: int = 1_000
    seed: int = 1

    @property
    def command(self) -> str:
        """How to repeat this, without what is as by default."""
        words = ["python", "-m", "proof", *self.names]
        for name, value in zip(self.__struct_fields__, self.__struct_defaults__, strict=True):
            if name != "names" and (given := getattr(self, name)) != value:
                words += [f"--{name}", *map(str, given if isinstance(given, tuple) else [given])]
        return shlex.join(words)


def parse(arguments: Sequence[str] | None = None) -> Options:
    parser = argparse.ArgumentParser("python -m proof", description="Harm under load, and what was lost by it.")
    known, standard = campaigns(), Options()
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"these campaigns only, of {', '.join(known)}")
    parser.add_argument("--engine", nargs="+", choices=ENGINES, default=ENGINES, help="on these engines only")
    for name, sentence in (
        ("kills", "how often a process is killed or frozen, files are harmed, or a backup is made"),
        ("clients", "of the campaign lost: all on one lead"),
        ("patches", "how many each client or writer of lost, feed and webhooks_apart sends"),
        ("writers", "how many write at once in the other campaigns"),
        ("cuts", "how often a connection, or the power, is cut"),
        ("races", "of two writers, each, in the campaign races"),
        ("stampedes", "of 200 calls with one key, each, in the campaign stampede"),
        ("contacts", "brought by several callers at once in the campaign upserts"),
        ("bombs", "requests of the campaign disk_bomb"),
        ("halves", "connections of the campaign half_bodies"),
        ("rounds", "of webhooks_apart: alone, and beside endpoints that are not well"),
        ("steps", "how often the clock is set in the campaign clock"),
        ("timeout", "seconds that webhooks_apart gives an endpoint that never answers"),
        ("connections", "of pages, which ask for large pages and do not read them"),
        ("versions", "of the lead with a long history in history"),
        ("items", "that each of these versions changes"),
        ("seed", "of every random choice"),
    ):
        parser.add_argument(f"--{name}", type=int, default=getattr(standard, name), help=f"{sentence} (%(default)s)")
    given = vars(parser.parse_args(arguments))
    options = Options(**given | {"names": tuple(given["names"]), "engine": tuple(given["engine"])})
    if unknown := sorted(set(options.names) - set(known)):
        parser.error(f"there is no campaign {', '.join(unknown)}; there are {', '.join(known)}")
    return options
