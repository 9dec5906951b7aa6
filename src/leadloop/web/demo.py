"""Demo accounts: a year of invented leads in an account of its own, which fills while the server goes on serving."""

import asyncio
import os
import time
from collections.abc import Iterator
from itertools import islice

import structlog

from leadloop.core.accounts import Account
from leadloop.core.ids import Stamp
from leadloop.core.people.audit import record
from leadloop.core.people.model import Link, LinkKind, Membership, MemberState, Person
from leadloop.core.people.roles import Role
from leadloop.core.store import Store
from leadloop.core.threads import PAUSE_S, in_thread
from leadloop.core.writes.unit import History
from leadloop.demo.keys import add_keys
from leadloop.demo.year import MARKETS, year

LEADS, BATCH = 1_000, 20
SEED = 1
_log = structlog.get_logger("leadloop.web")


class DemoAccounts:
    """Those that this process fills. The server cancels the tasks when it stops; such an account has fewer leads."""

    def __init__(self, store: Store, stopping: asyncio.Event) -> None:
        self._store = store
        self._stopping = stopping
        self._tasks: set[asyncio.Task[None]] = set()
        self._loaded: dict[str, int] = {}

    def progress(self, account_id: str) -> int | None:
        """How many of its `LEADS` the account has so far; `None` when nothing is loading."""
        return self._loaded.get(account_id)

    async def create(self, stamp: Stamp, person: Person, name: str, language: str) -> Account:
        """A new account in mode test that belongs to `person`; its leads follow in the background."""
        market = MARKETS["br" if language == "pt-BR" else "us"]
        account = Account(id=stamp.child_id(0), name=name, created_at_ms=stamp.at_ms, is_test=True, **market.options)
        await self._store.accounts.add(account)
        await self._store.memberships.invite(person, *_owner(account, person, stamp.at_ms))
        await add_keys(self._store, account.id, account.language, stamp.at_ms)
        await record(self._store, stamp, account.id, "account.created", account.id)
        self._loaded[account.id] = 0
        task = asyncio.create_task(self._fill(account.id, year(SEED, LEADS, account.id, stamp.at_ms, market)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return account

    @property
    def is_busy(self) -> bool:
        return bool(self._tasks)

    async def _fill(self, account_id: str, histories: Iterator[History]) -> None:
        try:
            while not self._stopping.is_set() and (batch := await in_thread(lambda: _take(histories))):
                await self._store.leads.load(batch)
                self._loaded[account_id] += len(batch)
        except Exception as error:
            _log.warning("a demo account was not filled", account=account_id, error=type(error).__name__)
        finally:
            del self._loaded[account_id]


def _take(histories: Iterator[History]) -> list[History]:
    batch = []
    for history in islice(histories, BATCH):
        batch.append(history)
        time.sleep(PAUSE_S)
    return batch


def _owner(account: Account, person: Person, at_ms: int) -> tuple[Membership, Link]:
    """The membership of an owner. The store adds one only with a link; this link has ended already."""
    membership = Membership(
        account_id=account.id, person_id=person.id, role=Role.OWNER, state=MemberState.ACTIVE, created_at_ms=at_ms
    )
    link = Link(
        digest=os.urandom(32),
        kind=LinkKind.INVITATION,
        created_at_ms=at_ms,
        expires_at_ms=at_ms,
        person_id=person.id,
        account_id=account.id,
    )
    return membership, link
