"""`sort` of both lists: each order, its cursors, and cursors of another order."""

from typing import Any

import pytest

from lab.server import Client
from tests.support.answers import refused

AT = 1_767_225_600_000
DATES = [3, 1, 4, 1, 5, 9, 2]
"""The leads' dates, in the order of creation."""
SORTS = ["-date", "date", "-created", "created"]


@pytest.fixture
def ids(client: Client) -> list[str]:
    """The ids in the order of creation."""
    return sorted(client.new_lead(name="n", leadDate=AT + date * 1_000) for date in DATES)


def expected(client: Client, ids: list[str], sort: str) -> list[str]:
    def place(lead_id: str) -> Any:
        return (client.get(lead_id)["leadDate"], lead_id) if sort.endswith("date") else lead_id

    return sorted(ids, key=place, reverse=sort.startswith("-"))


@pytest.mark.parametrize("query", [{}, {"q": "n"}, {"q": "stage:NEW"}], ids=["all", "word", "stage"])
@pytest.mark.parametrize("sort", SORTS)
def test_expad_pages_in_each_order_while_leads_come_in(
    client: Client, ids: list[str], sort: str, query: dict[str, str]
) -> None:
    seen: list[str] = []
    query_parameters: dict[str, Any] = {"sort": sort, "pageSize": 3, **query}
    whole = expected(client, ids, sort)
    while True:
        page = client.expad("GET", params=query_parameters).json()
        seen += [lead["id"] for lead in page["leads"]]
        if not page["nextPageToken"]:
            break
        query_parameters["pageToken"] = page["nextPageToken"]
        if sort.startswith("-"):
            client.new_lead(name="n", leadDate=AT + 99_000)
        elif sort == "date":
            client.new_lead(name="n", leadDate=AT)
    assert seen == whole


@pytest.mark.parametrize("sort", SORTS)
def test_leadsail_pages_in_each_order(client: Client, ids: list[str], sort: str) -> None:
    seen: list[str] = []
    query_parameters: dict[str, Any] = {"sort": sort, "limit": 2, "q": "n"}
    while True:
        data = client.leadsail("GET", params=query_parameters).json()["data"]
        seen += [lead["leadId"].removeprefix("lead_") for lead in data["leads"]]
        assert data["hasMore"] == (data["nextCursor"] is not None)
        if not data["hasMore"]:
            break
        query_parameters["cursor"] = data["nextCursor"]
    assert seen == expected(client, ids, sort)


def test_the_defaults_are_as_before(client: Client, ids: list[str]) -> None:
    for default in ({}, {"sort": ""}, {"sort": "-date"}):
        page = client.expad("GET", params=default).json()
        assert [lead["id"] for lead in page["leads"]] == expected(client, ids, "-date")
    for default in ({}, {"sort": ""}, {"sort": "-created"}):
        data = client.leadsail("GET", params={**default, "limit": 2}).json()["data"]
        assert data["nextCursor"] == data["leads"][-1]["leadId"]


def test_a_cursor_of_another_order_is_refused(client: Client, ids: list[str]) -> None:
    for first in SORTS:
        token = client.expad("GET", params={"sort": first, "pageSize": 1}).json()["nextPageToken"]
        cursor = client.leadsail("GET", params={"sort": first, "limit": 1}).json()["data"]["nextCursor"]
        for then in SORTS:
            expad = client.expad("GET", params={"sort": then, "pageToken": token})
            leadsail = client.leadsail("GET", params={"sort": then, "cursor": cursor})
            assert (expad.status_code, leadsail.status_code) == ((200, 200) if then == first else (400, 400))
            if then != first:
                assert f"pageToken: belongs to a list with the sort {first}" in expad.json()["message"]
                assert refused(leadsail) == ["cursor"]


@pytest.mark.parametrize("sort", ["name", "-", "DATE", "+date", "date,created", "-x"])
def test_unknown_orders_are_refused(client: Client, sort: str) -> None:
    assert refused(client.leadsail("GET", params={"sort": sort})) == ["sort"]
    answer = client.expad("GET", params={"sort": sort})
    assert answer.status_code == 400
    assert "sort: must be one of -date, date, -created, created" in answer.json()["message"]
