"""Times: milliseconds out; a value below 100 000 000 000 is read as seconds; 0 clears, or means now, by kind."""

import time
from typing import Any

import pytest

from lab.server import Client

PLAIN = ("leadDate", "navStartedAt", "navEndedAt")
SPELLINGS: list[tuple[Any, int]] = [
    (1_767_225_600, 1_767_225_600_000),
    ("1767225600", 1_767_225_600_000),
    (1_767_225_600_123, 1_767_225_600_123),
    ("1767225600123", 1_767_225_600_123),
    (1_767_225_600.0, 1_767_225_600_000),
    (99_999_999_999, 99_999_999_999_000),
    (100_000_000_000, 100_000_000_000),
    (1, 1_000),
    (-1, -1_000),
]


def _nested(at: Any) -> dict[str, Any]:
    return {
        "activities": [{"id": "a", "name": "Call", "completedAt": at, "createdAt": at, "dueAt": at}],
        "conversionStepTimestamps": {"visit": at},
        "tags": [{"id": "t", "name": "T", "createdAt": at}],
        "lastMessage": {"id": "m", "content": "x", "createdAt": at},
        "dialog360Info": {"lastLeadMessageAt": at},
    }


@pytest.mark.parametrize(("sent", "shown"), SPELLINGS)
def test_seconds_and_milliseconds_at_the_top(client: Client, sent: Any, shown: int) -> None:
    lead_id = client.new_lead()
    for name in PLAIN:
        assert client.patch(lead_id, {name: sent})["changed"] == [f"/{name}"]
        assert client.get(lead_id)[name] == shown
        assert client.patch(lead_id, {name: sent})["changed"] == []


@pytest.mark.parametrize(("sent", "shown"), SPELLINGS)
def test_seconds_and_milliseconds_further_down(client: Client, sent: Any, shown: int) -> None:
    lead_id = client.new_lead()
    version = client.patch(lead_id, _nested(sent))["version"]
    lead = client.get(lead_id)
    activity = lead["activities"][0]
    assert [activity["completedAt"], activity["createdAt"], activity["dueAt"]] == [shown] * 3
    assert lead["conversionStepTimestamps"] == {"visit": shown}
    assert lead["tags"][0]["createdAt"] == shown
    assert lead["lastMessage"]["createdAt"] == shown
    assert lead["dialog360Info"]["lastLeadMessageAt"] == shown
    assert client.patch(lead_id, _nested(sent))["version"] == version


@pytest.mark.parametrize("sent", [1.5, "soon", "2026-01-01T00:00:00Z", True, 2**62, "", []])
def test_malformed_times_are_refused(client: Client, sent: Any) -> None:
    lead_id = client.new_lead()
    for name in PLAIN:
        answer = client.expad("PATCH", f"lead/{lead_id}", json={name: sent})
        assert answer.status_code == 400
        assert name in answer.json()["message"]


@pytest.mark.parametrize("name", ["navStartedAt", "navEndedAt"])
def test_zero_clears_a_time(client: Client, name: str) -> None:
    lead_id = client.new_lead(**{name: 1_767_225_600})
    assert client.patch(lead_id, {name: 0})["changed"] == [f"/{name}"]
    assert client.get(lead_id)[name] == 0
    assert client.patch(lead_id, {name: 0})["changed"] == []


@pytest.mark.parametrize("cleared", [0, None, "0"])
def test_a_cleared_lead_date_falls_back_to_the_creation(client: Client, cleared: Any) -> None:
    lead_id = client.new_lead(leadDate=1_767_225_600)
    client.patch(lead_id, {"leadDate": cleared})
    lead = client.get(lead_id)
    assert lead["leadDate"] == lead["createdDate"]
    assert abs(lead["createdDate"] - time.time() * 1_000) < 60_000


def test_a_nested_creation_of_zero_is_the_first_receipt_and_stays(client: Client) -> None:
    lead_id = client.new_lead()
    version = client.patch(lead_id, {**_nested(0), "conversionSteps": {"visit": True}})["version"]
    lead = client.get(lead_id)
    received = [lead["activities"][0], lead["tags"][0], lead["lastMessage"]]
    assert all(abs(item["createdAt"] - time.time() * 1_000) < 60_000 for item in received)
    assert lead["activities"][0]["completedAt"] == lead["activities"][0]["dueAt"] == 0
    time.sleep(0.01)
    again = client.patch(lead_id, {**_nested(0), "conversionSteps": {"visit": True}})
    assert (again["version"], client.get(lead_id)) == (version, lead)


def test_early_times_survive_being_read_and_sent_back_beside_a_change(client: Client) -> None:
    """Shown in milliseconds, such a time would be read as seconds if it were taken anew."""
    lead_id = client.new_lead()
    client.patch(lead_id, _nested(1))
    lead = client.get(lead_id)
    lead["tags"].append({"name": "another"})
    lead["activities"][0]["name"] = "renamed"
    lead["lastMessage"]["content"] = "edited"
    lead["conversionStepTimestamps"]["contract"] = 1_767_225_600_000
    lead["dialog360Info"]["unreadCount"] = 5
    client.patch(lead_id, lead)
    after = client.get(lead_id)
    assert after["tags"][0]["createdAt"] == 1_000
    assert after["activities"][0]["createdAt"] == after["activities"][0]["dueAt"] == 1_000
    assert after["lastMessage"]["createdAt"] == 1_000
    assert after["conversionStepTimestamps"]["visit"] == 1_000
    assert after["dialog360Info"]["lastLeadMessageAt"] == 1_000
