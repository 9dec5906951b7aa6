"""Free Insights and time: days of a time zone, clocks that change, periods compared, how long things took."""

from typing import Any

import pytest

from lab.server import Client
from tests.behaviour.test_insights_free import DAY, HOUR, JAN_1, breakdown


def leads_by(client: Client, by: str, **query: str) -> dict[Any, int]:
    """How many leads each group has, by its key or the name in it."""
    groups = breakdown(client, groupBy=by, measures="leads", **query)["groups"]
    keys = [group["key"][by] for group in groups]
    names = [key["name"] if isinstance(key, dict) else key for key in keys]
    return dict(zip(names, (group["leads"] for group in groups), strict=True))


def test_days_are_those_of_the_time_zone(client: Client) -> None:
    for hours in (0, 2, 3, 26, 27):
        client.new_lead(leadDate=JAN_1 + hours * HOUR)
    two = {"from": "2026-01-01", "to": "2026-01-03", "timeZone": "America/Sao_Paulo"}
    assert leads_by(client, "day", **two) == {"2026-01-01": 2, "2026-01-02": 1}
    assert leads_by(client, "day", **{**two, "timeZone": "UTC"}) == {"2026-01-01": 3, "2026-01-02": 2}
    assert leads_by(client, "day", **{**two, "from": "2026-01-01T00:00:00Z"}) == {
        "2025-12-31": 2,
        "2026-01-01": 2,
        "2026-01-02": 1,
    }


def test_time_without_leads_is_there_with_zeros(client: Client) -> None:
    client.new_lead(leadDate=JAN_1 + 40 * DAY)
    quarter = {"from": "2026-01-01", "to": "2026-04-01"}
    assert leads_by(client, "month", **quarter) == {"2026-01": 0, "2026-02": 1, "2026-03": 0}
    assert list(leads_by(client, "week", **quarter)) == [f"2026-W{week:02}" for week in range(1, 15)]
    assert len(leads_by(client, "day", **quarter)) == 90
    assert list(leads_by(client, "day", **quarter, limit="2")) == ["2026-01-01", "2026-02-10"]
    assert breakdown(client, groupBy="unit,day", **quarter)["groups"][0]["key"] == {"unit": None, "day": "2026-02-10"}
    assert len(leads_by(client, "hour", **{"from": "0001-01-01", "to": "9999-12-31"}, limit="1000")) == 1_000


@pytest.mark.parametrize(
    ("day", "hours"),
    [("2026-03-29", ["00:00:00+00:00", "02:00:00+01:00"]), ("2026-10-25", ["01:00:00+01:00", "01:00:00+00:00"])],
)
def test_hours_when_the_clocks_change(client: Client, day: str, hours: list[str]) -> None:
    """In Lisbon one o'clock is missing in March, and comes twice in October."""
    first = JAN_1 + {"2026-03-29": 87 * DAY, "2026-10-25": 297 * DAY}[day]
    for lead_date in (first, first + HOUR, first + HOUR + 1):
        client.new_lead(leadDate=lead_date)
    following = f"{day[:8]}{int(day[8:]) + 1}"
    by_hour = leads_by(client, "hour", **{"from": day, "to": following}, timeZone="Europe/Lisbon", limit="1000")
    assert len(by_hour) == (23 if day == "2026-03-29" else 25)
    assert {hour: leads for hour, leads in by_hour.items() if leads} == {f"{day}T{hours[0]}": 1, f"{day}T{hours[1]}": 2}


def test_a_day_without_a_midnight(client: Client) -> None:
    """In São Paulo the clocks once went from 0:00 to 1:00."""
    for lead_date in (1_541_300_399_999, 1_541_300_400_000):
        client.new_lead(leadDate=lead_date)
    days = {"from": "2018-11-03", "to": "2018-11-05", "timeZone": "America/Sao_Paulo"}
    assert leads_by(client, "day", **days) == {"2018-11-03": 1, "2018-11-04": 1}
    assert leads_by(client, "day", **{**days, "from": "2018-11-04"}) == {"2018-11-04": 1}


def test_days_are_compared_with_those_as_many_days_before(client: Client) -> None:
    """Also over the night in which the clocks are put back."""
    for lead_date in (1_793_000_000_000, 1_793_000_000_000 - 2 * DAY - HOUR):
        client.new_lead(leadDate=lead_date)
    two = {"from": "2026-10-26", "to": "2026-10-28", "timeZone": "Europe/Lisbon"}
    answer = breakdown(client, groupBy="day", measures="leads", compare="previous", **two)
    assert answer["previous"]["from"] == "2026-10-23T23:00:00.000Z"
    counts = [(group["key"]["day"], group["leads"], group["previous"]["leads"]) for group in answer["groups"]]
    assert counts == [("2026-10-26", 1, 1), ("2026-10-27", 0, 0)]


def test_time_to_the_first_contact_and_to_the_sale(client: Client) -> None:
    lead_id = client.new_lead()
    made = client.get(lead_id)["createdDate"]
    client.patch(lead_id, {"leadDate": made - 10_000, "activities": [{"id": "a", "completedAt": made + 2_500}]})
    other_id = client.new_lead(leadDate=made + DAY, activities=[{"id": "a", "completedAt": 1}])
    for stage in ("ACTIVE", "COMPLETE"):
        client.patch(other_id, {"status": stage})
    client.new_lead(leadDate=made)
    period = {"from": "2020-01-01", "to": "2100-01-01"}
    total = breakdown(client, **period, measures="timeToFirstContact,timeToSale")["total"]
    assert total["timeToFirstContact"] == {"count": 2, "p50": 0, "p90": 12.5}
    assert total["timeToSale"]["count"] == 1 and 0 <= total["timeToSale"]["p50"] < 60
    active = breakdown(client, **period, measures="timeToSale", stage="NEW")["total"]
    assert active["timeToSale"] == {"count": 0, "p50": None, "p90": None}


def test_empty_times_are_not_summed_as_other(client: Client) -> None:
    for day in (20, 20, 25):
        client.new_lead(leadDate=JAN_1 + day * DAY)
    for limit, other in (("1", {"groups": 1, "leads": 1}), ("2", None), ("40", None)):
        answer = breakdown(client, groupBy="day", measures="leads", limit=limit)
        assert answer["other"] == other
        assert sum(group["leads"] for group in answer["groups"]) == (2 if other else 3)
