"""Changes in the words of the change feed, for who may not know the API."""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from leadloop.core.changes import Change

if TYPE_CHECKING:
    from leadloop.api.own.wire import Records


@cache
def _records() -> "Records":
    """Made when the first change is told: most commands tell none."""
    from leadloop.api.expad import wire as expad
    from leadloop.api.own.wire import Records

    return Records(expad.properties())


def change_pointers(change: Change) -> list[str]:
    """A change's fields by the names of the change feed."""
    return _records().names(change)


def as_records(changes: Sequence[Change]) -> list[bytes]:
    """Change records as the change feed answers them, as JSON with every value whole."""
    return [_records().json(change, full=True) for change in changes]


def is_field(pointer: str) -> bool:
    """Whether a change can have a field of this name, above or below it."""
    return _records().is_field(pointer)
