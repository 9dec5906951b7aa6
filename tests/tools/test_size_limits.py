"""Files end at 300 lines and functions at 40."""

import subprocess
from pathlib import Path

import pytest

from tools.size_limits import main, offenders


def function(lines: int) -> str:
    return "def long_one():\n" + "    pass\n" * (lines - 1)


def test_a_file_may_have_300_lines() -> None:
    assert list(offenders("a.py", "x = 1\n" * 300)) == []


def test_a_file_with_301_lines_is_reported() -> None:
    assert list(offenders("a.py", "x = 1\n" * 301)) == ["a.py:301: the file has 301 lines, at most 300 are allowed"]


def test_a_function_may_have_40_lines() -> None:
    assert list(offenders("a.py", "@decorated\n" + function(40))) == []


@pytest.mark.parametrize("prefix", ["", "async "])
def test_a_function_with_41_lines_is_reported_at_its_line(prefix: str) -> None:
    source = "x = 1\n@decorated\n" + prefix + function(41)
    assert list(offenders("a.py", source)) == ["a.py:3: long_one has 41 lines, at most 40 are allowed"]


def test_untracked_files_count_and_ignored_and_removed_ones_do_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    long = "x = 1\n" * 301
    for name in ("ignored.py", "removed.py", "tracked.py", "untracked.py"):
        (tmp_path / name).write_text(long)
    (tmp_path / ".gitignore").write_text("ignored.py\n")
    for command in (["init", "--quiet"], ["add", "tracked.py", "removed.py"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    (tmp_path / "removed.py").unlink()
    assert main(tmp_path) == 1
    assert [line.split(":")[0] for line in capsys.readouterr().out.splitlines()] == ["tracked.py", "untracked.py"]


def test_short_files_pass(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "short.py").write_text("x = 1\n")
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    assert main(tmp_path) == 0
    assert capsys.readouterr().out == ""
