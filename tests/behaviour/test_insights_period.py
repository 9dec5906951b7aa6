"""Insights: a period is half-open on the lead's date; what is no period is 400 and says which parameter."""

from typing import Any

import pytest

from lab.server import Client, Leadloop

JAN_1 = 1_767_225_600_000  # 2026-01-01T00:00:00Z
FEB_1 = 1_769_904_000_000


def counted(client: Client, begin: str, end: str) -> int:
    answer = client.expad("GET", "insights", params={"from": begin, "to": end})
    assert answer.status_code == 200, answer.text
    return sum(element["value"] for element in answer.json()["statusPerformances"])


def test_a_period_begins_with_from_and_ends_before_to(client: Client) -> None:
    for at_ms in (JAN_1 - 1, JAN_1, FEB_1 - 1, FEB_1):
        client.new_lead(leadDate=at_ms)
    assert counted(client, "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z") == 2
    assert counted(client, "2026-01-01T00:00:00.001Z", "2026-02-01T00:00:00Z") == 1
    assert counted(client, "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.001Z") == 1
    assert counted(client, "2026-01-01T00:00:00Z", "2026-01-31T23:59:59.999Z") == 1
    assert counted(client, "2026-01-01T00:00:00Z", "2026-02-01T00:00:00.001Z") == 3
    assert counted(client, "2025-12-31T23:59:59.999Z", "2026-02-01T00:00:00Z") == 3
    assert counted(client, "2026-02-01T00:00:00.001Z", "2026-03-01T00:00:00Z") == 0


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        ("2025-12-31T21:00:00-03:00", "2026-01-31T21:00:00-03:00"),
        ("2026-01-01T05:30:00+05:30", "2026-02-01T05:30:00+05:30"),
        ("2026-01-01t00:00:00z", "2026-02-01t00:00:00z"),
    ],
)
def test_instants_may_be_in_any_offset(client: Client, begin: str, end: str) -> None:
    for at_ms in (JAN_1 - 1, JAN_1, FEB_1 - 1, FEB_1):
        client.new_lead(leadDate=at_ms)
    assert counted(client, begin, end) == 2


def test_a_period_may_reach_into_the_future_and_over_all_times(client: Client) -> None:
    client.new_lead()
    client.new_lead(leadDate=-62_135_596_800_000)
    client.new_lead(leadDate=253_402_300_799_999)
    assert counted(client, "2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z") == 1
    assert counted(client, "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999-12:00") == 3
    assert counted(client, "9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999-12:00") == 1
    assert counted(client, "0001-01-01T00:00:00Z", "0001-01-01T00:00:00.001Z") == 1


def test_a_lead_is_counted_on_its_date_now(client: Client) -> None:
    first, second, third = (f"2026-0{month}-01T00:00:00Z" for month in (1, 2, 3))
    january, february = (first, second), (second, third)
    lead_id = client.new_lead(leadDate=JAN_1)
    assert (counted(client, *january), counted(client, *february)) == (1, 0)
    client.patch(lead_id, {"leadDate": FEB_1})
    assert (counted(client, *january), counted(client, *february)) == (0, 1)
    client.patch(lead_id, {"leadDate": None})
    assert (counted(client, *january), counted(client, *february)) == (0, 0)


GOOD = {"from": "2026-01-01T00:00:00Z", "to": "2026-02-01T00:00:00Z"}
NO_INSTANTS = [
    *("2026-01-01", "yesterday", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-01-01T00:00:00"),
    *("1767225600000", "20260101T000000Z", "T", "", " "),
]


@pytest.mark.parametrize("name", ["from", "to"])
@pytest.mark.parametrize("value", NO_INSTANTS)
def test_malformed_instants_are_400_and_named(client: Client, name: str, value: str) -> None:
    check_refused(client, {**GOOD, name: value}, name)


@pytest.mark.parametrize("name", ["from", "to"])
def test_both_ends_are_needed(client: Client, name: str) -> None:
    check_refused(client, {other: value for other, value in GOOD.items() if other != name}, name)
    check_refused(client, {}, "from")


@pytest.mark.parametrize("end", ["2026-01-01T03:00:00+03:00", "2025-12-31T23:59:59.999Z", "2026-01-01T00:00:00+01:00"])
def test_an_end_that_is_not_after_the_beginning_is_400(client: Client, end: str) -> None:
    check_refused(client, {**GOOD, "to": end}, "to")


def test_a_control_character_in_the_source_is_400(client: Client) -> None:
    check_refused(client, {**GOOD, "source": "a\x00b"}, "source")


def check_refused(client: Client, query: dict[str, str], name: str) -> None:
    answer = client.expad("GET", "insights", params=query)
    assert answer.status_code == 400, answer.text
    body: dict[str, Any] = answer.json()
    assert body["code"] == 400
    assert body["messge"] == body["message"]
    assert len(body["details"]) == 1 and body["details"][0].startswith(f"{name}: ")
    assert name in body["message"][:220]


def test_keys(client: Client, writer: Client, server: Leadloop) -> None:
    path, stranger = f"/v1/account/{client.account_id}/insights", server.client()
    assert client.http.get(path, params=GOOD).status_code == 200
    assert client.http.get(path, params=GOOD, headers={"X-API-Key": ""}).status_code == 401
    assert client.http.get(path, params=GOOD, headers={"X-API-Key": "ll_live_unknown"}).status_code == 401
    assert stranger.http.get(path, params=GOOD).status_code == 403
    assert stranger.http.get(path).status_code == 403
    lacking = writer.http.get(path, params=GOOD)
    assert lacking.status_code == 403 and "leads:read" in lacking.text
    for method in ("POST", "PATCH", "DELETE"):
        refused = client.http.request(method, path, params=GOOD)
        assert (refused.status_code, refused.headers["allow"]) == (405, "GET")
    stranger.close()
