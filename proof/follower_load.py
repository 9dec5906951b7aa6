"""The writers of the campaign follower: their changes can be compared field by field, through any number of kills."""

import asyncio
import itertools
import random
from collections.abc import Sequence
from typing import Any

from lab.server import Client
from proof.connections import Connection, ConnectionLost, Request, lead_path

CITIES = ("Austin", "Recife", "Porto", None)
STATUSES = ("new", "contacted", "qualified", "signed")
PATIENCE_S = 60.0
PAUSE_S = 0.05

Key = tuple[str, int]
"""A lead's id as the feed shows it, and a version of the lead."""


class Writers:
    """`leads` are ids without `lead_`."""

    def __init__(self, client: Client, leads: Sequence[str]) -> None:
        self.leads = leads
        self.acknowledged: list[Key] = []
        self.problems: list[str] = []
        self.stop = asyncio.Event()
        self._client = client
        self._numbers = itertools.count()
        self._target = 0
        self._reached = asyncio.Event()

    async def write(self, chance: random.Random) -> None:
        """Writes until `stop`; opens a new connection whenever the server is down."""
        while not self.stop.is_set():
            try:
                async with Connection(self._client) as connection:
                    while not self.stop.is_set():
                        await self._patch(connection, chance)
            except ConnectionLost:
                await asyncio.sleep(PAUSE_S)

    async def wait_for_acks(self, more: int) -> None:
        """Returns when `more` further changes are acknowledged."""
        self._target = len(self.acknowledged) + more
        self._reached.clear()
        async with asyncio.timeout(PATIENCE_S):
            await self._reached.wait()

    async def _patch(self, connection: Connection, chance: random.Random) -> None:
        lead_id, text = chance.choice(self.leads), f"text {next(self._numbers)}"
        dialect, body = chance.choice(_bodies(text, chance))
        answer = await connection.request(Request("PATCH", lead_path(self._client, dialect, lead_id), body))
        if answer.status == 200:
            self.acknowledged.append((f"lead_{lead_id}", answer.version))
            if len(self.acknowledged) >= self._target:
                self._reached.set()
        elif answer.status != 503:
            self.problems.append(f"a patch was answered {answer}")


def _bodies(text: str, chance: random.Random) -> list[tuple[str, dict[str, Any]]]:
    return [
        ("leadsail", {"detail": text, "status": chance.choice(STATUSES)}),
        ("leadsail", {"detail": None, "customFields": {f"field {chance.randrange(8)}": text}}),
        ("leadsail", {"address": {"city": chance.choice(CITIES)}, "firstName": text.title()}),
        ("leadsail", {"notes": [{"id": f"n{chance.randrange(8)}", "text": text}]}),
        ("expad", {"keyword": text, "thermometer": f"warm {text}"}),
    ]
