"""The ORM peers of peers/fastapi_service and peers/django_service: lead services over PostgreSQL."""

import asyncio
import json
import os
import secrets
import subprocess
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import asyncpg
from msgspec import structs

from bench import cluster
from bench.contenders.contender import BENCH, PEERS, Contender, Setting, ask
from bench.documents import document
from bench.leads import ACCOUNT, histories
from bench.load import Target
from lab import databases, process
from leadloop.derived.columns import Columns, columns
from leadloop.storage.rows import fields_json

START_SECONDS = 30.0
WORKERS, THREADS = 2, 8
LEADS = ("account_id", "id", "version", *Columns.__struct_fields__, "doc")
CHANGES = ("account_id", "lead_id", "version", "at_ms", "actor", "request_id", "fields")


class Service(Contender):
    """`main.py` in the directory `service` makes the tables, and has the application."""

    against = "leadloop-postgres"
    service: str

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._cluster = cluster.Cluster(setting.delay_prefix())
        self._key = secrets.token_hex(24)
        self._database = ""

    def start(self) -> None:
        self._cluster.start()
        self._database = self._cluster.create_database(self.name)
        environment = {**os.environ, "BENCH_DATABASE": self._database, "BENCH_KEY": self._key}
        source = BENCH / "peers" / self.service
        environment["PYTHONPATH"] = os.pathsep.join([str(source), str(source.parent)])
        subprocess.run([PEERS / "python", source / "main.py"], env=environment, check=True)
        self._ids = self.write_lines("ids", asyncio.run(_fill(self._database, self.setting)))
        cluster.settle(self._database)
        port = process.free_port()
        self.spawn(self.command(port), environment)
        self._url = f"http://127.0.0.1:{port}"
        self.wait_for(lambda: ask(self._url, "GET", "/health"), START_SECONDS)

    @abstractmethod
    def command(self, port: int) -> Sequence[str]: ...

    def stop(self) -> None:
        super().stop()
        self._cluster.remove()

    def target(self, kind: str) -> Target:
        return self.patch_target(kind, f"/v1/account/{ACCOUNT}/lead/*", [f"X-API-Key: {self._key}"])

    def records(self) -> int:
        return int(databases.value(self._database, "SELECT count(*) FROM changes"))

    def facts(self) -> Mapping[str, str]:
        return cluster.stated_settings(self._database)

    @property
    def postgres(self) -> int | None:
        return self._cluster.pid


class FastApi(Service):
    name = "fastapi"
    about = (
        "FastAPI + SQLAlchemy ORM + asyncpg on PostgreSQL, one uvicorn process (uvloop, httptools); "
        "SELECT FOR UPDATE, merge, change record in one transaction; fsync and synchronous_commit on"
    )
    service = "fastapi_service"

    def command(self, port: int) -> Sequence[str]:
        command = [str(PEERS / "uvicorn"), "main:app", "--port", str(port), "--loop", "uvloop", "--http", "httptools"]
        return [*command, "--no-access-log", "--log-level", "warning"]


class Django(Service):
    name = "django"
    about = (
        f"Django REST framework + psycopg's C parts on PostgreSQL, gunicorn with {WORKERS} workers of {THREADS} "
        "threads; SELECT FOR UPDATE, merge, change record in one transaction; fsync and synchronous_commit on"
    )
    service = "django_service"

    def command(self, port: int) -> Sequence[str]:
        command = [str(PEERS / "gunicorn"), "main:application", "--bind", f"127.0.0.1:{port}", "--keep-alive", "75"]
        workers = ["--worker-class", "gthread", "--workers", str(WORKERS), "--threads", str(THREADS)]
        return [*command, *workers, "--log-level", "warning"]


async def _fill(url: str, setting: Setting) -> list[str]:
    connection = await asyncpg.connect(url)
    ids: list[str] = []
    try:
        await connection.copy_records_to_table("leads", records=_leads(setting, ids), columns=LEADS)
        await connection.copy_records_to_table("changes", records=_changes(setting), columns=CHANGES)
        return ids
    finally:
        await connection.close()


def _leads(setting: Setting, ids: list[str]) -> Iterator[tuple[Any, ...]]:
    for history in histories(setting.seed, setting.leads):
        lead = history[-1].lead
        ids.append(lead.id)
        row = structs.astuple(columns(lead))
        yield (ACCOUNT, lead.id, lead.version, *row, json.dumps(document(history[-1]), ensure_ascii=False))


def _changes(setting: Setting) -> Iterator[tuple[Any, ...]]:
    for history in histories(setting.seed, setting.leads):
        for _, _, change, _ in history:
            head = (ACCOUNT, change.lead_id, change.version, change.at_ms)
            yield (*head, change.actor, change.request_id, fields_json(change))
