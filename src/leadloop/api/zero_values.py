"""Zero values: clients in Go, Java and C# send every unset member as its type's zero value (semantics section 2)."""

from typing import Any


def is_zero(value: Any) -> bool:
    """`""`, 0, false, null, an empty list or object, an object of zero values, or a list of such objects."""
    if isinstance(value, dict):
        return all(map(is_zero, value.values()))
    if isinstance(value, list):
        return all(isinstance(item, dict) and is_zero(item) for item in value)
    return not value
