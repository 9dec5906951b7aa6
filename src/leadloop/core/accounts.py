"""The account: one customer of this instance. Everything else belongs to exactly one account."""

from collections.abc import Mapping, Sequence

from msgspec import Struct, structs

KEYS_FORMAT = 2
"""The version of the matching keys (see `core.leads.matching`)."""


class Account(Struct, frozen=True, kw_only=True):
    id: str
    """24 lower-case hex."""
    name: str
    created_at_ms: int
    asks_version: bool = False
    """A change of a lead requires the version that the client read (`If-Match` or a base version)."""
    country: str | None = None
    """The region for phones without country code in leads without country. Two capitals."""
    keys_format: int = KEYS_FORMAT
    """The version of the matching keys of all its leads; below `KEYS_FORMAT` while they are being renewed."""
    auto_attribution: bool = False
    """Leads without a user are assigned to one (see `core.catalogue.assignment`)."""
    is_test: bool = False
    """Sends nothing outside but to loopback; its keys are `ll_test_`. Decided when the account is created."""
    currency: str | None = None
    """ISO 4217; `None` until it is set, and then no sign is shown."""
    time_zone: str | None = None
    """The IANA name of the zone whose days count; `None` for UTC."""
    language: str | None = None
    """`en` or `pt-BR`."""
    agents_see_own: bool = False
    """Agents see their own leads and those without a user in their units, and no others."""
    contact_goal_minutes: int | None = None
    """Within how many minutes of office hours a new lead is to be contacted."""
    office_hours: Mapping[str, Sequence[tuple[str, str]]] | None = None
    """By day (`monday`): spans of local time from and until (`08:00`, `18:00`); days that are absent are closed."""
    stage_order: Sequence[str] = ()
    """The account's own stages in the order of the board, after the four fixed ones."""

    @property
    def is_renewing(self) -> bool:
        """Whether some of its leads may be stored under former keys."""
        return self.keys_format < KEYS_FORMAT


def with_renewal(before: Account, changed: Account) -> Account:
    """The changed account, marked for renewing the keys of its leads if another country changes how phones are read."""
    if changed.country == before.country:
        return changed
    return structs.replace(changed, keys_format=KEYS_FORMAT - 1)
