"""The registered dialects. To add one, put its package beside this file, with a `dialect.py`, and its name here."""

from importlib import import_module
from typing import TYPE_CHECKING

from leadloop.settings import DatabaseSettings

if TYPE_CHECKING:
    from leadloop.api.call import Dialect

NAMES = (
    "leadsail",
    "expad",
)
"""leadloop's own resources show leads and errors in the form of the first."""


def load(settings: DatabaseSettings) -> "list[Dialect]":
    """Imports their packages when called, not with this module: the imports take a third of a command's time."""
    return [import_module(f"leadloop.api.{name}.dialect").dialect(settings) for name in NAMES]
