"""List: newest first by lead date, then id; by page token, by page, by limit and offset."""

import base64
import json
from typing import Any

import pytest

from lab.server import Client
from tests.wire.expad_schema import problems

AT = 1_767_225_600_000


@pytest.fixture
def seven(client: Client) -> Client:
    """Seven leads, two of the same date; their names by age are 6 … 0."""
    made = []
    for number in range(7):
        made.append(client.new_lead(name=str(number), leadDate=AT + min(number, 5) * 1_000))
    return client


def page(client: Client, **query: Any) -> dict[str, Any]:
    answer = client.expad("GET", params=query)
    assert answer.status_code == 200, answer.text
    assert set(answer.json()) == {"leads", "total", "page", "pageSize", "nextPageToken"}
    assert "ETag" not in answer.headers
    return dict(answer.json())


def names(listed: dict[str, Any]) -> str:
    return "".join(lead["name"] for lead in listed["leads"])


def test_an_empty_list(client: Client) -> None:
    assert page(client) == {"leads": [], "total": 0, "page": 1, "pageSize": 50, "nextPageToken": ""}


def test_the_total_of_a_first_page_follows_new_deleted_and_restored_leads(seven: Client) -> None:
    lead_id = page(seven)["leads"][0]["id"]
    totals = [page(seven, pageSize=2)["total"]]
    for body in ({"markedForDeletion": True}, {"name": "still deleted"}, {"markedForDeletion": False}):
        seven.patch(lead_id, body)
        totals.append(page(seven, pageSize=2)["total"])
    seven.new_lead(name="8", status="LOST")
    totals += [page(seven, pageSize=2)["total"], page(seven, pageSize=1, status="LOST")["total"]]
    assert totals == [7, 6, 6, 7, 8, 1]


def test_each_lead_is_as_get_shows_it_newest_first(seven: Client) -> None:
    listed = page(seven)
    assert names(listed)[2:] == "43210"
    ids = [lead["id"] for lead in listed["leads"]]
    assert ids[:2] == sorted(ids[:2], reverse=True)
    for lead in listed["leads"]:
        assert problems(lead, "Lead") == []
        assert lead == seven.get(lead["id"])


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8])
def test_following_the_tokens_gives_every_lead_once(seven: Client, size: int) -> None:
    everything, token, number = "", "", 0
    while token or not number:
        listed = page(seven, pageSize=size, **({"pageToken": token} if token else {}))
        number += 1
        assert (listed["page"], listed["pageSize"], listed["total"]) == (number, size, 7)
        assert len(listed["leads"]) <= size
        everything += names(listed)
        token = listed["nextPageToken"]
    assert everything == names(page(seven))
    assert number == -(-7 // size)


def test_a_lead_that_comes_meanwhile_moves_nothing(seven: Client) -> None:
    first = page(seven, pageSize=3)
    seven.new_lead(name="x")
    second = page(seven, pageSize=3, pageToken=first["nextPageToken"])
    assert names(first) + names(second) == names(page(seven))[1:7]


def test_a_token_keeps_its_filters_company(seven: Client) -> None:
    query = {"from": "2026-01-01T00:00:02Z", "pageSize": 2}
    first = page(seven, **query)
    second = page(seven, **query, pageToken=first["nextPageToken"])
    third = page(seven, **query, pageToken=second["nextPageToken"])
    assert (first["total"], third["nextPageToken"]) == (5, "")
    assert sorted(names(first) + names(second) + names(third)) == list("23456")


BY_NUMBER: list[tuple[dict[str, Any], int, int, int]] = [
    ({"page": 1, "pageSize": 3}, 0, 3, 1),
    ({"page": 2, "pageSize": 3}, 3, 6, 2),
    ({"page": 3, "limit": 3}, 6, 7, 3),
    ({"page": 4, "limit": 3}, 7, 7, 4),
    ({"limit": 2}, 0, 2, 1),
    ({"limit": 2, "offset": 4}, 4, 6, 3),
    ({"offset": 6}, 6, 7, 1),
    ({"offset": 100}, 7, 7, 3),
    ({"limit": 2, "offset": 4, "page": 1}, 4, 6, 3),
    ({"limit": 2, "pageSize": 3}, 0, 3, 1),
]


@pytest.mark.parametrize(("query", "start", "end", "number"), BY_NUMBER)
def test_by_page_limit_and_offset(seven: Client, query: dict[str, Any], start: int, end: int, number: int) -> None:
    listed = page(seven, **query)
    assert names(listed) == names(page(seven))[start:end]
    assert (listed["total"], listed["page"]) == (7, number)


def test_the_token_beats_offset_and_page(seven: Client) -> None:
    first = page(seven, pageSize=3)
    second = page(seven, pageSize=3, pageToken=first["nextPageToken"], offset=0, page=1)
    assert names(second) == names(page(seven))[3:6]
    assert second["page"] == 2


@pytest.mark.parametrize(("name", "size"), [("pageSize", 500), ("limit", 500), ("pageSize", 10**12)])
def test_a_size_above_the_maximum_is_clamped(seven: Client, name: str, size: int) -> None:
    assert page(seven, **{name: size + 1})["pageSize"] == 500


def _token(*parts: object) -> str:
    """Made-up page tokens."""
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


MALFORMED = [
    *(
        (name, value)
        for name in ("pageSize", "limit", "page", "offset")
        for value in ("x", "-1", "1.5", "1e3", " ", "²")
    ),
    *((name, "0") for name in ("pageSize", "limit", "page")),
    *(("pageToken", value) for value in ("x", "!!!", "e30", "W10", "WzEsMl0", "WzEsIngiLDEsMV0", "🙂", "a" * 5_000)),
    ("pageToken", _token(AT, "0123456789abcdef01234567", 10**30, 1)),
    ("pageToken", _token(AT, "0123456789abcdef01234567", 1, 10**30)),
    ("pageToken", _token(10**30, "0123456789abcdef01234567", 1, 1)),
    ("pageToken", _token(AT, "x", 1, 1)),
]


def test_a_malformed_parameter_is_400_and_named(client: Client) -> None:
    for name, value in MALFORMED:
        answer = client.expad("GET", params={name: value})
        assert (name, value, answer.status_code) == (name, value, 400)
        assert name in answer.json()["message"]


def test_a_token_of_a_sort_that_there_is_not_is_none_of_ours(client: Client) -> None:
    token = _token(AT, "0123456789abcdef01234567", 2, 1, "-name")
    answer = client.expad("GET", params={"pageToken": token})
    assert answer.status_code == 400
    assert "must be a nextPageToken of this list" in answer.json()["message"]


@pytest.mark.parametrize("name", ["pageSize", "limit", "page", "offset", "pageToken"])
def test_an_empty_parameter_counts_as_absent(seven: Client, name: str) -> None:
    assert page(seven, **{name: ""}) == page(seven)


def test_a_page_far_behind_the_end_is_empty(seven: Client) -> None:
    listed = page(seven, page=10**9)
    assert (listed["leads"], listed["total"], listed["nextPageToken"]) == ([], 7, "")
