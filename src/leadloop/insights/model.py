"""The figures of a period, and the tallies from which they are computed."""

from typing import NamedTuple

from msgspec import Struct, field

from leadloop.core.leads.parts import User
from leadloop.insights.currencies import OtherValues


class Tally(NamedTuple):
    """The sum of the facts of a period that have the same traits."""

    traits: str
    facts: int
    """The number of facts."""
    amount_micros: int
    value_micros: int
    newest: str
    """The id of the newest lead among them."""


class UserFigures(Struct):
    """`user` has the members of the catalogue entry, else those in the newest lead; `None` for leads without a user.
    `value_micros` is in the account's currency."""

    user: User | None
    leads: int
    sales: int
    value_micros: int
    other_values: OtherValues | None = None


class ProductFigures(Struct):
    id: str | None
    name: str | None
    amount_micros: int
    value_micros: int
    other_values: OtherValues | None = None


class Insights(Struct):
    """Numbers of leads by stage, source, type and provider. Each counts every lead once. Custom sources and types have
    their names."""

    users: list[UserFigures]
    products: list[ProductFigures]
    stages: dict[str, int] = field(default_factory=dict)
    sources: dict[str, int] = field(default_factory=dict)
    types: dict[str, int] = field(default_factory=dict)
    providers: dict[str, int] = field(default_factory=dict)
