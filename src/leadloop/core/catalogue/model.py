"""An entry of the catalogue, and what the kinds of entries have. Pure."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

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
"""`sources` and `types` are those of the account's own."""

OWN = {"sources": "source", "types": "type"}
"""What an account's own sources and types are called in a lead. There they have the id that is made of their name."""

MOST_ENTRIES = 10_000
"""Of one kind and account. Where there are so many, nothing more is learnt. Of those that are managed there may be as
many, whatever leads have taught."""
LONGEST = 256
"""A reference with a longer text is not learnt (characters)."""
PAST_NAMES = 20


class Entry(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One thing of an account. Which members it can have depends on its kind: see `MEMBERS`."""

    kind: str
    key: str
    """Stays what it was at first, also when a client gives the thing another id."""
    id: str
    name: str | None = None
    created_at_ms: int
    updated_at_ms: int
    archived_at_ms: int | None = None
    managed: bool = False
    """Somebody has set it by hand: leads do not change what is set."""
    given: bool = False
    """Its id came from a client or a manager; any other was made of its name."""
    past_names: list[str] = field(default_factory=list)
    """The newest last."""

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
    """What leads refer to it with."""
    learnt: tuple[str, ...] = ()
    """The members, beside id and name, that a reference has too."""
    managed: tuple[str, ...] = ()
    """Those that only a manager sets."""


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
MEMBERS = {kind: (*about.learnt, *about.managed) for kind, about in OF_KIND.items()}
"""What an entry of each kind can have beside its id and its name."""


def reference(entry: Entry) -> Any:
    """How a lead refers to it. A name brings no id that nobody has given."""
    about = OF_KIND[entry.kind]
    members = {name: getattr(entry, name) for name in about.learnt}
    return about.part(**members, name=entry.name, **({"id": entry.id} if entry.given else {}))
