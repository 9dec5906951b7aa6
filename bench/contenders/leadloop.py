"""leadloop itself, through its Expad dialect: `leadloop serve` as a user starts it, in one process."""

import json
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import apsw

from bench import cluster, seeding
from bench.contenders import leadloop_webhooks as webhooks
from bench.contenders.contender import BENCH, PATCHES, Contender, Setting, ask
from bench.documents import shown
from bench.leads import ACCOUNT, cached_histories, histories
from bench.load import Load, Target
from bench.webhooks import WEBHOOKS
from bench.webhooks_client import Patches
from lab import databases, report
from lab.source_tree import LISTENING, SourceTree
from leadloop.core.writes.unit import History

PAGE_SIZE = 50
DEEP_PAGE = 10_000
LISTED = 0.95
"""The least share of leads in the list: about 2 % are deleted."""
COUNT = f"SELECT count(*) FROM changes WHERE account_id = '{ACCOUNT}' AND position > "
POSITION = f"SELECT position FROM feeds WHERE account_id = '{ACCOUNT}'"
STORED_ANSWERS = "SELECT count(*) FROM idempotency"
PAGES = ("page-1", "page-2", "page-deep")
POSTED = 200
"""The number of different bodies for POST."""
OLD, BARE = "@old", "@bare"
NEW = ("patch-keyed", *webhooks.KINDS)
"""Kinds that an older tree may not support."""


class Leadloop(Contender):
    """With `source` it is the leadloop of that source tree, with this tree's leads. A `bare` one writes neither its
    catalogue nor its search index."""

    start_seconds = 30.0
    kinds: Sequence[str] = (*PATCHES, "patch-keyed", "get", "post", "list", *PAGES, *webhooks.KINDS)

    def __init__(self, setting: Setting, source: Path | None = None, *, bare: bool = False) -> None:
        self._plain_name, self._bare = self.name, bare
        if bare:
            self.name, self.about = f"{self.name}{BARE}", f"{self.about}; without catalogue and search index"
        if source is not None:
            self.name, self.about = f"{self.name}{OLD}", f"{self.about}; {report.commit(source)}"
            self.kinds = tuple(kind for kind in self.kinds if kind not in NEW)
        super().__init__(setting)
        self._source = source
        self._leadloop = SourceTree(source or BENCH.parent, "")
        self._key = ""
        self._loaded = 0
        self._targets: dict[str, Target] = {}
        self._webhooks = webhooks.Webhooks(self)

    def load(self, database: str) -> list[str]:
        """Migrates the database, fills it and creates a key; returns the ids of the leads."""
        self._leadloop.use(database)
        self._leadloop.run("leadloop", "migrate")
        ids = self._fill(database)
        self._key = self._leadloop.new_key(ACCOUNT, *(["--scopes", webhooks.SCOPES] if self._source is None else []))
        self._loaded = self.value(POSITION)
        return ids

    @property
    def database(self) -> str:
        return self._leadloop.database

    @property
    def url(self) -> str:
        return self._url

    @property
    def key(self) -> str:
        """The text of an API key."""
        return self._key

    def _fill(self, database: str) -> list[str]:
        """Each leadloop fills its own database, since its tables may differ."""
        if self._source is None:
            return seeding.fill(database, self.histories())
        leads = str(cached_histories(self.setting.seed, self.setting.leads))
        return self._leadloop.run("bench.seeding", database, leads, str(self.setting.leads)).split()

    def histories(self) -> Iterable[History]:
        return histories(self.setting.seed, self.setting.leads)

    def value(self, sql: str) -> int:
        """Reads one number from the database."""
        return int(databases.value(self.database, sql))

    def records(self) -> int:
        """The number of records without the loaded ones, which may be millions."""
        return self.value(COUNT + str(self._loaded))

    def stored_answers(self) -> int:
        return self.value(STORED_ANSWERS) if "patch-keyed" in self.kinds else 0

    def serve(self, ids: list[str]) -> None:
        self._ids = self.write_lines("ids", ids)
        options = ["--port", "0", "--log-level", "warning", *(webhooks.SERVE if self._source is None else ())]
        self.spawn([*self.setting.delay_prefix(), *self.serve_command(), *options], self._leadloop.environment)
        deadline = time.monotonic() + self.start_seconds
        while not (match := LISTENING.search(self.log())):
            if time.monotonic() > deadline or self.server is None or self.server.poll() is not None:
                raise RuntimeError(f"leadloop did not start: {self.log()}")
            time.sleep(0.02)
        self._url = match[1]

    def serve_command(self) -> list[str]:
        return [sys.executable, "-m", "bench.bare" if self._bare else "leadloop", "serve"]

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        return ask(self._url, method, f"/v1/account/{ACCOUNT}/{path}", [f"X-API-Key: {self._key}"], body)

    def manage(self, method: str, path: str, body: Any = None) -> Any:
        """Sends a request to leadloop's own API."""
        return ask(self._url, method, f"/api/v1/{path}", [f"X-API-Key: {self._key}"], body)

    def patches(self) -> Patches:
        ids = self._ids.read_text().split()
        return Patches(self._url, f"/v1/account/{ACCOUNT}/lead/", ids, self._key, self.setting.connections)

    def prepare(self, kind: str, seconds: float) -> None:
        if kind in webhooks.KINDS:
            self._webhooks.prepare(kind, seconds)
        if kind not in WEBHOOKS:
            super().prepare(kind, seconds)

    def run(self, kind: str, seconds: float, seed: int) -> Load:
        return self._webhooks.run(kind, seconds) if kind in WEBHOOKS else super().run(kind, seconds, seed)

    def settle(self, kind: str) -> None:
        if kind in webhooks.KINDS:
            self._webhooks.settle(kind)

    def stop(self) -> None:
        super().stop()
        self._webhooks.receiver.stop()

    def target(self, kind: str) -> Target:
        if kind not in self._targets:
            self._targets[kind] = self._target(kind)
        return self._targets[kind]

    def _target(self, kind: str) -> Target:
        leads = f"/v1/account/{ACCOUNT}/lead"
        headers = [f"X-API-Key: {self._key}"]
        if kind in (*PATCHES, "patch-keyed", webhooks.HOOKED):
            return self.patch_target(kind, f"{leads}/*", headers)
        if kind == "get":
            return Target(kind, self._url, f"{leads}/*", self._ids, headers)
        if kind == "post":
            bodies = [shown(history[-1].lead) for history in histories(self.setting.seed + 1, POSTED)]
            texts = [json.dumps({**lead, "email": "new.@@@example.com"}) for lead in bodies]
            return Target(kind, self._url, leads, self.write_lines("bodies", texts), headers)
        query = f"pageSize={PAGE_SIZE if kind == 'list' else self.page_size}"
        if (number := self.page_number(kind)) > 1:
            before = self.ask("GET", f"lead?{query}&page={number - 1}")
            query += f"&pageToken={before['nextPageToken']}"
        return Target("get", self._url, f"{leads}?*", self.write_lines(f"queries-{kind}", [query]), headers)

    @property
    def page_size(self) -> int:
        """The largest page size with leads for 10,000 pages, up to the usual size."""
        return max(1, min(PAGE_SIZE, int(self.setting.leads * LISTED) // DEEP_PAGE))

    def page_number(self, kind: str) -> int:
        """The deep page is page 10,000, or with fewer leads one of the last."""
        deep = min(DEEP_PAGE, int(self.setting.leads * LISTED) // self.page_size)
        return {"page-2": 2, "page-deep": deep}.get(kind, 1)

    def label(self, kind: str) -> str:
        if kind in PAGES:
            return f"{self.name} page {self.page_number(kind):,} of {self.page_size} leads"
        return super().label(kind)

    def beside(self, kind: str) -> str | None:
        """Compares an older or bare leadloop with this tree's, and a PATCH with a key with one without."""
        if self.name != self._plain_name:
            return self.label(kind).replace(self.name, self._plain_name)
        return self.label("patch") if kind in ("patch-keyed", webhooks.HOOKED) else None


class LeadloopSqlite(Leadloop):
    name = "leadloop-sqlite"
    about = "leadloop serve on its embedded SQLite, one process; synchronous=FULL (its default)"

    @property
    def _file(self) -> Path:
        return self.directory / "leadloop.db"

    def start(self) -> None:
        self.serve(self.load(str(self._file)))

    def facts(self) -> Mapping[str, str]:
        return {"sqlite": apsw.sqlite_lib_version(), "database_bytes": str(self._file.stat().st_size)}


class LeadloopPostgres(Leadloop):
    name = "leadloop-postgres"
    about = "leadloop serve on PostgreSQL, one process; fsync and synchronous_commit on"

    def __init__(self, setting: Setting, source: Path | None = None, *, bare: bool = False) -> None:
        super().__init__(setting, source, bare=bare)
        self._cluster = cluster.Cluster(setting.delay_prefix())

    def start(self) -> None:
        self._cluster.start()
        ids = self.load(self._cluster.create_database("leadloop"))
        cluster.settle(self.database)
        self.serve(ids)

    def stop(self) -> None:
        super().stop()
        self._cluster.remove()

    def facts(self) -> Mapping[str, str]:
        return cluster.stated_settings(self.database)

    @property
    def postgres(self) -> int | None:
        return self._cluster.pid


ENGINES: dict[str, type[Leadloop]] = {"sqlite": LeadloopSqlite, "postgres": LeadloopPostgres}
