"""Entries of the catalogue in the words of the API, for who may not know it."""

from collections.abc import Mapping
from typing import Any

from leadloop.core.catalogue.model import Entry


def new(kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """What an entry made of `body` has, `id` (where given) and `name` with it. Raises `InvalidFields`."""
    from leadloop.api.own import catalogue_form  # not above: most commands know no entries

    return catalogue_form.new(kind, body)


def changes(entry: Entry, body: Mapping[str, Any]) -> dict[str, Any]:
    """Raises `InvalidFields`."""
    from leadloop.api.own import catalogue_form

    return catalogue_form.changes(entry, body)


def show_entry(entry: Entry) -> dict[str, Any]:
    from leadloop.api.own import catalogue_form

    return catalogue_form.show(entry)
