"""`aiData`, `campaignIdData` and `dialog360Info` merge by member; the server decides which campaign ids exist."""

from typing import Any

import pytest

from lab.server import Client
from tests.wire.expad_values import FULL

AI = {"hasCollectedData": True, "isActive": True}
CHANNEL = FULL["dialog360Info"]

MERGES: list[tuple[str, dict[str, Any], dict[str, Any], Any]] = [
    ("aiData", AI, {"isActive": False}, {"hasCollectedData": True, "isActive": False}),
    ("aiData", AI, {"isActive": None}, {"hasCollectedData": True, "isActive": False}),
    ("aiData", AI, {}, AI),
    ("aiData", AI, dict.fromkeys(AI), None),
    ("dialog360Info", CHANNEL, {"unreadCount": 0}, {**CHANNEL, "unreadCount": 0}),
    ("dialog360Info", CHANNEL, {"unreadCount": "7"}, {**CHANNEL, "unreadCount": 7}),
    ("dialog360Info", CHANNEL, {"name": "", "lastLeadMessageAt": 0}, {**CHANNEL, "name": "", "lastLeadMessageAt": 0}),
    ("dialog360Info", CHANNEL, {"channelId": None}, {**CHANNEL, "channelId": ""}),
    ("dialog360Info", CHANNEL, dict.fromkeys(CHANNEL), None),
]


@pytest.mark.parametrize(("name", "before", "sent", "after"), MERGES)
def test_members(client: Client, name: str, before: Any, sent: dict[str, Any], after: Any) -> None:
    lead_id = client.new_lead(**{name: before})
    assert client.get(lead_id)[name] == before
    client.patch(lead_id, {name: sent})
    assert client.get(lead_id)[name] == after
    assert client.patch(lead_id, {name: sent})["changed"] == []


def test_a_change_is_named_by_its_member(client: Client) -> None:
    lead_id = client.new_lead(aiData=AI, dialog360Info=CHANNEL)
    answer = client.patch(lead_id, {"aiData": {**AI, "isActive": False}, "dialog360Info": {"unreadCount": 9}})
    assert set(answer["changed"]) == {"/aiData/isActive", "/dialog360Info/unreadCount"}


@pytest.mark.parametrize("name", ["aiData", "dialog360Info", "campaignIdData"])
@pytest.mark.parametrize("value", [5, "x", [], True])
def test_invalid_values_are_refused(client: Client, name: str, value: Any) -> None:
    answer = client.expad("PATCH", f"lead/{client.new_lead()}", json={name: value})
    assert answer.status_code == 400
    assert name in answer.json()["message"]


HAS = [
    (
        {"googleLeadId": "g"},
        {"ctwaClid": "", "hasCtwaClid": False, "hasFacebookLeadId": False, "hasGoogleLeadId": True},
    ),
    (
        {"facebookLeadId": "f"},
        {"ctwaClid": "", "hasCtwaClid": False, "hasFacebookLeadId": True, "hasGoogleLeadId": False},
    ),
    (
        {"campaignIdData": {"ctwaClid": "c"}},
        {"ctwaClid": "c", "hasCtwaClid": True, "hasFacebookLeadId": False, "hasGoogleLeadId": False},
    ),
]


@pytest.mark.parametrize(("body", "shown"), HAS)
def test_it_tells_which_ids_the_lead_has(client: Client, body: dict[str, Any], shown: dict[str, Any]) -> None:
    lead_id = client.new_lead()
    client.patch(lead_id, body)
    assert client.get(lead_id)["campaignIdData"] == shown


def test_the_click_id_is_set_cleared_and_survives_the_rest(client: Client) -> None:
    lead_id = client.new_lead(campaignIdData={"ctwaClid": "c"})
    assert client.patch(lead_id, {"campaignIdData": {"hasCtwaClid": False}})["changed"] == []
    assert client.patch(lead_id, {"campaignIdData": {"ctwaClid": None}})["changed"] == ["/campaignIdData/ctwaClid"]
    assert client.get(lead_id)["campaignIdData"] is None


def test_calls_and_the_owner_are_told_of_too(client: Client) -> None:
    lead = client.get(client.new_lead(callId="c", leadAttributionUser={"id": "u"}, lastMessage={"content": "x"}))
    assert lead["hasLeadCalls"] and lead["hasAttributionUser"] and lead["hasLeadMessages"]
