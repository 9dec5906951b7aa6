"""A durable PostgreSQL cluster for one contender, with the settings that the report states."""

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from lab import databases
from lab.postgres import PostgresServer

SETTINGS = {"fsync": "on", "synchronous_commit": "on", "shared_buffers": "256MB", "max_wal_size": "4GB"}
"""All other settings are PostgreSQL's defaults."""
STATED = ("server_version", *SETTINGS, "full_page_writes", "wal_sync_method")


class Cluster(PostgresServer):
    def __init__(self, delayed: Sequence[str] = ()) -> None:
        super().__init__(SETTINGS)
        self.programs = self._programs
        if delayed:
            self._programs = _wrap_programs(self._directory, self._programs, delayed)

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def remove(self) -> None:
        self.__exit__(None, None, None)


def settle(url: str) -> None:
    """Brings the state after loading that autovacuum and a checkpoint would soon bring."""
    databases.execute(url, "VACUUM (ANALYZE)", "CHECKPOINT")


def stated_settings(url: str) -> Mapping[str, str]:
    return {name: databases.value(url, f"SHOW {name}") for name in STATED}


def _wrap_programs(directory: Path, programs: Path, delayed: Sequence[str]) -> Path:
    """Makes a directory of programs whose `postgres` runs with the delay, readable for the server's user."""
    wrappers = directory / "programs"
    wrappers.mkdir(mode=0o755)
    tool = wrappers / "fsync_delay"
    tool.write_bytes(Path(delayed[0]).read_bytes())
    tool.chmod(0o755)
    for name, before in (("postgres", [str(tool), *delayed[1:]]), ("initdb", [])):
        script = wrappers / name
        script.write_text(f'#!/bin/sh\nexec {shlex.join([*before, str(programs / name)])} "$@"\n')
        script.chmod(0o755)
    return wrappers
