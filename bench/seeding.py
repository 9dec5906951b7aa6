"""Fills an empty leadloop database with the benchmark's leads, before its server starts.

Each lead is what creating it through the Expad API would have saved, loaded in bulk. Those behind the first few
thousand repeat them with another id, name, e-mail and phone, since making them all would take a millisecond each.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import TypeVar, cast

from msgspec import structs

from bench.leads import LeadBody, lead
from leadloop.api.body import decode_object
from leadloop.api.expad import wire
from leadloop.api.reading import reading
from leadloop.app import open_store
from leadloop.core import ids
from leadloop.core.leads import service
from leadloop.core.leads.doc import encode
from leadloop.core.ports import Loaded, Saved, Store, Unit
from leadloop.settings import DatabaseSettings

T = TypeVar("T")

ORIGINALS = 5_000
BATCH = 1_000

_PROPERTIES = wire.properties()


def fill(database: str, account_id: str, seed: int, count: int) -> list[str]:
    """Creates `count` leads in the account; their ids, in the order of their numbers."""
    return asyncio.run(_fill(database, _leads(account_id, seed, count)))


async def _fill(database: str, leads: AsyncIterator[Saved]) -> list[str]:
    store = open_store(DatabaseSettings(database=database))
    await store.open()
    try:
        found: list[str] = []
        batch: list[Saved] = []
        async for saved in leads:
            found.append(saved.lead.id)
            batch.append(saved)
            if len(batch) == BATCH:
                await store.load([one] for one in batch)
                batch.clear()
        await store.load([one] for one in batch)
        return found
    finally:
        await store.close()


async def _leads(account_id: str, seed: int, count: int) -> AsyncIterator[Saved]:
    originals = [await _created(account_id, lead(seed, n)) for n in range(min(count, ORIGINALS))]
    for original in originals:
        yield original
    for n in range(ORIGINALS, count):
        yield _again(originals[n % ORIGINALS], n)


def _again(original: Saved, n: int) -> Saved:
    old = original.lead
    new = structs.replace(
        old, id=ids.new_id(old.created_at_ms), name=f"Lead {n}", email=f"lead.{n}@example.org", phone=f"+55119{n:08}"
    )
    return Saved(new, encode(new), structs.replace(original.change, lead_id=new.id))


class _Notebook:
    """In the place of a store: runs a unit that creates a lead, and keeps what was to be saved."""

    saved: Saved | None = None

    async def write(self, unit: Unit[T]) -> T:
        outcome = unit.run(Loaded(None))
        self.saved = outcome.saved
        return outcome.answer


async def _created(account_id: str, body: LeadBody) -> Saved:
    stamp = ids.stamp(body["leadDate"], f"bench-{body['callId']}", "system", "expad")
    sent = decode_object(json.dumps(body).encode())
    patch = wire.new_lead(_PROPERTIES, sent, account_id, stamp, reading(None, refuses_unknown=False))
    notebook = _Notebook()
    await service.create(cast("Store", notebook), stamp, account_id, patch)
    assert notebook.saved is not None
    return notebook.saved
