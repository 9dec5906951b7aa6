"""What failed since a time is sent again, in the order of each lead."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lab.receiver import Receiver, poll, version_of, versions
from lab.server import Client
from lab.webhooks import act, attempts, deliveries, subscribe

pytestmark = pytest.mark.slow


def failed(owner: Client, endpoint: dict[str, Any], count: int) -> list[dict[str, Any]]:
    """Oldest first, once there are so many."""
    return list(poll(lambda: found if len(found := deliveries(owner, endpoint, state="failed")) == count else None))


def test_all_that_failed_is_delivered(owner: Client, receiver: Receiver) -> None:
    receiver.answering = lambda got, before: 200 if before else 500
    endpoint = subscribe(owner, receiver, attempts=1)
    one, other = owner.new_lead(), owner.new_lead()
    for n in range(2):
        owner.patch(one, {"note": f"n{n}"})
    first, *_ = failed(owner, endpoint, 4)
    assert act(owner, endpoint, "recover", since=first["changedAt"]) == {"recovered": 4, "more": False}
    poll(lambda: {one["state"] for one in deliveries(owner, endpoint)} == {"done"})
    again = receiver.got[4:]
    assert versions(again, one) == [1, 2, 3]
    assert versions(again, other) == [1]
    made = attempts(owner, endpoint)
    assert [each["trigger"] for each in made] == ["change"] * 4 + ["recover"] * 4
    assert act(owner, endpoint, "recover", since=first["changedAt"]) == {"recovered": 0, "more": False}


def test_what_failed_before_is_left(owner: Client, receiver: Receiver) -> None:
    receiver.answering = lambda got, before: 500
    endpoint = subscribe(owner, receiver, attempts=1)
    owner.new_lead()
    (before,) = failed(owner, endpoint, 1)
    since = poll(lambda: now if (now := _ago(seconds=0)) > before["changedAt"] else None)
    lead_id = owner.new_lead()
    failed(owner, endpoint, 2)
    receiver.answering = lambda got, before: 200
    assert act(owner, endpoint, "recover", since=since)["recovered"] == 1
    poll(lambda: [one["state"] for one in deliveries(owner, endpoint)] == ["failed", "done"])
    assert version_of(receiver.got[-1]) == (lead_id, 1)


def test_what_waits_for_its_next_attempt_goes_at_once(owner: Client, receiver: Receiver) -> None:
    receiver.answering = lambda got, before: 500 if before < 2 else 200
    endpoint = subscribe(owner, receiver)
    owner.new_lead()
    (waiting,) = poll(lambda: found if (found := deliveries(owner, endpoint))[0]["attempts"] == 2 else None)
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
def test_what_can_not_be_is_refused_by_name(
    owner: Client, receiver: Receiver, body: dict[str, Any], field: str, says: str
) -> None:
    endpoint = subscribe(owner, receiver)
    answer = owner.leadsail("POST", f"webhooks/{endpoint['id']}/recover", json=body)
    assert answer.status_code == 400, answer.text
    (detail,) = answer.json()["error"]["details"]
    assert detail.startswith(f"{field}: ") and says in detail
