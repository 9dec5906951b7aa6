"""Benchmarks, proof campaigns, tests and tools share `lab`; the first three do not import each other."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.size_limits import python_files

ROOT = Path(__file__).resolve().parents[2]
MAY_IMPORT = {
    "src": set[str](),
    "lab": {"lab"},
    "bench": {"lab", "bench"},
    "proof": {"lab", "proof"},
    "tools": {"lab", "tools", "tests"},
    "tests/bench": {"lab", "tests", "bench"},
    "tests/proof": {"lab", "tests", "proof"},
    "tests": {"lab", "tests", "tools"},
}
"""Of our own packages beside leadloop; a file belongs to the longest name that it is in."""
OURS = {"lab", "bench", "proof", "tests", "tools"}


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_packages_import_no_other_than_these(package: str) -> None:
    for place in python_files(ROOT):
        if max((name for name in MAY_IMPORT if place.startswith(f"{name}/")), key=len, default="") == package:
            strange = (set(imported((ROOT / place).read_text("utf-8"))) & OURS) - MAY_IMPORT[package]
            assert not strange, f"{place} imports {', '.join(strange)}"


def imported(source: str) -> Iterator[str]:
    """The top packages, those imported inside functions included."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                yield from (name.name.partition(".")[0] for name in names)
            case ast.ImportFrom(module=str(module)):
                yield module.partition(".")[0]
