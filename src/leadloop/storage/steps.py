"""Statements that run one after the other, where one depends on what the one before has read."""

from collections.abc import Generator, Sequence
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")


class Statement(NamedTuple):
    sql: str
    values: Sequence[Any]
    reads_documents: bool = False
    """The engine answers with `Documents`, bounded in bytes; else with all rows."""


class Documents(NamedTuple):
    found: Sequence[Any]
    is_cut: bool
    """There was no room in bytes for the next one."""


Steps = Generator[Statement, Any, T]
"""The engine answers each statement with its rows. Parameters are `$1`, `$2`, …, on both engines."""
