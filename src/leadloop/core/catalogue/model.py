"""A catalogue entry, and the members of each kind of entry. Pure."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from msgspec import Struct, field

from leadloop.core.leads.normalize import email_key
from leadloop.core.leads.parts import Department, Interest, Part, Product, Ref, Tag, User

KINDS = (
    "units",
    "departments",
    "interests",
    "users",
    "products",
    "tags",
    "loss-reasons",
    "activity-reasons",
    "sources",
    "types",
)
"""`sources` and `types` are the account's own."""

OWN = {"sources": "source", "types": "type"}
"""The names of an account's own sources and types in a lead, where they have an id derived from their name."""

MOST_ENTRIES = 10_000
"""Limit for one kind and account. At the limit, references in leads add no more entries. Managed entries have the same
limit, and only managed entries count towards it."""
LONGEST = 256
"""A reference with a longer text (in characters) adds no entry."""
PAST_NAMES = 20


class Entry(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A unit, user, product and so on of an account. Its kind decides which members it can have: see `MEMBERS`."""

    kind: str
    key: str
    """The entry's first id. It stays the same when a client assigns another id."""
    id: str
    name: str | None = None
    created_at_ms: int
    updated_at_ms: int
    archived_at_ms: int | None = None
    managed: bool = False
    """Somebody manages the entry by hand: leads no longer change values that are set."""
    given: bool = False
    """A client or manager assigned the id; otherwise it is derived from the name."""
    past_names: list[str] = field(default_factory=list)
    """Oldest first."""

    unit_id: str | None = None
    department_id: str | None = None
    value_micros: int | None = None
    color: str | None = None
    user_id: str | None = None
    email: str | None = None
    phone: str | None = None
    is_real: bool | None = None
    auto_attribution_disabled: bool | None = None
    unit_ids: list[str] = field(default_factory=list)
    department_ids: list[str] = field(default_factory=list)
    interest_ids: list[str] = field(default_factory=list)
    weight: int = 1
    daily_cap: int | None = None


class Kind(Struct, frozen=True):
    part: type[Part]
    """The type of a reference in a lead."""
    reference_members: tuple[str, ...] = ()
    """Members, besides id and name, that a reference has too."""
    managed_members: tuple[str, ...] = ()
    """Members that only a manager sets."""


_OF = {
    "units": Kind(Ref),
    "departments": Kind(Department, ("unit_id",)),
    "interests": Kind(Interest, ("unit_id", "department_id")),
    "users": Kind(
        User,
        ("user_id", "email", "phone", "is_real", "auto_attribution_disabled"),
        ("unit_ids", "department_ids", "interest_ids", "weight", "daily_cap"),
    ),
    "products": Kind(Product, ("value_micros",)),
    "tags": Kind(Tag, ("color",)),
}
OF_KIND: Mapping[str, Kind] = {kind: _OF.get(kind, Kind(Ref)) for kind in KINDS}
MEMBERS = {kind: (*about.reference_members, *about.managed_members) for kind, about in OF_KIND.items()}
"""Members that an entry of each kind can have besides id and name."""


address_key = lru_cache(maxsize=1_024)(email_key)
"""The key of a salesperson's e-mail. Cached: an account has few salespeople, and each belongs to many leads."""


def has_address(user: Any) -> bool:
    """Whether the user, a reference or an entry, has an e-mail with a key. Texts such as `n/a` identify nobody."""
    return bool(user.email) and address_key(user.email) is not None


def reference(entry: Entry) -> Any:
    """A lead's reference to the entry. It has an id only if somebody assigned it."""
    about = OF_KIND[entry.kind]
    members = {name: getattr(entry, name) for name in about.reference_members}
    return about.part(**members, name=entry.name, **({"id": entry.id} if entry.given else {}))
