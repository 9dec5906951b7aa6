"""The timeline reads a bounded number of records for each request, however long the history and whatever the filter."""

import html
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Any, NamedTuple

import httpx
import pytest

from lab.door import Door, open_door
from leadloop.core.changes import Change
from leadloop.core.reading.timeline import WINDOW
from leadloop.web.timeline import MOST_VERSIONS
from tests.web.histories import MINUTE_MS, details, history, iterate
from tests.web.test_door_sessions import new_owner, sign_in

ENTRY = re.compile(r'<li id="([cm])(\d+)">')
EARLIER = re.compile(r'<a class="btn small" href="([^"]+)" hx-get="([^"]+)"')
FEW_WINDOWS = 4 * WINDOW
MOST_RECORDS = 2 * MOST_VERSIONS + WINDOW
"""In a run without a pause, each record is read twice: to find where a burst begins, and to show it."""


class Reads(NamedTuple):
    browser: httpx.AsyncClient
    door: Door
    account_id: str
    records: list[int]
    """The number of records of each read of a log since the last request."""

    async def open(self, address: str) -> str:
        self.records.clear()
        answer = await self.browser.get(address)
        assert answer.status_code == 200, answer.text
        return answer.text

    async def add_lead(self, versions: int, patch_of: Callable[[int], dict[str, Any]] = details, **more: Any) -> str:
        saved = history(self.account_id, versions, patch_of, **more)
        await self.door.store.leads.load(iterate(saved))
        return f"/app/{self.account_id}/leads/{saved[0].lead.id}"

    async def walk(self, address: str) -> tuple[list[str], int]:
        """All entries, by the links that a browser without scripts follows, and the most records that one page read."""
        keys: list[str] = []
        most = 0
        while address:
            text = await self.open(address)
            most = max(most, sum(self.records))
            keys += [f"{kind}{version}" for kind, version in ENTRY.findall(text)]
            link = EARLIER.search(text)
            address = html.unescape(link[1]) if link else ""
        return keys, most


@asynccontextmanager
async def reading(database: str) -> AsyncIterator[Reads]:
    async with open_door(database) as door:
        person = await new_owner(door)
        ((membership, _),) = await door.store.memberships.of_person(person.id)
        browser = door.browser()
        await sign_in(browser, person)
        records: list[int] = []
        of_lead = door.store.changes.of_lead

        async def counted(*arguments: Any, **named: Any) -> list[Change]:
            changes = await of_lead(*arguments, **named)
            records.append(len(changes))
            return changes

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(door.store.changes, "of_lead", counted)
            yield Reads(browser, door, membership.account_id, records)


async def test_two_thousand_changes_read_and_show_no_more_than_a_hundred(door_database: str) -> None:
    async with reading(door_database) as reads:
        sizes, records = {}, {}
        for versions in (10, 100, 2_000):
            text = await reads.open(await reads.add_lead(versions))
            sizes[versions], records[versions] = len(text), sum(reads.records)
        assert records[10] == 10 and records[2_000] == records[100] <= FEW_WINDOWS
        assert sizes[2_000] <= 1.1 * sizes[100] <= 400_000


@pytest.mark.parametrize("gap_ms", [1, MINUTE_MS, 10 * MINUTE_MS])
async def test_earlier_entries_lead_to_the_first_change_and_leave_none_out(door_database: str, gap_ms: int) -> None:
    async with reading(door_database) as reads:
        path = await reads.add_lead(600, gap_ms=gap_ms, actors=["key:site"])
        keys, most = await reads.walk(path)
        assert most <= MOST_RECORDS
        firsts = [int(key[1:]) for key in keys]
        assert firsts == sorted(set(firsts), reverse=True) and firsts[-1] == 1
        within = 5 * MINUTE_MS // gap_ms
        assert max(newer - older for newer, older in pairwise(firsts)) <= min(within + 1, 100)


async def test_a_search_for_talk_is_bounded_and_says_how_far_it_went(door_database: str) -> None:
    """One note at the beginning of a long history, and nothing said since."""

    def patch_of(version: int) -> dict[str, Any]:
        return {"notes": [{"text": "Hello from long ago"}]} if version == 3 else details(version)

    async with reading(door_database) as reads:
        path = await reads.add_lead(2_000, patch_of)
        text = await reads.open(f"{path}?show=talk")
        assert sum(reads.records) <= MOST_RECORDS
        assert "Nothing of this kind since" in text and "Search further back" in text and not ENTRY.search(text)
        keys, most = await reads.walk(f"{path}?show=talk")
        assert keys == ["c3"] and most <= MOST_RECORDS
        text = await reads.open(f"{path}?show=webhooks")
        assert sum(reads.records) <= MOST_RECORDS
        assert "No webhooks were sent" in text and not EARLIER.search(text)


async def test_what_a_page_that_is_open_asks_for_reads_what_is_new(door_database: str) -> None:
    async with reading(door_database) as reads:
        path = await reads.add_lead(2_000)
        text = await reads.open(path)
        since = re.search(r'id="newest" hx-get="([^"]+)"', text)
        assert since is not None
        text = await reads.open(html.unescape(since[1]))
        assert sum(reads.records) == 1 and ENTRY.findall(text) == [("c", "2000")]
        text = await reads.open(f"{path}/timeline?since=1")
        assert sum(reads.records) <= MOST_RECORDS and "Much has happened" in text


async def test_large_records_make_a_piece_shorter(door_database: str) -> None:
    def patch_of(version: int) -> dict[str, Any]:
        return {"custom_fields": {"text": f"{version} " + "x" * 100_000}}

    async with reading(door_database) as reads:
        path = await reads.add_lead(60, patch_of)
        text = await reads.open(path)
        assert sum(reads.records) <= 2 * WINDOW and len(text) <= 4_000_000
        keys, _ = await reads.walk(path)
        assert [int(key[1:]) for key in keys] == [*range(60, 0, -1)]
