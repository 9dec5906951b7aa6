"""What the catalogue needs from outside: a store for its entries. Learning is a part of writing leads."""

from collections.abc import Callable
from typing import Protocol

from msgspec import Struct, structs

from leadloop.core.catalogue.catalogue import Catalogue
from leadloop.core.catalogue.model import Entry
from leadloop.core.leads.normalize import name_key
from leadloop.core.pages import Page


class EntryQuery(Struct, frozen=True, kw_only=True):
    """Which entries of a kind, by the key of their name (`normalize.name_key`, "" for none), then id."""

    account_id: str
    kind: str
    limit: int
    after: tuple[str, str] | None = None
    """Where the page before ended: the name's key and the id."""
    part: str | None = None
    """Of the name's key."""
    archived: bool | None = None
    """`None` for both."""

    def behind(self, last: Entry) -> "EntryQuery":
        """The next page, after one that ended with `last`."""
        return structs.replace(self, after=(name_key(last.name) or "", last.id))


class CatalogueStore(Protocol):
    """Raises `Unavailable` from any method while the database can not be reached."""

    async def catalogue(self, account_id: str) -> Catalogue:
        """All of it, as it is now. To be read only, and before the next await: it may change."""

    async def entries(self, query: EntryQuery, most_bytes: int) -> Page[Entry]:
        """At most so many bytes of documents are read, and at least one entry."""

    async def entry(self, account_id: str, kind: str, entry_id: str) -> Entry | None:
        """By its id; also by the one that it had before it was given one."""

    async def manage(self, account_id: str, change: Callable[[Catalogue], Entry]) -> Entry:
        """File what becomes of an entry. Nobody else changes the account's catalogue in between.

        Raises what `change` raises, which may be called again and must be pure.
        """
