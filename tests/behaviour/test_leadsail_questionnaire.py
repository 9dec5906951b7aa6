"""Answers through LeadSail: upserted by key, removed by `deleteQuestionnaireKeys`."""

from typing import Any

from lab.server import Client
from tests.support.answers import UPDATED, refused, version

ANSWERS: list[Any] = ["text", "", 0, -1.5, True, False, [], [1, [None]], {}, {"a": {"b": None}}, 2**63 - 1]


def _write(client: Client, lead: str, *items: dict[str, Any]) -> int:
    answer = client.patch_leadsail(lead, {"questionnaire": list(items)})
    assert answer.json() == UPDATED, answer.text
    return version(answer)


def _answers(client: Client, lead: str) -> list[dict[str, Any]]:
    return list(client.get_leadsail(lead).get("questionnaire", []))


def test_an_answer_is_any_json(client: Client) -> None:
    lead = client.new_leadsail_lead()
    items = [{"key": f"q{number}", "answer": answer} for number, answer in enumerate(ANSWERS)]
    assert _write(client, lead, *items) == 2
    assert _answers(client, lead) == items
    assert [type(item["answer"]) for item in _answers(client, lead)] == [type(answer) for answer in ANSWERS]
    assert _write(client, lead, *items) == 2


def test_items_are_found_by_key_and_merge_by_member(client: Client) -> None:
    lead = client.new_leadsail_lead()
    _write(client, lead, {"key": "a", "question": "A?", "answer": 1}, {"key": "b", "answer": {"x": 1}})
    assert _write(client, lead, {"key": "b", "answer": {"y": 2}}, {"key": "c", "answer": "new"}, {"key": "a"}) == 3
    assert _answers(client, lead) == [
        {"key": "a", "question": "A?", "answer": 1},
        {"key": "b", "answer": {"y": 2}},
        {"key": "c", "answer": "new"},
    ]
    assert _write(client, lead, {"key": "a", "question": None}) == 4
    assert _answers(client, lead)[0] == {"key": "a", "answer": 1}
    assert _write(client, lead, {"key": "a", "question": "Again?", "answer": True}) == 5
    assert _answers(client, lead)[0] == {"key": "a", "question": "Again?", "answer": True}


def test_keys_are_exact(client: Client) -> None:
    lead = client.new_leadsail_lead()
    items = [{"key": key, "answer": key} for key in ("a", "A", " a", "á", "a/b", "a~b", "0", "a.b")]
    _write(client, lead, *items)
    assert _answers(client, lead) == items


def test_deleting_removes_those_answers_and_no_other(client: Client) -> None:
    lead = client.new_leadsail_lead(questionnaire={"a": 1, "b": 2, "c": 3})
    assert version(client.patch_leadsail(lead, {"deleteQuestionnaireKeys": ["a", "c", "none", "a"]})) == 2
    assert _answers(client, lead) == [{"key": "b", "answer": 2}]
    assert version(client.patch_leadsail(lead, {"deleteQuestionnaireKeys": ["a", "c", "none"]})) == 2


def test_deleting_comes_after_the_upsert_whichever_is_written_first(client: Client) -> None:
    lead = client.new_leadsail_lead(questionnaire={"a": 1})
    upsert = [{"key": "a", "answer": 2}, {"key": "b", "answer": 1}, {"key": "c", "answer": 1}]
    client.patch_leadsail(lead, {"deleteQuestionnaireKeys": ["a", "b"], "questionnaire": upsert})
    assert _answers(client, lead) == [{"key": "c", "answer": 1}]
    client.patch_leadsail(lead, {"questionnaire": upsert, "deleteQuestionnaireKeys": ["a", "b"]})
    assert _answers(client, lead) == [{"key": "c", "answer": 1}]


def test_deleted_keys_are_never_shown(client: Client) -> None:
    lead = client.new_leadsail_lead(questionnaire={"a": 1})
    client.patch_leadsail(lead, {"deleteQuestionnaireKeys": ["a"]})
    assert {"deleteQuestionnaireKeys", "questionnaire"}.isdisjoint(client.get_leadsail(lead))


def test_null_removes_all_answers(client: Client) -> None:
    lead = client.new_leadsail_lead(questionnaire={"a": 1, "b": 2})
    assert client.patch_leadsail(lead, {"questionnaire": None}).json() == UPDATED
    assert _answers(client, lead) == []


def test_malformed_answers_are_refused_by_their_place(client: Client) -> None:
    lead = client.new_leadsail_lead()
    wrong: list[Any] = [
        {"key": "fine"},
        "q",
        {"answer": 1},
        {"key": "", "answer": 1},
        {"key": 5, "answer": 1},
        None,
        [],
    ]
    wrong += [{"key": "x", "question": 1}, {"key": "k" * 257}, {"key": None, "answer": 1}, {"key": ["x"]}]
    expected = ["1", "2.key", "3.key", "4.key", "5", "6", "7.question", "8.key", "9.key", "10.key"]
    answer = client.patch_leadsail(lead, {"questionnaire": wrong})
    assert refused(answer) == [f"questionnaire.{place}" for place in expected]
    for no_list in ({"q1": "x"}, "x", 1, True):
        assert refused(client.patch_leadsail(lead, {"questionnaire": no_list})) == ["questionnaire"]
    keys = {"deleteQuestionnaireKeys": ["a", 1, None]}
    assert refused(client.patch_leadsail(lead, keys)) == ["deleteQuestionnaireKeys.1", "deleteQuestionnaireKeys.2"]
    assert refused(client.patch_leadsail(lead, {"deleteQuestionnaireKeys": "a"})) == ["deleteQuestionnaireKeys"]


def test_keys_and_answers_up_to_their_limits(client: Client) -> None:
    lead = client.new_leadsail_lead()
    item = {"key": "é" * 128, "question": "q" * 4096, "answer": ["a" * 65536]}
    assert _write(client, lead, item) == 2
    assert _answers(client, lead) == [item]
    over = {"key": "é" * 128 + "x", "question": "q" * 4097, "answer": {"x": ["a" * 65537]}}
    fields = refused(client.patch_leadsail(lead, {"questionnaire": [over]}))
    assert fields == ["questionnaire.0.key", "questionnaire.0.question", "questionnaire.0.answer.x.0"]
