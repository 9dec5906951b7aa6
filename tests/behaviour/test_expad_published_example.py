"""The request example of the published page, sent as it is, is taken; sent twice, it changes something once."""

import time
from copy import deepcopy
from typing import Any

from lab.server import Client
from tests.wire.expad_schema import LEAD, OWNED, example, problems
from tests.wire.expad_values import lacks

NOW_INSTEAD_OF_ZERO = (
    "/leadDate",
    "/activities/0/completedAt",
    "/activities/0/createdAt",
    "/lastMessage/createdAt",
    "/tags/0/createdAt",
    "/conversionStepTimestamps/property1",
    "/conversionStepTimestamps/property2",
)
IGNORED = {f"/{name}" for name in OWNED} | {
    "/activities/0/accountId",
    "/activities/0/leadId",
    "/activities/0/attributionUser/accountId",
    "/campaignIdData/hasCtwaClid",
    "/campaignIdData/hasFacebookLeadId",
    "/campaignIdData/hasGoogleLeadId",
    "/department/accountId",
    "/fields/0/leadId",
    "/interest/accountId",
    "/lastMessage/leadId",
    "/leadAttributionUser/accountId",
    "/leadCart/value",
    "/tags/0/accountId",
    "/unit/accountId",
}


def test_it_is_answered_with_messge_and_the_lead_then_shows_what_was_sent(client: Client) -> None:
    lead_id = client.new_lead()
    answer = client.patch(lead_id, example())
    assert isinstance(answer["messge"], str) and answer["messge"]
    lead = client.get(lead_id)
    assert problems(lead, "Lead") == []
    assert list(lacks(_client_owned(example()), lead)) == []


def test_where_it_sends_zero_for_a_time_of_receipt_the_time_is_now(client: Client) -> None:
    lead_id = client.new_lead()
    before = time.time() * 1_000
    client.patch(lead_id, example())
    lead = client.get(lead_id)
    for pointer in NOW_INSTEAD_OF_ZERO:
        assert abs(_at(lead, pointer) - before) < 60_000, pointer


def test_sent_twice_it_changes_something_once(client: Client) -> None:
    lead_id = client.new_lead()
    first = client.patch(lead_id, example())
    shown = client.get(lead_id)
    second = client.patch(lead_id, example())
    assert (first["version"], second["version"]) == (2, 2)
    assert first["changed"] and second["changed"] == []
    assert client.get(lead_id) == shown


def test_what_the_server_alone_writes_is_named_and_not_applied(client: Client) -> None:
    lead_id = client.new_lead()
    answer = client.patch(lead_id, example())
    assert set(answer["ignored"]) == IGNORED
    lead = client.get(lead_id)
    assert lead["id"] == lead_id
    assert lead["unit"]["accountId"] == lead["activities"][0]["accountId"] == client.account_id
    assert lead["activities"][0]["leadId"] == lead["fields"][0]["leadId"] == lead["lastMessage"]["leadId"] == lead_id


def test_a_lead_can_be_created_of_it(client: Client) -> None:
    answer = client.expad("POST", json=example())
    assert answer.status_code == 200, answer.text
    created = answer.json()
    assert set(LEAD) <= set(created)
    lead = client.get(created["leadId"])
    assert list(lacks(_client_owned(example()), lead)) == []
    assert created["leadId"] != "string"


def _client_owned(body: dict[str, Any]) -> dict[str, Any]:
    """What of the example must read back as sent."""
    body = deepcopy(body)
    for pointer in (*sorted(IGNORED, reverse=True), *NOW_INSTEAD_OF_ZERO):
        *parents, last = pointer.split("/")[1:]
        del _at(body, "".join(f"/{part}" for part in parents))[last]
    return body


def _at(value: Any, pointer: str) -> Any:
    for part in pointer.split("/")[1:]:
        value = value[int(part)] if isinstance(value, list) else value[part]
    return value
