"""A query for catalogue entries."""

from msgspec import Struct, structs

from leadloop.core.catalogue.model import Entry
from leadloop.core.leads.normalize import name_key


class EntryQuery(Struct, frozen=True, kw_only=True):
    """Entries of one kind, ordered by the key of their name (`normalize.name_key`, "" without a name), then by id."""

    account_id: str
    kind: str
    limit: int
    after: tuple[str, str] | None = None
    """The key of the name and the id of the last entry of the previous page."""
    part: str | None = None
    """The key of the name contains this text."""
    archived: bool | None = None
    """`None` returns both."""

    def behind(self, last: Entry) -> "EntryQuery":
        """The query for the page after the entry `last`."""
        return structs.replace(self, after=(name_key(last.name) or "", last.id))
