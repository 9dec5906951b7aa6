"""Control characters in strings: refused by the field's name, but for tab, line feed and carriage return."""

from typing import Any

import httpx
import pytest

from lab.server import Client
from tests.support.dialects import DialectClient, api_of, fields

DIALECTS = ["expad", "leadsail"]
CONTROLS = [chr(code) for code in range(32) if chr(code) not in "\t\n\r"]


def _patch(api: DialectClient, lead: str, body: dict[str, Any]) -> httpx.Response:
    return api.client.http.patch(api.lead(lead), json=body)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_each_control_character_is_refused(client: Client, dialect: str) -> None:
    api = api_of(client, dialect)
    lead = api.new()
    before = api.shown(lead)
    for control in CONTROLS:
        for text in (control, f"{control}x", f"x{control}", f"x\n{control}\ty"):
            assert fields(_patch(api, lead, {api.text: text}), dialect) == [api.text]
        post = api.client.http.post(api.leads, json={**api.required(), api.text: control})
        assert fields(post, dialect) == [api.text]
    assert api.shown(lead) == before


@pytest.mark.parametrize("dialect", DIALECTS)
def test_tab_line_feed_and_carriage_return_are_kept(client: Client, dialect: str) -> None:
    api = api_of(client, dialect)
    lead = api.new()
    for text in ("\t", "a\nb\r\nc\td", "\r"):
        assert _patch(api, lead, {api.text: text}).status_code == 200
        assert api.shown(lead)[api.text] == text


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_such_field_is_named_at_once(client: Client, dialect: str) -> None:
    api = api_of(client, dialect)
    lead = api.new()
    answer = _patch(api, lead, {api.text: "\x00", api.long_text: "\x1f", "tags": [{"name": "\x01"}, "\x02"]})
    assert fields(answer, dialect) == [api.text, api.long_text, "tags.0.name", "tags.1"]


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
    api = api_of(client, dialect)
    lead = api.new()
    assert fields(_patch(api, lead, {"x\x00": 1}), dialect) == ["body"]
    assert fields(_patch(api, lead, {"tags": [{"x\x1f": 1}]}), dialect) == ["tags.0"]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_in_a_query_it_is_refused_or_finds_nothing(client: Client, dialect: str) -> None:
    api = api_of(client, dialect)
    api.new()
    for query in ("search=a%00b", "search=%ff%fe", "search=%ed%a0%80", "status=new%00", "search=%0a%1f"):
        answer = api.client.http.get(f"{api.leads}?{query}")
        assert answer.status_code in (200, 400), answer.text
        if answer.status_code == 200:
            body = answer.json()
            assert (body["leads"] if dialect == "expad" else body["data"]["leads"]) == []
