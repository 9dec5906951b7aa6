"""The cache of catalogues, and the rows of their entries, for both engines."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import msgspec

from leadloop.core.catalogue.catalogue import Catalogue, Options
from leadloop.core.catalogue.model import Entry
from leadloop.core.leads.normalize import name_key
from leadloop.storage.rows import Row

_ENCODE = msgspec.json.Encoder(order="sorted").encode
decode_entry = msgspec.json.Decoder(Entry).decode


def entry_row(account_id: str, version: int, entry: Entry) -> Row:
    doc = _ENCODE(entry).decode()
    return account_id, entry.kind, entry.key, entry.id, version, name_key(entry.name) or "", entry.archived_at_ms, doc


MAX_CACHED_ENTRIES = 100_000
"""Entries of all accounts together, some 2 kB each. The last used catalogue is always cached, whatever its size."""


class CatalogueCache:
    """A least-recently-used cache. An entry may be stale (compare versions). Keep your reference: after eviction `of()`
    returns an empty one."""

    def __init__(self) -> None:
        self._catalogues: dict[str, Catalogue] = {}
        """The least recently used first."""
        self._sizes: dict[str, int] = {}
        """The size of each at its last use: its entries and one more, for the account."""
        self._size = 0

    def of(self, account_id: str) -> Catalogue:
        catalogue = self._catalogues.pop(account_id, None) or Catalogue(account_id)
        self._catalogues[account_id] = catalogue
        self._size += catalogue.size + 1 - self._sizes.get(account_id, 0)
        self._sizes[account_id] = catalogue.size + 1
        while self._size > MAX_CACHED_ENTRIES and len(self._catalogues) > 1:
            oldest = next(iter(self._catalogues))
            del self._catalogues[oldest]
            self._size -= self._sizes.pop(oldest)
        return catalogue

    def clear(self) -> None:
        self._catalogues.clear()
        self._sizes.clear()
        self._size = 0


class PendingEntries(NamedTuple):
    """Entries that a transaction has upserted."""

    catalogue: Catalogue
    version: int
    entries: Sequence[Entry]

    def apply(self) -> None:
        """Updates the cached catalogue. Call after the commit."""
        catch_up(self.catalogue, self.version, self.catalogue.options, self.entries)


def read_options(row: Iterable[Any] | None) -> Options:
    """Reads a row of these columns; the defaults for a missing account."""
    if row is None:
        return Options()
    auto_assign, country, time_zone, currency = row
    return Options(bool(auto_assign), country, time_zone, currency)


def build_catalogue(account_id: str, version: int, options: Options, docs: Iterable[str | bytes]) -> Catalogue:
    """Builds the whole catalogue: some 4 ms for a thousand entries."""
    catalogue = Catalogue(account_id)
    catalogue.put(map(decode_entry, docs))
    catalogue.version, catalogue.options = version, options
    return catalogue


def replace_stale(catalogue: Catalogue, since: int, loaded: Catalogue) -> Catalogue:
    """`loaded` is a full reload, made because the cached version `since` was 0 or newer than the database (a
    restore)."""
    if loaded.version > catalogue.version or loaded.version < since == catalogue.version:
        catalogue.replace_with(loaded)
    return catalogue


def catch_up(catalogue: Catalogue, version: int, options: Options, entries: Iterable[Entry]) -> Catalogue:
    """Applies the entries that changed between the catalogue's version and `version`. Ignores an older read that
    arrives late."""
    if version > catalogue.version:
        catalogue.put(entries)
        catalogue.version, catalogue.options = version, options
    return catalogue
