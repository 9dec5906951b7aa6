"""LeadSail refuses unknown names at every depth, except in free objects, and suggests the nearest known name."""

from typing import Any

import pytest

from lab.server import Client
from tests.support.answers import FULL, UPDATED, details, refused

NEAREST: dict[str, tuple[dict[str, Any], str]] = {
    "statuss": ({"statuss": "new"}, "status"),
    "first_name": ({"first_name": "Mary"}, "firstName"),
    "Email": ({"Email": "a@b.co"}, "email"),
    "phoneNumber": ({"phoneNumber": "5551234567"}, "phone"),
    "tag": ({"tag": ["x"]}, "tags"),
    "address.cty": ({"address": {"cty": "Austin"}}, "city"),
    "notes.0.txt": ({"notes": [{"text": "x", "txt": "x"}]}, "text"),
    "notes.1.createdat": ({"notes": [{"text": "x"}, {"text": "x", "createdat": 1}]}, "createdAt"),
    "questionnaire.0.answers": ({"questionnaire": [{"key": "a", "answers": 1}]}, "answer"),
    "attribution.gclidd": ({"attribution": {"gclidd": "x"}}, "gclid"),
    "attribution.param": ({"attribution": {"param": {}}}, "params"),
    "approval.state": ({"approval": {"state": "approved"}}, "status"),
    "campaign.campaignID": ({"campaign": {"campaignID": "ABC"}}, "campaignId"),
}


@pytest.mark.parametrize("at", NEAREST)
def test_an_unknown_name_is_refused_with_the_nearest_known(client: Client, at: str) -> None:
    body, nearest = NEAREST[at]
    lead = client.new_leadsail_lead()
    (line,) = details(client.patch_leadsail(lead, {**body, "detail": "x"}))
    assert line.startswith(f"{at}: ")
    assert nearest in line
    assert "detail" not in client.get_leadsail(lead)


def test_a_name_like_no_other_is_refused_too(client: Client) -> None:
    lead = client.new_leadsail_lead()
    for name in ("zzzzzz", "", "名前", "a/b~c", "__proto__", "x" * 256):
        assert refused(client.patch_leadsail(lead, {name: 1})) == [name or '""'], name


def test_an_unknown_name_is_refused_whatever_its_value(client: Client) -> None:
    lead = client.new_leadsail_lead()
    values: list[Any] = [None, "", 0, False, [], {}]
    for value in values:
        assert refused(client.patch_leadsail(lead, {"nickname": value})) == ["nickname"]


def test_a_create_refuses_unknown_names_too(client: Client) -> None:
    contact = {"firstName": "Mary", "lastName": "Jones", "email": "mary@example.com", "phone": "555-123-4567"}
    sent = {"campaignId": "ABC", **contact, "adress": {}, "address": {"zipp": "1"}, "leadId": "x", "status": "new"}
    answer = client.leadsail("POST", json={**sent, "notes": [{"text": "x", "by": "y"}]})
    assert refused(answer) == ["adress", "address.zipp", "leadId", "status", "notes.0.by"]


@pytest.mark.parametrize(
    "body",
    [
        {"customFields": {"statuss": 1, "": 2, "名前": {"any": [{"thing": 1}]}}},
        {"compliance": {"statuss": {"any": 1}}},
        {"flags": {"isTestt": True}},
        {"attribution": {"params": {"gclidd": "x"}}},
        {"questionnaire": [{"key": "a", "answer": {"keyy": {"any": 1}}}]},
        {"repostedTo": [{"campaignIdd": "x", "any": {"thing": 1}}]},
    ],
    ids=lambda body: next(iter(body)),
)
def test_any_name_goes_inside_the_free_objects(client: Client, body: dict[str, Any]) -> None:
    lead = client.new_leadsail_lead()
    assert client.patch_leadsail(lead, body).json() == UPDATED
    shown = client.get_leadsail(lead)
    assert {name: shown[name] for name in body} == body


def test_server_only_fields_are_ignored_and_named(client: Client) -> None:
    lead = client.new_leadsail_lead()
    before = client.get_leadsail(lead)
    owned = {"leadId": "lead_x", "createdAt": 5, "updatedAt": None}
    answer = client.patch_leadsail(lead, {**owned, "detail": "x"})
    assert (answer.status_code, answer.json()) == (200, UPDATED)
    assert answer.headers["Leadloop-Ignored"] == "/leadId, /createdAt, /updatedAt"
    after = client.get_leadsail(lead)
    assert after["detail"] == "x"
    assert {name: after[name] for name in ("leadId", "createdAt")} == {
        name: before[name] for name in before.keys() & owned.keys() - {"updatedAt"}
    }


def test_nothing_ignored_means_no_header(client: Client) -> None:
    lead = client.new_leadsail_lead()
    assert "Leadloop-Ignored" not in client.patch_leadsail(lead, FULL).headers
