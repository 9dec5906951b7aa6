"""A receiver gets each change once, in its lead's order, signed, with the body and filters of its endpoint."""

import pytest

from lab.receiver import Receiver, receiving, version_of, versions
from lab.server import Client
from lab.webhooks import act, is_signed, subscribe

pytestmark = pytest.mark.slow


def test_every_change_arrives_once_in_order_and_signed(owner: Client, receiver: Receiver) -> None:
    endpoint = subscribe(owner, receiver)
    lead, other = owner.new_lead(), owner.new_lead()
    for n in range(5):
        owner.patch(lead, {"note": f"n{n}"})
        owner.patch_leadsail(other, {"detail": f"d{n}"})
    for lead_id in (lead, other):
        assert owner.leadsail("DELETE", f"leads/{lead_id}").status_code == 200
    receiver.until_version(lead, 7)
    got = receiver.until_version(other, 7)
    assert sorted(map(version_of, got)) == sorted((lead_id, n) for lead_id in (lead, other) for n in range(1, 8))
    for lead_id in (lead, other):
        assert versions(got, lead_id) == [1, 2, 3, 4, 5, 6, 7]
    assert all(is_signed(each, endpoint["secret"]) for each in got)
    assert len({each.headers["webhook-id"] for each in got}) == len(got)
    types = {each.data["version"]: each.body["type"] for each in got}
    assert types == {1: "lead.created", **dict.fromkeys(range(2, 7), "lead.updated"), 7: "lead.deleted"}
    for each in got:
        assert each.headers["content-type"] == "application/json"
        assert each.data["accountId"] == owner.account_id
        assert each.data["previousVersion"] == each.data["version"] - 1


def test_a_body_has_the_lead_after_the_change(owner: Client, receiver: Receiver) -> None:
    subscribe(owner, receiver)
    lead_id = owner.new_leadsail_lead().removeprefix("lead_")
    for n in (1, 2):
        owner.patch_leadsail(lead_id, {"detail": f"d{n}"})
    got = receiver.until_version(lead_id, 3)
    assert [each.data["lead"].get("detail") for each in got] == [None, "d1", "d2"]
    assert got[1].data["changed"] == ["/detail"]


def test_a_patch_that_changes_nothing_sends_nothing(owner: Client, receiver: Receiver) -> None:
    subscribe(owner, receiver)
    lead_id = owner.new_lead(note="same")
    owner.patch(lead_id, {"note": "same"})
    owner.patch(lead_id, {"note": "other"})
    got = receiver.until_version(lead_id, 2)
    assert [each.body["type"] for each in got] == ["lead.created", "lead.updated"]


def test_the_expad_shape(owner: Client, receiver: Receiver) -> None:
    subscribe(owner, receiver, body="expad", events=["NewLead", "LeadUpdated"])
    lead_id = owner.new_lead(note="first")
    owner.patch(lead_id, {"note": "second"})
    owner.leadsail("DELETE", f"leads/{lead_id}")
    created, updated, deleted = receiver.until_version(lead_id, 3)
    assert [got.body["event"] for got in (created, updated, deleted)] == ["NewLead", "LeadUpdated", "LeadUpdated"]
    assert (created.body["leadId"], created.body["accountId"]) == (lead_id, owner.account_id)
    assert (created.body["version"], created.body["previousVersion"]) == (1, 0)
    assert (created.body["name"], created.body["note"]) == ("Ana Souza", "first")
    assert "changedFields" not in created.body
    assert updated.body["changedFields"] == ["note"]
    assert created.body["eventId"] == created.headers["webhook-id"]


def test_the_leadsail_shape(owner: Client, receiver: Receiver) -> None:
    subscribe(owner, receiver, body="leadsail")
    lead_id = owner.new_leadsail_lead()
    owner.patch_leadsail(lead_id, {"detail": "d"})
    created, updated = receiver.until_version(lead_id.removeprefix("lead_"), 2)
    assert (created.body["event"], updated.body["event"]) == ("lead.created", "lead.updated")
    assert (created.body["leadId"], created.body["campaignId"], created.body["submissionId"]) == (lead_id, "ABC", None)
    assert created.body["data"]["leadId"] == lead_id
    assert {"status", "timestamp", "version", "previousVersion"} <= created.body.keys()


def test_only_changes_of_the_requested_fields(owner: Client, receiver: Receiver) -> None:
    subscribe(owner, receiver, onlyFields=["/detail"])
    lead_id = owner.new_leadsail_lead().removeprefix("lead_")
    owner.patch_leadsail(lead_id, {"firstName": "Eve"})
    owner.patch_leadsail(lead_id, {"detail": "d"})
    assert versions(receiver.until_version(lead_id, 3), lead_id) == [1, 3]


def test_only_leads_in_the_requested_stages(owner: Client, receiver: Receiver) -> None:
    """A lead that leaves the stages is delivered once more."""
    subscribe(owner, receiver, stages=["won"])
    lead_id = owner.new_lead(status="NEW")
    for stage in ("ACTIVE", "won", "NEW", "ACTIVE", "won"):
        owner.patch(lead_id, {"status": stage})
    assert versions(receiver.until_version(lead_id, 6), lead_id) == [3, 4, 6]


def test_only_the_requested_events(owner: Client, receiver: Receiver) -> None:
    subscribe(owner, receiver, events=["lead.deleted"])
    lead_id = owner.new_lead()
    owner.patch(lead_id, {"note": "x"})
    owner.leadsail("DELETE", f"leads/{lead_id}")
    assert versions(receiver.until_version(lead_id, 3), lead_id) == [3]


def test_own_headers_are_sent_along(owner: Client, receiver: Receiver) -> None:
    endpoint = subscribe(owner, receiver, headers={"Authorization": "Bearer sesame"})
    owner.leadsail("PATCH", f"webhooks/{endpoint['id']}", json={"headers": {"authorization": "Bearer two", "X-A": "b"}})
    act(owner, endpoint, "test")
    (got,) = receiver.got
    assert (got.headers["authorization"], got.headers["x-a"]) == ("Bearer two", "b")


def test_after_a_rotation_both_secrets_sign(owner: Client, receiver: Receiver) -> None:
    endpoint = subscribe(owner, receiver)
    rotated = act(owner, endpoint, "rotate")
    act(owner, endpoint, "test")
    (got,) = receiver.got
    assert is_signed(got, endpoint["secret"])
    assert is_signed(got, rotated["secret"])


def test_a_test_delivery_returns_its_result(owner: Client, receiver: Receiver) -> None:
    endpoint = subscribe(owner, receiver, state="disabled")
    result = act(owner, endpoint, "test")
    assert (result["delivered"], result["status"], result["answer"]) == (True, 200, "ok")
    (got,) = receiver.got
    assert got.body["type"] == "webhook.test"
    assert is_signed(got, endpoint["secret"])
    receiver.answering = lambda got, before: 503
    result = act(owner, endpoint, "test")
    assert (result["delivered"], result["status"]) == (False, 503)
    with receiving() as closed:
        answer = owner.leadsail("PATCH", f"webhooks/{endpoint['id']}", json={"url": closed.url})
    assert answer.status_code == 200, answer.text
    result = act(owner, endpoint, "test")
    assert (result["delivered"], result["status"]) == (False, None)
    assert result["error"]


def test_a_deleted_endpoint_gets_nothing_more(owner: Client, receiver: Receiver) -> None:
    endpoint = subscribe(owner, receiver)
    with receiving() as still:
        subscribe(owner, still)
        lead_id = owner.new_lead()
        receiver.until_version(lead_id, 1)
        assert owner.leadsail("DELETE", f"webhooks/{endpoint['id']}").status_code == 200
        owner.patch(lead_id, {"note": "x"})
        still.until_version(lead_id, 2)
    assert versions(receiver.got, lead_id) == [1]
