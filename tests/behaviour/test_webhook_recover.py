"""Recover sends deliveries that failed since a time again, in the order of each lead."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lab.receiver import Receiver, poll, version_of, versions
from lab.server import Client
from lab.webhooks import act, attempts, deliveries, subscribe

pytestmark = pytest.mark.slow


def failed(owner: Client, endpoint: dict[str, Any], count: int) -> list[dict[str, Any]]:
    """The failed deliveries, oldest first, once there are `count`."""
    return list(poll(lambda: listed if len(listed := deliveries(owner, endpoint, state="failed")) == count else None))


def test_all_failed_deliveries_are_sent_again(owner: Client, receiver: Receiver) -> None:
    receiver.answering = lambda got, before: 200 if before else 500
    endpoint = subscribe(owner, receiver, attempts=1)
    lead, other = owner.new_lead(), owner.new_lead()
    for n in range(2):
        owner.patch(lead, {"note": f"n{n}"})
    first, *_ = failed(owner, endpoint, 4)
    assert act(owner, endpoint, "recover", since=first["changedAt"]) == {"recovered": 4, "more": False}
    poll(lambda: {delivery["state"] for delivery in deliveries(owner, endpoint)} == {"done"})
    again = receiver.got[4:]
    assert versions(again, lead) == [1, 2, 3]
    assert versions(again, other) == [1]
    made = attempts(owner, endpoint)
    assert [each["trigger"] for each in made] == ["change"] * 4 + ["recover"] * 4
    assert act(owner, endpoint, "recover", since=first["changedAt"]) == {"recovered": 0, "more": False}


def test_earlier_failures_are_left(owner: Client, receiver: Receiver) -> None:
    receiver.answering = lambda got, before: 500
    endpoint = subscribe(owner, receiver, attempts=1)
    owner.new_lead()
    (before,) = failed(owner, endpoint, 1)
    since = poll(lambda: now if (now := _ago(seconds=0)) > before["changedAt"] else None)
    lead_id = owner.new_lead()
    failed(owner, endpoint, 2)
    receiver.answering = lambda got, before: 200
    assert act(owner, endpoint, "recover", since=since)["recovered"] == 1
    poll(lambda: [delivery["state"] for delivery in deliveries(owner, endpoint)] == ["failed", "done"])
    assert version_of(receiver.got[-1]) == (lead_id, 1)


def test_a_delivery_that_waits_for_a_retry_is_sent_at_once(owner: Client, receiver: Receiver) -> None:
    receiver.answering = lambda got, before: 500 if before < 2 else 200
    endpoint = subscribe(owner, receiver)
    owner.new_lead()
    (waiting,) = poll(lambda: listed if (listed := deliveries(owner, endpoint))[0]["attempts"] == 2 else None)
    assert act(owner, endpoint, "recover", since=waiting["changedAt"])["recovered"] == 0
    poll(lambda: deliveries(owner, endpoint)[0]["state"] == "done")  # else it would be in five minutes


def _ago(**time: float) -> str:
    return (datetime.now(UTC) - timedelta(**time)).isoformat()


@pytest.mark.parametrize(
    ("body", "field", "says"),
    [
        ({}, "since", "must be a time"),
        ({"since": "yesterday"}, "since", "must be a time"),
        ({"since": "2026-01-31"}, "since", "must be a time"),
        ({"since": 5}, "since", "must be a time"),
        ({"since": _ago(days=14, seconds=1)}, "since", "14 days"),
        ({"since": _ago(days=-1)}, "since", "future"),
        ({"since": _ago(days=1), "until": _ago(days=0)}, "until", "not a known field"),
    ],
)
def test_invalid_values_are_refused_by_field(
    owner: Client, receiver: Receiver, body: dict[str, Any], field: str, says: str
) -> None:
    endpoint = subscribe(owner, receiver)
    answer = owner.leadsail("POST", f"webhooks/{endpoint['id']}/recover", json=body)
    assert answer.status_code == 400, answer.text
    (detail,) = answer.json()["error"]["details"]
    assert detail.startswith(f"{field}: ") and says in detail
