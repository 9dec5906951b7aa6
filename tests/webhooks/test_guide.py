"""The guide names all routes, commands, settings, events and states."""

from pathlib import Path
from typing import get_args

import pytest

from leadloop.api.asgi import route_tables
from leadloop.cli import webhooks
from leadloop.webhooks.form import FIELDS
from leadloop.webhooks.health import HealthState, Why
from leadloop.webhooks.listing import WaitsFor
from tests.webhooks.samples import VIEW

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "webhooks.md").read_text()
ROUTES = [route.path for _, table in route_tables() for route in table if route.path.startswith("/api/v1/webhooks/")]
LAST_PARTS = {path.removeprefix("/api/v1/webhooks/{endpoint_id}").replace("event_id", "eventId") for path in ROUTES}
COMMANDS = [name for name in webhooks.app if not name.startswith("-")]


STATES = {*get_args(HealthState), *get_args(Why), *get_args(WaitsFor)}


@pytest.mark.parametrize(
    "word",
    sorted(
        {*LAST_PARTS, *COMMANDS, *FIELDS, *VIEW.events, *get_args(HealthState), *get_args(Why), *get_args(WaitsFor)}
        - {""}
    ),
)
def test_the_guide_names_it(word: str) -> None:
    assert any(f"{before}{word}{after}" in GUIDE for before in "` " for after in "` ?")
