"""A real leadloop for tests: a process on loopback over one database, and clients with keys of its accounts."""

import os
import re
import secrets
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx

from lab import loops
from lab.commands import RUNNER
from lab.forks import FORKS, ForkedProcess
from lab.stores import open_database
from lab.usual_requests import Http
from leadloop.core import keys
from leadloop.core.accounts import Account
from leadloop.core.ids import new_id

TLS = ssl.create_default_context()
"""Not used for TLS. Shared, since each client would otherwise create its own context."""
LISTENING = re.compile(r"listening on (http://\S+)")
START_SECONDS = 30.0
MOST_POOLED = 32
Holder = tuple[tuple[str, ...], str | None]
"""The scopes of a key and the country of its account."""
PEPPER = secrets.token_hex(32)
"""The pepper of every instance in the tests: a database accepts only one."""


class Client:
    """One API key of one account. `expad` and `leadsail` take the variable part of the path."""

    def __init__(self, url: str, account_id: str, key: str) -> None:
        self.url = url
        self.account_id = account_id
        self.key = key
        self.http = Http(url, headers={"X-API-Key": key}, timeout=30.0, verify=TLS, trust_env=False)

    def expad(self, method: str, path: str = "", **more: Any) -> httpx.Response:
        """Sends a request to `/v1/account/{accountId}/` + `path`; `lead` by default."""
        return self.http.request(method, f"/v1/account/{self.account_id}/{path or 'lead'}", **more)

    def leadsail(self, method: str, path: str = "leads", **more: Any) -> httpx.Response:
        return self.http.request(method, f"/api/v1/{path}", **more)

    def new_lead(self, **body: Any) -> str:
        """Creates a lead through Expad; returns its id without prefix."""
        answer = self.expad("POST", json={"name": "Ana Souza", **body})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["leadId"])

    def new_leadsail_lead(self, **body: Any) -> str:
        """Creates a lead through LeadSail; returns its id with `lead_`."""
        contact = {"firstName": "Mary", "lastName": "Jones", "email": "mary@example.com", "phone": "555-123-4567"}
        answer = self.leadsail("POST", json={"campaignId": "ABC", **contact, **body})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["data"]["leadId"])

    def get(self, lead_id: str) -> dict[str, Any]:
        """The lead as Expad shows it."""
        answer = self.expad("GET", f"lead/{lead_id}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def get_leadsail(self, lead_id: str) -> dict[str, Any]:
        answer = self.leadsail("GET", f"leads/{lead_id}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json()["data"])

    def patch(self, lead_id: str, body: dict[str, Any], **more: Any) -> dict[str, Any]:
        """Patches a lead through Expad; asserts success."""
        answer = self.expad("PATCH", f"lead/{lead_id}", json=body, **more)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def patch_leadsail(self, lead_id: str, body: dict[str, Any], **more: Any) -> httpx.Response:
        return self.leadsail("PATCH", f"leads/{lead_id}", json=body, **more)

    def at(self, server: "Leadloop") -> "Client":
        """A client of `server` with the same key, on its own connections."""
        return Client(server.url, self.account_id, self.key)

    def close(self) -> None:
        self.http.close()


class Leadloop:
    """`leadloop serve` over `database`. `command` runs another program with the same options."""

    def __init__(
        self, engine: str, database: str, *, options: Sequence[str] = (), command: Sequence[str] = ("-m", "leadloop")
    ) -> None:
        self.engine = engine
        self.database = database
        self.url = ""
        self._options = options
        self._command = command
        self._process: ForkedProcess | None = None
        self._output: list[str] = []
        self._account_pool: dict[Holder, list[tuple[str, str]]] = {}
        self._next_pool_size = 1

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "LEADLOOP_DATABASE": self.database, "LEADLOOP_PEPPER": PEPPER}

    def beside(self) -> "Leadloop":
        """Another server over the same database, with the same keys."""
        return Leadloop(self.engine, self.database)

    def start(self) -> None:
        """Migrates the database, starts the server and waits until it listens."""
        self.run("migrate")
        self._output = []
        command = [*self._command, "serve", "--port", self._port(), *self._options]
        self._process = FORKS.start(command, Path.cwd(), self.environment)
        threading.Thread(target=self._read, args=(self._process,), daemon=True).start()
        deadline = time.monotonic() + START_SECONDS
        while not (match := LISTENING.search(self.output)):
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise RuntimeError(f"leadloop did not start: {self.output}")
            time.sleep(0.01)
        self.url = match[1]

    @property
    def output(self) -> str:
        return "".join(self._output)

    def wait_for_output(self, text: str) -> str:
        """The output, once it has `text`: a log line may be written after the answer to its request."""
        deadline = time.monotonic() + START_SECONDS
        while text not in self.output:
            if time.monotonic() > deadline:
                raise RuntimeError(f"leadloop did not write {text!r}: {self.output[-2_000:]}")
            time.sleep(0.01)
        return self.output

    @property
    def errors(self) -> list[str]:
        """The log lines with an error. A failing webhook worker, for example, logs one every second."""
        return [line for line in self._output if '"level": "error"' in line or '"level": "critical"' in line]

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def stop(self) -> int:
        """Sends SIGTERM; returns the exit code."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(60)

    def kill(self) -> None:
        """Sends SIGKILL to the process and its workers."""
        assert self._process is not None
        os.killpg(self._process.pid, 9)
        self._process.wait(60)

    def run(self, *arguments: str) -> str:
        """Runs a `leadloop` command over the same database; returns its output."""
        done = RUNNER.run(arguments, Path.cwd(), self.environment)
        assert done.code == 0, done.err
        return done.out

    def client(
        self,
        scopes: Sequence[str] = keys.DEFAULT_SCOPES,
        account_id: str | None = None,
        *,
        country: str | None = None,
    ) -> Client:
        """A client with a key of `account_id`, by default of a new account in `country`.

        It creates new accounts ahead, more each time: connecting to the database takes longer than a usual test.
        """
        if account_id is not None:
            return Client(self.url, account_id, loops.run(self._new_key(list(scopes), account_id)))
        holder = tuple(scopes), country
        if not self._account_pool.get(holder):
            self._account_pool[holder] = loops.run(self._new_accounts(holder, self._next_pool_size))
            self._next_pool_size = min(self._next_pool_size * 2, MOST_POOLED)
        return Client(self.url, *self._account_pool[holder].pop())

    def expiring_client(self, account_id: str, expires_at_ms: int) -> Client:
        text = loops.run(self._new_key(list(keys.DEFAULT_SCOPES), account_id, expires_at_ms))
        return Client(self.url, account_id, text)

    async def _new_accounts(self, holder: Holder, count: int) -> list[tuple[str, str]]:
        """Creates accounts; returns their ids with the texts of their keys."""
        scopes, country = holder
        accounts = []
        async with open_database(self.database) as store:
            for _ in range(count):
                now_ms = time.time_ns() // 1_000_000
                account = Account(id=new_id(now_ms), name="test", created_at_ms=now_ms, country=country)
                key, text = keys.mint(account.id, "test", list(scopes), bytes.fromhex(PEPPER), now_ms)
                await store.accounts.add(account, key)
                accounts.append((account.id, text))
        return accounts

    async def _new_key(self, scopes: list[str], account_id: str, expires_at_ms: int | None = None) -> str:
        now_ms = time.time_ns() // 1_000_000
        pepper = bytes.fromhex(PEPPER)
        key, text = keys.mint(account_id, "test", scopes, pepper, now_ms, expires_at_ms=expires_at_ms)
        async with open_database(self.database) as store:
            await store.keys.add(key)
        return text

    def _port(self) -> str:
        """The same port after a restart."""
        return self.url.rpartition(":")[2] if self.url else "0"

    def _read(self, process: ForkedProcess) -> None:
        with process.stdout:
            for line in process.stdout:
                self._output.append(line)


@contextmanager
def running(server: Leadloop) -> Iterator[Leadloop]:
    """Starts the server and stops it at the end, or kills it after an error. The block may kill and restart it."""
    server.start()
    try:
        yield server
    except BaseException:
        with suppress(ProcessLookupError):
            server.kill()
        raise
    if (code := server.stop()) != 0:
        raise RuntimeError(f"leadloop ended with {code}: {server.output[-2_000:]}")


@contextmanager
def serving(server: Leadloop, scopes: Sequence[str] | None = None) -> Iterator[Client]:
    """Runs the server; yields a client with a key of a new account."""
    with running(server), closing(server.client() if scopes is None else server.client(scopes)) as client:
        yield client
