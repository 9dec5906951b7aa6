"""Runs a changed copy of leadloop in its own process, to show what other source code would do."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import leadloop

SOURCE = Path(leadloop.__file__).parent


class Copy:
    def __init__(self, directory: Path) -> None:
        """`directory` must not exist yet."""
        self.package = directory / "leadloop"
        shutil.copytree(SOURCE, self.package, ignore=shutil.ignore_patterns("__pycache__"))
        self._path = str(directory)

    def replace(self, path: str, old: str, new: str) -> None:
        """Raises `LookupError` unless the file contains `old` exactly once."""
        file = self.package / path
        text = file.read_text()
        if text.count(old) != 1:
            raise LookupError(f"{path} has {old!r} {text.count(old)} times")
        file.write_text(text.replace(old, new))

    @property
    def command(self) -> tuple[str, ...]:
        """For `Leadloop(command=…)`: the fork becomes a Python process that has imported nothing yet."""
        code = (
            "import os, sys; "
            f"os.environ['PYTHONPATH'] = {self._path!r}; "
            "os.execv(sys.executable, [sys.executable, '-m', 'leadloop', *sys.argv[1:]])"
        )
        return "-c", code

    def run(self, arguments: Sequence[str], environment: dict[str, str]) -> str:
        """Returns what a command prints."""
        command = [sys.executable, "-m", "leadloop", *arguments]
        environment = {**os.environ, **environment, "PYTHONPATH": self._path}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout
