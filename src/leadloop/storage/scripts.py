"""Scripts: statements that run in sequence, where each may depend on the rows of the previous ones."""

from collections.abc import Generator, Sequence
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")


class Statement(NamedTuple):
    sql: str
    values: Sequence[Any]
    reads_documents: bool = False
    """The engine returns `Documents`, bounded in bytes, instead of all rows."""


class Documents(NamedTuple):
    docs: Sequence[Any]
    is_cut: bool
    """The next document would exceed the byte limit."""


Script = Generator[Statement, Any, T]
"""Yields statements; the engine sends back the rows of each. Parameters are `$1`, `$2`, …, on both engines."""


def number_of(rows: Sequence[Any]) -> int:
    """The only value of a statement that counts."""
    number: int = rows[0][0]
    return number
