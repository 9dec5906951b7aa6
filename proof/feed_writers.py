"""A process of writers, for the campaign feed: `python -m proof.feed_writers DATABASE ACCOUNT SEED WRITERS PATCHES`.

It reads the ids of the leads from standard input and prints the acknowledged versions as JSON.
"""

import asyncio
import random
import sys
import time

import msgspec
from msgspec import Struct

from lab.stores import open_database, update, write_of
from leadloop.core.errors import Unavailable
from leadloop.core.store import Store

SLOTS = 50
"""Custom fields of one writer on one lead: well below the limit of a thousand."""


class WriterResult(Struct):
    """`records` are (lead, version); `refused` counts patches refused because the database was unreachable."""

    records: list[tuple[str, int]]
    refused: int = 0


async def write(database: str, account_id: str, seed: str, writers: int, patches: int, leads: list[str]) -> None:
    result = WriterResult([])
    async with open_database(database) as store:
        await asyncio.gather(
            *(_write(store, account_id, f"{seed}w{n}", patches, leads, result) for n in range(writers))
        )
    sys.stdout.buffer.write(msgspec.json.encode(result))


async def _write(
    store: Store, account_id: str, name: str, patches: int, leads: list[str], writer_result: WriterResult
) -> None:
    chance = random.Random(name)
    for n in range(patches):
        lead_id, write = chance.choice(leads), write_of(account_id, time.time_ns() // 1_000_000)
        try:
            result = await update(store, write, lead_id, custom_fields={f"{name}_{n % SLOTS}": n})
        except Unavailable:
            writer_result.refused += 1
            continue
        if result.change is not None:
            writer_result.records.append((lead_id, result.change.version))


def main() -> None:
    database, account_id, seed, writers, patches = sys.argv[1:]
    asyncio.run(write(database, account_id, seed, int(writers), int(patches), sys.stdin.read().split()))


if __name__ == "__main__":
    main()
