"""Every golden transcript gets its answers on both engines; every route is in one."""

import re
from pathlib import Path

import pytest

from lab.server import Leadloop
from leadloop.api.asgi import route_tables
from tests.wire.replay import DIRECTORY, Player, files, filled, read

NEVER_SUCCEEDS = {("PATCH", "/v1/account/{account_id}/lead")}
"""The published sample's own path, without a lead id: there to be refused with the words that help."""

ROUTES = [(route.method, route.path) for _, table in route_tables() for route in table]


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(DIRECTORY)))
def test_a_transcript_is_answered_as_written(server: Leadloop, path: Path) -> None:
    player = Player(server)
    try:
        for number, step in enumerate(read(path).steps, 1):
            differences = player.play(step)
            where = f"{path.relative_to(DIRECTORY)}, step {number}: {step.request.method} {step.request.path}"
            assert not differences, "\n  ".join([where, *differences])
    finally:
        player.close()


@pytest.mark.parametrize(("method", "path"), ROUTES, ids=lambda part: part)
@pytest.mark.parametrize("outcome", ["success", "error"])
def test_every_route_is_in_a_transcript(method: str, path: str, outcome: str) -> None:
    if outcome == "success" and (method, path) in NEVER_SUCCEEDS:
        return
    form = re.compile(re.sub(r"{\w+}", "[^/]+", path) + "/?")
    statuses = [
        step.response.status
        for file in files()
        for step in read(file).steps
        if step.request.method == method and form.fullmatch(_bare(step.request.path))
    ]
    assert any((status < 400) == (outcome == "success") for status in statuses)


def _bare(path: str) -> str:
    """Without its query, and with something in place of each name to be filled in."""
    parameters = dict.fromkeys(re.findall(r"{(\w+)}", path), "x")
    return str(filled(path, parameters)).partition("?")[0]
