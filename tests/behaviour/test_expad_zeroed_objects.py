"""Typed clients send every member with its zero: an object of nothing else counts as empty, also the second time."""

from collections.abc import Iterator, Set
from copy import deepcopy
from typing import Any

import pytest

from lab.server import Client
from tests.support.catalogue import create, set_attribution
from tests.wire.expad_schema import LEAD, OWNED, SCHEMAS, example
from tests.wire.expad_values import ACTIVITY, FULL

SERVER_OWNED = frozenset({"accountId", "leadId"})


def zeroed(value: Any, kept: Set[str] = SERVER_OWNED) -> Any:
    """The same object with nothing set; the ids that the server adds stay. Another lead has its own `leadId`."""
    if isinstance(value, dict):
        return {
            name: member if name in kept else zeroed(member, kept - {"leadId"} if name == "referenceLead" else kept)
            for name, member in value.items()
        }
    if isinstance(value, list):
        return [zeroed(item, kept) for item in value]
    return type(value)()


def objects(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The places of the objects in `value`."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        if isinstance(member, dict):
            yield (*at, key)
        yield from objects(member, (*at, key))


NESTED = list(objects(example()))
REPLACED = ("leadAttributionUser", "unit", "department", "interest", "leadLossReson", "leadActivityReason", "leadCart")
LISTS = ("activities", "fields", "tags")


def with_zeroed(body: dict[str, Any], place: tuple[Any, ...]) -> dict[str, Any]:
    body = deepcopy(body)
    *parents, last = place
    parent: Any = body
    for key in parents:
        parent = parent[key]
    parent[last] = zeroed(parent[last])
    return body


def test_the_published_example_has_all_nested_objects() -> None:
    assert {place[0] for place in NESTED} == {
        name for name, kind in LEAD.items() if kind.removesuffix("[]") in SCHEMAS
    } | {
        "conversionSteps",
        "conversionStepTimestamps",
    }


@pytest.mark.parametrize("place", NESTED, ids=lambda place: ".".join(map(str, place)))
def test_each_object_of_the_published_example_zeroed_and_sent_twice(client: Client, place: tuple[Any, ...]) -> None:
    lead_id, body = client.new_lead(), with_zeroed(example(), place)
    first, second = client.patch(lead_id, body), client.patch(lead_id, body)
    assert (first["version"], second["version"], second["changed"]) == (2, 2, [])


def test_all_of_them_zeroed_and_sent_twice(client: Client) -> None:
    body = {name: zeroed(value) if isinstance(value, dict | list) else value for name, value in example().items()}
    lead_id = client.new_lead()
    client.patch(lead_id, body)
    assert client.patch(lead_id, body)["version"] == 2
    lead = client.get(lead_id)
    assert [lead[name] for name in REPLACED] == [None] * len(REPLACED)
    assert [lead[name] for name in LISTS] == [[], [], []]
    assert lead["lastMessage"] is None and lead["hasLeadMessages"] is lead["hasAttributionUser"] is False


def test_a_whole_lead_of_zeros_changes_something_at_most_once(client: Client) -> None:
    body = {name: zeroed(value) for name, value in example().items() if name not in (*OWNED, "name")}
    lead_id = client.new_lead(**FULL)
    first = client.patch(lead_id, body)
    assert client.patch(lead_id, body)["version"] == first["version"] == 2
    lead = client.get(lead_id)
    assert [lead[name] for name in REPLACED] == [None] * len(REPLACED)
    assert lead["activities"][0]["name"] == ACTIVITY["name"] and lead["fields"] and lead["lastMessage"]["content"]


@pytest.mark.parametrize("name", REPLACED)
def test_a_zeroed_reference_or_cart_is_cleared(client: Client, name: str) -> None:
    lead_id = client.new_lead(**{name: FULL[name]})
    assert client.patch(lead_id, {name: zeroed(example()[name])})["changed"][0] == f"/{name}"
    assert client.get(lead_id)[name] is None


def test_zeroed_items_are_left_out_and_the_others_taken(client: Client) -> None:
    lead_id = client.new_lead()
    body: dict[str, Any] = {name: [zeroed(example()[name][0]), FULL[name][0]] for name in LISTS}
    body["leadCart"] = {"leadProducts": [zeroed(example()["leadCart"]["leadProducts"][0])], "value": 12}
    client.patch(lead_id, body)
    lead = client.get(lead_id)
    assert [len(lead[name]) for name in LISTS] == [1, 1, 1]
    assert lead["leadCart"] == {"leadProducts": [], "value": 12}


def test_what_is_not_taken_of_a_zeroed_object_is_named_all_the_same(client: Client) -> None:
    body = {"activities": [{"id": "", "accountId": "x", "attributionUser": {"accountId": "x", "id": ""}, "more": 0}]}
    answer = client.patch(client.new_lead(), body)
    assert answer["ignored"] == [
        "/activities/0/accountId",
        "/activities/0/attributionUser/accountId",
        "/activities/0/more",
    ]


def test_an_item_with_its_id_alone_still_means_the_known_one(client: Client) -> None:
    lead_id = client.new_lead(activities=[ACTIVITY])
    client.patch(lead_id, {"activities": [{**zeroed(ACTIVITY), "id": ACTIVITY["id"]}]})
    (activity,) = client.get(lead_id)["activities"]
    assert (activity["name"], activity["isComplete"], activity["attributionUser"]) == ("", False, None)


HOLLOW = {"isRealUser": True, "globalAutoAttributionDisabled": True, "phoneNumber": "11 99999-0000", "userName": ""}


def test_a_hollow_user_is_as_empty(client: Client) -> None:
    lead_id = client.new_lead(leadAttributionUser=HOLLOW, activities=[{"id": "a", "attributionUser": HOLLOW}])
    lead = client.get(lead_id)
    assert lead["leadAttributionUser"] is lead["activities"][0]["attributionUser"] is None
    client.patch(lead_id, {"leadAttributionUser": {"userId": "u1", "isRealUser": True}})
    assert client.patch(lead_id, {"leadAttributionUser": HOLLOW})["changed"][0] == "/leadAttributionUser"
    assert client.get(lead_id)["hasAttributionUser"] is False


def test_places_without_id_and_name_are_as_empty(client: Client) -> None:
    lead_id = client.new_lead(
        department={"unitId": "u1"}, interest={"departmentId": "d", "unitId": "u"}, tags=[{"color": "red"}]
    )
    lead = client.get(lead_id)
    assert lead["department"] is lead["interest"] is None and lead["tags"] == []


@pytest.mark.parametrize("user", [HOLLOW, {}, zeroed(example()["leadAttributionUser"])])
def test_a_hollow_user_does_not_stop_automatic_attribution(client: Client, user: dict[str, Any]) -> None:
    set_attribution(client, True)
    create(client, "users", id="ana", name="Ana", isRealUser=True)
    lead_id = client.new_lead(leadAttributionUser=user)
    assert client.get(lead_id)["leadAttributionUser"]["id"] == "ana"


def test_objects_that_merge_keep_their_rules(client: Client) -> None:
    lead_id = client.new_lead(aiData={"isActive": True, "hasCollectedData": True}, conversionSteps={"a": True})
    client.patch(lead_id, {"aiData": {"isActive": False}, "conversionSteps": {"a": False}})
    lead = client.get(lead_id)
    assert lead["aiData"] == {"isActive": False, "hasCollectedData": True} and lead["conversionSteps"] == {"a": False}


def test_zeros_of_the_wrong_type_are_zeros_too(client: Client) -> None:
    lead_id = client.new_lead()
    body = {"unit": {"id": 0, "name": None}, "activities": [{"createdAt": "", "dueAt": "0", "isComplete": 0}]}
    assert client.patch(lead_id, body)["version"] == 1
