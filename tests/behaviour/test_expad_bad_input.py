"""Bad input is refused in the dialect's error body: the useful words within the first 220 characters, no values."""

import json
from typing import Any

import httpx
import pytest

from lab.server import Client

JSON = {"Content-Type": "application/json"}
SECRET = "maria.secret@example.com"


def check(answer: httpx.Response, status: int, *words: str) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["X-Request-Id"]
    body = answer.json()
    assert set(body) == {"message", "messge", "code", "details"}
    assert body["message"] == body["messge"] and body["code"] == status
    assert all(isinstance(detail, str) for detail in body["details"])
    for word in words:
        assert word in body["message"][:220]


SYNTAX: dict[str, bytes] = {
    "nothing": b"",
    "white space": b" \r\n\t",
    "a list": b"[]",
    "a text": b'"x"',
    "null": b"null",
    "a number": b"1",
    "cut off": b'{"name": "A',
    "trailing comma": b'{"name": "A",}',
    "two values": b'{"name": "A"} {}',
    "single quotes": b"{'name': 'A'}",
    "comment": b'{"name": "A" /* x */}',
    "not UTF-8": b'{"name": "\xff\xfe"}',
    "latin-1": '{"name": "João"}'.encode("latin-1"),
    "raw surrogate": b'{"name": "\xed\xa0\x80"}',
    "lone surrogate": b'{"name": "\\ud800"}',
    "surrogates the wrong way": b'{"name": "\\udc00\\ud800"}',
    "a raw control character": b'{"name": "a\x01b"}',
    "a raw line feed": b'{"name": "a\nb"}',
    "a lone surrogate in a name": b'{"\\ud800": 1}',
    "UTF-16": '{"name": "A"}'.encode("utf-16"),
    "deep lists": b'{"x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
}


@pytest.mark.parametrize("raw", SYNTAX.values(), ids=SYNTAX.keys())
def test_bodies_other_than_json_objects(client: Client, raw: bytes) -> None:
    lead_id = client.new_lead()
    check(client.expad("PATCH", f"lead/{lead_id}", content=raw, headers=JSON), 400)
    check(client.expad("POST", content=raw, headers=JSON), 400)
    assert client.get(lead_id)["name"] == "Ana Souza"


def nested(levels: int) -> Any:
    value: Any = "x"
    for _ in range(levels):
        value = [value]
    return value


FIELDS: list[tuple[dict[str, Any], str]] = [
    ({"name": "a\x00b"}, "name"),
    ({"companyName": "a\x1bb"}, "companyName"),
    ({"unit": {"name": "a\x00"}}, "unit.name"),
    ({"conversionSteps": {"a\x00": True}}, "conversionSteps"),
    ({"unknown": nested(32)}, "unknown"),
    ({"unknown": list(range(1_001))}, "unknown"),
    ({"conversionSteps": {str(n): True for n in range(1_001)}}, "conversionSteps"),
    ({"k" * 257: 1}, "256 bytes"),
    ({"name": "x" * 4_097}, "name"),
    ({"companyName": "ã" * 2_049}, "companyName"),
    ({"note": "x" * 65_537}, "note"),
    ({"activities": [{"id": "a", "description": "x" * 65_537}]}, "activities.0.description"),
    ({"fields": [{"id": "a", "value": "x" * 65_537}]}, "fields.0.value"),
    ({"lastMessage": {"content": "x" * 65_537}}, "lastMessage.content"),
    ({"email": 5}, "email"),
    ({"customLeadSourceId": "a\tb"}, "customLeadSourceId"),
    ({"activities": {}}, "activities"),
]


@pytest.mark.parametrize(("body", "word"), FIELDS)
def test_invalid_values_are_refused_by_field(client: Client, body: dict[str, Any], word: str) -> None:
    lead_id = client.new_lead()
    check(client.expad("PATCH", f"lead/{lead_id}", json=body), 400, word)
    check(client.expad("POST", json={"phoneNumber": "1", **body}), 400, word)
    assert client.expad("GET", f"lead/{lead_id}").headers["ETag"] == '"1"'


TAKEN: list[dict[str, Any]] = [
    {"name": "x" * 4_096},
    {"companyName": "ã" * 2_048},
    {"companyName": "tab\tand\r\nlines"},
    {"note": "x" * 65_536},
    {"unknown": nested(31)},
    {"unknown": list(range(1_000))},
    {"k" * 256: 1},
    {"fields": [{"id": str(n), "value": "x"} for n in range(1_000)]},
]


@pytest.mark.parametrize("body", TAKEN, ids=range(len(TAKEN)))
def test_values_at_the_limit_are_accepted(client: Client, body: dict[str, Any]) -> None:
    lead_id = client.new_lead()
    client.patch(lead_id, body)
    lead = client.get(lead_id)
    assert all(lead[name] == value for name, value in body.items() if name in lead and name != "fields")


def test_the_limit_of_items_holds_for_what_is_stored_too(client: Client) -> None:
    lead_id = client.new_lead(fields=[{"id": str(n), "value": "x"} for n in range(1_000)])
    check(client.expad("PATCH", f"lead/{lead_id}", json={"fields": [{"id": "one more"}]}), 400, "fields", "1000")
    client.patch(lead_id, {"fields": [{"id": "0", "value": None}, {"id": "one more", "value": "1"}]})
    client.patch(lead_id, {"conversionSteps": {str(n): False for n in range(1_000)}})
    check(client.expad("PATCH", f"lead/{lead_id}", json={"conversionSteps": {"x": True}}), 400, "conversionSteps")


def test_all_problems_are_reported_at_once_without_their_values(client: Client) -> None:
    body = {"name": [SECRET], "email": {"x": SECRET}, "callDuration": SECRET, "unit": SECRET, "saleValue": SECRET}
    answer = client.expad("PATCH", f"lead/{client.new_lead()}", json=body)
    check(answer, 400, "name: must be a string")
    assert [detail.partition(":")[0] for detail in answer.json()["details"]] == list(body)
    assert SECRET not in answer.text


def test_a_create_reports_all_problems_at_once(client: Client) -> None:
    answer = client.expad("POST", json={"companyName": 5, "source": 5, "callDuration": "x"})
    check(answer, 400)
    named = {detail.partition(":")[0] for detail in answer.json()["details"]}
    assert {"companyName", "source", "callDuration"} < named


def test_at_most_fifty_problems_are_reported(client: Client) -> None:
    body = {"fields": [{"id": str(n), "value": 5} for n in range(100)]}
    answer = client.expad("PATCH", f"lead/{client.new_lead()}", json=body)
    assert len(answer.json()["details"]) == 50


def test_the_useful_words_come_first_however_long_the_name_is(client: Client) -> None:
    body = {"conversionSteps": {"x" * 256: 5}}
    answer = client.expad("PATCH", f"lead/{client.new_lead()}", json=body)
    check(answer, 400, "conversionSteps", "must be true or false")
    answer = client.expad(
        "PATCH", f"lead/{client.new_lead()}", json={"x" * 250: 5}, headers={"Prefer": "handling=strict"}
    )
    check(answer, 400, "is not a known field")


def test_duplicate_keys_the_last_wins(client: Client) -> None:
    lead_id = client.new_lead()
    raw = b'{"companyName": 5, "companyName": "last"}'
    assert client.expad("PATCH", f"lead/{lead_id}", content=raw, headers=JSON).status_code == 200
    assert client.get(lead_id)["companyName"] == "last"


TYPES = [
    None,
    "text/plain",
    "application/x-www-form-urlencoded",
    "application/json-patch+json",
    "application/xml",
    "json",
]


@pytest.mark.parametrize("media_type", TYPES)
@pytest.mark.parametrize("method", ["PATCH", "POST"])
def test_another_media_type_is_415_with_accept_patch(client: Client, method: str, media_type: str | None) -> None:
    path = f"lead/{client.new_lead()}" if method == "PATCH" else "lead"
    headers = {"Content-Type": media_type} if media_type else {}
    answer = client.expad(method, path, content=b'{"name": "X"}', headers=headers)
    check(answer, 415, "application/json")
    assert "application/merge-patch+json" in answer.headers["Accept-Patch"]


@pytest.mark.parametrize(
    "media_type",
    ["application/json; charset=utf-8", "APPLICATION/JSON", "application/merge-patch+json", "application/json;x=y"],
)
def test_the_media_types_that_are_taken(client: Client, media_type: str) -> None:
    headers = {"Content-Type": media_type}
    answer = client.expad("PATCH", f"lead/{client.new_lead()}", content=b'{"name": "X"}', headers=headers)
    assert answer.status_code == 200


def test_an_encoded_body_is_415(client: Client) -> None:
    headers = {**JSON, "Content-Encoding": "gzip"}
    check(client.expad("PATCH", f"lead/{client.new_lead()}", content=b"\x1f\x8b", headers=headers), 415)


def test_a_body_over_one_mebibyte_is_413(client: Client) -> None:
    body = json.dumps({"unknown": ["x" * 4_000] * 265}).encode()
    assert len(body) > 1024 * 1024
    answer = client.expad("PATCH", f"lead/{client.new_lead()}", content=body, headers=JSON)
    check(answer, 413)
    assert answer.headers["Connection"] == "close"
    chunked = client.expad("PATCH", f"lead/{client.new_lead()}", content=iter([body]), headers=JSON)
    check(chunked, 413)


def test_a_body_of_one_mebibyte_is_taken(client: Client) -> None:
    text = "x" * 4_000
    body = json.dumps({"unknown": [text] * 260}).encode().ljust(1024 * 1024)
    assert client.expad("PATCH", f"lead/{client.new_lead()}", content=body, headers=JSON).status_code == 200


def test_the_order_of_checks(client: Client) -> None:
    """413 before 415 before syntax before an unknown lead before fields."""
    unknown = "lead/0123456789abcdef01234567"
    large = b" " * (1024 * 1024 + 1)
    assert client.expad("PATCH", unknown, content=large).status_code == 413
    assert client.expad("PATCH", unknown, content=b"nonsense").status_code == 415
    assert client.expad("PATCH", unknown, content=b"nonsense", headers=JSON).status_code == 400
    assert client.expad("PATCH", unknown, json={"name": 5}).status_code == 404
