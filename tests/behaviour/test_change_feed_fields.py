"""The fields of change records: LeadSail's pointer and form, and Expad's for fields that only Expad has."""

from collections.abc import Callable
from typing import Any

import pytest

from lab.server import Client
from tests.support.answers import FULL
from tests.support.feed import at, records, values_by_field
from tests.wire.expad_values import FULL as FULL_EXPAD

Fields = dict[str, tuple[Any, Any]]

OURS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "/expad/messages/wamid_1": lambda shown: shown["lastMessage"],
    "/expad/customLeadSourceName": lambda shown: None,
    "/expad/customLeadTypeName": lambda shown: None,
}
"""Recorded under leadloop's own names."""


def shown_at(client: Client, lead: str, field: str) -> Any:
    """The lead's value at a field of the feed."""
    if field in OURS:
        return OURS[field](client.get(lead))
    if field.startswith("/expad/"):
        return at(client.get(lead), field.removeprefix("/expad"))
    return at(client.get_leadsail(lead), field)


def last(client: Client, lead: str) -> Fields:
    return values_by_field(records(client, f"leads/{lead}/changes", full="true")[-1])


def test_records_have_leadsails_fields_as_leadsail_returns_them(client: Client) -> None:
    lead = client.new_leadsail_lead()
    assert client.patch_leadsail(lead, FULL).status_code == 200
    fields = last(client, lead)
    for field, (_, after) in fields.items():
        assert after == shown_at(client, lead, field), field
        assert not field.startswith("/stored")
    names = {field.split("/")[1] for field in fields}
    assert names == FULL.keys() | {"expad"}
    derived = {field for field in fields if field.startswith("/expad/")}
    assert derived == {"/expad/name", "/expad/status", "/expad/tags"}


def test_records_have_expads_fields_as_expad_returns_them(client: Client) -> None:
    lead = client.new_lead(name="Old")
    client.patch(lead, FULL_EXPAD)
    fields = last(client, lead)
    for field, (_, after) in fields.items():
        assert after == shown_at(client, lead, field), field
    told_of = {field.split("/")[2] for field in fields if field.startswith("/expad/")}
    elsewhere = {"email", "phoneNumber", "note", "fields", "referrer", "startUrl", "userAgent", "markedForDeletion"}
    utm = {name for name in FULL_EXPAD if name.startswith("utm")}
    assert told_of == FULL_EXPAD.keys() - elsewhere - utm | {"messages"}


def test_every_field_that_is_cleared_is_null_afterwards(client: Client) -> None:
    lead = client.new_lead()
    client.patch_leadsail(lead, FULL)
    set_to = last(client, lead)
    kept = {"firstName", "lastName", "email", "phone"}
    client.patch_leadsail(lead, {name: None for name in FULL if name not in kept})
    for field, (before, after) in last(client, lead).items():
        if field in ("/status", "/expad/status"):
            assert (before, after) == (set_to[field][1], {"/status": "new", "/expad/status": "NEW"}[field])
        else:
            assert (before, after) == (set_to[field][1], None), field


CHANGES: list[tuple[str, dict[str, Any], Fields]] = [
    ("expad", {"status": "ACTIVE"}, {"/expad/status": ("NEW", "ACTIVE"), "/status": ("new", "qualified")}),
    (
        "expad",
        {"name": "Bia Lima Reis"},
        {
            "/expad/name": ("Ana Souza", "Bia Lima Reis"),
            "/firstName": ("Ana", "Bia"),
            "/lastName": ("Souza", "Lima Reis"),
        },
    ),
    ("expad", {"saleValue": 1250.5}, {"/expad/saleValue": (None, 1250.5)}),
    ("expad", {"address": "Rua A, 1"}, {"/expad/address": (None, "Rua A, 1")}),
    ("expad", {"source": "Feira"}, {"/expad/source": ("CUSTOM", "CUSTOM")}),
    ("expad", {"utmSource": "g"}, {"/attribution/params/utm_source": (None, "g")}),
    ("expad", {"startUrl": "https://x.test"}, {"/attribution/captureUrl": (None, "https://x.test")}),
    ("expad", {"conversionSteps": {"a/b": False}}, {"/expad/conversionSteps/a~1b": (None, False)}),
    ("expad", {"aiData": {"isActive": True}}, {"/expad/aiData/isActive": (None, True)}),
    ("expad", {"leadDate": 1_767_225_600_123}, {"/expad/leadDate": (None, 1_767_225_600_123)}),
    ("expad", {"tags": [{"name": "vip", "color": "red"}]}, {"/tags": (None, ["vip"])}),
    (
        "expad",
        {"fields": [{"id": "q/1", "name": "Why?", "value": "so"}]},
        {"/questionnaire/q~11": (None, {"key": "q/1", "question": "Why?", "answer": "so"})},
    ),
    ("leadsail", {"deliveredAt": 1_767_225_600_123}, {"/deliveredAt": (None, "2026-01-01T00:00:00.123Z")}),
    ("leadsail", {"customFields": {"a": {"b": [1.5, None]}}}, {"/customFields/a": (None, {"b": [1.5, None]})}),
    ("leadsail", {"address": {"city": "Recife"}}, {"/address/city": (None, "Recife")}),
    ("leadsail", {"repostedTo": ["A", {"b": 1}]}, {"/repostedTo": (None, ["A", {"b": 1}])}),
    ("leadsail", {"campaign": {"campaignId": "XY"}}, {"/campaign/campaignId": (None, "XY")}),
]


@pytest.mark.parametrize(("dialect", "body", "expected"), CHANGES, ids=lambda part: str(part)[:40])
def test_a_change_has_its_pointer(client: Client, dialect: str, body: dict[str, Any], expected: Fields) -> None:
    lead = client.new_lead()
    if dialect == "expad":
        client.patch(lead, body)
    else:
        client.patch_leadsail(lead, body)
    fields = last(client, lead)
    for field, (before, after) in expected.items():
        if field in fields:
            assert fields[field][1] == after
            assert field == "/expad/leadDate" or fields[field][0] == before
        else:
            assert before == after, field
    ours = {"/expad/customLeadSourceId", "/expad/customLeadSourceName", "/expad/tags"}
    assert fields.keys() - expected.keys() <= ours


def test_a_custom_source_is_recorded_with_its_name(client: Client) -> None:
    lead = client.new_lead(source="GOOGLE")
    client.patch(lead, {"source": "Feira do Imóvel"})
    custom_id = client.get(lead)["customLeadSourceId"]
    assert last(client, lead) == {
        "/expad/source": ("GOOGLE", "CUSTOM"),
        "/expad/customLeadSourceName": (None, "Feira do Imóvel"),
        "/expad/customLeadSourceId": (None, custom_id),
    }


def test_a_tag_is_recorded_for_leadsail_by_its_name_only(client: Client) -> None:
    lead = client.new_lead(tags=[{"id": "t1", "name": "vip", "color": "red"}])
    client.patch(lead, {"tags": [{"id": "t1", "color": "blue"}]})
    (before, after) = last(client, lead)["/expad/tags"]
    assert [tag["color"] for tag in (before[0], after[0])] == ["red", "blue"]
    assert last(client, lead).keys() == {"/expad/tags"}
    client.patch_leadsail(lead, {"tags": ["vip", "late"]})
    fields = last(client, lead)
    assert fields["/tags"] == (["vip"], ["vip", "late"])
    assert [tag["name"] for tag in fields["/expad/tags"][1]] == ["vip", "late"]


ITEMS: list[tuple[str, Callable[[Client, str], Any], str]] = [
    ("/notes/n~11", lambda c, lead: c.patch_leadsail(lead, {"notes": [{"id": "n/1", "text": "x"}]}), "text"),
    ("/questionnaire/q", lambda c, lead: c.patch_leadsail(lead, {"questionnaire": [{"key": "q", "answer": 1}]}), "key"),
    ("/expad/activities/a1", lambda c, lead: c.patch(lead, {"activities": [{"id": "a1", "kind": "CALL"}]}), "kind"),
]


@pytest.mark.parametrize(("field", "write", "member"), ITEMS, ids=[field for field, _, _ in ITEMS])
def test_an_item_is_recorded_whole_under_its_key(
    client: Client, field: str, write: Callable[[Client, str], Any], member: str
) -> None:
    lead = client.new_lead()
    write(client, lead)
    fields = last(client, lead)
    assert fields.keys() == {field}
    assert fields[field][0] is None and member in fields[field][1]
    assert fields[field][1] == shown_at(client, lead, field)


def test_a_removed_item_is_null_afterwards(client: Client) -> None:
    lead = client.new_lead(fields=[{"id": "q", "name": "Why?", "value": "so"}])
    client.patch_leadsail(lead, {"deleteQuestionnaireKeys": ["q"]})
    assert last(client, lead) == {"/questionnaire/q": ({"key": "q", "question": "Why?", "answer": "so"}, None)}


def test_each_message_is_recorded_and_the_last_one(client: Client) -> None:
    lead = client.new_lead(lastMessage={"id": "m1", "content": "one", "createdAt": 1_767_225_600_000})
    client.patch(lead, {"lastMessage": {"id": "m2", "content": "two", "createdAt": 1_767_225_700_000}})
    fields = last(client, lead)
    assert fields.keys() == {"/expad/messages/m2", "/expad/lastMessage"}
    assert [fields["/expad/lastMessage"][when]["id"] for when in (0, 1)] == ["m1", "m2"]
    client.patch(lead, {"lastMessage": {"id": "m0", "content": "late", "createdAt": 1_767_225_500_000}})
    fields = last(client, lead)
    assert fields.keys() == {"/expad/messages/m0"}
    assert (fields["/expad/messages/m0"][1]["content"], fields["/expad/messages/m0"][1]["leadId"]) == ("late", lead)


def test_a_reordered_list_is_recorded_whole(client: Client) -> None:
    lead = client.new_lead()
    client.patch_leadsail(lead, {"notes": [{"id": key, "text": key} for key in "ab"]})
    client.patch_leadsail(lead, {"notes": None})
    client.patch_leadsail(lead, {"notes": [{"id": "b", "text": "b"}]})
    reverted = client.leadsail("POST", f"leads/{lead}/revert", json={"version": 2})
    assert reverted.status_code == 200, reverted.text
    (before, after) = last(client, lead)["/notes"]
    assert ([note["id"] for note in before], [note["id"] for note in after]) == (["b"], ["a", "b"])
    assert after == client.get_leadsail(lead)["notes"]
