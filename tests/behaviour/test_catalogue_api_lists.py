"""Lists of the catalogue: by name, paged, searched, with or without archived entries."""

import base64

import pytest

from lab.server import Client
from tests.support.catalogue import act, create, listed, page, update

NUL, SURROGATE = (base64.urlsafe_b64encode(text).decode() for text in (rb'["a\u0000","b"]', rb'["a\ud800","b"]'))
"""Cursors with text that no database can store."""


def names(client: Client, **query: str) -> list[str]:
    return [entry["name"] for entry in listed(client, "units", **query)]


def test_entries_are_sorted_by_name_whatever_its_case_and_accents(client: Client) -> None:
    for name in ("Sul", "água", "Centro", "zona norte", "Á", "centro b"):
        create(client, "units", name=name)
    assert names(client) == ["Á", "água", "Centro", "centro b", "Sul", "zona norte"]


def test_a_part_of_the_name_is_searched_for(client: Client) -> None:
    for name in ("São Paulo", "Paulínia", "Recife", "50% off", "50 off"):
        create(client, "units", name=name)
    assert names(client, q="PAUL") == ["Paulínia", "São Paulo"]
    assert names(client, q="são p") == names(client, q="sao p") == ["São Paulo"]
    assert names(client, q="0%") == ["50% off"]
    assert names(client, q="_") == []
    assert names(client, q="") == names(client)


def test_archived_entries_are_shown_when_asked_for(client: Client) -> None:
    for name in ("A", "B"):
        create(client, "units", id=name, name=name)
    act(client, "units", "B", "archive")
    assert names(client) == names(client, archived="false") == ["A"]
    assert names(client, archived="true") == ["B"]
    assert names(client, archived="all") == ["A", "B"]
    answer = client.leadsail("GET", "catalogue/units", params={"archived": "yes"})
    assert (answer.status_code, answer.json()["error"]["details"]) == (400, ["archived: must be true, false or all"])


def test_pages_hold_everything_once_while_entries_come_and_change(client: Client) -> None:
    client.new_lead(tags=[{"id": f"t{number}", "name": "same"} for number in range(4)])
    for number in range(4, 7):
        create(client, "tags", id=f"t{number}", name=f"tag {number}")
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        data = page(client, "tags", limit=2, **cursor)
        assert len(data["entries"]) <= 2
        seen += [entry["id"] for entry in data["entries"]]
        if not data["hasMore"]:
            assert data["nextCursor"] is None
            break
        cursor = {"cursor": data["nextCursor"]}
        update(client, "tags", seen[0], {"color": f"seen {len(seen)}"})
        create(client, "tags", name=f"a new one, before all {len(seen)}")
    assert seen == [f"t{number}" for number in range(7)]


@pytest.mark.parametrize(
    "query",
    [{"limit": "0"}, {"limit": "x"}, {"q": "\0"}, *({"cursor": text} for text in ("x", "WzFd", NUL, SURROGATE))],
)
def test_a_limit_or_cursor_that_cannot_be_is_refused(client: Client, query: dict[str, str]) -> None:
    answer = client.leadsail("GET", "catalogue/units", params=query)
    assert answer.status_code == 400
    assert next(iter(query)) in answer.text


def test_a_limit_above_the_most_is_the_most(client: Client) -> None:
    create(client, "units", name="Centro")
    assert names(client, limit="5000") == ["Centro"]
