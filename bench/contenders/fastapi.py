"""The FastAPI and SQLAlchemy peer of peers/fastapi_service: one uvicorn process over PostgreSQL."""

import asyncio
import json
import os
import secrets
import subprocess
import time
from collections.abc import Iterator, Mapping
from typing import Any

import asyncpg

from bench import cluster
from bench.contenders.contender import BENCH, PEERS, Contender, Setting, ask, free_port
from bench.leads import LeadBody, leads
from bench.load import Target
from leadloop.core.ids import new_id

SERVICE = BENCH / "peers" / "fastapi_service"
START_SECONDS = 30.0
ACCOUNT = "b" * 24
_NAMES = (
    "account_id id version created_at_ms updated_at_ms lead_date_ms stage status source type owner_id unit_id "
    "department_id interest_id email_key phone_key name_key sale_value_micros doc"
)
COLUMNS = _NAMES.split()


class FastApi(Contender):
    name = "fastapi"
    about = (
        "FastAPI + SQLAlchemy ORM + asyncpg on PostgreSQL, one uvicorn process (uvloop, httptools); "
        "SELECT FOR UPDATE, merge, change record in one transaction; fsync and synchronous_commit on"
    )
    against = "leadloop-postgres"

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._cluster = cluster.Cluster(setting.delayed())
        self._key = secrets.token_hex(24)
        self._database = self._url = ""

    def start(self) -> None:
        self._cluster.start()
        self._database = self._cluster.create_database("fastapi")
        environment = {**os.environ, "BENCH_DATABASE": self._database, "BENCH_KEY": self._key}
        environment["PYTHONPATH"] = str(SERVICE)
        subprocess.run([PEERS / "python", SERVICE / "main.py"], env=environment, check=True)
        self._ids = self.write_lines("ids", asyncio.run(_fill(self._database, self.setting)))
        asyncio.run(cluster.settle(self._database))
        port = free_port()
        command = [str(PEERS / "uvicorn"), "main:app", "--port", str(port), "--loop", "uvloop", "--http", "httptools"]
        self.spawn([*command, "--no-access-log", "--log-level", "warning"], environment)
        self._url = f"http://127.0.0.1:{port}"
        self.wait_for(lambda: ask(self._url, "GET", "/openapi.json"), START_SECONDS)

    def stop(self) -> None:
        super().stop()
        self._cluster.remove()

    def target(self, kind: str) -> Target:
        return Target(kind, self._url, f"/v1/account/{ACCOUNT}/lead/*", self._ids, [f"X-API-Key: {self._key}"])

    def records(self) -> int:
        return int(asyncio.run(cluster.value(self._database, "SELECT count(*) FROM changes")))

    def facts(self) -> Mapping[str, str]:
        return asyncio.run(cluster.stated(self._database))

    @property
    def postgres(self) -> int | None:
        return self._cluster.pid


async def _fill(url: str, setting: Setting) -> list[str]:
    line = await asyncpg.connect(url)
    try:
        rows = list(_rows(setting))
        await line.copy_records_to_table("leads", records=rows, columns=COLUMNS)
        return [row[1] for row in rows]
    finally:
        await line.close()


def _rows(setting: Setting) -> Iterator[tuple[Any, ...]]:
    now_ms = time.time_ns() // 1_000_000
    for body in leads(setting.seed, setting.leads):
        yield (ACCOUNT, new_id(body["leadDate"]), 1, now_ms, now_ms, *_columns(body), json.dumps(body))


def _columns(body: LeadBody) -> tuple[Any, ...]:
    return (
        body["leadDate"],
        body["status"],
        body["status"].lower(),
        body["source"],
        body["type"],
        body["leadAttributionUser"]["id"],
        body["unit"]["id"],
        body["department"]["id"],
        body["interest"]["id"],
        body["email"],
        body["phoneNumber"].lstrip("+"),
        body["name"].casefold(),
        round(body["saleValue"] * 1_000_000),
    )
