"""The load of the campaign power: clients of one account that write in batches, and a ledger of the answers.

All choices come from `dice`, and the store gets each batch in one iteration of the event loop, so that the same seed
makes the same changes to the disk.
"""

import asyncio
from collections.abc import Awaitable, Coroutine, Sequence
from contextlib import suppress
from functools import partial
from random import Random
from typing import Any, NamedTuple, Protocol

from leadloop.core.accounts import Account
from leadloop.core.changes import Change
from leadloop.core.errors import LeadNotFound, Unavailable
from leadloop.core.ids import Stamp, stable_id
from leadloop.core.leads.effects import LEAD_ORDINAL
from leadloop.core.leads.matching import Contact
from leadloop.core.leads.patch import LeadPatch
from leadloop.core.writes import use_cases
from leadloop.core.writes.idempotency import IdempotentCall, StoredAnswer
from leadloop.core.writes.use_cases import WriteRequest, WriteResult
from leadloop.demo.year import year
from leadloop.storage.sqlite import SqliteStore

PHONE = "+5511900000000"
ACCOUNT = Account(id=stable_id("the account of the power cuts"), name="Power cuts", created_at_ms=1_760_000_000_000)
PAGE = 1_000


class SentRequest(NamedTuple):
    """A request that changes something. Its record has its id, and `value` at `field`."""

    request_id: str
    lead_id: str
    field: str = ""
    value: object = None


def has_key(request_id: str) -> bool:
    """Every other request of the load has an idempotency key: its id."""
    name, _, number = request_id.partition("-")
    return name == "request" and int(number) % 2 == 0


def _write(stamp: Stamp) -> WriteRequest[WriteResult]:
    call = IdempotentCall[WriteResult](
        key=stamp.request_id, fingerprint="", serialize=lambda result: "stored", replay=_refuse_replay
    )
    return WriteRequest(
        stamp=stamp,
        account_id=ACCOUNT.id,
        answer=lambda result: result,
        idempotent_call=call if has_key(stamp.request_id) else None,
    )


async def _refuse_replay(stored: StoredAnswer) -> WriteResult:
    raise AssertionError("no request of this load is sent again")


class Ledger:
    """What the clients of one database know, from its first cut to its last."""

    def __init__(self) -> None:
        self.requests = 0
        self.migrated = self.account_added = False
        """Whether the migration and the new account were acknowledged."""
        self.feed: list[Change] = []
        """All records read so far. None of them may disappear or change."""
        self.acks: list[tuple[SentRequest, int]] = []
        """Acknowledged since the last cut, each with the version in its answer."""
        self.batch: list[SentRequest] = []
        """Requests of one transaction that are not yet acknowledged."""
        self.leads: list[str] = []

    def stamp(self, dice: Random) -> Stamp:
        self.requests += 1
        at_ms = ACCOUNT.created_at_ms + self.requests
        return Stamp(at_ms, dice.randbytes(16), f"request-{self.requests}", "key:0123456789ab", "test")


class Snapshot(Protocol):
    """A long read transaction: while it is open, a checkpoint cannot finish, nor the log restart."""

    def hold(self) -> None: ...

    def release(self) -> None: ...


class Load:
    def __init__(self, store: SqliteStore, ledger: Ledger, dice: Random) -> None:
        self._store = store
        self._ledger = ledger
        self._dice = dice

    async def begin(self) -> None:
        await self._store.migrate()
        self._ledger.migrated = True
        if not self._ledger.account_added:
            await self._store.accounts.add(ACCOUNT)
            self._ledger.account_added = True

    async def run(self, batches: int, snapshot: Snapshot) -> None:
        """Raises `Unavailable` when the power goes out."""
        for _ in range(batches):
            chance = self._dice.random()
            if chance < 0.1:
                await self._read()
            elif chance < 0.2:
                snapshot.hold()
            elif chance < 0.35:
                snapshot.release()
            await (self._load_histories() if chance > 0.95 else self._write_batch())

    async def _write_batch(self) -> None:
        """Runs up to 24 calls at once; those after a creation may write to the new lead."""
        calls = [self._call() for _ in range(self._dice.randint(1, 24))]
        results = await asyncio.gather(*calls, return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException) and not isinstance(result, Unavailable):
                raise result
        for result in results:
            if isinstance(result, BaseException):
                raise result
        self._ledger.batch.clear()

    def _call(self) -> Coroutine[Any, Any, None]:
        ledger, dice = self._ledger, self._dice
        chance, stamp = dice.random(), ledger.stamp(dice)
        if chance < 0.05:
            return self._send_refused(stamp)
        if chance < 0.15 or not ledger.leads:
            name = _text(dice)
            lead_id = stamp.child_id(LEAD_ORDINAL)
            ledger.leads.append(lead_id)
            new = partial(LeadPatch, name=name, phone=PHONE)
            result = use_cases.create(self._store, _write(stamp), new, Contact(phone=PHONE))
            return self._send(SentRequest(stamp.request_id, lead_id, "/name", name), result)
        lead_id = dice.choice(ledger.leads[-40:])
        field, value, patch = _change(dice, stamp.request_id)
        message_id = stamp.request_id if field.startswith("/messages/") else None
        contact = Contact(email=str(value)) if field == "/email" else None
        result = use_cases.update(
            self._store, _write(stamp), lead_id, lambda base, now: patch, contact=contact, message_id=message_id
        )
        return self._send(SentRequest(stamp.request_id, lead_id, field, value), result)

    async def _send(self, sent: SentRequest, result: Awaitable[WriteResult]) -> None:
        self._ledger.batch.append(sent)
        self._ledger.acks.append((sent, (await result).lead.version))

    async def _send_refused(self, stamp: Stamp) -> None:
        """Sends a request that fails alone; the rest of its batch succeeds."""
        with suppress(LeadNotFound):
            await use_cases.delete(self._store, use_cases.plain(stamp, ACCOUNT.id), stable_id("no lead"))

    async def _load_histories(self) -> None:
        histories = list(year(self._dice.getrandbits(32), self._dice.randint(1, 12), ACCOUNT.id, ACCOUNT.created_at_ms))
        changes = [saved.change for history in histories for saved in history]
        sent = [SentRequest(change.request_id, change.lead_id) for change in changes]
        self._ledger.batch += sent
        await self._store.leads.load(histories)
        self._ledger.batch.clear()
        self._ledger.acks += [(request, change.version) for request, change in zip(sent, changes, strict=True)]
        self._ledger.leads += [history[-1].lead.id for history in histories]

    async def _read(self) -> None:
        self._ledger.feed += await self._store.changes.feed(ACCOUNT.id, len(self._ledger.feed), PAGE)


def _change(dice: Random, key: str) -> tuple[str, object, LeadPatch]:
    """A random change: the pointer and value in its record, and the patch."""
    text = _text(dice)
    options: Sequence[tuple[str, object, LeadPatch]] = (
        (f"/custom_fields/{key}", text, LeadPatch(custom_fields={key: text})),
        (f"/params/{key}", text, LeadPatch(params={key: text})),
        (f"/steps/{key}", True, LeadPatch(steps={key: True})),
        ("/detail", text, LeadPatch(detail=text)),
        ("/email", f"{key}@example.com", LeadPatch(email=f"{key}@example.com")),
        (
            f"/messages/{key}",
            None,
            LeadPatch(message={"id": key, "content": text, "created_at_ms": dice.randint(1, 9)}),
        ),
    )
    return dice.choice(options)


def _text(dice: Random) -> str:
    """Sometimes so long that it needs overflow pages."""
    return dice.randbytes(dice.choice((6, 6, 20, 100, 100, 3_000))).hex()
