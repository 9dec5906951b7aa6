"""Prints the results of commands: tables and sentences for people, JSON with `--json`."""

import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any

import msgspec
from cyclopts import Parameter

from leadloop.server.output import queued_output

AsJson = Annotated[bool, Parameter(name="--json", negative=(), help="Print JSON, for programs.")]

STDIN, STDOUT, STDERR = 0, 1, 2
SHOWN_CHARACTERS = 60

_encode = msgspec.json.Encoder(decimal_format="number").encode


def open_standard_files() -> None:
    """Opens those that are closed. Some supervisors start a process without them: a socket or a database file would
    then get one of their numbers, and output would be written to it."""
    for descriptor in (STDIN, STDOUT, STDERR):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number, which is this one


def discard_output() -> None:
    """Discards what is still buffered for stdout and stderr: Python would try to write it when it exits, and fail."""
    discarded = os.open(os.devnull, os.O_WRONLY)
    os.dup2(discarded, STDOUT)
    os.dup2(discarded, STDERR)


def print_failure(sentence: str) -> None:
    """Prints why a command ends to stderr. The command ends even if nothing reads that."""
    with queued_output(STDERR) as stderr:
        stderr.write(f"{sentence}\n")


class CommandError(Exception):
    """Ends a command with exit code 1 and this sentence."""


def note(sentence: str) -> None:
    """Prints a message about the result to stderr: stdout contains only the result."""
    print(sentence, file=sys.stderr)


async def has_typed(question: str, expected: str) -> bool:
    """Asks for a text before something is deleted for good; the answer is a line of stdin."""
    note(question)
    line: str = await asyncio.to_thread(sys.stdin.readline)
    return line.strip() == expected


def show_json(value: Any) -> None:
    print(_encode(value).decode())


def show_table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Fits the table to a terminal; elsewhere prints every cell in full."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    terminal = sys.stdout.isatty()
    table = Table(*titles, box=box.SIMPLE_HEAD if terminal else None, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console(highlight=False, width=None if terminal else 10_000).print(table)


def table(titles: Sequence[str], rows: Sequence[Sequence[str]], nothing: str) -> str | Callable[[], None]:
    """A function that prints the table, or the sentence `nothing` if it has no rows."""
    return partial(show_table, titles, rows) if rows else nothing


def iso(at_ms: int | None) -> str | None:
    """A time in the format of the APIs."""
    if at_ms is None:
        return None
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(at_ms: int | None) -> str:
    """A time in UTC, to the second; empty for none."""
    if at_ms is None:
        return ""
    return datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def cell(value: Any) -> str:
    """A JSON value as a table cell; empty for null."""
    if isinstance(value, dict):
        value = [f"{name}: {text}" for name, text in value.items()]
    if isinstance(value, bool):
        value = "yes" if value else "no"
    if isinstance(value, list):
        value = ", ".join(value)
    return "" if value is None else printable(str(value))


def printable(text: str) -> str:
    """Escapes characters that a terminal would interpret, as in JSON: JSON keeps its meaning."""
    return "".join(char if char.isprintable() else _escaped(char) for char in text)


def shortened(text: str) -> str:
    """Shortens a text to a table cell; `--json` prints it in full."""
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"


def _escaped(char: str) -> str:
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[place : place + 2].hex()}" for place in range(0, len(units), 2))
