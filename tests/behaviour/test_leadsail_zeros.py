"""Items of lists with every member at its zero, as typed clients send them, are left out; the rest keeps its rules."""

from typing import Any

import pytest

from lab.server import Client
from tests.support.answers import FULL, UPDATED, refused, version

ZEROED: dict[str, list[Any]] = {
    "notes": [{"id": "", "text": "", "createdAt": "", "createdBy": ""}, {}, {"text": None}, {"createdAt": 0}],
    "questionnaire": [{"key": "", "question": "", "answer": None}, {}, {"answer": False}, {"key": "", "answer": {}}],
    "repostedTo": ["", {}, {"campaignId": "", "at": 0, "result": {"ok": False}}],
    "tags": [""],
}


@pytest.mark.parametrize("name", ZEROED)
def test_zeroed_items_are_left_out(client: Client, name: str) -> None:
    lead = client.new_leadsail_lead()
    answer = client.patch_leadsail(lead, {name: ZEROED[name]})
    assert (answer.json(), version(answer)) == (UPDATED, 1)
    assert name not in client.get_leadsail(lead)


@pytest.mark.parametrize("name", ZEROED)
def test_and_the_others_taken(client: Client, name: str) -> None:
    lead = client.new_leadsail_lead()
    body = {name: [*ZEROED[name], *FULL[name]]}
    assert version(client.patch_leadsail(lead, body)) == version(client.patch_leadsail(lead, body)) == 2
    assert client.get_leadsail(lead)[name] == FULL[name]


def test_a_lead_is_created_without_them(client: Client) -> None:
    lead = client.new_leadsail_lead(notes=ZEROED["notes"], questionnaire={"": "", "q": False})
    shown = client.get_leadsail(lead)
    assert "notes" not in shown and shown["questionnaire"] == [{"key": "q", "answer": False}]


def test_lists_that_replace_become_what_is_left(client: Client) -> None:
    lead = client.new_leadsail_lead()
    client.patch_leadsail(lead, {"tags": ["vip"], "repostedTo": ["XY"]})
    client.patch_leadsail(lead, {"tags": [""], "repostedTo": [{}]})
    assert not {"tags", "repostedTo"} & client.get_leadsail(lead).keys()


def test_zeros_where_members_and_keys_merge_are_what_they_say(client: Client) -> None:
    lead = client.new_leadsail_lead(flags={"isTest": True}, compliance={"tcpaConsent": True, "tcpaText": "x"})
    client.patch_leadsail(
        lead,
        {
            "flags": {"isTest": False},
            "compliance": {"tcpaConsent": False, "tcpaText": ""},
            "customFields": {"a": 0, "b": "", "c": [], "d": {}, "e": [0]},
            "address": {"street": ""},
            "submissionCount": 0,
        },
    )
    shown = client.get_leadsail(lead)
    assert shown["flags"] == {"isTest": False}
    assert shown["compliance"] == {"tcpaConsent": False, "tcpaText": ""}
    assert shown["customFields"] == {"a": 0, "b": "", "c": [], "d": {}, "e": [0]}
    assert (shown["address"], shown["submissionCount"]) == ({"street": ""}, 0)


def test_answers_that_are_zero_are_answers(client: Client) -> None:
    answers = [{"key": f"q{index}", "answer": value} for index, value in enumerate(["", 0, False, [], {}, [0]])]
    lead = client.new_leadsail_lead(questionnaire=answers)
    assert client.get_leadsail(lead)["questionnaire"] == answers


def test_an_item_with_a_value_and_without_its_required_members_is_refused(client: Client) -> None:
    lead = client.new_leadsail_lead()
    body = {
        "notes": [{"id": "n", "text": ""}, {"text": "", "createdBy": "Bob"}, {"text": "", "unknown": ""}],
        "questionnaire": [{"key": "", "answer": [0]}],
        "firstName": "",
    }
    expected = ["notes.0.text", "notes.1.text", "notes.2.unknown", "questionnaire.0.key", "firstName"]
    assert refused(client.patch_leadsail(lead, body)) == expected
