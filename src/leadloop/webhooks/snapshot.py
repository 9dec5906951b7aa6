"""A lead before and after one of its changes, whatever has changed since."""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from msgspec import Struct

from leadloop.core.changes import Change, pointer_parts
from leadloop.core.errors import LeadNotFound
from leadloop.core.leads.fold import Folding, unfold
from leadloop.core.leads.merge import ITEMS
from leadloop.core.leads.model import Lead
from leadloop.core.leads.sizes import size_of, size_of_records
from leadloop.core.store import Store
from leadloop.core.threads import in_thread_if_large
from leadloop.core.writes.history import advance

CACHED_LEADS, CACHED_ITEMS = 64, 20_000
"""About 50 MB at most: a lead is up to 256 KiB of JSON."""


class Snapshot(NamedTuple):
    before: Lead | None
    """`None` if the change created the lead, or if `from_current` did not need it."""
    lead: Lead
    change: Change

    @property
    def size(self) -> int:
        return size_of(self.lead) + size_of_records([self.change])


def from_current(lead: Lead, records: Sequence[Change], *, needs_before: bool) -> Snapshot | None:
    """The snapshot of the first of `records`, by undoing the others from the current `lead`.

    `None` if undoing them would restore an item at another position than it had: only folding the log gets that right.
    """
    change, *since = records
    if _moves_items(records if needs_before else since):
        return None
    then = unfold(lead, since, change.version) if since else lead
    before = unfold(then, [change], change.version - 1) if needs_before and change.version > 1 else None
    return Snapshot(before, then, change)


def _moves_items(records: Sequence[Change]) -> bool:
    for record in records:
        for field in record.fields:
            name, *rest = pointer_parts(field.field)
            if name in ITEMS and (not rest or field.after is None):
                return True
    return False


class _Cached(Struct, eq=False):
    folding: Folding
    snapshot: Snapshot
    size: int


class SnapshotReader:
    """Snapshots from the log alone. It caches the most recent leads with their fold, so that reading a lead version by
    version reads each record once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._cached: dict[tuple[str, str], _Cached] = {}
        """The least recently used first."""
        self._size = 0

    async def load(self, account_id: str, lead_id: str, version: int) -> Snapshot:
        """Raises `LeadNotFound` if the log has no such record, `ValueError` if it has a gap."""
        records = await self._store.changes.of_lead(account_id, lead_id, version - 1, 1)
        if not records or records[0].version != version:
            raise LeadNotFound
        return await self.from_log(records[0])

    async def from_log(self, change: Change) -> Snapshot:
        """The snapshot of one record of the log. Raises `ValueError` if the log has a gap before it."""
        key = change.account_id, change.lead_id
        cached = self._cached.pop(key, None)  # no other task may advance the same fold meanwhile
        if cached is not None:
            self._size -= cached.size
        if cached is None or cached.snapshot.change.version != change.version:
            folding, before = Folding(), None
            if cached is not None and cached.folding.version < change.version:
                folding, before = cached.folding, cached.snapshot.lead
            cached = await self._advance(folding, before, change)
        self._keep(key, cached)
        return cached.snapshot

    async def _advance(self, folding: Folding, before: Lead | None, change: Change) -> _Cached:
        """`before` is the lead at the version of `folding`."""
        last = change.version - 1
        if folding.version < last:
            await advance(folding, self._store, change.account_id, change.lead_id, last)
            before = None
        size = size_of_records([change]) + 2 * folding.size
        snapshot = await in_thread_if_large(size, partial(_step, folding, before, change))
        return _Cached(folding, snapshot, size_of(snapshot.lead))

    def _keep(self, key: tuple[str, str], cached: _Cached) -> None:
        if (previous := self._cached.pop(key, None)) is not None:
            self._size -= previous.size
        self._cached[key] = cached
        self._size += cached.size
        while len(self._cached) > CACHED_LEADS or (self._size > CACHED_ITEMS and len(self._cached) > 1):
            self._size -= self._cached.pop(next(iter(self._cached))).size


def _step(folding: Folding, before: Lead | None, change: Change) -> Snapshot:
    if before is None and folding.version:
        before = folding.lead()
    folding.apply(change)
    return Snapshot(before, folding.lead(), change)
