"""Zeros of typed clients: Go, Java and C# send every member with its zero (semantics section 2)."""

from typing import Any


def is_zero(value: Any) -> bool:
    """`""`, 0, false, null, an empty list or object, or one of nothing but such objects."""
    if isinstance(value, dict):
        return all(map(is_zero, value.values()))
    if isinstance(value, list):
        return all(isinstance(item, dict) and is_zero(item) for item in value)
    return not value
