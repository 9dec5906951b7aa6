"""The catalogues that a process remembers, and their entries as rows of both engines."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import msgspec

from leadloop.core.catalogue.catalogue import Catalogue
from leadloop.core.catalogue.model import Entry
from leadloop.core.leads.normalize import name_key

Row = tuple[Any, ...]

_ENCODE = msgspec.json.Encoder(order="sorted").encode
_DECODE = msgspec.json.Decoder(Entry).decode

entry = _DECODE


def row(account_id: str, version: int, entry: Entry) -> Row:
    doc = _ENCODE(entry).decode()
    return account_id, entry.kind, entry.key, entry.id, version, name_key(entry.name) or "", entry.archived_at_ms, doc


class Catalogues:
    """By account. They are as they were when they were last read; their versions tell whether that is now."""

    def __init__(self) -> None:
        self._known: dict[str, Catalogue] = {}

    def of(self, account_id: str) -> Catalogue:
        if (found := self._known.get(account_id)) is None:
            found = self._known[account_id] = Catalogue(account_id)
        return found

    def __iter__(self) -> Iterator[Catalogue]:
        return iter(self._known.values())

    def forget(self) -> None:
        self._known.clear()


class Learnt(NamedTuple):
    """What a transaction has filed."""

    catalogue: Catalogue
    version: int
    entries: Sequence[Entry]

    def remember(self) -> None:
        """After the commit. Until then the catalogue was as it was before."""
        catch_up(self.catalogue, self.version, self.catalogue.attributes, self.entries)


def catch_up(catalogue: Catalogue, version: int, attributes: bool, entries: Iterable[Entry]) -> Catalogue:
    """`entries` are those that were changed between the catalogue's version and this one. What was read earlier, and
    comes later, is passed over."""
    if version > catalogue.version:
        catalogue.put(entries)
        catalogue.version, catalogue.attributes = version, attributes
    return catalogue
