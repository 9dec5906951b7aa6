"""A saved view, and who may see and change it. Values only."""

from msgspec import Struct

VIEW_LIMIT = 200
"""The most views of one person, and the most shared ones of an account."""


class SavedView(Struct, frozen=True, kw_only=True):
    account_id: str
    id: str
    owner: str
    """The actor who saved it: `user:<person id>`; for a shared one also `key:<key id>` or `system`."""
    is_shared: bool
    """Everybody in the account sees it. Others are seen by their owner alone."""
    name: str
    """Unique among the shared views of the account, or among those that the owner keeps private."""
    search: str
    """As written, in the language of docs/search.md. May have `user:me`, which is whoever uses the view."""
    sort: str
    columns: tuple[str, ...]
    """In order; empty for the usual ones."""
    created_at_ms: int

    @property
    def holder(self) -> str:
        """Whose names must differ from this one's: empty for the account, else the owner."""
        return "" if self.is_shared else self.owner

    def is_visible_to(self, actor: str) -> bool:
        return self.is_shared or self.owner == actor
