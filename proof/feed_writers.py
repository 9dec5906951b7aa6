"""A process that writes, for the campaign feed: `python -m proof.feed_writers DATABASE ACCOUNT SEED WRITERS PATCHES`.

The ids of the leads come in on standard input; what was acknowledged goes out as JSON.
"""

import asyncio
import random
import sys
import time
from functools import partial

import msgspec
from msgspec import Struct

from leadloop.app import open_store
from leadloop.core import ids
from leadloop.core.errors import Unavailable
from leadloop.core.leads.model import Lead
from leadloop.core.leads.patch import LeadPatch
from leadloop.core.store import Store
from leadloop.core.writes import use_cases
from leadloop.settings import Settings

SLOTS = 50
"""Custom fields of one writer on one lead: the limit of a thousand is far."""


class Acknowledged(Struct):
    """`records` are (lead, version); `refused` were told that the database can not be reached."""

    records: list[tuple[str, int]]
    refused: int = 0


async def write(database: str, account_id: str, seed: str, writers: int, patches: int, leads: list[str]) -> None:
    store = open_store(Settings(database=database))
    await store.open()
    done = Acknowledged([])
    try:
        await asyncio.gather(*(_write(store, account_id, f"{seed}w{n}", patches, leads, done) for n in range(writers)))
    finally:
        await store.close()
    sys.stdout.buffer.write(msgspec.json.encode(done))


async def _write(store: Store, account_id: str, name: str, patches: int, leads: list[str], done: Acknowledged) -> None:
    chance = random.Random(name)
    for n in range(patches):
        lead_id, patch = chance.choice(leads), LeadPatch(custom_fields={f"{name}_{n % SLOTS}": n})
        now_ms = time.time_ns() // 1_000_000
        stamp = ids.stamp(now_ms, f"req_{ids.new_id(now_ms)}", "system", "proof")
        try:
            written = await use_cases.update(
                store, use_cases.plain(stamp, account_id), lead_id, partial(_as_it_is, patch)
            )
        except Unavailable:
            done.refused += 1
            continue
        if written.change is not None:
            done.records.append((lead_id, written.change.version))


def _as_it_is(patch: LeadPatch, base: Lead, now: Lead) -> LeadPatch:
    return patch


def main() -> None:
    database, account_id, seed, writers, patches = sys.argv[1:]
    asyncio.run(write(database, account_id, seed, int(writers), int(patches), sys.stdin.read().split()))


if __name__ == "__main__":
    main()
