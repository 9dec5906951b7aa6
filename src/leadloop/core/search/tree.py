"""What a query asks for. Whoever walks the tree need not know the text; all texts in it are folded.

A lead is found when all terms hold. Within a clause, any of its alternatives is enough.
"""

from typing import TypeAlias

from msgspec import Struct

from leadloop.core.leads.phones import POSSIBLE_REGIONS


class Node(Struct, frozen=True):
    """A piece of the tree; equal when all its members are."""


class Phrase(Node, frozen=True):
    """Words next to each other in this order, or a whole e-mail address as the only one. There is at least one.

    With `is_prefix` the last of them may go on.
    """

    words: tuple[str, ...]
    is_prefix: bool


class Anywhere(Node, frozen=True):
    """The phrase in the name or in the e-mail, or the whole id of the lead, or the phone that has this number."""

    phrase: Phrase
    number: str | None = None
    """As `phones.number` gives it, made of the same digits as the phrase."""


class Within(Node, frozen=True):
    """Any of the phrases in the field `name` or `email`."""

    field: str
    phrases: tuple[Phrase, ...]


class Dialled(Node, frozen=True):
    """The phone has any of these numbers, each as `phones.number` gives it."""

    numbers: tuple[str, ...]


class Is(Node, frozen=True):
    """A field of `fields.EXACT` has any of these values as a whole (`folding.whole`)."""

    field: str
    values: tuple[str, ...]


class Between(Node, frozen=True):
    """A field of `fields.MEASURES`, in micros or ms, is at least `least` and below `below`: one of them, or both."""

    field: str
    least: int | None
    below: int | None


class Has(Node, frozen=True):
    """Any of the fields has something in it."""

    fields: tuple[str, ...]


Clause: TypeAlias = Anywhere | Within | Dialled | Is | Between | Has


class Term(Node, frozen=True):
    clause: Clause
    is_negated: bool = False


class Query(Node, frozen=True):
    """Without terms it finds every lead. Phones are read in any of the regions.

    `is_renewing` while the matching keys of the account's leads are renewed.
    """

    terms: tuple[Term, ...] = ()
    regions: tuple[str, ...] = POSSIBLE_REGIONS
    is_renewing: bool = False
