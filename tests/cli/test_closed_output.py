"""A command whose output nobody reads any more, as with `leadloop demo | head -3`, ends quietly."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command import environment, leadloop


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["demo", "--count", "5"],
        ["accounts", "list"],
        ["accounts", "create", "--name", "Two"],
        ["leads", "export"],
        ["doctor"],
    ],
    ids=" ".join,
)
def test_a_closed_standard_output_ends_a_command_without_a_traceback(tmp_path: Path, arguments: list[str]) -> None:
    assert leadloop("demo", "--count", "5", folder=tmp_path).code == 0
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "leadloop", *arguments]
    try:
        done = subprocess.run(
            command,
            cwd=tmp_path,
            env=environment(),
            check=False,
            stdout=writer,
            stderr=subprocess.PIPE,
            text=True,
            timeout=120,
        )
    finally:
        os.close(writer)
    assert (done.returncode, "Traceback" in done.stderr, "rror" in done.stderr) == (1, False, False), done.stderr


def test_a_full_disk_fails_a_command_with_one_sentence(tmp_path: Path) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "leadloop", "--version"],
            cwd=tmp_path,
            env=environment(),
            check=False,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert (done.returncode, done.stderr) == (1, "leadloop: No space left on device\n")
