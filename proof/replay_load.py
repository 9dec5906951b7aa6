"""Writers that retry unanswered requests and repeat answered ones, through any number of kills."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

from lab.load_checks import AccountContent
from lab.server import Client
from proof.connections import Answer, Connection, ConnectionLost, Request, lead_path

CREATE_SHARE = 0.25
CHECK_SHARE = 0.2
"""Share of the answered requests that are repeated; those first answered after a kill are always repeated."""
PAUSE_S = 0.2
PATIENCE_S = 120.0


class Operation:
    """An operation to execute once. It creates a lead named by its unique `text`, or a note in the lead `lead_id`."""

    def __init__(self, key: str, text: str, lead_id: str) -> None:
        self.text = text
        self.lead_id = lead_id
        self.attempts = 0
        self.answers: list[Answer] = []
        self._key = key

    def to_request(self, client: Client) -> Request:
        """The next attempt. It quotes the key every second time: both forms are the same key."""
        self.attempts += 1
        spelt = self._key if self.attempts % 2 else f'"{self._key}"'
        headers = {"Idempotency-Key": spelt} if self._key else {}
        if self.lead_id:
            body: Any = {"notes": [{"text": self.text}]}
            return Request("PATCH", lead_path(client, "leadsail", self.lead_id), body, headers)
        return Request("POST", lead_path(client, "expad"), {"name": self.text}, headers)


class ReplayLoad:
    """Without `keyed` no answered request is repeated."""

    def __init__(self, client: Client, seed: int, *, keyed: bool) -> None:
        self.operations: list[Operation] = []
        self.counts: Counter[str] = Counter()
        self.problems: list[str] = []
        self.answered = 0
        self._client = client
        self._keyed = keyed
        self._chance = random.Random(f"{seed} replay {keyed}")
        self._seed = seed
        self._unanswered: list[Operation] = []
        self._unchecked: list[Operation] = []
        self._leads: list[str] = []
        self._at = 0
        self._then: Callable[[], None] = lambda: None
        self._draining = False

    async def write_until_gone(self, leads: list[str], writers: int, answers: int, then: Callable[[], None]) -> None:
        """Calls `then` at the `answers`-th answer; `then` must kill the server, at once or later."""
        self._leads, self._at, self._then = leads, self.answered + answers, then
        self._draining = False
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.gather(*(self._write() for _ in range(writers)))

    async def finish(self, writers: int) -> None:
        """Sends the remaining requests until all are answered."""
        self._draining = True
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.gather(*(self._write() for _ in range(writers)))

    async def _write(self) -> None:
        try:
            async with Connection(self._client) as connection:
                while (operation := self._next()) is not None:
                    await self._send(connection, operation)
        except ConnectionLost:
            if self._draining:
                raise

    def _next(self) -> Operation | None:
        if self._unanswered:
            return self._unanswered.pop()
        if self._unchecked and (self._draining or self._chance.random() < CHECK_SHARE):
            return self._unchecked.pop(self._chance.randrange(len(self._unchecked)))
        return None if self._draining else self._new()

    def _new(self) -> Operation:
        number = len(self.operations)
        key = f"replay-{self._seed}-{number}" if self._keyed else ""
        lead_id = "" if self._chance.random() < CREATE_SHARE else self._chance.choice(self._leads)
        self.operations.append(Operation(key, f"Text {number}", lead_id))
        return self.operations[-1]

    async def _send(self, connection: Connection, operation: Operation) -> None:
        try:
            answer = await connection.request(operation.to_request(self._client))
        except ConnectionLost:
            self._unanswered.append(operation)
            self.counts["unanswered requests"] += 1
            raise
        if answer.status in (409, 503) and "retry-after" in answer.headers:
            self.counts[f"requests answered {answer.status} with Retry-After, retried"] += 1
            self._unanswered.append(operation)
            await asyncio.sleep(PAUSE_S)
        else:
            self._record(operation, answer)

    def _record(self, operation: Operation, answer: Answer) -> None:
        operation.answers.append(answer)
        if answer.status not in (200, 201):
            self.problems.append(f"{operation.text} was answered {answer}")
        if len(operation.answers) == 1:
            if operation.attempts > 1:
                self.counts["executed before the kill" if answer.is_replay else "executed by a retry"] += 1
            if self._keyed and (operation.attempts > 1 or self._chance.random() < CHECK_SHARE):
                self._unchecked.append(operation)
        self.answered += 1
        if self.answered == self._at:
            self._then()


def judge(load: ReplayLoad, stored: AccountContent) -> list[str]:
    """Reports operations not executed exactly once, and answers that differ from the first one to the same request."""
    created = Counter(lead.name for lead in stored.leads.values())
    noted = Counter((lead.id, note.text) for lead in stored.leads.values() for note in lead.notes)
    problems = []
    for operation in load.operations:
        times = noted[operation.lead_id, operation.text] if operation.lead_id else created[operation.text]
        if times != 1:
            problems.append(f"{operation.text} was executed {times} times, sent {operation.attempts} times")
        first, *others = operation.answers
        if any(answer.identity != first.identity for answer in others):
            problems.append(f"{operation.text} got different answers: {first}; {others[-1]}")
        if not all(answer.is_replay for answer in others):
            problems.append(f"{operation.text} was answered again without Idempotent-Replayed")
    return problems
