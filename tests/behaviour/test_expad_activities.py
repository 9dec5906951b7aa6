"""`activities`: upserted by id and merged by member, else appended; `[]` changes nothing, null removes all."""

import re
from typing import Any

import pytest

from lab.server import Client
from tests.wire.expad_values import ACTIVITY, lacks


def test_a_known_activity_merges_by_member(client: Client) -> None:
    lead_id = client.new_lead(activities=[ACTIVITY])
    answer = client.patch(lead_id, {"activities": [{"id": "act_1", "isComplete": False, "description": None}]})
    assert answer["changed"] == ["/activities/act_1"]
    (activity,) = client.get(lead_id)["activities"]
    assert list(lacks({**ACTIVITY, "isComplete": False, "completedAt": 0, "description": ""}, activity)) == []


def test_an_unknown_id_is_added_behind(client: Client) -> None:
    lead_id = client.new_lead(activities=[ACTIVITY])
    client.patch(lead_id, {"activities": [{"id": "act_2", "kind": "VISIT"}]})
    assert [activity["id"] for activity in client.get(lead_id)["activities"]] == ["act_1", "act_2"]


@pytest.mark.parametrize("no_id", [{}, {"id": ""}, {"id": None}])
def test_without_an_id_each_is_appended_under_an_id_of_its_own(client: Client, no_id: dict[str, Any]) -> None:
    lead_id = client.new_lead(activities=[ACTIVITY])
    for _ in range(2):
        client.patch(lead_id, {"activities": [{**no_id, "kind": "CALL"}, {**no_id, "kind": "CALL"}]})
    ids = [activity["id"] for activity in client.get(lead_id)["activities"]]
    assert len(set(ids)) == 5
    assert all(re.fullmatch("[0-9a-f]{24}", item_id) for item_id in ids[1:])


def test_the_same_id_twice_in_one_request_is_one_activity(client: Client) -> None:
    lead_id = client.new_lead()
    body = {"activities": [{"id": "a", "kind": "CALL", "name": "first"}, {"id": "a", "name": "second"}]}
    client.patch(lead_id, body)
    (activity,) = client.get(lead_id)["activities"]
    assert (activity["kind"], activity["name"]) == ("CALL", "second")
    assert client.patch(lead_id, body)["version"] == 2


def test_an_empty_list_changes_nothing_and_null_removes_all(client: Client) -> None:
    lead_id = client.new_lead(activities=[ACTIVITY])
    assert client.patch(lead_id, {"activities": []})["changed"] == []
    assert client.patch(lead_id, {"activities": None})["changed"] == ["/activities/act_1"]
    assert client.get(lead_id)["activities"] == []


def test_its_user_and_its_other_lead_are_replaced_whole(client: Client) -> None:
    lead_id = client.new_lead(activities=[ACTIVITY])
    body = {"id": "act_1", "attributionUser": {"id": "u2", "userName": "Caio"}, "referenceLead": {"leadId": "l2"}}
    client.patch(lead_id, {"activities": [body]})
    (activity,) = client.get(lead_id)["activities"]
    assert (activity["attributionUser"]["userName"], activity["attributionUser"]["email"]) == ("Caio", "")
    assert (activity["referenceLead"]["leadId"], activity["referenceLead"]["name"]) == ("l2", "")
    client.patch(lead_id, {"activities": [{"id": "act_1", "attributionUser": None, "referenceLead": None}]})
    (activity,) = client.get(lead_id)["activities"]
    assert activity["attributionUser"] is None and activity["referenceLead"] is None


def test_only_inside_the_other_lead_is_an_account_id_the_clients(client: Client) -> None:
    lead_id = client.new_lead()
    user = {"accountId": "other", "id": "u1"}
    body = [
        {
            "id": "a",
            "accountId": "x",
            "attributionUser": user,
            "referenceLead": {"accountId": "y", "attributionUser": user},
        }
    ]
    answer = client.patch(lead_id, {"activities": body})
    assert answer["ignored"] == ["/activities/0/accountId", "/activities/0/attributionUser/accountId"]
    (activity,) = client.get(lead_id)["activities"]
    assert activity["accountId"] == activity["attributionUser"]["accountId"] == client.account_id
    assert activity["referenceLead"]["accountId"] == "y"
    assert activity["referenceLead"]["attributionUser"]["accountId"] == "other"


@pytest.mark.parametrize("item", [None, 5, "x", [], {"id": 5}, {"id": "."}, {"id": "x" * 257}, {"isComplete": "true"}])
def test_invalid_activities_are_refused(client: Client, item: Any) -> None:
    answer = client.expad("PATCH", f"lead/{client.new_lead()}", json={"activities": [ACTIVITY, item]})
    assert answer.status_code == 400
    assert "activities.1" in answer.json()["message"]
