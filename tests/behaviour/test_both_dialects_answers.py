"""Expad's fields and LeadSail's questionnaire are the same answers (semantics section 1)."""

import json
from typing import Any

from lab.server import Client
from tests.support.answers import version


def _fields(client: Client, lead: str) -> list[dict[str, str]]:
    """As Expad shows them, without the id of the lead."""
    fields = client.get(lead)["fields"]
    assert all(field.pop("leadId") == lead.removeprefix("lead_") for field in fields)
    return list(fields)


def _questionnaire(client: Client, lead: str) -> list[dict[str, Any]]:
    return list(client.get_leadsail(lead).get("questionnaire", []))


def test_a_field_is_an_answer(client: Client) -> None:
    lead = client.new_lead(fields=[{"id": "q 1/é", "name": "How much?", "value": "much"}])
    assert _questionnaire(client, lead) == [{"key": "q 1/é", "question": "How much?", "answer": "much"}]


def test_an_answer_is_a_field(client: Client) -> None:
    lead = client.new_leadsail_lead(
        questionnaire=[{"key": "q1", "question": "How much?", "answer": "much"}, {"key": "q2"}]
    )
    q1, q2 = {"id": "q1", "name": "How much?", "value": "much"}, {"id": "q2", "name": "", "value": ""}
    assert _fields(client, lead) == [q1, q2]


def test_without_an_id_an_unknown_name_becomes_the_key(client: Client) -> None:
    lead = client.new_lead(fields=[{"name": "How much?", "value": "much"}])
    assert _questionnaire(client, lead) == [{"key": "How much?", "question": "How much?", "answer": "much"}]


def test_without_an_id_a_known_name_finds_its_answer(client: Client) -> None:
    lead = client.new_leadsail_lead(questionnaire=[{"key": "q1", "question": "How much?", "answer": 1}])
    client.patch(lead, {"fields": [{"name": "How much?", "value": "2"}]})
    assert _questionnaire(client, lead) == [{"key": "q1", "question": "How much?", "answer": "2"}]


def test_other_values_show_as_json_text(client: Client) -> None:
    values = {
        "yes": True,
        "no": False,
        "int": 5,
        "big": 2**63 - 1,
        "dec": -1.5,
        "list": [1, "é"],
        "map": {"a": {"b": None}},
    }
    lead = client.new_leadsail_lead(questionnaire=values)
    shown = {field["id"]: field["value"] for field in _fields(client, lead)}
    assert all(isinstance(text, str) for text in shown.values())
    assert {key: json.loads(text) for key, text in shown.items()} == values
    assert (shown["yes"], shown["int"]) == ("true", "5")


def test_json_text_sent_back_leaves_the_value_what_it_is(client: Client) -> None:
    lead = client.new_leadsail_lead(questionnaire={"a": True, "b": [1, {"x": "é"}], "c": 1.5, "d": "true"})
    before = _questionnaire(client, lead)
    fields = client.get(lead)["fields"]
    assert client.patch(lead, {"fields": fields})["version"] == 1
    fields[0]["value"] = "false"
    assert client.patch(lead, {"fields": fields})["version"] == 2
    assert _questionnaire(client, lead) == [{"key": "a", "answer": "false"}, *before[1:]]


def test_a_null_value_removes_the_answer_from_both(client: Client) -> None:
    lead = client.new_leadsail_lead(
        questionnaire=[{"key": "a", "question": "A?", "answer": 1}, {"key": "b", "answer": 2}]
    )
    client.patch(lead, {"fields": [{"id": "b", "value": None}]})
    assert _questionnaire(client, lead) == [{"key": "a", "question": "A?", "answer": 1}]
    client.patch(lead, {"fields": [{"name": "A?", "value": None}]})
    assert _questionnaire(client, lead) == [] == _fields(client, lead)
    assert client.patch(lead, {"fields": [{"id": "none", "value": None}]})["version"] == 3


def test_deleting_through_leadsail_removes_the_field(client: Client) -> None:
    lead = client.new_lead(fields=[{"id": "a", "value": "1"}, {"id": "b", "value": "2"}])
    client.patch_leadsail(lead, {"deleteQuestionnaireKeys": ["a"]})
    assert [field["id"] for field in _fields(client, lead)] == ["b"]
    client.patch_leadsail(lead, {"questionnaire": None})
    assert _fields(client, lead) == []


def test_upserts_from_both_sides_meet(client: Client) -> None:
    lead = client.new_lead(fields=[{"id": "a", "name": "A?", "value": "1"}])
    client.patch_leadsail(lead, {"questionnaire": [{"key": "a", "answer": {"n": 1}}, {"key": "b", "answer": "x"}]})
    client.patch(lead, {"fields": [{"id": "b", "name": "B?"}]})
    assert _questionnaire(client, lead) == [
        {"key": "a", "question": "A?", "answer": {"n": 1}},
        {"key": "b", "question": "B?", "answer": "x"},
    ]


def test_an_id_is_any_text_of_up_to_256_bytes(client: Client) -> None:
    lead = client.new_leadsail_lead()
    key = "é" * 128
    client.patch(lead, {"fields": [{"id": key, "value": "x"}]})
    assert version(client.patch_leadsail(lead, {"questionnaire": [{"key": key, "answer": "x"}]})) == 2
    assert client.expad("PATCH", f"lead/{lead}", json={"fields": [{"id": key + "x", "value": "x"}]}).status_code == 400
