"""The shell completes commands and options once completion is installed."""

import subprocess
from pathlib import Path

from leadloop import __version__
from tests.cli.command import leadloop

ASK = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
"$(complete -p leadloop | sed 's/.*-F \\([^ ]*\\).*/\\1/')"
printf '%s\\n' "${COMPREPLY[@]}"
"""


def test_bash_completes_commands_and_options(tmp_path: Path) -> None:
    script = tmp_path / "completion"
    done = leadloop("--install-completion", "--shell", "bash", "--output", str(script), folder=tmp_path)
    assert (done.code, done.err) == (0, "")

    def completions(*words: str) -> list[str]:
        command = ["bash", "--norc", "-c", ASK, "bash", str(script), "leadloop", *words]
        return subprocess.check_output(command, text=True, env={"PATH": "/usr/bin:/bin"}).split()

    assert completions("ke") == ["keys"]
    assert completions("keys", "create", "--sc") == ["--scopes"]


def test_the_version(tmp_path: Path) -> None:
    assert leadloop("--version", folder=tmp_path).out == f"{__version__}\n"
