"""The files of others in the repository are those that the lists name, unchanged."""

import hashlib
import tomllib
from pathlib import Path

import pytest

from lab.postgres import REPOSITORY

LISTS = sorted(path for folder in ("src", "tests") for path in (REPOSITORY / folder).rglob("vendor.toml"))


def digest_of(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def test_there_are_lists() -> None:
    assert REPOSITORY / "tests/support/vendor/vendor.toml" in LISTS


@pytest.mark.parametrize("list_file", LISTS, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_every_listed_file_is_unchanged(list_file: Path) -> None:
    entries = tomllib.loads(list_file.read_text("utf-8"))
    for name, entry in entries.items():
        assert {"package", "version", "path", "licence", "home", "sha256"} <= entry.keys(), name
        assert digest_of(list_file.parent / name) == entry["sha256"], name


def test_every_file_beside_the_tests_is_listed() -> None:
    folder = REPOSITORY / "tests" / "support" / "vendor"
    listed = tomllib.loads((folder / "vendor.toml").read_text("utf-8")).keys()
    assert {file.name for file in folder.iterdir()} == {*listed, "vendor.toml"}
