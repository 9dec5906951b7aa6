"""Failures: retries, later versions that wait, and an endpoint that pauses."""

import pytest

from lab.receiver import Receiver, WebhookRequest, poll, version_of, versions
from lab.server import Client
from lab.webhooks import act, attempts, get_endpoint, is_signed, ms, subscribe

pytestmark = pytest.mark.slow


def test_a_failure_is_tried_again_and_keeps_its_lead_waiting(owner: Client, receiver: Receiver) -> None:
    once, always = (owner.new_lead() for _ in range(2))

    def answering(got: WebhookRequest, before: int) -> int:
        lead_id, _ = version_of(got)
        return 500 if lead_id == always or (lead_id == once and before == 0) else 200

    receiver.answering = answering
    endpoint = subscribe(owner, receiver)
    for lead_id in (once, always):
        owner.patch(lead_id, {"note": "x"})
        owner.patch(lead_id, {"note": "y"})
    other = owner.new_lead()
    got = receiver.until(lambda got: versions(got, once) == [2, 2, 3] and versions(got, always) == [2, 2])
    order = [version_of(each) for each in got]
    second = len(order) - 1 - order[::-1].index((once, 2))
    assert order.index((other, 1)) < second
    first, again = (each for each in got if version_of(each) == (once, 2))
    assert first.headers["webhook-id"] == again.headers["webhook-id"]
    assert first.raw == again.raw
    assert is_signed(again, endpoint["secret"])
    made = poll(lambda: listed if len(listed := attempts(owner, endpoint)) == 6 else None)
    waits = {
        attempt["n"]: ms(attempt["nextAttemptAt"]) - ms(attempt["at"]) - attempt["durationMs"]
        for attempt in made
        if attempt["status"] == 500
    }
    assert 4_000 <= waits[1] <= 6_000
    assert 240_000 <= waits[2] <= 360_000
    assert {attempt["trigger"] for attempt in made} == {"change", "retry"}
    assert all(attempt["nextAttemptAt"] is None for attempt in made if attempt["status"] == 200)


def test_an_endpoint_that_is_gone_is_disabled_until_resumed(owner: Client, receiver: Receiver) -> None:
    receiver.answering = lambda got, before: 410
    endpoint = subscribe(owner, receiver)
    lead_id = owner.new_lead()
    poll(lambda: get_endpoint(owner, endpoint)["state"] == "disabled")
    assert get_endpoint(owner, endpoint)["stateReason"] == "gone"
    owner.patch(lead_id, {"note": "held"})
    receiver.answering = lambda got, before: 200
    assert act(owner, endpoint, "resume")["state"] == "active"
    assert versions(receiver.until_version(lead_id, 2), lead_id) == [1, 1, 2]


def test_a_paused_endpoint_gets_all_deliveries_when_resumed(owner: Client, receiver: Receiver) -> None:
    endpoint = subscribe(owner, receiver)
    lead_id = owner.new_lead()
    receiver.until_version(lead_id, 1)
    act(owner, endpoint, "pause")
    poll(lambda: get_endpoint(owner, endpoint)["state"] == "disabled")
    owner.patch(lead_id, {"note": "held"})
    act(owner, endpoint, "resume")
    assert versions(receiver.until_version(lead_id, 2), lead_id) == [1, 2]
    poll(lambda: get_endpoint(owner, endpoint)["lastSuccessAt"])


def test_attempts_are_listed(owner: Client, receiver: Receiver) -> None:
    endpoint = subscribe(owner, receiver)
    receiver.until_version(owner.new_lead(), 1)
    (made,) = poll(lambda: attempts(owner, endpoint))
    assert (made["n"], made["trigger"], made["status"], made["answer"]) == (1, "change", 200, "ok")
    assert (made["error"], made["nextAttemptAt"]) == (None, None)
    assert "127.0.0.1" in made["address"]


def test_an_unordered_endpoint_waits_for_nothing(owner: Client, receiver: Receiver) -> None:
    receiver.answering = lambda got, before: 500 if version_of(got)[1] == 1 else 200
    subscribe(owner, receiver, order="unordered")
    lead_id = owner.new_lead()
    owner.patch(lead_id, {"note": "x"})
    got = receiver.until_version(lead_id, 2)
    assert versions(got, lead_id).count(2) == 1
