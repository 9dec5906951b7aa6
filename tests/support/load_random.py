"""Writers that use every operation on leads, through both dialects, in an order that a seed decides."""

import asyncio
from collections import Counter
from random import Random
from typing import Any, NamedTuple

import httpx

from lab.async_http import AsyncHttp
from lab.load import KINDS, Ack, Load
from lab.server import Client

CREATES, UPDATES, MESSAGES, DELETES = "creates", "updates", "messages", "deletes"
DEEDS = {CREATES: 3, UPDATES: 10, MESSAGES: 3, DELETES: 1}
"""The weight of each operation."""


class Answer(NamedTuple):
    deed: str
    status: int
    text: str


class RandomLoad(Load):
    """`failed` has the operations without a successful answer. Each operation writes a new value, so it makes one
    change."""

    def __init__(self, client: Client) -> None:
        super().__init__(client)
        self.failed: list[Answer] = []
        self.changes: Counter[str] = Counter()
        """Acknowledged writes, by lead."""
        self.said: set[tuple[str, str]] = set()
        self.deleted: set[str] = set()

    async def run(self, writers: int, deeds: int, seed: int) -> None:
        await asyncio.gather(*(self._write(Random(f"{seed} {writer}"), writer, deeds) for writer in range(writers)))

    async def _write(self, random: Random, writer: int, deeds: int) -> None:
        """Writes mostly to leads that other writers write to as well."""
        async with self.connect() as http:
            await self._create(http, f"w{writer}_first")
            for number in range(deeds):
                (deed,) = random.choices(list(DEEDS), list(DEEDS.values()))
                name = f"w{writer}_{number}"
                if deed == CREATES:
                    await self._create(http, name)
                elif alive := [lead_id for lead_id in self.created if lead_id not in self.deleted]:
                    lead_id = random.choice(alive[-8:])
                    await {UPDATES: self._update, MESSAGES: self._say, DELETES: self._delete}[deed](http, lead_id, name)

    async def _create(self, http: AsyncHttp, name: str) -> None:
        if len(self.created) % 2:
            answer = await http.post(self._expad(), json={"name": f"Ana {name}", "email": f"{name}@example.test"})
            path = ["leadId"]
        else:
            body = {"campaignId": "ABC", "firstName": "Ana", "lastName": name, "phone": "555-123-4567"}
            answer = await http.post("/api/v1/leads", json={**body, "email": "same@example.test"})
            path = ["data", "leadId"]
        if self._succeeded(CREATES, answer):
            value: Any = answer.json()
            for member in path:
                value = value[member]
            lead_id = str(value).removeprefix("lead_")
            self.created.append(lead_id)
            self.changes[lead_id] += 1

    async def _update(self, http: AsyncHttp, lead_id: str, name: str) -> None:
        update = KINDS[sum(name.encode()) % len(KINDS)](name)
        path = self._expad(lead_id) if update.dialect == "expad" else f"/api/v1/leads/{lead_id}"
        answer = await http.patch(path, json=update.body)
        if self._succeeded(UPDATES, answer):
            self.acks.append(Ack(lead_id, update, int(answer.headers["etag"].strip('"'))))
            self.changes[lead_id] += 1

    async def _say(self, http: AsyncHttp, lead_id: str, name: str) -> None:
        answer = await http.patch(self._expad(lead_id), json={"lastMessage": {"id": name, "content": f"I am {name}"}})
        if self._succeeded(MESSAGES, answer):
            self.said.add((lead_id, name))
            self.changes[lead_id] += 1

    async def _delete(self, http: AsyncHttp, lead_id: str, name: str) -> None:
        if lead_id in self.deleted:
            return
        self.deleted.add(lead_id)
        if self._succeeded(DELETES, await http.delete(f"/api/v1/leads/{lead_id}")):
            self.changes[lead_id] += 1

    def _succeeded(self, deed: str, answer: httpx.Response) -> bool:
        if not answer.is_success:
            self.failed.append(Answer(deed, answer.status_code, answer.text))
        return answer.is_success

    def _expad(self, lead_id: str = "") -> str:
        return f"/v1/account/{self.client.account_id}/lead/{lead_id}".removesuffix("/")
