"""A page of a list ends before 8 MiB, with its cursor, whatever the leads hold (semantics section 7)."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from lab.server import Client, Leadloop
from lab.stores import with_store
from leadloop.core.ids import new_id, stamp
from leadloop.core.leads.model import blank_lead
from leadloop.core.leads.patch import LeadPatch
from leadloop.core.writes import use_cases
from leadloop.core.writes.unit import Saved
from leadloop.webhooks.ports import WebhookStore
from tests.support.dialects import DialectClient, fields

PAGE_BYTES, FEED_BYTES = 8 * 1024 * 1024, 1024 * 1024
START_MS = 1_767_225_600_000
LONG, MANY, SMALL = 40, 40, 10
"""Leads with four long texts, leads with many activities, and small ones between them."""
LONG_TEXTS: dict[str, Any] = {"notes": [{"id": f"n{n}", "text": "x" * 62_000} for n in range(4)]}
MANY_ITEMS: dict[str, Any] = {"activities": [{"id": f"a{n}", "kind": "CALL"} for n in range(1_000)]}
"""As Expad shows them they need ten times the bytes that are stored."""


def saved(account_id: str, number: int, **fields: Any) -> Saved:
    lead = blank_lead(account_id, new_id(START_MS + number), START_MS + number)
    by = stamp(START_MS + number, f"req_{number}", "system", "cli")
    result = use_cases.change(lead, LeadPatch(name=f"Ana {number}", email=f"{number}@example.com", **fields), by)
    assert result is not None
    return result


def leads(account_id: str) -> Iterator[Saved]:
    for number in range(LONG + MANY + SMALL):
        content = LONG_TEXTS if number < LONG else MANY_ITEMS if number < LONG + MANY else {}
        yield saved(account_id, number, **content)


@pytest.fixture(scope="module")
def heavy(server: Leadloop) -> Iterator[Client]:
    client = server.client()

    async def work(store: WebhookStore) -> None:
        await store.leads.load([history] for history in leads(client.account_id))

    with_store(server.database, work)
    yield client
    client.close()


@pytest.mark.parametrize("query", [{}, {"search": "ana"}, {"sort": "created"}])
def test_expad_pages_end_early_and_go_on_by_token(heavy: Client, query: dict[str, str]) -> None:
    ids, token = [], ""
    sizes: list[int] = []
    while token or not sizes:
        answer = heavy.expad("GET", params={"pageSize": 500, **query, **({"pageToken": token} if token else {})})
        page = answer.json()
        assert len(answer.content) < PAGE_BYTES and page["leads"]
        assert (page["total"], page["pageSize"], page["page"]) == (LONG + MANY + SMALL, 500, len(sizes) + 1)
        ids += [lead["id"] for lead in page["leads"]]
        sizes.append(len(answer.content))
        token = page["nextPageToken"]
    assert len(ids) == len(set(ids)) == LONG + MANY + SMALL
    assert ids == sorted(ids, reverse=query.get("sort") != "created")
    assert len(sizes) > 2 and max(sizes) > PAGE_BYTES / 2


@pytest.mark.parametrize("query", [{}, {"search": "ana"}, {"sort": "date"}])
def test_leadsail_pages_end_early_and_go_on_by_cursor(heavy: Client, query: dict[str, str]) -> None:
    ids, cursor = [], None
    sizes: list[int] = []
    while cursor or not sizes:
        answer = heavy.leadsail("GET", params={"limit": 100, **query, **({"cursor": cursor} if cursor else {})})
        page = answer.json()["data"]
        assert len(answer.content) < PAGE_BYTES and page["leads"]
        assert page["hasMore"] == (page["nextCursor"] is not None)
        ids += [lead["leadId"] for lead in page["leads"]]
        sizes.append(len(answer.content))
        cursor = page["nextCursor"]
    assert len(ids) == len(set(ids)) == LONG + MANY + SMALL
    assert len(sizes) > 1 and max(sizes) > PAGE_BYTES / 2


def test_a_page_by_number_or_offset_that_is_too_large_names_the_token(heavy: Client) -> None:
    """A page number would skip leads that no page has shown."""
    for query in ({"page": 1}, {"offset": 0}, {"page": 1, "offset": 3}, {"offset": SMALL, "limit": 60}):
        assert fields(heavy.expad("GET", params={"pageSize": 500, **query}), "expad") == ["pageToken"]
    for query in ({"page": 1}, {"page": 2}, {"offset": 20}):
        page = heavy.expad("GET", params={"pageSize": 5, **query}).json()
        assert (len(page["leads"]), page["total"]) == (5, LONG + MANY + SMALL)
    last = heavy.expad("GET", params={"pageSize": 50, "offset": LONG + MANY + SMALL - 3}).json()
    assert (len(last["leads"]), last["nextPageToken"]) == (3, "")


@pytest.mark.parametrize("full", ["true", "false"])
def test_feeds_of_large_records_are_read_to_their_ends(heavy: Client, server: Leadloop, full: str) -> None:
    records, after, pages = [], "", 0
    while True:
        query = {"limit": 1_000, "full": full, **({"after": after} if after else {})}
        answer = heavy.leadsail("GET", "changes", params=query)
        data = answer.json()["data"]
        assert len(answer.content) <= FEED_BYTES and data["changes"]
        records += data["changes"]
        pages, after = pages + 1, data["nextCursor"]
        if not data["hasMore"]:
            break
    assert [record["version"] for record in records] == [1] * (LONG + MANY + SMALL)
    assert len({record["leadId"] for record in records}) == LONG + MANY + SMALL
    assert pages > 1


def test_a_history_of_large_records_is_read_to_its_end(api: DialectClient) -> None:
    lead, answers = api.new(), 1_000
    for version in range(2, 9):
        note = {"id": "n", "text": str(version) * 60_000}
        body = {"notes": [note], "questionnaire": [{"key": f"k{n}", "answer": version} for n in range(answers)]}
        assert api.client.patch_leadsail(lead, body).status_code == 200
    versions, after = [], ""
    while True:
        query = {"limit": 1_000, "full": "true", **({"after": after} if after else {})}
        answer = api.client.leadsail("GET", f"leads/{lead}/changes", params=query)
        data = answer.json()["data"]
        assert len(answer.content) <= FEED_BYTES
        versions += [record["version"] for record in data["changes"]]
        after = data["nextCursor"]
        if not data["hasMore"]:
            break
    assert versions == list(range(1, 9))


def test_a_catalogue_of_large_entries_ends_early(client: Client) -> None:
    ids = [f"{n:04}" + "u" * 245 for n in range(1_000)]
    for number in range(14):
        body = {"name": f"User {number:02}", "unitIds": ids, "departmentIds": ids, "interestIds": ids}
        answer = client.leadsail("POST", "catalogue/users", content=json.dumps(body), headers=JSON)
        assert answer.status_code == 201, answer.text
    names, cursor, pages = [], None, 0
    while cursor or not pages:
        query = {"limit": 1_000, **({"cursor": cursor} if cursor else {})}
        answer = client.leadsail("GET", "catalogue/users", params=query)
        page = answer.json()["data"]
        assert len(answer.content) < PAGE_BYTES
        assert page["hasMore"] == (page["nextCursor"] is not None)
        names += [entry["name"] for entry in page["entries"]]
        cursor, pages = page["nextCursor"], pages + 1
    assert names == [f"User {number:02}" for number in range(14)]
    assert pages == 2


JSON = {"Content-Type": "application/json"}


def test_batches_with_long_names_that_make_too_much_are_refused(server: Leadloop) -> None:
    client = server.client()
    long = {f"utm_{name}": f"{name} " + "u" * 4_000 for name in ("source", "medium", "campaign")}

    async def work(store: WebhookStore) -> None:
        made = (
            saved(client.account_id, number, params={name: f"{number} {text}" for name, text in long.items()})
            for number in range(900)
        )
        await store.leads.load([history] for history in made)

    with_store(server.database, work)
    query = {"from": "2026-01-01", "to": "2026-01-02", "groupBy": "utm_source,utm_medium,utm_campaign"}
    assert fields(client.leadsail("GET", "insights", params={**query, "limit": 900}), "leadsail") == ["limit"]
    answer = client.leadsail("GET", "insights", params={**query, "limit": 500})
    assert len(answer.content) < PAGE_BYTES and len(answer.json()["data"]["groups"]) == 500
    client.close()
