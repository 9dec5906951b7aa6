"""The catalogues that a process remembers, and their entries as rows of both engines."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import msgspec

from leadloop.core.catalogue.catalogue import Catalogue, Options
from leadloop.core.catalogue.model import Entry
from leadloop.core.leads.normalize import name_key

Row = tuple[Any, ...]

_ENCODE = msgspec.json.Encoder(order="sorted").encode
_DECODE = msgspec.json.Decoder(Entry).decode

entry = _DECODE


def row(account_id: str, version: int, entry: Entry) -> Row:
    doc = _ENCODE(entry).decode()
    return account_id, entry.kind, entry.key, entry.id, version, name_key(entry.name) or "", entry.archived_at_ms, doc


MOST_REMEMBERED = 100_000
"""Entries of all accounts together, some 2 kB each; of the account used last all are remembered, however many."""


class Catalogues:
    """By account, those used last. They are as they were when they were last read; their versions tell whether that is
    now. Who works with one holds it: asked for again, it may be another, that knows nothing yet."""

    def __init__(self) -> None:
        self._known: dict[str, Catalogue] = {}
        """The one used last comes last."""
        self._sizes: dict[str, int] = {}
        """When they were last used; one more than its entries for the account itself."""
        self._all = 0

    def of(self, account_id: str) -> Catalogue:
        found = self._known.pop(account_id, None) or Catalogue(account_id)
        self._known[account_id] = found
        self._all += found.size + 1 - self._sizes.get(account_id, 0)
        self._sizes[account_id] = found.size + 1
        while self._all > MOST_REMEMBERED and len(self._known) > 1:
            oldest = next(iter(self._known))
            del self._known[oldest]
            self._all -= self._sizes.pop(oldest)
        return found

    def forget(self) -> None:
        self._known.clear()
        self._sizes.clear()
        self._all = 0


class PendingEntries(NamedTuple):
    """What a transaction has filed."""

    catalogue: Catalogue
    version: int
    entries: Sequence[Entry]

    def remember(self) -> None:
        """After the commit. Until then the catalogue was as it was before."""
        catch_up(self.catalogue, self.version, self.catalogue.options, self.entries)


def options(row: Iterable[Any] | None) -> Options:
    """Of a row with these two columns; the defaults for an account that is not there."""
    if row is None:
        return Options()
    attributes, country = row
    return Options(bool(attributes), country)


def read_anew(account_id: str, version: int, options: Options, docs: Iterable[str | bytes]) -> Catalogue:
    """All of it. Takes some 4 ms for a thousand entries."""
    found = Catalogue(account_id)
    found.put(map(entry, docs))
    found.version, found.options = version, options
    return found


def renew(catalogue: Catalogue, since: int, known: Catalogue) -> Catalogue:
    """`known` was read anew because the catalogue's version was `since`: nothing, or more than there is now."""
    if known.version > catalogue.version or known.version < since == catalogue.version:
        catalogue.replace_with(known)
    return catalogue


def catch_up(catalogue: Catalogue, version: int, options: Options, entries: Iterable[Entry]) -> Catalogue:
    """`entries` are those that were changed between the catalogue's version and this one. What was read earlier, and
    comes later, is passed over."""
    if version > catalogue.version:
        catalogue.put(entries)
        catalogue.version, catalogue.options = version, options
    return catalogue
