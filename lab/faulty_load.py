"""Load that survives faults, and records which writes were acknowledged, refused or unanswered."""

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from lab.async_http import AsyncHttp
from lab.ledger import Ledger
from lab.load import KINDS, Ack, Load, Update
from lab.server import Client

PATIENCE_S = 60.0
OWN = 8
"""Updates to a writer's own lead before it creates the next."""


class Stopped(Exception):
    """The server is gone, so this writer stops."""


class FaultyLoad(Load):
    """Writers against a server under faults. `mortal`: the server itself is killed, and with it its connections."""

    def __init__(self, client: Client, seed: str, *, mortal: bool) -> None:
        super().__init__(client)
        self.mortal = mortal
        self.counts: Counter[str] = Counter()
        self.refused: list[tuple[str, Update]] = []
        """Answered 503: stored at most once."""
        self.unanswered: list[tuple[str, Update]] = []
        """Not answered before the server was killed: stored at most once."""
        self.problems: list[str] = []
        self.stop = asyncio.Event()
        self._seed = seed
        self._names = itertools.count()
        self._target = 0
        self._reached = asyncio.Event()

    async def write_until_stopped(self, shared_id: str, writers: int) -> None:
        """Each writer creates its own leads and writes to them and to the shared one. Returns when `stop` is set, or
        when the server is gone."""
        await asyncio.gather(*(self._write(writer, shared_id) for writer in range(writers)))

    @asynccontextmanager
    async def run_writers(self, shared_id: str, writers: int, acks: int, delay_s: float = 0.0) -> AsyncIterator[None]:
        """Runs the writers. Enters the block after `acks` acknowledged updates and `delay_s`; stops them after it."""
        writing = asyncio.create_task(self.write_until_stopped(shared_id, writers))
        try:
            if not await self.wait_for_acks(acks, PATIENCE_S):
                self.problems.append(f"the writers halted before the fault: {len(self.acks)} acknowledged")
            await asyncio.sleep(delay_s)
            yield
        finally:
            self.stop.set()
            await writing

    def judge(self, ledger: Ledger) -> list[str]:
        """Returns the problems of the load, and of everything stored since the ledger's last check."""
        problems = self.problems + ledger.check() + ledger.find_lost(self.acks, self.created)
        return problems + ledger.find_applied_twice([(ack.lead_id, ack.update) for ack in self.acks] + self.uncertain)

    @property
    def uncertain(self) -> list[tuple[str, Update]]:
        """Updates that may be stored, at most once."""
        return self.refused + self.unanswered

    def count(self, counts: Counter[str]) -> None:
        counts["updates acknowledged"] += len(self.acks)
        counts["leads acknowledged"] += len(self.created)
        counts.update(self.counts)

    async def wait_for_acks(self, more: int, within_seconds: float) -> bool:
        """Waits for `more` further acknowledged updates. Returns whether they came in time."""
        self._target = len(self.acks) + more
        self._reached.clear()
        try:
            await asyncio.wait_for(self._reached.wait(), within_seconds)
        except TimeoutError:
            return False
        return True

    async def _write(self, writer: int, shared_id: str) -> None:
        chance, own = random.Random(f"{self._seed} {writer}"), shared_id
        async with self.connect() as http:
            try:
                for number in itertools.count():
                    if self.stop.is_set():
                        return
                    if number % OWN == 0:
                        own = await self.create(http) or own
                    lead_id = shared_id if chance.random() < 1 / 3 else own
                    await self.send(http, lead_id, chance.choice(KINDS)(f"{next(self._names)}_{writer}"))
            except Stopped:
                pass

    async def send(self, http: AsyncHttp, lead_id: str, update: Update) -> None:
        path = f"/v1/account/{self.client.account_id}/lead/" if update.dialect == "expad" else "/api/v1/leads/"
        self.unanswered.append((lead_id, update))
        answer = await self._ask(http, "PATCH", path + lead_id, update.body)
        if answer is None:
            return
        self.unanswered.remove((lead_id, update))
        if answer.status_code == 503:
            self.refused.append((lead_id, update))
        elif answer.status_code == 200:
            self.acks.append(Ack(lead_id, update, int(answer.headers["etag"].strip('"'))))
            if len(self.acks) >= self._target:
                self._reached.set()

    async def create(self, http: AsyncHttp) -> str:
        """Creates a lead with a unique name. Returns its id, "" when the creation was refused."""
        name = f"Ana {next(self._names)}"
        answer = await self._ask(http, "POST", f"/v1/account/{self.client.account_id}/lead", {"name": name})
        if answer is None or answer.status_code != 200:
            return ""
        self.created.append(str(answer.json()["leadId"]))
        return self.created[-1]

    async def _ask(self, http: AsyncHttp, method: str, path: str, body: object) -> httpx.Response | None:
        """Returns `None` when an expected answer did not come. Raises `Stopped` when the server is gone."""
        try:
            answer = await http.request(method, path, json=body)
        except httpx.TransportError as error:
            if self.mortal:
                raise Stopped from error
            self.problems.append(f"{method} had no answer: {type(error).__name__}")
            return None
        self._judge(method, answer)
        return answer

    def _judge(self, method: str, answer: httpx.Response) -> None:
        if answer.status_code == 503 and not self.mortal:
            if "retry-after" in answer.headers:
                self.counts["requests answered 503 with Retry-After"] += 1
            else:
                self.problems.append(f"{method} was answered 503 without Retry-After")
        elif answer.status_code != 200:
            self.problems.append(f"{method} was answered {answer.status_code}: {answer.text[:120]}")
