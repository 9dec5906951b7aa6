"""A lead with a long history opens like one with a short history: what is read does not grow with it."""

import pytest

from leadloop.core.store import HISTORY_LIMIT
from tests.web.pages import text_of
from tests.web.test_timeline_reads import FEW_WINDOWS, reading

LONG = 2_000


@pytest.mark.slow
async def test_two_thousand_changes_are_not_read_to_open_a_lead(door_database: str) -> None:
    async with reading(door_database) as reads:
        path = await reads.add_lead(LONG)
        for part, most in (
            ("", FEW_WINDOWS),
            ("?from=", FEW_WINDOWS),
            ("/facts", FEW_WINDOWS),
            ("/why", HISTORY_LIMIT),
        ):
            await reads.open(path + part)
            assert sum(reads.records) <= most, part
        current = await reads.browser.get(path)
        assert f"/ {LONG}" in text_of(current)
        past = await reads.browser.get(f"{path}?asOf=1000")
        assert past.status_code == 200 and f"/ {LONG}" in text_of(past)
