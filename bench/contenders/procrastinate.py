"""procrastinate, a job queue on PostgreSQL, with the worker of peers/procrastinate_service: the same signed bodies.

Each turn has its own worker, since the concurrency is set at its start.
"""

import json
import os
import subprocess
import time
from collections.abc import Iterator, Mapping

from bench import cluster
from bench.contenders.contender import BENCH, PEERS, Contender, Setting
from bench.leads import histories
from bench.load import Load, Target
from bench.webhooks import (
    DRAINS,
    NOTICED_SECONDS,
    PATHS,
    STEADY,
    WEBHOOKS,
    Receiver,
    backlog,
    in_flight,
    measure,
)
from leadloop.app.records import change_view
from leadloop.settings import DatabaseSettings
from leadloop.webhooks import sign
from leadloop.webhooks.bodies import render
from leadloop.webhooks.endpoints import STANDARD

SERVICE = BENCH / "peers" / "procrastinate_service" / "main.py"


class Procrastinate(Contender):
    name = "procrastinate"
    about = (
        "procrastinate on PostgreSQL, one worker process (uvloop, aiohttp, psycopg with its C parts); a job holds its "
        "body, jobs of a lead are locked to run in order; fsync and synchronous_commit on"
    )
    kinds = WEBHOOKS

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._cluster = cluster.Cluster(setting.delay_prefix())
        self._receiver = Receiver()
        self._secret = sign.new_secret()
        self._environment: Mapping[str, str] = {}
        self._queued = 0
        self._rate = 0.0

    def start(self) -> None:
        self._cluster.start()
        self._database = self._cluster.create_database("procrastinate")
        self._receiver.start()
        self._environment = {
            **os.environ,
            "BENCH_DATABASE": self._database,
            "BENCH_SECRET": self._secret,
            "BENCH_URL": f"{self._receiver.url}{PATHS[0]}",
        }
        self._python("schema")
        self._bodies = self.write_lines("bodies", list(_bodies(self.setting)))

    def beside(self, kind: str) -> str:
        return f"leadloop-postgres {kind}"

    def prepare(self, kind: str, seconds: float) -> None:
        self._receiver.reset()
        if kind in DRAINS:
            self._defer(backlog(seconds))
        command = [str(PEERS / "python"), str(SERVICE), "work", str(in_flight(kind))]
        pipe = subprocess.PIPE
        self.server = subprocess.Popen(command, env=self._environment, stdin=pipe, stdout=pipe)
        assert self.server.stdout is not None
        if self.server.stdout.readline() != b"ready\n":
            raise RuntimeError("the worker of procrastinate did not start")
        if kind in STEADY:
            self._start_work()
            time.sleep(NOTICED_SECONDS)

    def run(self, kind: str, seconds: float, seed: int) -> Load:
        load = measure(self._receiver, kind, seconds, self._rate, self._start_work, self._defer)
        if kind == "drain":
            self._rate = load.requests / load.seconds
        return load

    def settle(self, kind: str) -> None:
        self._receiver.check_signature(self._secret)
        super().stop()

    def stop(self) -> None:
        super().stop()
        self._receiver.stop()
        self._cluster.remove()

    def target(self, kind: str) -> Target:
        raise NotImplementedError("procrastinate takes no requests")

    def records(self) -> None:
        return None

    def facts(self) -> Mapping[str, str]:
        return cluster.stated_settings(self._database)

    @property
    def postgres(self) -> int | None:
        return self._cluster.pid

    def _start_work(self) -> None:
        assert self.server is not None and self.server.stdin is not None
        self.server.stdin.write(b"go\n")
        self.server.stdin.flush()

    def _defer(self, number: int, per_second: float = 0.0) -> Mapping[str, int]:
        """Returns by lead id and version when the job was committed."""
        output = self._python("defer", str(self._bodies), str(self._queued), str(number), str(per_second))
        self._queued += number
        return dict(json.loads(output))

    def _python(self, *arguments: str) -> str:
        command = [str(PEERS / "python"), str(SERVICE), *arguments]
        done = subprocess.run(command, env=self._environment, stdout=subprocess.PIPE, text=True, check=True)
        return done.stdout


def _bodies(setting: Setting) -> Iterator[str]:
    """The bodies of each lead's newest change; the job sets the version."""
    shape = change_view(DatabaseSettings()).shapes[STANDARD]
    for history in histories(setting.seed, setting.leads):
        *_, (lead, _, change, _) = history
        text = render(shape, lead, change).decode()
        yield json.dumps({"lead": lead.id, "body": text.replace(f'"version":{lead.version}', '"version":0', 1)})
