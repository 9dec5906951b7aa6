"""`Prefer: dry-run`: the server checks and computes everything and writes nothing (semantics section 3)."""

import re
from typing import Any

import httpx
import pytest

from lab.load_checks import load_content
from lab.server import Client, Leadloop
from tests.support.dialects import DialectClient, api_of, fields, lines
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


def test_a_patch_is_planned_and_not_written(api: DialectClient, server: Leadloop) -> None:
    lead = api.new()
    patch(api, lead, {api.text: "before"})
    before = load_content(server.database, api.client.account_id)
    answer = patch(api, lead, {api.text: "after", OTHER[api.name]: "new"}, prefer=DRY)
    assert planned(answer, api.name) == {
        f"/{api.text}": ("before", "after"),
        f"/{OTHER[api.name]}": (UNSET[api.name], "new"),
    }
    assert load_content(server.database, api.client.account_id) == before
    assert at(api, lead) == 2 and api.shown(lead)[api.text] == "before"


def test_a_create_is_planned_and_not_written(api: DialectClient, server: Leadloop) -> None:
    answer = create(api, {**api.required(), **EXTRA[api.name]}, prefer=DRY)
    plan = planned(answer, api.name)
    ((name, value),) = EXTRA[api.name].items()
    assert plan[f"/{name}"] == (UNSET[api.name], value)
    assert lead_ids(api.client) == set() and load_content(server.database, api.client.account_id).feed == []


def test_nothing_to_change(api: DialectClient) -> None:
    lead = api.new()
    patch(api, lead, {api.text: "x"})
    for body in ({}, {api.text: "x"}):
        assert planned(patch(api, lead, body, prefer=DRY), api.name) == {}


def test_ignored_fields_are_named(client: Client) -> None:
    lead = client.new_lead()
    answer = patch(api_of(client, "expad"), lead, {"nickname": 1, "id": "x", "cpf": "1"}, prefer=DRY)
    assert list(planned(answer, "expad")) == ["/cpf"]
    assert answer.json()["ignored"] == ["/nickname", "/id"]
    answer = patch(api_of(client, "leadsail"), lead, {"leadId": "x", "detail": "1"}, prefer=DRY)
    assert list(planned(answer, "leadsail")) == ["/detail"]
    assert answer.headers["Leadloop-Ignored"] == "/leadId"


def test_every_check_fails_as_in_the_call_itself(api: DialectClient) -> None:
    lead, body = api.new(), {api.text: "x"}
    lines(patch(api, NOBODY, body, prefer=DRY), api.name, 404)
    lines(patch(api, lead, body, prefer=DRY, if_match=7), api.name, 412)
    assert fields(patch(api, lead, {api.text: 1}, prefer=DRY), api.name) == [api.text]
    assert fields(patch(api, lead, body, prefer=DRY, base=7), api.name) == ["Leadloop-Base-Version"]
    assert fields(patch(api, lead, body, prefer=DRY, if_match="7"), api.name) == ["If-Match"]
    wrong = {**api.required(), "email": 1}
    assert fields(create(api, wrong, prefer=DRY), api.name) == ["email"]
    answer = patch(api, lead, {"nickname": "x"}, prefer=f"{DRY}, handling=strict")
    assert fields(answer, api.name) == ["nickname"]
    patch(api, lead, {api.text: "theirs"})
    by_field = conflicts(patch(api, lead, {api.text: "mine"}, prefer=DRY, base=1), api.name)
    assert list(by_field) == [f"/{api.text}"]
    assert at(api, lead) == 2


def test_preconditions_apply(api: DialectClient) -> None:
    lead = api.new()
    patch(api, lead, {api.text: "theirs"})
    body = {api.text: UNSET[api.name] or None, OTHER[api.name]: "mine"}
    plan = planned(patch(api, lead, body, prefer=DRY, base=1, if_match=2), api.name)
    assert plan == {f"/{OTHER[api.name]}": (UNSET[api.name], "mine")}


def test_a_deletion_is_planned_and_not_written(client: Client) -> None:
    lead = client.new_leadsail_lead()
    answer = delete(client, lead, prefer=DRY)
    ((field, (before, after)),) = planned(answer, "leadsail").items()
    assert field == "/deletedAt" and before is None and after
    assert "deletedAt" not in client.get_leadsail(lead)
    lines(delete(client, lead, prefer=DRY, if_match=7), "leadsail", 412)
    assert ok(delete(client, lead)) == 2
    assert planned(delete(client, lead, prefer=DRY), "leadsail") == {}


def test_dry_run_takes_precedence_over_return(api: DialectClient) -> None:
    lead = api.new()
    for wanted in ("representation", "minimal"):
        answer = patch(api, lead, {api.text: "x"}, prefer=f"return={wanted}, {DRY}")
        assert list(planned(answer, api.name)) == [f"/{api.text}"]
        assert applied(answer) == {DRY}
        answer = create(api, api.required(), prefer=f"return={wanted}, {DRY}")
        assert planned(answer, api.name) and applied(answer) == {DRY}


@pytest.mark.parametrize(
    "prefer", ["Dry-Run", "foo=1, dry-run", "dry-run; foo=1", "dry-run,dry-run", "dry-run=1", "dry-run=TRUE"]
)
def test_its_spellings(api: DialectClient, prefer: str) -> None:
    lead = api.new()
    assert planned(patch(api, lead, {api.text: "x"}, prefer=prefer), api.name)
    assert at(api, lead) == 1


def test_it_neither_replays_nor_stores_an_idempotency_key(api: DialectClient) -> None:
    lead, key = api.new(), "k1"
    assert planned(patch(api, lead, {api.text: "x"}, prefer=DRY, key=key), api.name)
    assert planned(patch(api, lead, {api.text: "other"}, prefer=DRY, key=key), api.name), "no key was spent"
    real = patch(api, lead, {api.text: "x"}, key=key)
    assert ok(real) == 2 and not replayed(real)
    for body in ({api.text: "y"}, {api.text: "x"}):
        answer = patch(api, lead, body, prefer=DRY, key=key)
        assert not replayed(answer)
        assert bool(planned(answer, api.name)) == (body[api.text] == "y")
    again = patch(api, lead, {api.text: "x"}, key=key)
    assert replayed(again) and again.content == real.content


def test_a_write_only_key_sees_the_fields_and_not_the_values(api: DialectClient, writer: Client) -> None:
    lead = api.new()
    patch(api, lead, {api.text: "secret"})
    answer = patch(DialectClient(writer, *api[1:]), lead, {api.text: "x"}, prefer=DRY)
    assert answer.status_code == 200 and "secret" not in answer.text
    body = answer.json()
    changed = body["changed"] if api.name == "expad" else body["data"]["changed"]
    assert changed == [{"field": f"/{api.text}"}]


def test_another_accounts_lead_is_unknown(api: DialectClient, server: Leadloop) -> None:
    other = server.client()
    lead = other.new_lead()
    lines(patch(api, lead, {api.text: "x"}, prefer=DRY), api.name, 404)
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
    """`...` stands for any value."""
    api = api_of(client, name)
    lead = api.new()
    patch(api, lead, before)
    plan = planned(patch(api, lead, body, prefer=DRY), name)
    assert plan.keys() == expected.keys()
    for field, values in expected.items():
        for planned_value, value in zip(plan[field], values, strict=True):
            assert value is ... or same(planned_value, value), (field, plan[field])


def test_values_that_the_server_makes_are_planned_too(client: Client) -> None:
    """Ids and times that the real call would make again."""
    api, lead = api_of(client, "leadsail"), client.new_leadsail_lead()
    ((field, (before, after)),) = planned(patch(api, lead, {"notes": [{"text": "x"}]}, prefer=DRY), "leadsail").items()
    assert re.fullmatch("/notes/[0-9a-f]{24}", field) and before is None
    assert after["text"] == "x" and field.endswith(after["id"])


def test_the_numbers_are_exact(client: Client) -> None:
    lead = client.new_lead()
    answer: httpx.Response = patch(api_of(client, "expad"), lead, {"saleValue": "1234567.123456"}, prefer=DRY)
    assert str(exact(answer)["changed"][0]["after"]) == "1234567.123456"
