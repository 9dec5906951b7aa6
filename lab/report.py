"""Writes measurements as JSON and as Markdown tables."""

import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec


def write(path: Path, result: Any) -> None:
    """Writes indented JSON; creates the directory."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(result)) + b"\n")


def row(cells: Iterable[object]) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def heading(cells: Sequence[str]) -> list[str]:
    """A heading and its ruler. If the first column has no name, the other columns are numbers."""
    return [row(cells), row(["---", *["---:" if len(cells) > 1 and not cells[0] else "---"] * (len(cells) - 1)])]


def table(cells: Sequence[str], rows: Iterable[Iterable[object]]) -> list[str]:
    return [*heading(cells), *map(row, rows)]


def commit(tree: Path) -> str:
    """The commit of a source tree, with `-dirty` if files have changed; empty outside a git checkout."""
    command = ["git", "describe", "--always", "--dirty"]
    return subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False).stdout.strip()
