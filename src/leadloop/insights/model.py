"""The figures of a period, and what they are added up from."""

from typing import NamedTuple

from msgspec import Struct, field

from leadloop.core.leads.parts import User


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
