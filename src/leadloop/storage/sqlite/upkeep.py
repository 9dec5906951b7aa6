"""What a store does for what is derived from leads: checks it, rebuilds it, renews it, purges it. And for its files."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

import apsw

from leadloop.core.errors import FilesMoved
from leadloop.core.instance import Instance
from leadloop.core.leads.matching import FormerKeys
from leadloop.core.leads.model import Lead
from leadloop.storage.spans import Span
from leadloop.storage.sqlite import (
    deliveries,
    derived,
    idempotency,
    insights,
    instance,
    keys,
    renewal,
    search,
    soundness,
)
from leadloop.storage.sqlite.files import DatabaseFiles
from leadloop.storage.sqlite.lock import ServerLock
from leadloop.storage.sqlite.search import FullText
from leadloop.storage.sqlite.writer import Work

T = TypeVar("T")

LONGEST_S = 3_600.0
"""Reading what is stored of an account of millions of leads takes its time."""


class Upkeep:
    """A part of the store. The contract of each method is in `core.ports` and `app.stores`."""

    _files: DatabaseFiles | None
    _full_text: FullText
    _server_lock: ServerLock
    _has_released_claims = False

    async def _read(self, read: Callable[[apsw.Connection], T], longest_s: float | None = None) -> T:
        raise NotImplementedError

    async def _write(self, work: Work[T]) -> T:
        raise NotImplementedError

    async def is_counted(self, lead: Lead) -> bool:
        return await self._read(lambda c: insights.is_counted(c, lead))

    async def miscounted(self, account_id: str) -> int:
        return await self._read(lambda c: insights.miscounted(c, account_id))

    async def is_indexed(self, lead: Lead) -> bool:
        return await self._read(lambda c: search.is_indexed(c, lead, lambda: renewal.countries(c).get(lead.account_id)))

    async def misindexed(self, account_id: str) -> int:
        return await self._read(lambda c: search.misindexed(c, account_id))

    async def distribute(self) -> bool:
        """An embedded database is a file of one machine."""
        return False

    async def recompute(self) -> None:
        account_id = await self._read(lambda c: derived.next_account(c, ""))
        while account_id is not None:
            after: str | None = ""
            while after is not None:
                found = await self._read(partial(derived.span, account_id=account_id, after=after), LONGEST_S)
                rest: Span | None = found
                while rest is not None:
                    rest = await self._write(partial(derived.correct, found=rest))
                after = found.last
            account_id = await self._read(partial(derived.next_account, account_id=account_id))
        await self._write(lambda c: derived.refill_words(c, self._full_text))

    async def renew_keys(self, account_id: str) -> bool:
        return await self._write(lambda c: renewal.renew(c, self._full_text, account_id))

    async def leads_by_keys(self, account_id: str, keys: FormerKeys, limit: int) -> list[Lead]:
        return await self._read(lambda c: renewal.by_keys(c, account_id, keys, limit))

    async def remove_key(self, account_id: str, key_id: str) -> None:
        await self._write(lambda c: keys.remove_key(c, account_id, key_id))

    async def touch_keys(self, used: Sequence[tuple[str, str, int]]) -> None:
        await self._write(lambda c: keys.touch_keys(c, used))

    async def forget_kept(self, before_ms: int) -> int:
        return await self._write(lambda c: idempotency.forget(c, before_ms))

    async def purge_deliveries(self, now_ms: int, most: int) -> int:
        return await self._write(lambda c: deliveries.tidy(c, now_ms, most))

    async def damage(self, *, whole: bool) -> str | None:
        return await self._read(lambda c: soundness.damage(c, whole=whole))

    async def instance(self) -> Instance | None:
        return await self._read(instance.get)

    async def add_instance(self, added: Instance) -> Instance:
        return await self._write(lambda c: instance.add(c, added))

    async def replace_instance(self, accepted: Instance) -> None:
        await self._write(lambda c: instance.replace(c, accepted))

    async def acquire_sending(self, now_ms: int) -> bool:
        if not self._server_lock.acquire():
            return False
        if not self._has_released_claims:
            await self._write(lambda c: deliveries.release_claims(c, now_ms))
            self._has_released_claims = True
        return True

    async def _examine_files(self) -> None:
        """Raises `FilesMoved`, after the writer has saved what can be saved."""
        try:
            if self._files is not None:
                self._files.require_in_place()
                await self._read(self._files.require_not_overwritten)
        except FilesMoved:
            await self._write(lambda connection: None)
