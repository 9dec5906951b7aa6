"""The account: one customer of this instance. Everything else belongs to exactly one account."""

from msgspec import Struct, structs

KEYS_FORMAT = 2
"""Counts the ways in which matching keys were made (see `core.leads.matching`)."""


class Account(Struct, frozen=True, kw_only=True):
    id: str
    """24 lower-case hex."""
    name: str
    created_at_ms: int
    asks_version: bool = False
    """A lead is changed only by who says which version of it was read (`If-Match` or a base version)."""
    country: str | None = None
    """The region in which a phone is read that says no country and whose lead has none. Two capitals."""
    keys_format: int = KEYS_FORMAT
    """Which matching keys all its leads are stored under; below `KEYS_FORMAT` while they are renewed."""
    auto_attribution: bool = False
    """A lead without a user is given one (see `core.catalogue.attribute`)."""

    @property
    def is_renewing(self) -> bool:
        """Whether some of its leads may be stored under former keys."""
        return self.keys_format < KEYS_FORMAT


def renewing(before: Account, changed: Account) -> Account:
    """The changed account; the keys of its leads are to be renewed where another country reads their phones."""
    if changed.country == before.country:
        return changed
    return structs.replace(changed, keys_format=KEYS_FORMAT - 1)
