"""Fixtures of the command tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.instance import Instance
from tests.cli.webhooks import Webhooks


@pytest.fixture
def migrated(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Instance:
    return Instance(engine, tmp_path, request)


@pytest.fixture(scope="module")
def webhooks(
    engine: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Webhooks]:
    """The webhook commands, and a server that may send to loopback."""
    instance = Instance(engine, tmp_path_factory.mktemp("webhooks"), request)
    with instance.serving() as owner:
        yield Webhooks(instance, owner)
