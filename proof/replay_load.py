"""Writers who send what nobody answered again, and what was answered once more, through any number of kills."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

from lab.load_checks import Stored
from lab.server import Client
from proof.lines import Ask, Gone, Line, Said, lead_path

CREATE_SHARE = 0.25
CHECK_SHARE = 0.2
"""Of what was answered; all that was answered only after a kill is sent once more."""
PAUSE_S = 0.2
PATIENCE_S = 120.0


class Request:
    """One thing to be done once. Its text is its own; it makes a lead of that name, or a note in the lead `lead_id`."""

    def __init__(self, key: str, text: str, lead_id: str) -> None:
        self.text = text
        self.lead_id = lead_id
        self.sent = 0
        self.answers: list[Said] = []
        self._key = key

    def ask(self, client: Client) -> Ask:
        """The key in turn bare and quoted: it is the same."""
        self.sent += 1
        spelt = self._key if self.sent % 2 else f'"{self._key}"'
        headers = {"Idempotency-Key": spelt} if self._key else {}
        if self.lead_id:
            body: Any = {"notes": [{"text": self.text}]}
            return Ask("PATCH", lead_path(client, "leadsail", self.lead_id), body, headers)
        return Ask("POST", lead_path(client, "expad"), {"name": self.text}, headers)


class ReplayLoad:
    """Without `keyed` nothing is sent once more that was answered."""

    def __init__(self, client: Client, seed: int, *, keyed: bool) -> None:
        self.requests: list[Request] = []
        self.counts: Counter[str] = Counter()
        self.problems: list[str] = []
        self.answered = 0
        self._client = client
        self._keyed = keyed
        self._chance = random.Random(f"{seed} replay {keyed}")
        self._seed = seed
        self._unanswered: list[Request] = []
        self._unchecked: list[Request] = []
        self._leads: list[str] = []
        self._at = 0
        self._then: Callable[[], None] = lambda: None
        self._draining = False

    async def write_until_gone(self, leads: list[str], writers: int, answers: int, then: Callable[[], None]) -> None:
        """`then` is called with the answer that makes them so many; it has to end the server, sooner or later."""
        self._leads, self._at, self._then = leads, self.answered + answers, then
        self._draining = False
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.gather(*(self._write() for _ in range(writers)))

    async def finish(self, writers: int) -> None:
        """Sends what is left, until all is answered."""
        self._draining = True
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.gather(*(self._write() for _ in range(writers)))

    async def _write(self) -> None:
        try:
            async with Line(self._client) as line:
                while (request := self._next()) is not None:
                    await self._send(line, request)
        except Gone:
            if self._draining:
                raise

    def _next(self) -> Request | None:
        if self._unanswered:
            return self._unanswered.pop()
        if self._unchecked and (self._draining or self._chance.random() < CHECK_SHARE):
            return self._unchecked.pop(self._chance.randrange(len(self._unchecked)))
        return None if self._draining else self._new()

    def _new(self) -> Request:
        number = len(self.requests)
        key = f"replay-{self._seed}-{number}" if self._keyed else ""
        lead_id = "" if self._chance.random() < CREATE_SHARE else self._chance.choice(self._leads)
        self.requests.append(Request(key, f"Text {number}", lead_id))
        return self.requests[-1]

    async def _send(self, line: Line, request: Request) -> None:
        try:
            said = await line.ask(request.ask(self._client))
        except Gone:
            self._unanswered.append(request)
            self.counts["requests without an answer"] += 1
            raise
        if said.status in (409, 503) and "retry-after" in said.headers:
            self.counts[f"requests answered {said.status} with Retry-After, sent again"] += 1
            self._unanswered.append(request)
            await asyncio.sleep(PAUSE_S)
        else:
            self._take(request, said)

    def _take(self, request: Request, said: Said) -> None:
        request.answers.append(said)
        if said.status not in (200, 201):
            self.problems.append(f"{request.text} was answered {said}")
        if len(request.answers) == 1:
            if request.sent > 1:
                self.counts["done before the kill" if said.replayed else "done only when sent again"] += 1
            if self._keyed and (request.sent > 1 or self._chance.random() < CHECK_SHARE):
                self._unchecked.append(request)
        self.answered += 1
        if self.answered == self._at:
            self._then()


def judge(load: ReplayLoad, found: Stored) -> list[str]:
    """What was not done exactly once, and answers that differ from the first to the same request."""
    created = Counter(lead.name for lead in found.leads.values())
    noted = Counter((lead.id, note.text) for lead in found.leads.values() for note in lead.notes)
    problems = []
    for request in load.requests:
        times = noted[request.lead_id, request.text] if request.lead_id else created[request.text]
        if times != 1:
            problems.append(f"{request.text} was done {times} times, sent {request.sent} times")
        first, *others = request.answers
        if any(said.same != first.same for said in others):
            problems.append(f"{request.text} was answered in different ways: {first}; {others[-1]}")
        if not all(said.replayed for said in others):
            problems.append(f"{request.text} was answered again without saying that it is a replay")
    return problems
