"""`fields`: upserted by id, else by name, merged by member; `value: null` removes one; `[]` changes nothing."""

from typing import Any

import pytest

from lab.server import Client

BUDGET = {"id": "budget", "name": "Orçamento?", "value": "5000"}
PLAN = {"id": "plan", "name": "Convênio?", "value": "Não"}


def shown(client: Client, lead_id: str) -> list[dict[str, Any]]:
    """As shown, without what the server adds."""
    fields = client.get(lead_id)["fields"]
    assert all(field.pop("leadId") == lead_id for field in fields)
    return [dict(field) for field in fields]


CASES: dict[str, tuple[list[dict[str, Any]], list[dict[str, Any]]]] = {
    "a new one is added behind": ([{"id": "x", "value": "1"}], [BUDGET, PLAN, {"id": "x", "name": "", "value": "1"}]),
    "by id, the value alone": ([{"id": "budget", "value": "9"}], [{**BUDGET, "value": "9"}, PLAN]),
    "by id, the name alone": ([{"id": "plan", "name": "Plano"}], [BUDGET, {**PLAN, "name": "Plano"}]),
    "by name": ([{"name": "Convênio?", "value": "Sim"}], [BUDGET, {**PLAN, "value": "Sim"}]),
    "by name, with an empty id": (
        [{"id": "", "name": "Convênio?", "value": "Sim"}],
        [BUDGET, {**PLAN, "value": "Sim"}],
    ),
    "an unknown name becomes the key": (
        [{"name": "Cidade", "value": "SP"}],
        [BUDGET, PLAN, {"id": "Cidade", "name": "Cidade", "value": "SP"}],
    ),
    "the id wins over the name": ([{"id": "budget", "name": "Convênio?"}], [{**BUDGET, "name": "Convênio?"}, PLAN]),
    "by name in another spelling": ([{"name": " CONVÊNIO? ", "value": "Sim"}], [BUDGET, {**PLAN, "value": "Sim"}]),
    "a name that is a key": ([{"name": "plan", "value": "Sim"}], [BUDGET, {**PLAN, "value": "Sim"}]),
    "null removes, by a name that is a key": ([{"name": "plan", "value": None}], [BUDGET]),
    "a label wins over a key": (
        [{"id": "x", "name": "plan", "value": "1"}, {"name": "plan", "value": "2"}],
        [BUDGET, PLAN, {"id": "x", "name": "plan", "value": "2"}],
    ),
    "one name in two spellings is one field": (
        [{"name": "Cidade", "value": "SP"}, {"name": "cidade", "value": "RJ"}],
        [BUDGET, PLAN, {"id": "Cidade", "name": "Cidade", "value": "RJ"}],
    ),
    "an exact spelling wins": (
        [{"id": "x", "name": "CONVÊNIO?", "value": "1"}, {"name": "Convênio?", "value": "2"}],
        [BUDGET, {**PLAN, "value": "2"}, {"id": "x", "name": "CONVÊNIO?", "value": "1"}],
    ),
    "one of nothing but zeros is left out": (
        [{"id": "", "name": "", "value": "", "leadId": ""}, {}, {"id": None, "value": None}],
        [BUDGET, PLAN],
    ),
    "an empty list": ([], [BUDGET, PLAN]),
    "null removes, by id": ([{"id": "budget", "value": None}], [PLAN]),
    "null removes, by name": ([{"name": "Orçamento?", "value": None}], [PLAN]),
    "null of an unknown one": ([{"id": "nothing", "value": None}], [BUDGET, PLAN]),
    "null and then a value": (
        [{"id": "plan", "value": None}, {"id": "plan", "value": "x"}],
        [BUDGET, {**PLAN, "value": "x"}],
    ),
    "an empty value stays": ([{"id": "budget", "value": ""}], [{**BUDGET, "value": ""}, PLAN]),
    "two at once, and one twice": (
        [{"id": "budget", "value": "1"}, {"id": "plan", "value": "2"}, {"id": "budget", "value": "3"}],
        [{**BUDGET, "value": "3"}, {**PLAN, "value": "2"}],
    ),
    "a known one as it is": ([PLAN], [BUDGET, PLAN]),
}


@pytest.mark.parametrize(("sent", "expected"), CASES.values(), ids=CASES.keys())
def test_upsert(client: Client, sent: list[dict[str, Any]], expected: list[dict[str, Any]]) -> None:
    lead_id = client.new_lead(fields=[BUDGET, PLAN])
    assert shown(client, lead_id) == [BUDGET, PLAN]
    answer = client.patch(lead_id, {"fields": sent})
    assert shown(client, lead_id) == expected
    assert answer["version"] == (1 if expected == [BUDGET, PLAN] else 2)
    assert client.patch(lead_id, {"fields": sent})["version"] == answer["version"]


def test_a_change_is_named_by_the_id_of_its_field(client: Client) -> None:
    lead_id = client.new_lead(fields=[BUDGET, PLAN])
    answer = client.patch(lead_id, {"fields": [{"id": "plan", "value": "Sim"}, {"name": "a/b", "value": "x"}]})
    assert answer["changed"] == ["/fields/plan", "/fields/a~1b"]


def test_null_removes_all(client: Client) -> None:
    lead_id = client.new_lead(fields=[BUDGET, PLAN])
    client.patch(lead_id, {"fields": None})
    assert shown(client, lead_id) == []


def test_a_name_that_is_a_key_of_leadsail_keeps_its_question(client: Client) -> None:
    question = {"key": "filing_for", "question": "Who are you filing for?", "answer": "me"}
    lead = client.new_leadsail_lead(questionnaire=[question])
    lead_id = lead.removeprefix("lead_")
    client.patch(lead_id, {"fields": [{"name": "filing_for", "value": "spouse"}]})
    assert client.get_leadsail(lead)["questionnaire"] == [{**question, "answer": "spouse"}]
    client.patch(lead_id, {"fields": [{"name": "who are you filing for?", "value": "child"}]})
    assert client.get_leadsail(lead)["questionnaire"] == [{**question, "answer": "child"}]


@pytest.mark.parametrize("key", ["any key: at all?", "ã" * 128, "x" * 256, "with/slash~", "🙂", "a.b[0]"])
def test_an_id_is_any_text_up_to_256_bytes(client: Client, key: str) -> None:
    lead_id = client.new_lead(fields=[{"id": key, "value": "1"}])
    assert shown(client, lead_id) == [{"id": key, "name": "", "value": "1"}]
    client.patch(lead_id, {"fields": [{"id": key, "value": None}]})
    assert shown(client, lead_id) == []


@pytest.mark.parametrize(
    "field",
    [{"id": "x" * 257}, {"value": "x"}, {"id": 5}, {"name": 5}, {"id": "a", "value": 5}, {"id": "a\x00"}, 5, None],
)
def test_invalid_fields_are_refused(client: Client, field: Any) -> None:
    answer = client.expad("PATCH", f"lead/{client.new_lead()}", json={"fields": [BUDGET, field]})
    assert answer.status_code == 400
    assert "fields.1" in answer.json()["message"]


def test_an_answer_of_leadsail_is_shown_as_text_and_survives_being_sent_back(client: Client) -> None:
    made = client.new_leadsail_lead(
        questionnaire=[
            {"key": "q1", "question": "Sure?", "answer": True},
            {"key": "q2", "question": "Which?", "answer": ["a", 1]},
        ]
    )
    lead_id = made.removeprefix("lead_")
    fields = shown(client, lead_id)
    assert [(field["id"], field["name"], field["value"].replace(" ", "")) for field in fields] == [
        ("q1", "Sure?", "true"),
        ("q2", "Which?", '["a",1]'),
    ]
    client.patch(lead_id, {"fields": [{**fields[0], "name": "Really?"}, fields[1]]})
    answers = client.get_leadsail(lead_id)["questionnaire"]
    assert [answer["answer"] for answer in answers] == [True, ["a", 1]]
    assert answers[0]["question"] == "Really?"
