"""Resend sends one delivery again, whatever its result, under the same id."""

import time

import pytest

from lab.receiver import Receiver, poll, receiving, version_of
from lab.server import Client
from lab.webhooks import act, attempts, deliveries, get_endpoint, is_signed, subscribe
from leadloop.webhooks.worker import REFRESH_MS

pytestmark = pytest.mark.slow

UNKNOWN = "evt_019ab000-0000-7000-8000-000000000000"


def test_a_delivery_that_arrived_arrives_again(owner: Client, receiver: Receiver) -> None:
    endpoint = subscribe(owner, receiver)
    lead_id = owner.new_lead()
    owner.patch(lead_id, {"note": "x"})
    first, _ = receiver.until_version(lead_id, 2)
    poll(lambda: {delivery["state"] for delivery in deliveries(owner, endpoint)} == {"done"})
    event_id = first.headers["webhook-id"]
    assert act(owner, endpoint, f"deliveries/{event_id}/resend") == {"resent": 1}
    *_, again = receiver.until(lambda got: len(got) == 3)
    assert again.headers["webhook-id"] == event_id
    assert again.raw == first.raw
    assert is_signed(again, endpoint["secret"])
    made = poll(lambda: listed if len(listed := attempts(owner, endpoint)) == 3 else None)
    assert [attempt["trigger"] for attempt in made] == ["change", "change", "resend"]
    assert made[2]["eventId"] == event_id


def test_a_failed_delivery_gets_all_its_attempts_again(owner: Client, receiver: Receiver) -> None:
    receiver.answering = lambda got, before: 500 if before < 2 else 200
    endpoint = subscribe(owner, receiver, attempts=1)
    owner.new_lead()
    (failed,) = poll(lambda: deliveries(owner, endpoint, state="failed"))
    act(owner, endpoint, f"deliveries/{failed['id']}/resend")
    poll(lambda: len(attempts(owner, endpoint)) == 2)
    (failed,) = poll(lambda: deliveries(owner, endpoint, state="failed"))
    act(owner, endpoint, f"deliveries/{failed['id']}/resend")
    poll(lambda: deliveries(owner, endpoint)[0]["state"] == "done")
    assert len(receiver.got) == 3


def test_a_delivery_that_waits_for_a_retry_is_sent_at_once(owner: Client, receiver: Receiver) -> None:
    receiver.answering = lambda got, before: 500 if before < 2 else 200
    endpoint = subscribe(owner, receiver)
    lead_id = owner.new_lead()
    (waiting,) = poll(lambda: listed if (listed := deliveries(owner, endpoint))[0]["attempts"] == 2 else None)
    assert act(owner, endpoint, f"deliveries/{waiting['id']}/resend") == {"resent": 1}
    poll(lambda: deliveries(owner, endpoint)[0]["state"] == "done")  # else it would be in five minutes
    assert [version_of(each) for each in receiver.got] == [(lead_id, 1)] * 3


def test_a_disabled_endpoint_gets_it_when_resumed(owner: Client, receiver: Receiver) -> None:
    endpoint = subscribe(owner, receiver)
    lead_id = owner.new_lead()
    (first,) = receiver.until_version(lead_id, 1)
    poll(lambda: deliveries(owner, endpoint)[0]["state"] == "done")
    act(owner, endpoint, "pause")
    time.sleep(2 * REFRESH_MS / 1_000)  # so long the worker may not know of the pause
    act(owner, endpoint, f"deliveries/{first.headers['webhook-id']}/resend")
    assert deliveries(owner, endpoint)[0]["waitsFor"] == "endpoint"
    act(owner, endpoint, "resume")
    receiver.until(lambda got: len(got) == 2)
    assert get_endpoint(owner, endpoint)["state"] == "active"


@pytest.mark.parametrize("event_id", [UNKNOWN, UNKNOWN.upper(), "evt_x", "x", UNKNOWN + "0"])
def test_an_unknown_delivery_is_not_found(owner: Client, receiver: Receiver, event_id: str) -> None:
    endpoint = subscribe(owner, receiver)
    answer = owner.leadsail("POST", f"webhooks/{endpoint['id']}/deliveries/{event_id}/resend")
    assert answer.status_code == 404
    assert "no delivery with this id" in answer.text


def test_a_delivery_to_another_endpoint_is_not_found(owner: Client, receiver: Receiver) -> None:
    subscribe(owner, receiver)
    with receiving() as still:
        other = subscribe(owner, still, events=["lead.deleted"])
        (got,) = receiver.until_version(owner.new_lead(), 1)
        path = f"webhooks/{other['id']}/deliveries/{got.headers['webhook-id']}/resend"
        assert owner.leadsail("POST", path).status_code == 404
