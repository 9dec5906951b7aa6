"""A query for entries of the catalogue."""

from msgspec import Struct, structs

from leadloop.core.catalogue.model import Entry
from leadloop.core.leads.normalize import name_key


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
