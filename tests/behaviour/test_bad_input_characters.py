"""Control characters in strings: refused by the field's name, but for tab, line feed and carriage return."""

from typing import Any

import httpx
import pytest

from lab.server import Client
from tests.support.dialects import Face, face, fields

DIALECTS = ["expad", "leadsail"]
CONTROLS = [chr(code) for code in range(32) if chr(code) not in "\t\n\r"]


def _patch(one: Face, lead: str, body: dict[str, Any]) -> httpx.Response:
    return one.client.http.patch(one.lead(lead), json=body)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_each_control_character_is_refused(client: Client, dialect: str) -> None:
    one = face(client, dialect)
    lead = one.new()
    before = one.shown(lead)
    for control in CONTROLS:
        for text in (control, f"{control}x", f"x{control}", f"x\n{control}\ty"):
            assert fields(_patch(one, lead, {one.text: text}), dialect) == [one.text]
        post = one.client.http.post(one.leads, json={**one.required(), one.text: control})
        assert fields(post, dialect) == [one.text]
    assert one.shown(lead) == before


@pytest.mark.parametrize("dialect", DIALECTS)
def test_tab_line_feed_and_carriage_return_are_kept(client: Client, dialect: str) -> None:
    one = face(client, dialect)
    lead = one.new()
    for text in ("\t", "a\nb\r\nc\td", "\r"):
        assert _patch(one, lead, {one.text: text}).status_code == 200
        assert one.shown(lead)[one.text] == text


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_such_field_is_named_at_once(client: Client, dialect: str) -> None:
    one = face(client, dialect)
    lead = one.new()
    answer = _patch(one, lead, {one.text: "\x00", one.long_text: "\x1f", "tags": [{"name": "\x01"}, "\x02"]})
    assert fields(answer, dialect) == [one.text, one.long_text, "tags.0.name", "tags.1"]


DEEP: dict[str, dict[str, Any]] = {
    "customFields.a.b.1": {"customFields": {"a": {"b": ["x", "\x00"]}}},
    "notes.0.text": {"notes": [{"text": "\x00"}]},
    "questionnaire.0.answer.x": {"questionnaire": [{"key": "a", "answer": {"x": "\x0b"}}]},
    "attribution.params.a": {"attribution": {"params": {"a": "\x1b"}}},
    "nickname": {"nickname": "\x00"},
}


@pytest.mark.parametrize("at", DEEP)
def test_at_any_depth_and_under_any_name(client: Client, at: str) -> None:
    lead = client.new_leadsail_lead()
    assert fields(client.patch_leadsail(lead, DEEP[at]), "leadsail") == [at]
    assert fields(client.expad("PATCH", f"lead/{lead}", json=DEEP[at]), "expad") == [at]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_in_a_name_the_object_is_named(client: Client, dialect: str) -> None:
    one = face(client, dialect)
    lead = one.new()
    assert fields(_patch(one, lead, {"x\x00": 1}), dialect) == ["body"]
    assert fields(_patch(one, lead, {"tags": [{"x\x1f": 1}]}), dialect) == ["tags.0"]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_in_a_query_it_is_refused_or_finds_nothing(client: Client, dialect: str) -> None:
    one = face(client, dialect)
    one.new()
    for query in ("search=a%00b", "search=%ff%fe", "search=%ed%a0%80", "status=new%00", "search=%0a%1f"):
        answer = one.client.http.get(f"{one.leads}?{query}")
        assert answer.status_code in (200, 400), answer.text
        if answer.status_code == 200:
            body = answer.json()
            assert (body["leads"] if dialect == "expad" else body["data"]["leads"]) == []
