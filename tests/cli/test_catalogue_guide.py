"""The guide of the catalogue names everything there is: kinds, members, routes and commands."""

from pathlib import Path

import pytest

from leadloop.api.asgi import route_tables
from leadloop.api.own.catalogue_form import MEMBERS_OF, OWNED
from leadloop.cli import catalogue
from leadloop.core.catalogue.model import KINDS, MOST_ENTRIES, PAST_NAMES

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "catalogue.md").read_text()
ROUTES = [
    f"`{route.method} {route.path.replace('entry_id', 'id')}`"
    for _, table in route_tables()
    for route in table
    if route.path.startswith("/api/v1/catalogue/")
]
COMMANDS = [f"{name} KIND" for name in catalogue.app if not name.startswith("-")]
NAMES = [f"`{name}`" for name in {*KINDS, *OWNED, *(name for members in MEMBERS_OF.values() for name in members)}]
LIMITS = [f"{MOST_ENTRIES:,} entries", f"{PAST_NAMES} names", "PATCH /api/v1/attribution", "--auto-attribution"]


@pytest.mark.parametrize("words", sorted([*ROUTES, *COMMANDS, *NAMES, *LIMITS]))
def test_the_guide_names_it(words: str) -> None:
    assert words in GUIDE
