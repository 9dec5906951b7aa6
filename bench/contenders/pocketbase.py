"""PocketBase: its collections from pb_migrations, its change record and its durability from pb_hooks."""

import json
import shutil
import string
import subprocess
from collections.abc import Mapping
from pathlib import Path
from random import Random

import apsw

from bench.contenders.contender import BENCH, PEERS, Contender, ask
from bench.documents import document
from bench.leads import histories
from bench.load import BadRun, Target
from lab import databases, process
from leadloop.storage.rows import fields_json

FILES = BENCH / "peers" / "pocketbase"
START_SECONDS = 30.0
HOOKS_POOL = 128
"""Pooled JavaScript runtimes. With the default of 15, 32 connections keep creating new ones, at twice the CPU."""
ID_LETTERS = string.ascii_lowercase + string.digits
MOMENT = "2026-01-01 00:00:00.000Z"
SYNCHRONOUS = ("OFF", "NORMAL", "FULL", "EXTRA")


class PocketBase(Contender):
    name = "pocketbase"
    about = "PocketBase, synchronous=FULL by a hook, change record by a hook in the same transaction"
    against = "leadloop-sqlite"
    hooks: tuple[str, ...] = ("synchronous", "changes")
    synchronous = "FULL"

    def start(self) -> None:
        hooks = self.directory / "pb_hooks"
        hooks.mkdir()
        for name in self.hooks:
            shutil.copy(FILES / "pb_hooks" / f"{name}.pb.js", hooks)
        subprocess.run([*self._program(), "migrate", "up"], cwd=self.directory, check=True, capture_output=True)
        self._ids = self.write_lines("ids", self._fill())
        self._url = f"http://127.0.0.1:{process.free_port()}"
        self.spawn(
            [*self.setting.delay_prefix(), *self._program(), "serve", "--http", self._url.removeprefix("http://")]
        )
        self.wait_for(lambda: ask(self._url, "GET", "/api/health"), START_SECONDS)

    def prepare(self, kind: str, seconds: float) -> None:
        if self.synchronous != "NORMAL":
            ask(self._url, "POST", f"/synchronous/{self.synchronous}")

    def target(self, kind: str) -> Target:
        return self.patch_target(kind, "/api/collections/leads/records/*")

    def records(self) -> int | None:
        return self._count("changes") if "changes" in self.hooks else None

    def facts(self) -> Mapping[str, str]:
        setting = SYNCHRONOUS[ask(self._url, "GET", "/synchronous")["synchronous"]]
        if setting != self.synchronous:
            raise BadRun(f"{self.name} runs with synchronous={setting}, not {self.synchronous}")
        version = subprocess.run([PEERS / "pocketbase", "--version"], capture_output=True, text=True, check=True)
        return {"version": version.stdout.split()[-1], "synchronous": setting}

    def _program(self) -> list[str]:
        options = {"dir": self.directory / "pb_data", "hooksDir": self.directory / "pb_hooks"}
        options |= {"migrationsDir": FILES / "pb_migrations"}
        arguments = [f"--{name}={path}" for name, path in options.items()]
        return [str(PEERS / "pocketbase"), *arguments, "--hooksWatch=0", f"--hooksPool={HOOKS_POOL}"]

    @property
    def _file(self) -> Path:
        return self.directory / "pb_data" / "data.db"

    def _fill(self) -> list[str]:
        """Writes the leads into its database file, in its own format; returns the ids."""
        dice, ids = Random(self.setting.seed), list[str]()
        connection = apsw.Connection(str(self._file))
        with connection:
            for history in histories(self.setting.seed, self.setting.leads):
                ids.append(_new_id(dice))
                row = {"id": ids[-1], "updated": MOMENT, **document(history[-1])}
                values = tuple(map(_column_value, row.values()))
                connection.execute(
                    f"INSERT INTO leads ({', '.join(row)}) VALUES ({', '.join('?' * len(values))})", values
                )
                if "changes" in self.hooks:
                    changes = [(_new_id(dice), ids[-1], fields_json(saved.change), MOMENT) for saved in history]
                    connection.executemany("INSERT INTO changes (id, lead, fields, at) VALUES (?, ?, ?, ?)", changes)
        connection.close()
        return ids

    def _count(self, table: str) -> int:
        return int(databases.value(str(self._file), f"SELECT count(*) FROM {table}"))


class PocketBasePlain(PocketBase):
    name = "pocketbase-plain"
    about = "PocketBase, synchronous=FULL by a hook, no change record (less than the others do)"
    hooks = ("synchronous",)


class PocketBaseDefault(PocketBase):
    name = "pocketbase-default"
    about = "PocketBase with its defaults: synchronous=NORMAL (a power cut can lose answered updates), no change record"
    hooks = ("synchronous",)
    synchronous = "NORMAL"


def _new_id(dice: Random) -> str:
    return "".join(dice.choices(ID_LETTERS, k=15))


def _column_value(value: object) -> str | int | float:
    return (
        value if isinstance(value, str | int | float) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    )
