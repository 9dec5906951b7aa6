"""`completedAt`: stamped as `isComplete` turns true, cleared as it turns false, unless a time is sent along."""

import time
from typing import Any

import pytest

from lab.server import Client

THEN = 1_767_225_600_000


def completed(client: Client, lead_id: str) -> int:
    (activity,) = client.get(lead_id)["activities"]
    return int(activity["completedAt"])


def is_now(at_ms: int) -> bool:
    return abs(at_ms - time.time() * 1_000) < 60_000


def write(client: Client, lead_id: str, **members: Any) -> int:
    """The version after it."""
    return int(client.patch(lead_id, {"activities": [{"id": "a", **members}]})["version"])


NO_TIME: list[dict[str, Any]] = [{}, {"completedAt": 0}, {"completedAt": "0"}, {"completedAt": None}]


@pytest.mark.parametrize("no_time", NO_TIME)
def test_turning_true_stamps_it_once(client: Client, no_time: dict[str, Any]) -> None:
    lead_id = client.new_lead(activities=[{"id": "a", "name": "Call"}])
    assert write(client, lead_id, isComplete=True, **no_time) == 2
    stamped = completed(client, lead_id)
    assert is_now(stamped)
    time.sleep(0.01)
    assert write(client, lead_id, isComplete=True, **no_time) == 2
    assert write(client, lead_id, **no_time) == 2
    assert completed(client, lead_id) == stamped


@pytest.mark.parametrize("no_time", NO_TIME)
def test_a_new_one_that_is_complete_is_stamped_too(client: Client, no_time: dict[str, Any]) -> None:
    body = {"activities": [{"id": "a", "isComplete": True, **no_time}]}
    lead_id = client.new_lead(**body)
    assert is_now(completed(client, lead_id))
    assert client.patch(lead_id, body)["version"] == 1
    other = client.new_lead()
    client.patch(other, {"activities": [{"isComplete": True, "name": "without an id", **no_time}]})
    assert is_now(completed(client, other))


def test_a_time_that_is_sent_is_kept(client: Client) -> None:
    lead_id = client.new_lead(activities=[{"id": "a", "name": "Call"}])
    write(client, lead_id, isComplete=True, completedAt=THEN)
    assert completed(client, lead_id) == THEN
    write(client, lead_id, completedAt=THEN + 1_000)
    assert completed(client, lead_id) == THEN + 1_000


def test_a_time_that_was_sent_before_is_kept(client: Client) -> None:
    lead_id = client.new_lead(activities=[{"id": "a", "completedAt": THEN}])
    write(client, lead_id, isComplete=True)
    assert completed(client, lead_id) == THEN


@pytest.mark.parametrize("no_time", NO_TIME)
@pytest.mark.parametrize("turned", [False, None])
def test_turning_false_clears_it(client: Client, turned: bool | None, no_time: dict[str, Any]) -> None:
    lead_id = client.new_lead(activities=[{"id": "a", "isComplete": True}])
    assert write(client, lead_id, isComplete=turned, **no_time) == 2
    assert completed(client, lead_id) == 0
    assert write(client, lead_id, isComplete=turned, **no_time) == 2
    write(client, lead_id, isComplete=True)
    assert is_now(completed(client, lead_id))


@pytest.mark.parametrize("sent", [THEN, THEN + 1_000])
def test_unless_one_is_sent_with_it(client: Client, sent: int) -> None:
    lead_id = client.new_lead(activities=[{"id": "a", "isComplete": True, "completedAt": THEN}])
    assert [write(client, lead_id, isComplete=False, completedAt=sent) for _ in range(2)] == [2, 2]
    assert completed(client, lead_id) == sent


def test_one_item_after_the_other(client: Client) -> None:
    lead_id = client.new_lead()
    body = {"activities": [{"id": "a", "isComplete": True}, {"id": "a", "isComplete": False}, {"id": "a", "name": "x"}]}
    client.patch(lead_id, body)
    assert completed(client, lead_id) == 0
    client.patch(lead_id, {"activities": [{"id": "a", "isComplete": True}, {"id": "a", "name": "y"}]})
    assert is_now(completed(client, lead_id))


def test_a_dry_run_and_a_base_version_agree(client: Client) -> None:
    lead_id = client.new_lead(activities=[{"id": "a", "name": "Call"}])
    body = {"activities": [{"id": "a", "isComplete": True, "completedAt": 0}]}
    dry = client.patch(lead_id, body, headers={"Prefer": "dry-run"})
    (change,) = dry["changed"]
    assert change["field"] == "/activities/a" and is_now(change["after"]["completedAt"])
    client.patch(lead_id, {"companyName": "X"})
    base = {"Leadloop-Base-Version": "1"}
    assert client.patch(lead_id, body, headers=base)["version"] == 3
    stamped = completed(client, lead_id)
    assert is_now(stamped)
    assert client.patch(lead_id, body, headers=base)["version"] == 3
    assert completed(client, lead_id) == stamped


def test_the_first_contact_is_the_completion(client: Client) -> None:
    lead_id = client.new_lead(activities=[{"id": "a", "name": "Call"}])
    write(client, lead_id, isComplete=True)
    period = {"from": "2000-01-01", "to": "2100-01-01", "measures": "timeToFirstContact"}
    times = client.leadsail("GET", "insights", params=period).json()["data"]["total"]["timeToFirstContact"]
    assert times["count"] == 1
