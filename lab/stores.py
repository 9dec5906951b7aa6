"""Accesses a database through leadloop's store, beside the servers that use it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from msgspec import UNSET

from lab import loops
from lab.postgres import PostgresServer
from leadloop.app import open_store
from leadloop.core.ids import new_id, stamp
from leadloop.core.leads.matching import Contact
from leadloop.core.leads.model import Lead, blank_lead
from leadloop.core.leads.patch import LeadPatch
from leadloop.core.store import Store
from leadloop.core.writes import use_cases
from leadloop.core.writes.unit import History, Saved
from leadloop.core.writes.use_cases import WriteRequest, WriteResult
from leadloop.settings import DatabaseSettings
from leadloop.webhooks.ports import WebhookStore

START_MS = 1_760_000_000_000
LARGE_TEXT = "x" * 62_000
MIGRATED = "migrated"
T = TypeVar("T")


@asynccontextmanager
async def open_database(database: str, *, migrated: bool = False) -> AsyncIterator[WebhookStore]:
    """`migrated`: migrates the database first."""
    store = open_store(DatabaseSettings(database=database))
    await store.open()
    try:
        if migrated:
            await store.migrate()
        yield store
    finally:
        await store.close()


def with_store(database: str, work: Callable[[WebhookStore], Awaitable[T]]) -> T:
    """Returns the result of `work`. Blocks."""

    async def run() -> T:
        async with open_database(database) as store:
            return await work(store)

    return loops.run(run())


def migrated_template(postgres: PostgresServer) -> str:
    """The name of a database that has all tables and no rows, to copy. The first call of a cluster creates it."""
    if MIGRATED not in postgres.databases:
        with_store(postgres.create_database(MIGRATED), lambda store: store.migrate())
    return MIGRATED


def load(database: str, histories: Iterable[History]) -> None:
    """Imports leads with their histories. Blocks."""

    async def run(store: WebhookStore) -> None:
        await store.leads.load(histories)

    with_store(database, run)


def write_of(account_id: str, at_ms: int, actor: str = "system", dialect: str = "lab") -> WriteRequest[WriteResult]:
    """A write without preconditions, with a new request id."""
    return use_cases.plain(stamp(at_ms, f"req_{new_id(at_ms)}", actor, dialect), account_id)


async def create(store: Store, write: WriteRequest[WriteResult], **fields: Any) -> Lead:
    contact = Contact(*(fields.get(name, UNSET) for name in ("email", "phone", "country")))
    return (await use_cases.create(store, write, lambda: LeadPatch(**fields), contact)).lead


async def update(store: Store, write: WriteRequest[WriteResult], lead_id: str, **fields: Any) -> WriteResult:
    return await use_cases.update(store, write, lead_id, lambda base, now: LeadPatch(**fields))


def large_leads(account_id: str, count: int) -> Iterator[History]:
    """Leads near the limit of 256 KiB; each dialect shows half of their texts."""
    for number in range(count):
        notes = [{"id": f"n{n}", "text": LARGE_TEXT} for n in range(2)]
        activities = [{"id": f"a{n}", "description": LARGE_TEXT} for n in range(2)]
        lead = blank_lead(account_id, new_id(START_MS + number), START_MS + number)
        yield [
            _apply_patch(lead, LeadPatch(name=f"Ana {number}", notes=notes, activities=activities), START_MS + number)
        ]


def long_history(account_id: str, versions: int, items: int) -> History:
    """The history of a lead with `items` answers, all of which every version changes."""
    lead = blank_lead(account_id, new_id(START_MS), START_MS + 1)
    history: list[Saved] = []
    for version in range(1, versions + 1):
        answers = [{"key": f"k{n}", "value": version} for n in range(items)]
        patch = LeadPatch(name="Ana", detail=f"d{version}", answers=answers)
        history.append(_apply_patch(lead, patch, START_MS + version))
        lead = history[-1].lead
    return history


def _apply_patch(lead: Lead, patch: LeadPatch, at_ms: int) -> Saved:
    saved = use_cases.change(lead, patch, stamp(at_ms, f"req_{at_ms}", "system", "lab"))
    assert saved is not None
    return saved
