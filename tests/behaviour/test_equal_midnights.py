"""Two equal midnights are that day, in the six arrays, both lists and the free Insights; other equal ends are 400."""

import pytest

from lab.server import Client

JAN_1, DAY = 1_767_225_600_000, 86_400_000  # 2026-01-01T00:00:00Z
HOUR = DAY // 24


def counts(client: Client, begin: str, end: str) -> set[int]:
    """The counts of the arrays, the free Insights, the funnel and the list."""
    period = {"from": begin, "to": end}
    arrays = client.expad("GET", "insights", params=period)
    free = client.leadsail("GET", "insights", params=period)
    funnel = client.leadsail("GET", "insights/funnel", params=period)
    leads = client.expad("GET", params=period)
    assert {answer.status_code for answer in (arrays, free, funnel, leads)} == {200}
    return {
        sum(row["value"] for row in arrays.json()["statusPerformances"]),
        free.json()["data"]["total"]["leads"],
        funnel.json()["data"]["leads"],
        leads.json()["total"],
    }


@pytest.fixture
def leads(client: Client) -> Client:
    for at_ms in (JAN_1 - 1, JAN_1, JAN_1 + DAY - 1, JAN_1 + DAY, JAN_1 + DAY + 3 * HOUR - 1):
        client.new_lead(leadDate=at_ms)
    return client


@pytest.mark.parametrize(
    ("begin", "end", "number"),
    [
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", 2),
        ("2026-01-01T00:00:00.000+00:00", "2026-01-01T00:00Z", 2),
        ("2026-01-01T00:00:00-03:00", "2026-01-01T00:00:00-03:00", 3),
        ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", 2),
        ("2026-01-01t00:00:00z", "2026-01-01t00:00:00z", 2),
    ],
)
def test_equal_midnights_are_24_hours(leads: Client, begin: str, end: str, number: int) -> None:
    assert counts(leads, begin, end) == {number}


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        ("2026-01-01T00:00:00.001Z", "2026-01-01T00:00:00.001Z"),
        ("2026-01-01T12:00:00Z", "2026-01-01T12:00:00Z"),
        ("2026-01-01T00:00:00Z", "2025-12-31T21:00:00-03:00"),
    ],
)
def test_other_equal_ends_are_400(client: Client, begin: str, end: str) -> None:
    period = {"from": begin, "to": end}
    for answer in (
        client.expad("GET", "insights", params=period),
        client.expad("GET", params=period),
        client.leadsail("GET", "insights", params=period),
        client.leadsail("GET", "insights/funnel", params=period),
    ):
        assert answer.status_code == 400, answer.text
        assert "to" in answer.text


def test_a_day_of_a_time_zone_is_as_long_as_it_is_there(client: Client) -> None:
    for hours in (0, 23, 24, 25):
        client.new_lead(leadDate=1_792_882_800_000 + hours * HOUR)  # 2026-10-25T00:00 in Lisbon, a day of 25 hours
    query = {"from": "2026-10-25", "to": "2026-10-25", "timeZone": "Europe/Lisbon", "groupBy": "day"}
    answer = client.leadsail("GET", "insights", params=query).json()["data"]
    assert answer["total"]["leads"] == 3
    assert [group["key"]["day"] for group in answer["groups"]] == ["2026-10-25"]
    query = {"from": "9999-12-31", "to": "9999-12-31"}
    assert client.leadsail("GET", "insights", params=query).status_code == 200


def test_the_list_of_leadsail_takes_equal_midnights_for_that_day(client: Client) -> None:
    client.new_lead()
    day = client.leadsail("GET", "leads").json()["data"]["leads"][0]["createdAt"][:10]
    for at in (day, f"{day}T00:00:00Z"):
        answer = client.leadsail("GET", "leads", params={"startDate": at, "endDate": at})
        assert len(answer.json()["data"]["leads"]) == 1, at
