"""Patches leads over HTTP, as fast as the answers arrive or at a steady pace."""

import asyncio
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec
import uvloop

from bench.load import BadRun

LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)
_NUMBERS = count(1)


class Patches(NamedTuple):
    url: str
    path: str
    """Up to the lead's id."""
    ids: Sequence[str]
    """Patched in turn: each once before any is patched again."""
    key: str
    connections: int


class Slot(NamedTuple):
    at_s: float
    """The time to send it, by `time.monotonic`."""
    lead_id: str


def patch(patches: Patches, number: int, per_second: float | None = None) -> Mapping[str, int]:
    """Returns by lead id and version when the change was answered, in `time.monotonic_ns`. Raises `BadRun`."""
    return uvloop.run(_patch(patches, number, per_second))


async def _patch(patches: Patches, number: int, per_second: float | None) -> Mapping[str, int]:
    answered: dict[str, int] = {}
    slots = _slots(patches.ids, number, per_second)
    async with asyncio.TaskGroup() as group:
        for _ in range(patches.connections):
            group.create_task(_patch_on_connection(patches, slots, answered))
    return answered


def _slots(ids: Sequence[str], number: int, per_second: float | None) -> Iterator[Slot]:
    start_s = time.monotonic()
    for n in range(number):
        yield Slot(start_s + (n / per_second if per_second else 0), ids[n % len(ids)])


async def _patch_on_connection(patches: Patches, slots: Iterator[Slot], answered: dict[str, int]) -> None:
    """Patches on one connection, one change after the other."""
    place = urlsplit(patches.url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    for slot in slots:
        if (early_s := slot.at_s - time.monotonic()) > 0:
            await asyncio.sleep(early_s)
        writer.write(_request(patches, slot.lead_id))
        head = await reader.readuntil(b"\r\n\r\n")
        length = LENGTH.search(head)
        text = await reader.readexactly(int(length[1]) if length else 0)
        at_ns = time.monotonic_ns()
        if b" 200 " not in head[:13]:
            raise BadRun(f"a PATCH was answered {head!r}{text[:1000]!r}")
        answered[f"{slot.lead_id} {msgspec.json.decode(text)['version']}"] = at_ns
    writer.close()


def _request(patches: Patches, lead_id: str) -> bytes:
    """A PATCH of five fields, each with a new value."""
    n = next(_NUMBERS)
    body = (
        f'{{"saleValue":{n}.5,"companyName":"Rocha e Filhos {n}","thermometer":"warm {n}",'
        f'"through":"site {n}","callId":"call-{n}"}}'
    )
    return (
        f"PATCH {patches.path}{lead_id} HTTP/1.1\r\nHost: bench\r\nX-API-Key: {patches.key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    ).encode()
