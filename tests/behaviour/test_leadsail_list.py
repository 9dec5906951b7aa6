"""GET /leads: order, pages and filters (leadsail.md section 2)."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lab.server import Client
from tests.support.answers import refused


def _page(client: Client, **query: Any) -> dict[str, Any]:
    answer = client.leadsail("GET", params=query)
    assert answer.status_code == 200, answer.text
    assert answer.json().keys() == {"success", "data"}
    data = dict(answer.json()["data"])
    assert data.keys() == {"leads", "nextCursor", "hasMore"}
    assert (data["nextCursor"] is not None) == data["hasMore"]
    if data["hasMore"]:
        assert data["nextCursor"] == data["leads"][-1]["leadId"]
    return data


def _ids(client: Client, **query: Any) -> list[str]:
    return [lead["leadId"] for lead in _page(client, **query)["leads"]]


def _new(client: Client, count: int, **body: Any) -> list[str]:
    """Newest last, each in a millisecond of its own."""
    made = []
    for _ in range(count):
        made.append(client.new_leadsail_lead(**body))
        time.sleep(0.002)
    return made


def test_newest_first_and_as_a_single_lead_is_shown(client: Client) -> None:
    made = _new(client, 3)
    client.patch_leadsail(made[0], {"detail": "changed last"})
    data = _page(client)
    assert data == {
        "leads": [client.get_leadsail(lead) for lead in reversed(made)],
        "nextCursor": None,
        "hasMore": False,
    }


def test_an_account_without_leads(client: Client) -> None:
    assert _page(client) == {"leads": [], "nextCursor": None, "hasMore": False}


def test_a_walk_sees_each_lead_once_whatever_comes_in_between(client: Client) -> None:
    made = _new(client, 5)
    seen, cursor = [], ""
    while True:
        data = _page(client, limit="2", cursor=cursor)
        seen += [lead["leadId"] for lead in data["leads"]]
        if not data["hasMore"]:
            break
        cursor = data["nextCursor"]
        _new(client, 1)
        client.patch_leadsail(seen[0], {"detail": cursor})
    assert seen == made[::-1]
    assert _ids(client, cursor=made[1].removeprefix("lead_")) == [made[0]]
    assert _ids(client, cursor=made[0]) == []


def test_a_page_that_is_exactly_full_is_the_last(client: Client) -> None:
    _new(client, 2)
    assert _page(client, limit="2")["hasMore"] is False
    assert _page(client, limit="1")["hasMore"] is True


def test_50_by_default_and_at_most_100(client: Client) -> None:
    for _ in range(101):
        client.new_leadsail_lead()
    for query, count in (({}, 50), ({"limit": "99"}, 99), ({"limit": "100"}, 100), ({"limit": ""}, 50)):
        assert len(_ids(client, **query)) == count
    for limit in ("101", "500", "9" * 15, "9" * 16, "9" * 5000, "0" * 30 + "100"):
        data = _page(client, limit=limit)
        assert (len(data["leads"]), data["hasMore"]) == (100, True)


@pytest.mark.parametrize("limit", ["0", "-1", "1.5", "abc", "1e2", " ", "٣", "null"])
def test_malformed_limits_are_refused(client: Client, limit: str) -> None:
    assert refused(client.leadsail("GET", params={"limit": limit})) == ["limit"]


def test_malformed_cursors_dates_and_statuses_are_refused(client: Client) -> None:
    wrong = {"cursor": ["x", "lead_", "lead_x", "0" * 23, "A" * 24], "status": ["NEW", "won"]}
    wrong["startDate"] = wrong["endDate"] = ["x", "2024-02-30", "2024-1-1", "13:00", "1700000000000"]
    for name, values in wrong.items():
        for value in values:
            assert refused(client.leadsail("GET", params={name: value})) == [name], value


def test_unknown_parameters_are_ignored(client: Client) -> None:
    made = _new(client, 1)
    assert _ids(client, colour="red", page="7", **{"": "", "limit[]": "0"}) == made


def test_filter_by_status(client: Client) -> None:
    new, won = _new(client, 2)
    client.patch_leadsail(won, {"status": "accepted"})
    assert _ids(client, status="accepted") == [won]
    assert _ids(client, status="new") == [new]
    assert _ids(client, status="") == [won, new]
    assert _ids(client, status="dnc") == []


@pytest.mark.parametrize("kind", ["campaign", "client", "offer"])
def test_filter_by_comma_lists_of_ids(client: Client, kind: str) -> None:
    first, two, three = _new(client, 3)
    for lead, code in ((first, "A1"), (two, "B2"), (three, "C c")):
        client.patch_leadsail(lead, {"campaign": {f"{kind}Id": code}})
    assert _ids(client, **{f"{kind}Ids": "A1"}) == [first]
    assert _ids(client, **{f"{kind}Ids": "B2,A1"}) == [two, first]
    assert _ids(client, **{f"{kind}Ids": " A1 , C c ,"}) == [three, first]
    assert _ids(client, **{f"{kind}Ids": "none,a1"}) == []
    assert _ids(client, **{f"{kind}Ids": "A1", "status": "accepted"}) == []
    assert _ids(client, **{f"{kind}Ids": "A1", "limit": "1"}) == [first]
    many = ",".join(["A1", *(f"x{n}" for n in range(499))])
    assert _ids(client, **{f"{kind}Ids": many}) == [first]
    assert refused(client.leadsail("GET", params={f"{kind}Ids": f"{many},y"})) == [f"{kind}Ids"]


def test_filter_by_creation(client: Client) -> None:
    first, second = _new(client, 2)
    created = [client.get_leadsail(lead)["createdAt"] for lead in (first, second)]
    at = [datetime.fromisoformat(text) for text in created]
    later = (at[1] + timedelta(milliseconds=1)).isoformat(timespec="milliseconds")
    assert _ids(client, startDate=created[0]) == [second, first]
    assert _ids(client, startDate=created[1]) == [second]
    assert _ids(client, startDate=later) == []
    assert _ids(client, endDate=created[1]) == [second, first]
    assert _ids(client, startDate=created[0], endDate=created[0]) == [first]
    offset = at[1].astimezone().isoformat(timespec="milliseconds")
    assert _ids(client, startDate=offset) == [second]
    assert client.leadsail("GET", f"leads?startDate={created[1][:-1]}+00:00").json()["data"]["leads"] != []


def test_a_date_alone_means_the_whole_day(client: Client) -> None:
    (lead,) = _new(client, 1)
    day = datetime.fromisoformat(client.get_leadsail(lead)["createdAt"]).astimezone(UTC).date()
    before, after = day - timedelta(days=1), day + timedelta(days=1)
    assert _ids(client, startDate=f"{day}", endDate=f"{day}") == [lead]
    assert _ids(client, endDate=f"{before}") == []
    assert _ids(client, startDate=f"{after}") == []
    assert _ids(client, startDate="0001-01-01", endDate="9999-12-31") == [lead]
    assert _ids(client, endDate=f"{day}T00:00:00Z") == []
