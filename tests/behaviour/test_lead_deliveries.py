"""The deliveries of one lead's changes, to all endpoints, latest version first."""

from typing import Any

import pytest

from lab.receiver import Receiver, poll
from lab.server import Client
from lab.webhooks import act, deliveries, subscribe

pytestmark = pytest.mark.slow


def page(client: Client, lead_id: str, **query: Any) -> dict[str, Any]:
    answer = client.leadsail("GET", f"leads/lead_{lead_id}/deliveries", params=query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["data"])


def finished(client: Client, lead_id: str, count: int) -> list[dict[str, Any]]:
    def all_finished() -> list[dict[str, Any]]:
        listed = page(client, lead_id)["deliveries"]
        return listed if sum(delivery["state"] != "pending" for delivery in listed) == count else []

    return list(poll(all_finished))


def test_a_delivery_is_shown_as_its_endpoint_shows_it_with_the_endpoint(owner: Client, receiver: Receiver) -> None:
    endpoints = [subscribe(owner, receiver) for _ in range(2)]
    lead_id, other = owner.new_lead(), owner.new_lead()
    owner.patch(lead_id, {"note": "x"})
    listed = finished(owner, lead_id, 4)
    finished(owner, other, 2)
    assert [delivery["version"] for delivery in listed] == [2, 2, 1, 1]
    for endpoint in endpoints:
        own = [delivery for delivery in deliveries(owner, endpoint)[::-1] if delivery["leadId"] == f"lead_{lead_id}"]
        shown = [delivery for delivery in listed if delivery["endpointId"] == endpoint["id"]]
        assert shown == [{**delivery, "endpointId": endpoint["id"]} for delivery in own]


def test_pages_together_are_the_whole_list(owner: Client, receiver: Receiver) -> None:
    for _ in range(2):
        subscribe(owner, receiver)
    lead_id = owner.new_lead()
    for number in range(2):
        owner.patch(lead_id, {"note": f"{number}"})
    whole, parts, cursor = finished(owner, lead_id, 6), list[dict[str, Any]](), dict[str, str]()
    for size in (1, 4, 1):
        part = page(owner, lead_id, limit=size, **cursor)
        assert (len(part["deliveries"]), part["hasMore"]) == (size, len(parts) + size < 6)
        parts += part["deliveries"]
        cursor = {"cursor": part["nextCursor"]}
    assert parts == whole


def test_deliveries_of_a_deleted_endpoint_are_left_out(owner: Client, receiver: Receiver) -> None:
    kept, deleted = subscribe(owner, receiver), subscribe(owner, receiver)
    lead_id = owner.new_lead()
    finished(owner, lead_id, 2)
    owner.leadsail("DELETE", f"webhooks/{deleted['id']}")
    assert [delivery["endpointId"] for delivery in page(owner, lead_id)["deliveries"]] == [kept["id"]]
    act(owner, kept, "pause")
    owner.patch(lead_id, {"note": "x"})
    newest, _ = page(owner, lead_id)["deliveries"]
    assert (newest["state"], newest["waitsFor"]) == ("pending", "endpoint")


@pytest.mark.parametrize("query", [{"cursor": "x"}, {"cursor": "Wy0xLCJ4Il0"}, {"limit": "0"}])
def test_invalid_parameters_are_refused_by_name(owner: Client, query: dict[str, str]) -> None:
    answer = owner.leadsail("GET", f"leads/lead_{owner.new_lead()}/deliveries", params=query)
    assert answer.status_code == 400
    assert next(iter(query)) in answer.text


@pytest.mark.parametrize("lead_id", ["0" * 24, "x"])
def test_a_lead_that_does_not_exist_has_none(owner: Client, lead_id: str) -> None:
    assert owner.leadsail("GET", f"leads/lead_{lead_id}/deliveries").status_code == 404
