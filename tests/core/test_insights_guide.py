"""docs/insights.md lists all dimensions, measures and grains, and nothing else."""

import re
from pathlib import Path

import pytest

from leadloop.insights.buckets import GRAINS
from leadloop.insights.dimensions import DIMENSIONS
from leadloop.insights.measures import MEASURES

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "insights.md").read_text("utf-8")


@pytest.mark.parametrize(("name", "names"), [("groupBy", [*DIMENSIONS, *GRAINS]), ("measures", list(MEASURES))])
def test_the_guide_has_every_name(name: str, names: list[str]) -> None:
    (row,) = re.findall(rf"^\| `{name}` \|(.*)\|$", GUIDE, re.MULTILINE)
    assert [word for words in re.findall(r"`([^`]*)`", row) for word in words.split()] == names


@pytest.mark.parametrize("measure", ["timeToFirstContact", "timeToSale"])
def test_the_guide_says_what_a_time_is(measure: str) -> None:
    assert re.search(rf"^- `{measure}` lasts until ", GUIDE, re.MULTILINE)
