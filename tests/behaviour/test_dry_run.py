"""`Prefer: dry-run`: everything is checked and worked out, and nothing is written (semantics section 3)."""

import re
from typing import Any

import httpx
import pytest

from lab.load_checks import load_content
from lab.server import Client, Leadloop
from tests.support.dialects import Face, face, fields, lines
from tests.support.writes import (
    EXTRA,
    NOBODY,
    OTHER,
    applied,
    at,
    conflicts,
    create,
    delete,
    exact,
    lead_ids,
    ok,
    patch,
    planned,
    replayed,
    same,
)

DRY = "dry-run"
UNSET = {"expad": "", "leadsail": None}


def test_a_patch_is_told_and_not_done(one: Face, server: Leadloop) -> None:
    lead = one.new()
    patch(one, lead, {one.text: "before"})
    before = load_content(server.database, one.client.account_id)
    answer = patch(one, lead, {one.text: "after", OTHER[one.name]: "new"}, prefer=DRY)
    assert planned(answer, one.name) == {
        f"/{one.text}": ("before", "after"),
        f"/{OTHER[one.name]}": (UNSET[one.name], "new"),
    }
    assert load_content(server.database, one.client.account_id) == before
    assert at(one, lead) == 2 and one.shown(lead)[one.text] == "before"


def test_a_create_is_told_and_not_done(one: Face, server: Leadloop) -> None:
    answer = create(one, {**one.required(), **EXTRA[one.name]}, prefer=DRY)
    found = planned(answer, one.name)
    ((name, value),) = EXTRA[one.name].items()
    assert found[f"/{name}"] == (UNSET[one.name], value)
    assert lead_ids(one.client) == set() and load_content(server.database, one.client.account_id).feed == []


def test_nothing_to_change(one: Face) -> None:
    lead = one.new()
    patch(one, lead, {one.text: "x"})
    for body in ({}, {one.text: "x"}):
        assert planned(patch(one, lead, body, prefer=DRY), one.name) == {}


def test_what_is_ignored_is_named(client: Client) -> None:
    lead = client.new_lead()
    answer = patch(face(client, "expad"), lead, {"nickname": 1, "id": "x", "cpf": "1"}, prefer=DRY)
    assert list(planned(answer, "expad")) == ["/cpf"]
    assert answer.json()["ignored"] == ["/nickname", "/id"]
    answer = patch(face(client, "leadsail"), lead, {"leadId": "x", "detail": "1"}, prefer=DRY)
    assert list(planned(answer, "leadsail")) == ["/detail"]
    assert answer.headers["Leadloop-Ignored"] == "/leadId"


def test_every_check_fails_as_in_the_call_itself(one: Face) -> None:
    lead, body = one.new(), {one.text: "x"}
    lines(patch(one, NOBODY, body, prefer=DRY), one.name, 404)
    lines(patch(one, lead, body, prefer=DRY, if_match=7), one.name, 412)
    assert fields(patch(one, lead, {one.text: 1}, prefer=DRY), one.name) == [one.text]
    assert fields(patch(one, lead, body, prefer=DRY, base=7), one.name) == ["Leadloop-Base-Version"]
    assert fields(patch(one, lead, body, prefer=DRY, if_match="7"), one.name) == ["If-Match"]
    wrong = {**one.required(), "email": 1}
    assert fields(create(one, wrong, prefer=DRY), one.name) == ["email"]
    answer = patch(one, lead, {"nickname": "x"}, prefer=f"{DRY}, handling=strict")
    assert fields(answer, one.name) == ["nickname"]
    patch(one, lead, {one.text: "theirs"})
    found = conflicts(patch(one, lead, {one.text: "mine"}, prefer=DRY, base=1), one.name)
    assert list(found) == [f"/{one.text}"]
    assert at(one, lead) == 2


def test_the_terms_hold(one: Face) -> None:
    lead = one.new()
    patch(one, lead, {one.text: "theirs"})
    body = {one.text: UNSET[one.name] or None, OTHER[one.name]: "mine"}
    found = planned(patch(one, lead, body, prefer=DRY, base=1, if_match=2), one.name)
    assert found == {f"/{OTHER[one.name]}": (UNSET[one.name], "mine")}


def test_a_deletion_is_told_and_not_done(client: Client) -> None:
    lead = client.new_leadsail_lead()
    answer = delete(client, lead, prefer=DRY)
    ((field, (before, after)),) = planned(answer, "leadsail").items()
    assert field == "/deletedAt" and before is None and after
    assert "deletedAt" not in client.get_leadsail(lead)
    lines(delete(client, lead, prefer=DRY, if_match=7), "leadsail", 412)
    assert ok(delete(client, lead)) == 2
    assert planned(delete(client, lead, prefer=DRY), "leadsail") == {}


def test_it_beats_return(one: Face) -> None:
    lead = one.new()
    for wanted in ("representation", "minimal"):
        answer = patch(one, lead, {one.text: "x"}, prefer=f"return={wanted}, {DRY}")
        assert list(planned(answer, one.name)) == [f"/{one.text}"]
        assert applied(answer) == {DRY}
        answer = create(one, one.required(), prefer=f"return={wanted}, {DRY}")
        assert planned(answer, one.name) and applied(answer) == {DRY}


@pytest.mark.parametrize(
    "prefer", ["Dry-Run", "foo=1, dry-run", "dry-run; foo=1", "dry-run,dry-run", "dry-run=1", "dry-run=TRUE"]
)
def test_its_spellings(one: Face, prefer: str) -> None:
    lead = one.new()
    assert planned(patch(one, lead, {one.text: "x"}, prefer=prefer), one.name)
    assert at(one, lead) == 1


def test_it_neither_takes_nor_spends_an_idempotency_key(one: Face) -> None:
    lead, key = one.new(), "k1"
    assert planned(patch(one, lead, {one.text: "x"}, prefer=DRY, key=key), one.name)
    assert planned(patch(one, lead, {one.text: "other"}, prefer=DRY, key=key), one.name), "no key was spent"
    real = patch(one, lead, {one.text: "x"}, key=key)
    assert ok(real) == 2 and not replayed(real)
    for body in ({one.text: "y"}, {one.text: "x"}):
        answer = patch(one, lead, body, prefer=DRY, key=key)
        assert not replayed(answer)
        assert bool(planned(answer, one.name)) == (body[one.text] == "y")
    again = patch(one, lead, {one.text: "x"}, key=key)
    assert replayed(again) and again.content == real.content


def test_a_key_that_may_not_read_is_told_where_and_not_what(one: Face, writer: Client) -> None:
    lead = one.new()
    patch(one, lead, {one.text: "secret"})
    answer = patch(Face(writer, *one[1:]), lead, {one.text: "x"}, prefer=DRY)
    assert answer.status_code == 200 and "secret" not in answer.text
    body = answer.json()
    changed = body["changed"] if one.name == "expad" else body["data"]["changed"]
    assert changed == [{"field": f"/{one.text}"}]


def test_another_accounts_lead_is_unknown(one: Face, server: Leadloop) -> None:
    other = server.client()
    lead = other.new_lead()
    lines(patch(one, lead, {one.text: "x"}, prefer=DRY), one.name, 404)
    other.close()


Told = tuple[str, dict[str, Any], dict[str, Any], dict[str, tuple[Any, Any]]]

TOLD: list[Told] = [
    (
        "expad",
        {"saleValue": 10.5, "phoneNumber": "1", "tags": []},
        {"saleValue": 1250.25, "phoneNumber": None, "leadDate": 1_767_225_600, "googleFormId": 2**63 - 1},
        {
            "/saleValue": (10.5, 1250.25),
            "/phoneNumber": ("1", ""),
            "/googleFormId": (0, 2**63 - 1),
            "/leadDate": (..., 1_767_225_600_000),
        },
    ),
    (
        "expad",
        {"conversionSteps": {"a": True}},
        {"conversionSteps": {"a": False, "b/c": True}, "status": "active"},
        {
            "/conversionSteps/a": (True, False),
            "/conversionSteps/b~1c": (None, True),
            "/conversionStepTimestamps/b~1c": (None, ...),
            "/status": ("NEW", "ACTIVE"),
        },
    ),
    (
        "expad",
        {"fields": [{"id": "f", "name": "Q", "value": "1"}, {"id": "g", "value": "x"}]},
        {"fields": [{"id": "f", "value": "2"}, {"id": "g", "value": None}], "name": "Bia Lima"},
        {"/fields/f": (..., ...), "/fields/g": (..., None), "/name": ("Ana Souza", "Bia Lima")},
    ),
    (
        "leadsail",
        {"tags": ["a"], "address": {"city": "Austin"}, "customFields": {"x": {"y": 1}}},
        {"tags": ["a", "b"], "address": {"city": None, "zip": "1"}, "customFields": {"x": None, "~": True}},
        {
            "/tags": (["a"], ["a", "b"]),
            "/address/city": ("Austin", None),
            "/address/zip": (None, "1"),
            "/customFields/x": ({"y": 1}, None),
            "/customFields/~0": (None, True),
        },
    ),
    (
        "leadsail",
        {"notes": [{"id": "n", "text": "a", "createdAt": 0}]},
        {"notes": [{"id": "n", "text": "b"}], "deliveredAt": 0, "attribution": {"params": {"u": "1"}}},
        {
            "/notes/n": (
                {"id": "n", "text": "a", "createdAt": "1970-01-01T00:00:00.000Z"},
                {"id": "n", "text": "b", "createdAt": "1970-01-01T00:00:00.000Z"},
            ),
            "/deliveredAt": (None, "1970-01-01T00:00:00.000Z"),
            "/attribution/params/u": (None, "1"),
        },
    ),
    ("leadsail", {}, {"status": "contacted"}, {"/status": ("new", "contacted")}),
]


@pytest.mark.parametrize(("name", "before", "body", "expected"), TOLD)
def test_fields_and_values_are_in_the_dialects_own_form(
    client: Client, name: str, before: dict[str, Any], body: dict[str, Any], expected: dict[str, tuple[Any, Any]]
) -> None:
    """`...` stands for a value that is not looked at."""
    one = face(client, name)
    lead = one.new()
    patch(one, lead, before)
    found = planned(patch(one, lead, body, prefer=DRY), name)
    assert found.keys() == expected.keys()
    for field, values in expected.items():
        for told, value in zip(found[field], values, strict=True):
            assert value is ... or same(told, value), (field, found[field])


def test_what_is_made_by_the_server_is_told_as_well(client: Client) -> None:
    """Ids and times that the call itself would make anew."""
    one, lead = face(client, "leadsail"), client.new_leadsail_lead()
    ((field, (before, after)),) = planned(patch(one, lead, {"notes": [{"text": "x"}]}, prefer=DRY), "leadsail").items()
    assert re.fullmatch("/notes/[0-9a-f]{24}", field) and before is None
    assert after["text"] == "x" and field.endswith(after["id"])


def test_the_numbers_are_exact(client: Client) -> None:
    lead = client.new_lead()
    answer: httpx.Response = patch(face(client, "expad"), lead, {"saleValue": "1234567.123456"}, prefer=DRY)
    assert str(exact(answer)["changed"][0]["after"]) == "1234567.123456"
