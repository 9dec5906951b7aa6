"""What commands print: tables and sentences for people, JSON with `--json`."""

import os
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any

import msgspec
from cyclopts import Parameter
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from leadloop.server.output import queued_output

AsJson = Annotated[bool, Parameter(name="--json", negative=(), help="Print JSON, for programs.")]

STDIN, STDOUT, STDERR = 0, 1, 2
SHOWN_CHARACTERS = 60

_encode = msgspec.json.Encoder(decimal_format="number").encode


def open_standard_files() -> None:
    """Some supervisors start a process without them: then a socket or a file of the database would get their numbers,
    and be written to by whoever means to print."""
    for descriptor in (STDIN, STDOUT, STDERR):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number, which is this one


def say_last(sentence: str) -> None:
    """Why a command ends, on stderr. It ends even where nobody reads that."""
    with queued_output(STDERR) as stderr:
        stderr.write(f"{sentence}\n")


class Failed(Exception):
    """Ends a command with exit code 1 and this sentence."""


def note(sentence: str) -> None:
    """Something to know beside the result, which stays alone on stdout."""
    print(sentence, file=sys.stderr)


def show_json(value: Any) -> None:
    print(_encode(value).decode())


def show_table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """On a terminal a table of its width; elsewhere every cell is written whole."""
    terminal = sys.stdout.isatty()
    table = Table(*titles, box=box.SIMPLE_HEAD if terminal else None, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console(highlight=False, width=None if terminal else 10_000).print(table)


def table(titles: Sequence[str], rows: Sequence[Sequence[str]], nothing: str) -> str | Callable[[], None]:
    """Shows the table; the sentence `nothing` if it has no rows."""
    return partial(show_table, titles, rows) if rows else nothing


def iso(at_ms: int | None) -> str | None:
    """A time as the APIs write it."""
    if at_ms is None:
        return None
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(at_ms: int | None) -> str:
    """A time in UTC, to the second; empty for none."""
    if at_ms is None:
        return ""
    return datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def cell(value: Any) -> str:
    """Any JSON as a table has it; empty for none."""
    if isinstance(value, dict):
        value = [f"{name}: {text}" for name, text in value.items()]
    if isinstance(value, bool):
        value = "yes" if value else "no"
    if isinstance(value, list):
        value = ", ".join(value)
    return "" if value is None else printable(str(value))


def printable(text: str) -> str:
    """What a terminal would act upon is written out, as JSON does: JSON stays what it was."""
    return "".join(char if char.isprintable() else _escaped(char) for char in text)


def shortened(text: str) -> str:
    """For one cell of a table; `--json` has it whole."""
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"


def _escaped(char: str) -> str:
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[place : place + 2].hex()}" for place in range(0, len(units), 2))
