"""The feed in pages: no change twice, none missing, no page too large."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from lab.server import Client, Leadloop
from lab.stores import with_store
from leadloop.api.own.paging import encode_cursor
from leadloop.core.ids import new_id, stamp
from leadloop.core.leads.model import blank_lead
from leadloop.core.leads.patch import LeadPatch
from leadloop.core.store import Store
from leadloop.core.writes.unit import Saved
from leadloop.core.writes.use_cases import change
from tests.support.feed import feed, pages, records, refusal

PAGE_LIMIT_BYTES = 1024 * 1024
VALUE_LIMIT_BYTES = 8 * 1024
START_MS = 1_760_000_000_000


@pytest.fixture(scope="module")
def crowded(server: Leadloop) -> Iterator[Client]:
    """An account with more small changes than fit a page."""
    client = server.client()

    async def load(store: Store) -> None:
        await store.leads.load([history(client.account_id, START_MS + n) for n in range(600)])

    with_store(server.database, load)
    yield client
    client.close()


def history(account_id: str, at_ms: int) -> list[Saved]:
    """A lead that is created and changed."""
    lead, saved = blank_lead(account_id, new_id(at_ms), at_ms), []
    for patch in (LeadPatch(name="Ana"), LeadPatch(detail="x")):
        made = change(lead, patch, stamp(at_ms, f"req_{new_id(at_ms)}", "system", "test"))
        assert made is not None
        saved.append(made)
        lead = made.lead
    return saved


def places(changes: list[dict[str, Any]]) -> list[tuple[str, int]]:
    return [(record["leadId"], record["version"]) for record in changes]


def test_pages_of_any_size_have_the_same_records(crowded: Client) -> None:
    whole = places(records(crowded, limit=1_000))
    assert len(set(whole)) == len(whole) == 1_200
    for limit in (99, 100, 101, 250):
        all_pages = list(pages(crowded, limit=limit))
        assert [len(page) for page in all_pages[:-1]] == [limit] * (len(all_pages) - 1)
        assert places([record for page in all_pages for record in page]) == whole
    versions: dict[str, int] = {}
    for lead, version in whole:
        assert version == versions.get(lead, 0) + 1
        versions[lead] = version


def test_a_page_has_100_records_and_never_more_than_1000(crowded: Client) -> None:
    assert len(feed(crowded)["changes"]) == 100
    for limit in (1_000, 1_001, 10**20):
        page = feed(crowded, limit=limit)
        assert (len(page["changes"]), page["hasMore"]) == (1_000, True)


def test_the_last_page_says_so(client: Client) -> None:
    for _ in range(3):
        client.new_lead()
    first = feed(client, limit=2)
    assert (len(first["changes"]), first["hasMore"]) == (2, True)
    for limit in (1, 2):
        rest = feed(client, limit=limit, after=first["nextCursor"])
        assert (len(rest["changes"]), rest["hasMore"]) == (1, False)
    assert feed(client, limit=3)["hasMore"] is False


def test_long_values_are_replaced_by_their_length_unless_requested(client: Client) -> None:
    lead = client.new_lead()
    fits, long = "x" * (VALUE_LIMIT_BYTES - 2), "é" * (VALUE_LIMIT_BYTES // 2)
    client.patch_leadsail(lead, {"detail": fits})
    client.patch_leadsail(lead, {"detail": long})
    path = f"leads/{lead}/changes"
    for where in ("changes", path):
        short, full = records(client, where), records(client, where, full="true")
        shortened = {"truncated": True, "bytes": len(long.encode()) + 2}
        assert short[1]["fields"] == full[1]["fields"] == [{"field": "/detail", "before": None, "after": fits}]
        assert short[2]["fields"] == [{"field": "/detail", "before": fits, "after": shortened}]
        assert full[2]["fields"] == [{"field": "/detail", "before": fits, "after": long}]
        assert records(client, where, full="false") == short


def test_a_page_ends_at_one_mebibyte(client: Client) -> None:
    lead, text = client.new_lead(), "x" * 60_000
    for number in range(24):
        client.patch_leadsail(lead, {"detail": f"{number} {text}"})
    for path in ("changes", f"leads/{lead}/changes"):
        assert len(feed(client, path)["changes"]) == 25
        query: dict[str, Any] = {"full": "true", "limit": "1000"}
        changes, sizes = [], []
        while True:
            answer = client.leadsail("GET", path, params=query)
            data = answer.json()["data"]
            assert data["changes"]
            changes += data["changes"]
            sizes.append(len(answer.content))
            if not data["hasMore"]:
                break
            query["after"] = data["nextCursor"]
        assert [record["version"] for record in changes] == list(range(1, 26))
        assert all(size <= PAGE_LIMIT_BYTES for size in sizes)
        assert all(size > PAGE_LIMIT_BYTES - 125_000 for size in sizes[:-1]), sizes
        assert len(sizes) == 3


def test_who_follows_while_others_write_misses_nothing(client: Client) -> None:
    leads = [client.new_lead() for _ in range(4)]

    def write(lead: str) -> None:
        for number in range(25):
            client.patch_leadsail(lead, {"detail": str(number)})

    seen: list[tuple[str, int]] = []
    query: dict[str, str] = {}
    with ThreadPoolExecutor(len(leads)) as writers:
        writing = [writers.submit(write, lead) for lead in leads]
        while True:
            done = all(future.done() for future in writing)
            page = feed(client, limit=7, **query)
            seen += places(page["changes"])
            query = {"after": page["nextCursor"]}
            if done and not page["changes"]:
                break
    for future in writing:
        future.result()
    assert seen == places(records(client))
    for lead in leads:
        versions = [version for lead_id, version in seen if lead_id == f"lead_{lead}"]
        assert versions == list(range(1, 27))


def test_a_cursor_beyond_the_end_is_refused_with_advice(client: Client) -> None:
    """As after the restore of a backup: the client's cursor is beyond the end of the feed."""
    lead = client.new_lead()
    client.patch_leadsail(lead, {"detail": "x"})
    for path, whose in (("changes", client.account_id), (f"leads/{lead}/changes", lead)):
        assert feed(client, path, after=encode_cursor(whose, 2))["changes"] == []
        answer = client.leadsail("GET", path, params={"after": encode_cursor(whose, 3), "wait": "30"})
        assert refusal(answer) == ["after"]
        assert "leave it out to read from the beginning" in answer.text
