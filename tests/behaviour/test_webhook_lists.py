"""The deliveries to an endpoint and all attempts, newest first, in pages."""

from typing import Any

import pytest

from lab.receiver import Receiver, poll, version_of
from lab.server import Client
from lab.webhooks import act, attempts, deliveries, ms, page, subscribe

pytestmark = pytest.mark.slow

WHAT = ["deliveries", "attempts"]


def finished(owner: Client, endpoint: dict[str, Any], count: int) -> list[dict[str, Any]]:
    """The deliveries, oldest first, once `count` of them are finished."""

    def all_finished() -> list[dict[str, Any]]:
        listed = deliveries(owner, endpoint)
        return listed if sum(delivery["state"] != "pending" for delivery in listed) == count else []

    return list(poll(all_finished))


def test_a_delivery_is_listed_with_its_change(owner: Client, receiver: Receiver) -> None:
    endpoint = subscribe(owner, receiver)
    lead_id = owner.new_lead()
    owner.patch(lead_id, {"note": "x"})
    got = receiver.until_version(lead_id, 2)
    listed = finished(owner, endpoint, 2)
    assert [delivery["id"] for delivery in listed] == [each.headers["webhook-id"] for each in got]
    assert [delivery["event"] for delivery in listed] == ["lead.created", "lead.updated"]
    changes = owner.leadsail("GET", f"leads/lead_{lead_id}/changes").json()["data"]["changes"]
    assert [delivery["changedAt"] for delivery in listed] == [change["at"] for change in changes]
    second = listed[1]
    assert (second["leadId"], second["version"], second["state"]) == (f"lead_{lead_id}", 2, "done")
    assert (second["attempts"], second["waitsFor"], second["nextAttemptAt"]) == (1, None, None)
    assert ms(second["finishedAt"]) >= ms(second["changedAt"])


def test_an_attempt_names_its_delivery(owner: Client, receiver: Receiver) -> None:
    endpoint = subscribe(owner, receiver)
    lead_id = owner.new_lead()
    (got,) = receiver.until_version(lead_id, 1)
    (made,) = poll(lambda: attempts(owner, endpoint))
    assert (made["leadId"], made["version"], made["event"]) == (f"lead_{lead_id}", 1, "lead.created")
    assert made["eventId"] == got.headers["webhook-id"]
    assert ms(made["at"]) // 1_000 - int(got.headers["webhook-timestamp"]) in (-1, 0, 1)


def test_a_waiting_delivery_says_what_it_waits_for(owner: Client, receiver: Receiver) -> None:
    receiver.answering = lambda got, before: 500 if version_of(got)[1] == 1 and before < 2 else 200
    endpoint = subscribe(owner, receiver)
    lead_id = owner.new_lead()
    owner.patch(lead_id, {"note": "x"})
    first, second = poll(lambda: listed if (listed := deliveries(owner, endpoint))[0]["attempts"] == 2 else None)
    assert (first["state"], first["waitsFor"], first["finishedAt"]) == ("pending", "next_attempt", None)
    (*_, failed) = attempts(owner, endpoint)
    assert first["nextAttemptAt"] == failed["nextAttemptAt"]
    assert (second["state"], second["waitsFor"], second["nextAttemptAt"]) == ("pending", "earlier_version", None)
    act(owner, endpoint, "pause")
    first, second = deliveries(owner, endpoint)
    assert (first["waitsFor"], first["nextAttemptAt"]) == ("endpoint", None)
    assert second["waitsFor"] == "earlier_version"


def test_failed_deliveries_can_be_listed_alone(owner: Client, receiver: Receiver) -> None:
    good, bad = owner.new_lead(), owner.new_lead()
    receiver.answering = lambda got, before: 200 if version_of(got)[0] == good else 500
    endpoint = subscribe(owner, receiver, attempts=1)
    for lead_id in (bad, good, bad):
        owner.patch(lead_id, {"note": f"{len(receiver.got)} {lead_id}"})
        receiver.until(lambda got, lead_id=lead_id: lead_id in [version_of(each)[0] for each in got])  # type: ignore[misc]
    finished(owner, endpoint, 3)
    failed = deliveries(owner, endpoint, state="failed")
    assert [(delivery["leadId"], delivery["version"]) for delivery in failed] == [
        (f"lead_{bad}", 2),
        (f"lead_{bad}", 3),
    ]
    assert {delivery["state"] for delivery in failed} == {"failed"}


@pytest.mark.parametrize("of", WHAT)
def test_all_pages_together_are_the_whole_list(owner: Client, receiver: Receiver, of: str) -> None:
    endpoint = subscribe(owner, receiver)
    for _ in range(5):
        owner.patch(owner.new_lead(), {"note": "x"})
    finished(owner, endpoint, 10)
    whole = page(owner, endpoint, of)
    assert (len(whole[of]), whole["hasMore"], whole["nextCursor"]) == (10, False, None)
    times = [ms(item.get("at") or item["changedAt"]) for item in whole[of]]
    assert times == sorted(times, reverse=True)
    items: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    for size in (3, 3, 3, 1):
        part = page(owner, endpoint, of, limit=3, **cursor)
        assert (len(part[of]), part["hasMore"]) == (size, size == 3)
        items += part[of]
        cursor = {"cursor": part["nextCursor"]}
    assert items == whole[of]


@pytest.mark.parametrize("of", WHAT)
@pytest.mark.parametrize("query", [{"cursor": "x"}, {"cursor": "9" * 20 + "-1-1-1"}, {"limit": "0"}, {"limit": "many"}])
def test_invalid_parameters_are_refused_by_name(
    owner: Client, receiver: Receiver, of: str, query: dict[str, str]
) -> None:
    endpoint = subscribe(owner, receiver)
    answer = owner.leadsail("GET", f"webhooks/{endpoint['id']}/{of}", params=query)
    assert answer.status_code == 400
    assert next(iter(query)) in answer.text


def test_only_failed_is_a_state_to_ask_for(owner: Client, receiver: Receiver) -> None:
    endpoint = subscribe(owner, receiver)
    answer = owner.leadsail("GET", f"webhooks/{endpoint['id']}/deliveries", params={"state": "done"})
    assert (answer.status_code, "state: must be failed" in answer.text) == (400, True)
