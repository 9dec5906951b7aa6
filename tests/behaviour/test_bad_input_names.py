"""A refusal names a field unambiguously, whatever characters the name holds: in dots for people, as a JSON pointer."""

from typing import Any

import pytest

from lab.server import Client
from tests.support.dialects import JSON, DialectClient, fields
from tests.support.writes import patch

TOO_LONG = "x" * 70_000

NAMES: list[tuple[str, str, str]] = [
    ("a/b", "k.a/b", "/k/a~1b"),
    ("a.b", 'k["a.b"]', "/k/a.b"),
    ("a~b", "k.a~b", "/k/a~0b"),
    ("a~1b", "k.a~1b", "/k/a~01b"),
    ("", 'k[""]', "/k/"),
    ("a: b", 'k["a: b"]', "/k/a: b"),
    ('"]["', 'k["\\"][\\""]', '/k/"]["'),
    ("São Paulo", "k.São Paulo", "/k/São Paulo"),
]


@pytest.mark.parametrize(("key", "dotted", "pointer"), NAMES, ids=range(len(NAMES)))
def test_a_name_below_a_free_object(api: DialectClient, key: str, dotted: str, pointer: str) -> None:
    lead = api.new()
    for value in ["\x01", TOO_LONG][: 1 if api.name == "expad" else 2]:
        body = {"customFields": {"k": {key: value}}}
        answer = patch(api, lead, body)
        assert [line.rpartition(": must")[0] for line in details(answer.json())] == [f"customFields.{dotted}"]
        headers = {**JSON, "Accept": "application/problem+json"}
        problem = api.client.http.patch(api.lead(lead), json=body, headers=headers).json()
        assert [error["pointer"] for error in problem["errors"]] == [f"/customFields{pointer}"]


def test_an_unknown_name(api: DialectClient) -> None:
    lead = api.new()
    names = {"a.b": '"a.b"', "a/b": "a/b", "a": "a", "": '""'}
    answer = patch(api, lead, dict.fromkeys(names, 1), prefer="handling=strict")
    assert fields(answer, api.name) == list(names.values())
    part = "address" if api.name == "leadsail" else "aiData"
    nested = patch(api, lead, {"a": {"b": 1}, part: {"b.c": 1}}, prefer="handling=strict")
    assert len(fields(nested, api.name)) == 2 and fields(nested, api.name)[1].endswith('["b.c"]')


def test_what_changed_is_named_by_pointers(client: Client) -> None:
    body = {"conversionSteps": {"": True, "a/b": True, "a.b": True}}
    changed = client.patch(client.new_lead(), body)["changed"]
    named = [name for name in changed if name.startswith("/conversionSteps/")]
    assert sorted(named) == ["/conversionSteps/", "/conversionSteps/a.b", "/conversionSteps/a~1b"]


def details(body: dict[str, Any]) -> list[str]:
    return list(body["details"] if "details" in body else body["error"]["details"])
