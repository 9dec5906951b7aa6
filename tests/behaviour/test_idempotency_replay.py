"""What was done under an `Idempotency-Key` is not done again: its answer is repeated (semantics section 4)."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from lab.server import Client, Leadloop
from tests.conftest import new_database
from tests.support.dialects import JSON, REQUEST_ID, DialectClient, api_of, fields, lines
from tests.support.writes import (
    CREATED,
    NOBODY,
    OTHER,
    applied,
    at,
    conflicts,
    create,
    lead_id,
    lead_ids,
    ok,
    patch,
    repeated_parts,
    replayed,
    revert,
)

pytestmark = pytest.mark.slow

WHOLE = "return=representation, handling=lenient"


def appending(api: DialectClient) -> dict[str, Any]:
    """A body that appends something each time it is taken."""
    return {"activities": [{"name": "call"}]} if api.name == "expad" else {"notes": [{"text": "called"}]}


def appended(api: DialectClient, lead: str) -> int:
    return len(api.shown(lead)["activities" if api.name == "expad" else "notes"])


def test_an_update_is_done_once(api: DialectClient) -> None:
    lead = api.new()
    answers = [patch(api, lead, appending(api), key="k", prefer=WHOLE) for _ in range(3)]
    assert [replayed(answer) for answer in answers] == [False, True, True]
    assert repeated_parts(answers[0]) == repeated_parts(answers[1]) == repeated_parts(answers[2])
    assert answers[0].headers["ETag"] == '"2"' and applied(answers[2]) == {"return=representation", "handling=lenient"}
    assert appended(api, lead) == 1 and at(api, lead) == 2


def test_without_a_key_a_request_is_executed_again(api: DialectClient) -> None:
    """The control."""
    lead = api.new()
    for _ in range(2):
        assert not replayed(patch(api, lead, appending(api)))
    assert appended(api, lead) == 2


def test_a_create_is_done_once(api: DialectClient) -> None:
    answers = [create(api, api.required(), key="k") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [CREATED[api.name]] * 3
    assert repeated_parts(answers[0]) == repeated_parts(answers[1]) == repeated_parts(answers[2])
    assert lead_ids(api.client) == {lead_id(answers[0], api.name)}


def test_a_revert_is_done_once(client: Client) -> None:
    lead = client.new_leadsail_lead()
    client.patch_leadsail(lead, {"detail": "x"})
    first = revert(client, lead, {"version": 1}, key="k", prefer="return=representation")
    client.patch_leadsail(lead, {"detail": "y"})
    again = revert(client, lead, {"version": 1}, key="k", prefer="return=representation")
    assert repeated_parts(again) == repeated_parts(first) and replayed(again)
    assert client.get_leadsail(lead)["detail"] == "y"


def test_the_request_id_is_the_new_requests_own(api: DialectClient) -> None:
    lead = api.new()
    ids = [patch(api, lead, {api.text: "x"}, key="k").headers["X-Request-Id"] for _ in range(2)]
    assert ids[0] != ids[1] and all(map(REQUEST_ID.fullmatch, ids))


def test_a_replay_names_the_ignored_fields_again(client: Client) -> None:
    lead = client.new_leadsail_lead()
    body = {"nickname": "x", "detail": "x"}
    answers = [patch(api_of(client, "leadsail"), lead, body, key="k", prefer="handling=lenient") for _ in range(2)]
    assert replayed(answers[1]) and repeated_parts(answers[0]) == repeated_parts(answers[1])
    assert answers[1].headers["Leadloop-Ignored"] == "/nickname"


def test_whatever_has_happened_since(api: DialectClient) -> None:
    lead = api.new()
    first = patch(api, lead, {api.text: "mine"}, key="k", prefer=WHOLE)
    patch(api, lead, {api.text: "theirs"})
    api.client.leadsail("DELETE", f"leads/{lead}")
    again = patch(api, lead, {api.text: "mine"}, key="k", prefer=WHOLE)
    assert replayed(again) and repeated_parts(again) == repeated_parts(first)
    assert api.shown(lead)[api.text] == "theirs" and at(api, lead) == 4


def test_an_answer_that_nothing_changed_is_kept_too(api: DialectClient) -> None:
    lead = api.new()
    patch(api, lead, {api.text: "a"})
    first = patch(api, lead, {api.text: "a"}, key="k")
    patch(api, lead, {api.text: "b"})
    again = patch(api, lead, {api.text: "a"}, key="k")
    assert replayed(again) and repeated_parts(again) == repeated_parts(first) and ok(again) == 2
    assert api.shown(lead)[api.text] == "b"


def test_another_request_under_the_same_key_is_refused(api: DialectClient) -> None:
    lead = api.new()
    patch(api, lead, {api.text: "x"})
    assert ok(patch(api, lead, {api.text: "mine"}, key="k", if_match=2, base=2)) == 3
    others: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({api.text: "other"}, {"if_match": 2, "base": 2}),
        ({}, {"if_match": 2, "base": 2}),
        ({api.text: "mine"}, {"if_match": 3, "base": 2}),
        ({api.text: "mine"}, {"if_match": "*", "base": 2}),
        ({api.text: "mine"}, {"if_match": 2, "base": 1}),
        ({api.text: "mine"}, {"base": 2}),
        ({api.text: "mine"}, {"if_match": 2}),
        ({api.text: "mine"}, {}),
        ({api.text: 1}, {"if_match": 2, "base": 2}),
        ({api.text: "mine"}, {"if_match": 7, "base": 7}),
    ]
    for body, terms in others:
        answer = patch(api, lead, body, key="k", **terms)
        lines(answer, api.name, 422)
        assert not replayed(answer)
    assert at(api, lead) == 3 and api.shown(lead)[api.text] == "mine"
    assert replayed(patch(api, lead, {api.text: "mine"}, key="k", if_match=2, base=2))


def test_another_new_lead_under_the_same_key_is_refused(api: DialectClient) -> None:
    create(api, api.required(), key="k")
    lines(create(api, {**api.required(), "email": "other@example.com"}, key="k"), api.name, 422)
    assert fields(create(api, {}, key="other key"), api.name)
    lines(create(api, {}, key="k"), api.name, 422)
    assert len(lead_ids(api.client)) == 1


def test_a_replay_comes_before_preconditions_and_conflicts(api: DialectClient) -> None:
    lead = api.new()
    first = patch(api, lead, {api.text: "mine"}, key="k", if_match=1, base=1)
    patch(api, lead, {api.text: "theirs"})
    again = patch(api, lead, {api.text: "mine"}, key="k", if_match=1, base=1)
    assert replayed(again) and repeated_parts(again) == repeated_parts(first)


def test_a_replay_comes_behind_the_key_and_the_syntax(api: DialectClient, server: Leadloop) -> None:
    lead = api.new()
    raw = f'{{"{api.text}": "x"}}'
    headers = {**JSON, "Idempotency-Key": "k"}
    assert ok(api.patch(lead, raw, headers)) == 2
    reader = server.client(["leads:read"], api.client.account_id)
    lines(DialectClient(reader, *api[1:]).patch(lead, raw, headers), api.name, 403)
    reader.close()
    lines(api.patch(lead, raw, {**headers, "X-API-Key": "garbage"}), api.name, 401)
    lines(api.patch(lead, raw, {**headers, "Content-Type": "text/plain"}), api.name, 415)
    assert fields(api.patch(lead, raw, {**headers, "If-Match": "1"}), api.name) == ["If-Match"]
    assert fields(api.patch(lead, "{", headers), api.name) == ["body"]
    assert replayed(api.patch(lead, raw, headers))


def failures(api: DialectClient, lead: str) -> list[httpx.Response]:
    """Under the same key, each of another kind; the lead is at version 2."""
    body = {api.text: "mine"}
    return [
        patch(api, lead, {api.text: 1}, key="k"),
        patch(api, lead, body, key="k", if_match=1),
        patch(api, lead, body, key="k", base=1),
        patch(api, lead, body, key="k", base=7),
        api.patch(lead, "{", {**JSON, "Idempotency-Key": "k"}),
        patch(api, lead, {"nickname": 1}, key="k", prefer="handling=strict"),
    ]


def test_a_call_that_failed_leaves_its_key_free(api: DialectClient) -> None:
    lead = api.new()
    patch(api, lead, {api.text: "theirs"})
    for _ in range(2):
        answers = failures(api, lead)
        assert [answer.status_code for answer in answers] == [400, 412, 409, 400, 400, 400]
        assert not any(map(replayed, answers)) and conflicts(answers[2], api.name)
    done = patch(api, lead, {api.text: "mine", OTHER[api.name]: "x"}, key="k")
    assert ok(done) == 3 and not replayed(done)
    for _ in range(2):
        assert fields(create(api, {}, key="k"), api.name)
    assert not replayed(create(api, api.required(), key="k"))
    for _ in range(2):
        lines(patch(api, NOBODY, {}, key="k"), api.name, 404)


@pytest.mark.parametrize("dialect", ["expad", "leadsail"])
def test_a_stored_answer_survives_a_restart(
    engine: str, dialect: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Killed at once after the answer: what was kept was committed with the effect."""
    server = Leadloop(engine, new_database(engine, tmp_path, request))
    server.start()
    try:
        client = server.client()
        api = api_of(client, dialect)
        lead = api.new()
        sent = [create(api, api.required(), key="k"), patch(api, lead, appending(api), key="k", prefer=WHOLE)]
        server.kill()
        server.start()
        again = [create(api, api.required(), key="k"), patch(api, lead, appending(api), key="k", prefer=WHOLE)]
        assert list(map(repeated_parts, again)) == list(map(repeated_parts, sent)) and all(map(replayed, again))
        assert appended(api, lead) == 1 and len(lead_ids(client)) == 2
        client.close()
    finally:
        server.kill()
