"""The figures of a period, and what they are added up from."""

from typing import NamedTuple, TypeAlias

from msgspec import Struct, field

from leadloop.core.leads.parts import User

CUSTOM = "CUSTOM"


class LeadTraits(Struct, frozen=True, array_like=True, tag="lead"):
    """What a lead is counted under."""

    stage: str
    source: str
    kind: str
    """Its type."""
    provider: str
    """Whose campaign it came from: GOOGLE (also when both), FACEBOOK, NONE."""
    user_by: str | None
    """Which member of its user it is known by: the first of `IDENTIFYING` that is set."""
    user: str | None
    source_id: str | None
    source_name: str | None
    """Of a CUSTOM source only; the id may stand beside any."""
    kind_id: str | None
    kind_name: str | None
    """Of a CUSTOM type only."""


class ProductTraits(Struct, frozen=True, array_like=True, tag="product"):
    """A product that was sold, and the source of the lead that bought it."""

    id: str | None
    name: str | None
    source: str
    source_id: str | None
    source_name: str | None


Traits: TypeAlias = LeadTraits | ProductTraits

IDENTIFYING = ("id", "user_id", "email", "name")


class Fact(NamedTuple):
    """One thing to be counted on the lead's date. The first of a lead is the lead itself, the others what it bought.

    `traits` is their JSON. A product has an amount and a value, a lead that is a sale has a value.
    """

    traits: str
    amount_micros: int | None = None
    value_micros: int | None = None


class Tally(NamedTuple):
    """All facts of a period that have the same traits."""

    traits: str
    facts: int
    """How many."""
    amount_micros: int
    value_micros: int
    newest: str
    """The lead that was created last among them."""


class UserFigures(Struct):
    """`user` is how the lead that was created last has it; `None` for the leads that have none."""

    user: User | None
    leads: int
    sales: int
    value_micros: int


class ProductFigures(Struct):
    id: str | None
    name: str | None
    amount_micros: int
    value_micros: int


class Insights(Struct):
    """Leads by stage, source, type and provider, each lead once in each; custom sources and types by their name."""

    users: list[UserFigures]
    products: list[ProductFigures]
    stages: dict[str, int] = field(default_factory=dict)
    sources: dict[str, int] = field(default_factory=dict)
    types: dict[str, int] = field(default_factory=dict)
    providers: dict[str, int] = field(default_factory=dict)
