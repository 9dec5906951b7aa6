"""The account: one customer of this instance. Everything else belongs to exactly one account."""

from msgspec import Struct


class Account(Struct, frozen=True, kw_only=True):
    id: str
    """24 lower-case hex."""
    name: str
    created_at_ms: int
    asks_version: bool = False
    """A lead is changed only by who says which version of it was read (`If-Match` or a base version)."""
    auto_attribution: bool = False
    """A lead without a user is given one (see `core.catalogue.attribute`)."""
