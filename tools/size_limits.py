"""Refuses Python files over 300 lines and functions over 40: what grows past that is split by concern.

Looks at every file git tracks or would track. A function is counted from its `def` line, without its decorators.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

FILE_LINES = 300
FUNCTION_LINES = 40


def offenders(path: str, source: str) -> Iterator[str]:
    """One line for each thing that is too long in one file."""
    lines = len(source.splitlines())
    if lines > FILE_LINES:
        yield f"{path}:{lines}: the file has {lines} lines, at most {FILE_LINES} are allowed"
    for node in ast.walk(ast.parse(source, path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES:
                yield f"{path}:{node.lineno}: {node.name} has {length} lines, at most {FUNCTION_LINES} are allowed"


def python_files(root: Path) -> list[str]:
    """The paths, relative to root, of the Python files that git tracks or does not ignore."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "*.py"],
        cwd=root,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return sorted({path for path in listing.split("\0") if path and (root / path).is_file()})


def main(root: Path) -> int:
    """The exit status: 1 when anything is too long, and then every offender is printed."""
    problems = [line for path in python_files(root) for line in offenders(path, (root / path).read_text("utf-8"))]
    for line in problems:
        print(line)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(Path(__file__).resolve().parent.parent))
