"""The registered dialects. Another one is its package beside this file, with a `dialect.py`, and its name here."""

from importlib import import_module
from typing import TYPE_CHECKING

from leadloop.settings import DatabaseSettings

if TYPE_CHECKING:
    from leadloop.api.call import Dialect

NAMES = (
    "leadsail",
    "expad",
)
"""In the form of the first, leadloop's own resources show leads, and errors."""


def load(settings: DatabaseSettings) -> "list[Dialect]":
    """Imports all their packages, which takes a third as long as a command does."""
    return [import_module(f"leadloop.api.{name}.dialect").dialect(settings) for name in NAMES]
