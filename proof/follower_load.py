"""The writers of the campaign follower: changes that can be read back field by field, through any number of deaths."""

import asyncio
import itertools
import random
from collections.abc import Sequence
from typing import Any

from lab.server import Client
from proof.lines import Ask, Gone, Line, lead_path

CITIES = ("Austin", "Recife", "Porto", None)
STATUSES = ("new", "contacted", "qualified", "signed")
PATIENCE_S = 60.0
PAUSE_S = 0.05

Key = tuple[str, int]
"""A lead, as the feed names it, and a version of it."""


class Writers:
    """`leads` are bare ids."""

    def __init__(self, client: Client, leads: Sequence[str]) -> None:
        self.leads = leads
        self.acknowledged: list[Key] = []
        self.problems: list[str] = []
        self.stop = asyncio.Event()
        self._client = client
        self._numbers = itertools.count()
        self._wanted = 0
        self._reached = asyncio.Event()

    async def write(self, chance: random.Random) -> None:
        """Until `stop`, with a new connection whenever the server is gone."""
        while not self.stop.is_set():
            try:
                async with Line(self._client) as line:
                    while not self.stop.is_set():
                        await self._patch(line, chance)
            except Gone:
                await asyncio.sleep(PAUSE_S)

    async def acknowledge(self, more: int) -> None:
        """Returns when so many more changes were."""
        self._wanted = len(self.acknowledged) + more
        self._reached.clear()
        async with asyncio.timeout(PATIENCE_S):
            await self._reached.wait()

    async def _patch(self, line: Line, chance: random.Random) -> None:
        lead_id, text = chance.choice(self.leads), f"text {next(self._numbers)}"
        dialect, body = chance.choice(_bodies(text, chance))
        said = await line.ask(Ask("PATCH", lead_path(self._client, dialect, lead_id), body))
        if said.status == 200:
            self.acknowledged.append((f"lead_{lead_id}", said.version))
            if len(self.acknowledged) >= self._wanted:
                self._reached.set()
        elif said.status != 503:
            self.problems.append(f"a patch was answered {said}")


def _bodies(text: str, chance: random.Random) -> list[tuple[str, dict[str, Any]]]:
    return [
        ("leadsail", {"detail": text, "status": chance.choice(STATUSES)}),
        ("leadsail", {"detail": None, "customFields": {f"field {chance.randrange(8)}": text}}),
        ("leadsail", {"address": {"city": chance.choice(CITIES)}, "firstName": text.title()}),
        ("leadsail", {"notes": [{"id": f"n{chance.randrange(8)}", "text": text}]}),
        ("expad", {"keyword": text, "thermometer": f"warm {text}"}),
    ]
