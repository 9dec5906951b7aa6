"""Days are those of the account's time zone: in searches and in Insights without `timeZone`."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from lab.server import Client, Leadloop
from leadloop.core.keys import SCOPES
from tests.behaviour.test_search import Found, by_expad, by_leadsail
from tests.support.accounts import set_options

SPRING, AUTUMN = "2026-03-08", "2026-11-01"
"""The days of 23 and of 25 hours in New York."""


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1_000)


@pytest.fixture(params=[by_expad, by_leadsail], ids=["expad", "leadsail"])
def names_found(request: pytest.FixtureRequest) -> Found:
    found: Found = request.param
    return found


def new(client: Client, **times: str) -> None:
    """A lead for each name, with this lead date."""
    for name, at in times.items():
        client.new_lead(name=name, leadDate=ms(at))


def test_a_day_of_a_search_is_one_of_the_account(server: Leadloop, client: Client, names_found: Found) -> None:
    set_options(server, client, time_zone="America/New_York")
    new(client, before="2026-03-08T04:59:59.999Z", first="2026-03-08T05:00Z", last="2026-03-09T03:59:59.999Z")
    new(client, after="2026-03-09T04:00Z")
    assert names_found(client, search=f"date:{SPRING}") == ["first", "last"]
    assert names_found(client, search=f"date<{SPRING}") == ["before"]
    assert names_found(client, search="date>=2026-03-09") == ["after"]
    assert names_found(client, search="date:2026-03-08T00:00") == ["first"]
    assert names_found(client, search="date:2026-03-08T05:00Z") == ["first"]


def test_a_day_of_25_hours(server: Leadloop, client: Client, names_found: Found) -> None:
    set_options(server, client, time_zone="America/New_York")
    new(client, first="2026-11-01T04:00Z", last="2026-11-02T04:59:59.999Z", after="2026-11-02T05:00Z")
    assert names_found(client, search=f"date:{AUTUMN}") == ["first", "last"]


def test_today_is_that_of_the_account(server: Leadloop, client: Client, names_found: Found) -> None:
    now = datetime.now(UTC)
    times = {f"h{hours}": now + timedelta(hours=hours) for hours in range(-30, 31, 5)}
    new(client, **{name: at.isoformat() for name, at in times.items()})
    for time_zone in ("Asia/Tokyo", "Pacific/Honolulu"):
        set_options(server, client, time_zone=time_zone)
        zone = ZoneInfo(time_zone)
        while True:
            today = datetime.now(zone).date()
            answers = [names_found(client, search=f"date:{day}") for day in ("today", "yesterday")]
            if datetime.now(zone).date() == today:
                break
        for days, names in enumerate(answers):
            day = today - timedelta(days=days)
            assert names == sorted(name for name, at in times.items() if at.astimezone(zone).date() == day)


def test_another_zone_counts_at_once(server: Leadloop, client: Client, names_found: Found) -> None:
    new(client, late="2026-01-02T02:00Z")
    for time_zone, day in (("America/Sao_Paulo", "2026-01-01"), (None, "2026-01-02"), ("Asia/Tokyo", "2026-01-02")):
        set_options(server, client, time_zone=time_zone)
        assert names_found(client, search=f"date:{day}") == ["late"]
        assert names_found(client, search=f"-date:{day}") == []


def test_a_zone_and_a_currency_set_through_the_api_count_at_once(server: Leadloop, names_found: Found) -> None:
    client = server.client(SCOPES)
    new(client, late="2026-01-02T02:00Z")
    lead_id = client.new_lead(currency="BRL")
    assert names_found(client, search="date:2026-01-02") == ["late"]
    answer = client.leadsail("PATCH", "account", json={"timeZone": "America/Sao_Paulo", "currency": "brl"})
    assert answer.status_code == 200, answer.text
    assert names_found(client, search="date:2026-01-01") == ["late"]
    assert client.patch(lead_id, {"currency": "BRL"})["changed"] == []
    assert client.patch(lead_id, {"currency": "USD"})["changed"] == ["/currency"]
    assert client.patch(lead_id, {"currency": "BRL"})["changed"] == ["/currency"]
    client.close()


def test_the_published_filters_keep_their_days(server: Leadloop, client: Client) -> None:
    set_options(server, client, time_zone="America/Sao_Paulo")
    new(client, late="2026-01-02T02:00Z")
    day = {"from": "2026-01-02T00:00:00Z", "to": "2026-01-02T00:00:00Z"}
    assert by_expad(client, **day) == ["late"]
    today = client.get_leadsail(by_leadsail_id(client))["createdAt"][:10]
    assert by_leadsail(client, startDate=today, endDate=today) == ["late"]


def by_leadsail_id(client: Client) -> str:
    [lead] = client.leadsail("GET").json()["data"]["leads"]
    return str(lead["leadId"])


def test_insights_have_the_days_of_the_account_unless_told_otherwise(server: Leadloop, client: Client) -> None:
    set_options(server, client, time_zone="America/New_York")
    new(client, first="2026-03-08T05:00Z", last="2026-03-09T03:59:59Z", after="2026-03-09T04:00Z")
    period = {"from": SPRING, "to": "2026-03-10", "groupBy": "day", "measures": "leads"}

    def days(**more: str) -> dict[str, Any]:
        answer = client.leadsail("GET", "insights", params={**period, **more})
        assert answer.status_code == 200, answer.text
        data = answer.json()["data"]
        groups = {group["key"]["day"]: group["leads"] for group in data["groups"]}
        return {"zone": data["timeZone"], "from": data["from"], **groups}

    own = {"zone": "America/New_York", "from": "2026-03-08T05:00:00.000Z", SPRING: 2, "2026-03-09": 1}
    assert days() == own
    assert days(timeZone="UTC") == {"zone": "UTC", "from": "2026-03-08T00:00:00.000Z", SPRING: 1, "2026-03-09": 2}
    funnel = client.leadsail("GET", "insights/funnel", params={"from": SPRING, "to": "2026-03-09"}).json()["data"]
    assert (funnel["timeZone"], funnel["to"], funnel["leads"]) == ("America/New_York", "2026-03-09T04:00:00.000Z", 2)
    set_options(server, client, time_zone=None)
    assert days() == days(timeZone="UTC")
