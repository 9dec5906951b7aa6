"""The tree of a query. All texts in it are folded; its users need not know the original text.

A lead matches when all terms match. A clause matches when any of its alternatives does.
"""

from typing import TypeAlias

from msgspec import Struct

from leadloop.core.leads.phones import POSSIBLE_REGIONS


class Node(Struct, frozen=True):
    """A node of the tree; equal when all members are equal."""


class Phrase(Node, frozen=True):
    """Adjacent words in this order, at least one; or a whole e-mail address as the only word.

    With `is_prefix` the last word is a prefix.
    """

    words: tuple[str, ...]
    is_prefix: bool


class Anywhere(Node, frozen=True):
    """The phrase is in the name or e-mail, or is the lead's whole id, or the phone matches the number."""

    phrase: Phrase
    number: str | None = None
    """A result of `phones.number`, with the same digits as the phrase."""


class Within(Node, frozen=True):
    """Any of the phrases is in the field `name` or `email`."""

    field: str
    phrases: tuple[Phrase, ...]


class Dialled(Node, frozen=True):
    """The phone matches any of these numbers, each a result of `phones.number`."""

    numbers: tuple[str, ...]


class Is(Node, frozen=True):
    """A field of `fields.EXACT` equals any of these values (`folding.whole`)."""

    field: str
    values: tuple[str, ...]


class Between(Node, frozen=True):
    """A field of `fields.MEASURES`, in micros or ms, is at least `least` and below `below`; one may be `None`."""

    field: str
    least: int | None
    below: int | None


class Has(Node, frozen=True):
    """Any of the fields has a value."""

    fields: tuple[str, ...]


Clause: TypeAlias = Anywhere | Within | Dialled | Is | Between | Has


class Term(Node, frozen=True):
    clause: Clause
    is_negated: bool = False


class Query(Node, frozen=True):
    """A query without terms matches every lead. Phones are read in each of the regions.

    `is_renewing` is true while the matching keys of the account's leads are being renewed.
    """

    terms: tuple[Term, ...] = ()
    regions: tuple[str, ...] = POSSIBLE_REGIONS
    is_renewing: bool = False
