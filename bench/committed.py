"""The committed number of instructions a PATCH takes: bench/instructions.toml, which `bench.instructions` checks."""

import platform
import shutil
import sysconfig
import tomllib
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

FILE = Path(__file__).with_name("instructions.toml")
TOLERANCE = 0.02
PROGRAMS = ("valgrind", "gcc")
LIBRARIES = ("apsw", "asyncpg", "msgspec", "uvloop")
HEAD = """\
# Instructions that a PATCH takes, and the Python and the libraries with which they were counted. Do not edit:
# `python -m bench.instructions --write` rewrites it, `--check` compares with it.
"""


def python_build() -> str:
    """Python's version, and whether its build is optimised (profile-guided, link-time)."""
    options = sysconfig.get_config_var("CONFIG_ARGS") or ""
    flags = f"{sysconfig.get_config_var('PY_CFLAGS')} {sysconfig.get_config_var('PY_CORE_CFLAGS')}"
    optimised = "PGO" if "--enable-optimizations" in options or "-fprofile-use" in flags else "no PGO"
    linked = "LTO" if "--with-lto" in options or "-flto" in flags else "no LTO"
    return f"{platform.python_version()} ({_origin()}; {optimised}, {linked})"


def _origin() -> str:
    base = sysconfig.get_config_var("prefix") or ""
    if ".pyenv" in base:
        return "pyenv's build"
    return "the system's build" if base == "/usr" else f"build of {base}"


def reason_not_to_check() -> str | None:
    """Why the committed numbers do not apply here; `None` if they do."""
    if missing := [program for program in PROGRAMS if shutil.which(program) is None]:
        return f"{missing[0]} is not installed"
    if not FILE.exists():
        return f"{FILE.name} is missing"
    counted_with = tomllib.loads(FILE.read_text())["counted_with"]
    for name, here in _counted_with().items():
        if counted_with.get(name) != here:
            return f"they were counted with {name} {counted_with.get(name)}, this is {here}"
    return None


def check(counts: Mapping[str, int]) -> int:
    """Prints each number that differs; returns the exit status."""
    numbers: dict[str, int] = tomllib.loads(FILE.read_text())["instructions"]
    differ = {name: number for name, number in counts.items() if not _is_close(number, numbers.get(name, 0))}
    for name, number in differ.items():
        print(f"{name}: {number:,} is not within {TOLERANCE:.0%} of the committed {numbers.get(name, 0):,}")
    if differ:
        print("If that is intended: PYTHONPATH=src:. python -m bench.instructions --write")
    return 1 if differ else 0


def _is_close(number: int, committed: int) -> bool:
    return abs(number - committed) <= TOLERANCE * committed


def write(counts: Mapping[str, int]) -> None:
    """Replaces the numbers in `counts` and keeps the others."""
    numbers: dict[str, int] = tomllib.loads(FILE.read_text())["instructions"] if FILE.exists() else {}
    lines = [f'{name} = "{value}"' for name, value in _counted_with().items()]
    counted = [f'"{name}" = {number}' for name, number in (numbers | dict(counts)).items()]
    FILE.write_text("\n".join([HEAD, "[counted_with]", *lines, "", "[instructions]", *counted, ""]))


def _counted_with() -> dict[str, str]:
    return {"Python": python_build(), "machine": platform.machine()} | {name: version(name) for name in LIBRARIES}
