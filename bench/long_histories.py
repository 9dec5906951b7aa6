"""What a lead with a long past costs the server, and everybody else meanwhile.

Leads with as many answers, all of which each version changes. Measured are a PATCH against a base version, a read as of
the version before the last, and a replay of the log to a webhook endpoint: how long it took, the server's CPU time, and
the 99th percentile of another account's PATCHes while it ran, beside that of the idle server.
"""

import argparse
import asyncio
import http.client
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

from bench import process
from leadloop.app import open_store
from leadloop.core.ids import new_id, stamp
from leadloop.core.leads.model import Lead, blank_lead
from leadloop.core.leads.patch import LeadPatch
from leadloop.core.writes import use_cases
from leadloop.core.writes.unit import Saved
from leadloop.settings import Settings

START_MS = 1_760_000_000_000
PAUSE_S = 0.01
"""Between two PATCHes of the other account."""
IDLE_S = 3.0
LONGEST_S = 180.0
SCOPES = "leads:read,leads:write,webhooks:manage"
NAME_ONLY = {"name": "Ana"}


class Server(NamedTuple):
    port: int
    database: Path
    process: "subprocess.Popen[bytes]"


class Client(NamedTuple):
    port: int
    account: str
    key: str

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LONGEST_S)
        sent = {"X-API-Key": self.key, "Content-Type": "application/json", **headers}
        connection.request(method, path, None if body is None else json.dumps(body), sent)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {text[:200]!r}")
        return json.loads(text)

    def lead(self, lead_id: str = "") -> str:
        return f"/v1/account/{self.account}/lead" + (f"/{lead_id}" if lead_id else "")


class Receiver(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        self.count = 0
        super().__init__(("127.0.0.1", 0), _Receive)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"


class _Receive(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        assert isinstance(self.server, Receiver)
        self.server.count += 1
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing is printed."""


@contextmanager
def serving(tree: Path, database: Path) -> Iterator[Server]:
    with Receiver() as probe:  # a port that is free now
        port = probe.server_port
        probe.shutdown()
    command = [sys.executable, "-m", "leadloop", "serve", "--port", str(port), "--database", str(database)]
    command += ["--webhooks-allow-http", "--webhooks-allow-private"]
    environment = os.environ | {"PYTHONPATH": str(tree / "src")}
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            _until(lambda: Client(port, "", "").ask("GET", "/readyz"))
            yield Server(port, database, server)
        finally:
            server.terminate()


def _until(ask: Callable[[], Any]) -> None:
    for _ in range(300):
        try:
            ask()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the server does not answer")


def client_of(server: Server, name: str) -> Client:
    account = _command(server, "accounts", "create", "--name", name)["id"]
    key = _command(server, "keys", "create", "--account", account, "--name", name, "--scopes", SCOPES)["key"]
    return Client(server.port, account, key)


def _command(server: Server, *words: str) -> Any:
    command = [sys.executable, "-m", "leadloop", *words, "--database", str(server.database), "--json"]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


def history(account_id: str, versions: int, items: int) -> list[Saved]:
    lead_id = new_id(START_MS)
    lead: Lead = blank_lead(account_id, lead_id, START_MS + 1)
    saves: list[Saved] = []
    for version in range(1, versions + 1):
        answers = [{"key": f"question-{n}", "value": version} for n in range(items)]
        by = stamp(START_MS + version, f"req_{version}", "system", "cli")
        saved = use_cases.change(lead, LeadPatch(name="Ana", answers=answers), by)
        assert saved is not None
        saves.append(saved)
        lead = saved.lead
    return saves


def fill(database: Path, saves: list[Saved]) -> None:
    async def run() -> None:
        store = open_store(Settings(database=str(database)))
        await store.open()
        await store.leads.load([saves])
        await store.close()

    asyncio.run(run())


class Figures(NamedTuple):
    seconds: float
    cpu_s: float
    p99_ms: float
    longest_ms: float


def beside(server: Server, other: Client, work: Callable[[], Any]) -> Figures:
    """`work`, while the other account changes a lead of its own again and again."""
    lead_id = other.ask("POST", other.lead(), NAME_ONLY)["leadId"]
    done, times = threading.Event(), list[float]()

    def patch() -> None:
        while not done.is_set() or not times:
            began = time.perf_counter()
            other.ask("PATCH", other.lead(lead_id), {"name": f"Ana {len(times)}"})
            times.append(1_000 * (time.perf_counter() - began))
            time.sleep(PAUSE_S)

    thread = threading.Thread(target=patch)
    cpu, began = process.cpu_seconds(server.process.pid), time.perf_counter()
    thread.start()
    try:
        work()
    finally:
        seconds, used = time.perf_counter() - began, process.cpu_seconds(server.process.pid) - cpu
        done.set()
        thread.join()
    times.sort()
    return Figures(seconds, used, times[int(0.99 * (len(times) - 1))], times[-1])


def replayed(client: Client, versions: int) -> None:
    """Until each change has arrived at an endpoint made for it."""
    with Receiver() as receiver:
        hooks = "/api/v1/webhooks"
        endpoint = client.ask("POST", hooks, {"url": receiver.url, "body": "expad"})["data"]["id"]
        client.ask("POST", f"{hooks}/{endpoint}/replay", {"since": "2020-01-01T00:00:00Z"})
        give_up_at = time.monotonic() + LONGEST_S
        while receiver.count < versions and time.monotonic() < give_up_at:
            time.sleep(0.05)
        client.ask("DELETE", f"{hooks}/{endpoint}")
        receiver.shutdown()
        if receiver.count < versions:
            raise TimeoutError


def measure(tree: Path, versions: int, items: int, what: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder, serving(tree, Path(folder) / "leads.db") as server:
        client, other = client_of(server, "large"), client_of(server, "other")
        saves = history(client.account, versions, items)
        fill(server.database, saves)
        lead = client.lead(saves[-1].lead.id)
        base = {"Leadloop-Base-Version": "2" if versions > 2 else "1"}
        works: dict[str, Callable[[], Any]] = {
            "idle": lambda: time.sleep(IDLE_S),
            "base": lambda: client.ask("PATCH", lead, {}, **base),
            "asOf": lambda: client.ask("GET", f"{lead}?asOf={versions - 1}"),
            "replay": lambda: replayed(client, versions),
        }
        for name in what:
            try:
                found = beside(server, other, works[name])
            except TimeoutError:
                print(f"| {versions} | {name} | over {LONGEST_S:.0f} s | | | |", flush=True)
                return
            figures = f"{found.seconds:.2f} | {found.cpu_s:.2f} | {found.p99_ms:.0f} | {found.longest_ms:.0f}"
            print(f"| {versions} | {name} | {figures} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.long_histories", description=__doc__)
    parser.add_argument("--versions", default="10,100,1000")
    parser.add_argument("--items", type=int, default=1_000)
    parser.add_argument("--what", default="idle,base,asOf,replay")
    parser.add_argument("--against", type=Path, default=Path(), help="measure the leadloop of another tree")
    options = parser.parse_args()
    print("| versions | request | seconds | CPU s | other account's p99 ms | longest ms |\n|---|---|---|---|---|---|")
    for versions in map(int, options.versions.split(",")):
        measure(options.against.resolve(), versions, options.items, options.what.split(","))


if __name__ == "__main__":
    main()
