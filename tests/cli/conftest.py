"""What the tests of commands share."""

from pathlib import Path

import pytest

from tests.cli.instance import Instance


@pytest.fixture
def migrated(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Instance:
    return Instance(engine, tmp_path, request)
