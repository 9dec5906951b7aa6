"""Load that goes on whatever happens: what was sent, what was acknowledged, what was refused, what nobody answered."""

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from lab.ledger import Ledger
from lab.load import KINDS, Ack, Load, Update
from lab.server import Client

PATIENCE_S = 60.0
OWN = 8
"""So many updates to a lead of its own before a writer makes the next."""


class Stopped(Exception):
    """The server is gone: this writer has come to its end."""


class FaultyLoad(Load):
    """Writers against a server that is being harmed. `mortal`: the server itself is killed, and its lines with it."""

    def __init__(self, client: Client, seed: str, *, mortal: bool) -> None:
        super().__init__(client)
        self.mortal = mortal
        self.counts: Counter[str] = Counter()
        self.refused: list[tuple[str, Update]] = []
        """Answered with 503: it may or may not be there, at most once."""
        self.unanswered: list[tuple[str, Update]] = []
        """The server died before it could: likewise."""
        self.problems: list[str] = []
        self.stop = asyncio.Event()
        self._seed = seed
        self._names = itertools.count()
        self._wanted = 0
        self._reached = asyncio.Event()

    async def write_until_stopped(self, shared_id: str, writers: int) -> None:
        """Each writer makes leads of its own and writes to them and to the shared one. Ends when `stop` is set, or
        with the server."""
        await asyncio.gather(*(self._write(writer, shared_id) for writer in range(writers)))

    @asynccontextmanager
    async def written(self, shared_id: str, writers: int, acks: int, delay_s: float = 0.0) -> AsyncIterator[None]:
        """Inside, the writers go on; before, so many updates were acknowledged, and then this time passed."""
        writing = asyncio.create_task(self.write_until_stopped(shared_id, writers))
        try:
            if not await self.acknowledged(acks, PATIENCE_S):
                self.problems.append(f"the writers came to a halt before the harm: {len(self.acks)} acknowledged")
            await asyncio.sleep(delay_s)
            yield
        finally:
            self.stop.set()
            await writing

    def judge(self, ledger: Ledger) -> list[str]:
        """All that is wrong with it, and with what is stored since the ledger's last check."""
        problems = self.problems + ledger.check() + ledger.lost(self.acks, self.created)
        return problems + ledger.applied_twice([(ack.lead_id, ack.update) for ack in self.acks] + self.uncertain)

    @property
    def uncertain(self) -> list[tuple[str, Update]]:
        """Each may be there, at most once."""
        return self.refused + self.unanswered

    def count(self, counts: Counter[str]) -> None:
        counts["updates acknowledged"] += len(self.acks)
        counts["leads acknowledged"] += len(self.created)
        counts.update(self.counts)

    async def acknowledged(self, more: int, within_seconds: float) -> bool:
        """Waits for so many more acknowledged updates; whether they came."""
        self._wanted = len(self.acks) + more
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
                    target = shared_id if chance.random() < 1 / 3 else own
                    await self.send(http, target, chance.choice(KINDS)(f"{next(self._names)}_{writer}"))
            except Stopped:
                pass

    async def send(self, http: httpx.AsyncClient, lead_id: str, update: Update) -> None:
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
            if len(self.acks) >= self._wanted:
                self._reached.set()

    async def create(self, http: httpx.AsyncClient) -> str:
        """The new lead's id; "" when it was refused. Its name is its own."""
        name = f"Ana {next(self._names)}"
        answer = await self._ask(http, "POST", f"/v1/account/{self.client.account_id}/lead", {"name": name})
        if answer is None or answer.status_code != 200:
            return ""
        self.created.append(str(answer.json()["leadId"]))
        return self.created[-1]

    async def _ask(self, http: httpx.AsyncClient, method: str, path: str, body: object) -> httpx.Response | None:
        """`None` when there was no answer and should have been one. Raises `Stopped`."""
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
