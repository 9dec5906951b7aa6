"""How what was measured is written: as JSON, and as tables of Markdown."""

import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec


def write(path: Path, found: Any) -> None:
    """As JSON that can be read; makes the directory."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(found)) + b"\n")


def row(cells: Iterable[object]) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def heading(cells: Sequence[str]) -> list[str]:
    """With the ruler below it. Where the first column has no name, the others have numbers."""
    return [row(cells), row(["---", *["---:" if len(cells) > 1 and not cells[0] else "---"] * (len(cells) - 1)])]


def table(cells: Sequence[str], rows: Iterable[Iterable[object]]) -> list[str]:
    return [*heading(cells), *map(row, rows)]


def commit(tree: Path) -> str:
    """Which one a source tree is at, and whether it is changed; empty where git does not know."""
    command = ["git", "describe", "--always", "--dirty"]
    return subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False).stdout.strip()
