"""Reads and shows catalogue entries in the API's form, for packages that must not import the API."""

from collections.abc import Mapping
from typing import Any

from leadloop.core.catalogue.model import Entry


def new(kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a new entry read from `body`, including `name` and `id` if it has one. Raises `InvalidFields`."""
    from leadloop.api.own import catalogue_form  # imported here because most commands handle no entries

    return catalogue_form.new(kind, body)


def changes(entry: Entry, body: Mapping[str, Any]) -> dict[str, Any]:
    """The members of `entry` that `body` changes. Raises `InvalidFields`."""
    from leadloop.api.own import catalogue_form

    return catalogue_form.changes(entry, body)


def show_entry(entry: Entry) -> dict[str, Any]:
    from leadloop.api.own import catalogue_form

    return catalogue_form.show(entry)
