"""The options of `python -m proof`. The defaults are small, for every build; docs/reliability.md states the command of
each result."""

import argparse
import shlex
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

ENGINES = ("sqlite", "postgres")
NO_CAMPAIGN = "options"


def campaigns() -> list[str]:
    """The modules of this package that define `ENGINES`."""
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
        """The command that repeats this run; options with their default values are left out."""
        words = ["python", "-m", "proof", *self.names]
        for name, default in zip(self.__struct_fields__, self.__struct_defaults__, strict=True):
            if name != "names" and (value := getattr(self, name)) != default:
                words += [f"--{name}", *map(str, value if isinstance(value, tuple) else [value])]
        return shlex.join(words)


def parse(arguments: Sequence[str] | None = None) -> Options:
    parser = argparse.ArgumentParser("python -m proof", description="Injects faults under load and counts violations.")
    names, standard = campaigns(), Options()
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"these campaigns only, of {', '.join(names)}")
    parser.add_argument("--engine", nargs="+", choices=ENGINES, default=ENGINES, help="on these engines only")
    for name, sentence in (
        ("kills", "how often to kill or freeze a process, damage files, or make a backup"),
        ("clients", "clients of the campaign lost, all on one lead"),
        ("patches", "patches by each client or writer of lost, feed and webhooks_apart"),
        ("writers", "concurrent writers in the other campaigns"),
        ("cuts", "how often to cut a connection, or the power"),
        ("races", "races of two writers in the campaign races"),
        ("stampedes", "stampedes of 200 calls with one key in the campaign stampede"),
        ("contacts", "contacts that several callers upsert at once in the campaign upserts"),
        ("bombs", "requests of the campaign disk_bomb"),
        ("halves", "connections of the campaign half_bodies"),
        ("rounds", "rounds of webhooks_apart: the endpoint alone, then beside failing endpoints"),
        ("steps", "how often to set the clock in the campaign clock"),
        ("timeout", "request timeout in webhooks_apart, in seconds"),
        ("connections", "connections of the campaign pages, which do not read their answers"),
        ("versions", "versions of the lead in the campaign history"),
        ("items", "items that each of these versions changes"),
        ("seed", "seed of every random choice"),
    ):
        parser.add_argument(f"--{name}", type=int, default=getattr(standard, name), help=f"{sentence} (%(default)s)")
    values = vars(parser.parse_args(arguments))
    options = Options(**values | {"names": tuple(values["names"]), "engine": tuple(values["engine"])})
    if unknown := sorted(set(options.names) - set(names)):
        parser.error(f"there is no campaign {', '.join(unknown)}; there are {', '.join(names)}")
    return options
