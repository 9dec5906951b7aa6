"""A refusal names a field unambiguously, whatever characters the name holds: in dots for people, as a JSON pointer."""

from typing import Any

import pytest

from lab.server import Client
from tests.support.dialects import JSON, Face, fields
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
def test_a_name_below_a_free_object(one: Face, key: str, dotted: str, pointer: str) -> None:
    lead = one.new()
    for value in ["\x01", TOO_LONG][: 1 if one.name == "expad" else 2]:
        body = {"customFields": {"k": {key: value}}}
        answer = patch(one, lead, body)
        assert [line.rpartition(": must")[0] for line in details(answer.json())] == [f"customFields.{dotted}"]
        headers = {**JSON, "Accept": "application/problem+json"}
        problem = one.client.http.patch(one.lead(lead), json=body, headers=headers).json()
        assert [error["pointer"] for error in problem["errors"]] == [f"/customFields{pointer}"]


def test_an_unknown_name(one: Face) -> None:
    lead = one.new()
    names = {"a.b": '"a.b"', "a/b": "a/b", "a": "a", "": '""'}
    answer = patch(one, lead, dict.fromkeys(names, 1), prefer="handling=strict")
    assert fields(answer, one.name) == list(names.values())
    part = "address" if one.name == "leadsail" else "aiData"
    nested = patch(one, lead, {"a": {"b": 1}, part: {"b.c": 1}}, prefer="handling=strict")
    assert len(fields(nested, one.name)) == 2 and fields(nested, one.name)[1].endswith('["b.c"]')


def test_what_changed_is_named_by_pointers(client: Client) -> None:
    body = {"conversionSteps": {"": True, "a/b": True, "a.b": True}}
    changed = client.patch(client.new_lead(), body)["changed"]
    named = [name for name in changed if name.startswith("/conversionSteps/")]
    assert sorted(named) == ["/conversionSteps/", "/conversionSteps/a.b", "/conversionSteps/a~1b"]


def details(body: dict[str, Any]) -> list[str]:
    return list(body["details"] if "details" in body else body["error"]["details"])
