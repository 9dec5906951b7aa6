"""What was done under an `Idempotency-Key` is not done again: its answer is repeated (semantics section 4)."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from lab.server import Client, Leadloop
from tests.conftest import new_database
from tests.support.dialects import JSON, REQUEST_ID, Face, face, fields, lines
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
    replayed,
    revert,
    told,
)

pytestmark = pytest.mark.slow

WHOLE = "return=representation, handling=lenient"


def appending(one: Face) -> dict[str, Any]:
    """A body that appends something each time it is taken."""
    return {"activities": [{"name": "call"}]} if one.name == "expad" else {"notes": [{"text": "called"}]}


def appended(one: Face, lead: str) -> int:
    return len(one.shown(lead)["activities" if one.name == "expad" else "notes"])


def test_an_update_is_done_once(one: Face) -> None:
    lead = one.new()
    answers = [patch(one, lead, appending(one), key="k", prefer=WHOLE) for _ in range(3)]
    assert [replayed(answer) for answer in answers] == [False, True, True]
    assert told(answers[0]) == told(answers[1]) == told(answers[2])
    assert answers[0].headers["ETag"] == '"2"' and applied(answers[2]) == {"return=representation", "handling=lenient"}
    assert appended(one, lead) == 1 and at(one, lead) == 2


def test_without_a_key_it_is_done_again(one: Face) -> None:
    """The control."""
    lead = one.new()
    for _ in range(2):
        assert not replayed(patch(one, lead, appending(one)))
    assert appended(one, lead) == 2


def test_a_create_is_done_once(one: Face) -> None:
    answers = [create(one, one.required(), key="k") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [CREATED[one.name]] * 3
    assert told(answers[0]) == told(answers[1]) == told(answers[2])
    assert lead_ids(one.client) == {lead_id(answers[0], one.name)}


def test_a_revert_is_done_once(client: Client) -> None:
    lead = client.new_leadsail_lead()
    client.patch_leadsail(lead, {"detail": "x"})
    first = revert(client, lead, {"version": 1}, key="k", prefer="return=representation")
    client.patch_leadsail(lead, {"detail": "y"})
    again = revert(client, lead, {"version": 1}, key="k", prefer="return=representation")
    assert told(again) == told(first) and replayed(again)
    assert client.get_leadsail(lead)["detail"] == "y"


def test_the_request_id_is_the_new_requests_own(one: Face) -> None:
    lead = one.new()
    ids = [patch(one, lead, {one.text: "x"}, key="k").headers["X-Request-Id"] for _ in range(2)]
    assert ids[0] != ids[1] and all(map(REQUEST_ID.fullmatch, ids))


def test_what_was_ignored_is_repeated(client: Client) -> None:
    lead = client.new_leadsail_lead()
    body = {"nickname": "x", "detail": "x"}
    answers = [patch(face(client, "leadsail"), lead, body, key="k", prefer="handling=lenient") for _ in range(2)]
    assert replayed(answers[1]) and told(answers[0]) == told(answers[1])
    assert answers[1].headers["Leadloop-Ignored"] == "/nickname"


def test_whatever_has_happened_since(one: Face) -> None:
    lead = one.new()
    first = patch(one, lead, {one.text: "mine"}, key="k", prefer=WHOLE)
    patch(one, lead, {one.text: "theirs"})
    one.client.leadsail("DELETE", f"leads/{lead}")
    again = patch(one, lead, {one.text: "mine"}, key="k", prefer=WHOLE)
    assert replayed(again) and told(again) == told(first)
    assert one.shown(lead)[one.text] == "theirs" and at(one, lead) == 4


def test_an_answer_that_nothing_changed_is_kept_too(one: Face) -> None:
    lead = one.new()
    patch(one, lead, {one.text: "a"})
    first = patch(one, lead, {one.text: "a"}, key="k")
    patch(one, lead, {one.text: "b"})
    again = patch(one, lead, {one.text: "a"}, key="k")
    assert replayed(again) and told(again) == told(first) and ok(again) == 2
    assert one.shown(lead)[one.text] == "b"


def test_another_request_under_the_same_key_is_refused(one: Face) -> None:
    lead = one.new()
    patch(one, lead, {one.text: "x"})
    assert ok(patch(one, lead, {one.text: "mine"}, key="k", if_match=2, base=2)) == 3
    others: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({one.text: "other"}, {"if_match": 2, "base": 2}),
        ({}, {"if_match": 2, "base": 2}),
        ({one.text: "mine"}, {"if_match": 3, "base": 2}),
        ({one.text: "mine"}, {"if_match": "*", "base": 2}),
        ({one.text: "mine"}, {"if_match": 2, "base": 1}),
        ({one.text: "mine"}, {"base": 2}),
        ({one.text: "mine"}, {"if_match": 2}),
        ({one.text: "mine"}, {}),
        ({one.text: 1}, {"if_match": 2, "base": 2}),
        ({one.text: "mine"}, {"if_match": 7, "base": 7}),
    ]
    for body, terms in others:
        answer = patch(one, lead, body, key="k", **terms)
        lines(answer, one.name, 422)
        assert not replayed(answer)
    assert at(one, lead) == 3 and one.shown(lead)[one.text] == "mine"
    assert replayed(patch(one, lead, {one.text: "mine"}, key="k", if_match=2, base=2))


def test_another_new_lead_under_the_same_key_is_refused(one: Face) -> None:
    create(one, one.required(), key="k")
    lines(create(one, {**one.required(), "email": "other@example.com"}, key="k"), one.name, 422)
    assert fields(create(one, {}, key="other key"), one.name)
    lines(create(one, {}, key="k"), one.name, 422)
    assert len(lead_ids(one.client)) == 1


def test_a_replay_comes_before_preconditions_and_conflicts(one: Face) -> None:
    lead = one.new()
    first = patch(one, lead, {one.text: "mine"}, key="k", if_match=1, base=1)
    patch(one, lead, {one.text: "theirs"})
    again = patch(one, lead, {one.text: "mine"}, key="k", if_match=1, base=1)
    assert replayed(again) and told(again) == told(first)


def test_a_replay_comes_behind_the_key_and_the_syntax(one: Face, server: Leadloop) -> None:
    lead = one.new()
    raw = f'{{"{one.text}": "x"}}'
    headers = {**JSON, "Idempotency-Key": "k"}
    assert ok(one.patch(lead, raw, headers)) == 2
    reader = server.client(["leads:read"], one.client.account_id)
    lines(Face(reader, *one[1:]).patch(lead, raw, headers), one.name, 403)
    reader.close()
    lines(one.patch(lead, raw, {**headers, "X-API-Key": "garbage"}), one.name, 401)
    lines(one.patch(lead, raw, {**headers, "Content-Type": "text/plain"}), one.name, 415)
    assert fields(one.patch(lead, raw, {**headers, "If-Match": "1"}), one.name) == ["If-Match"]
    assert fields(one.patch(lead, "{", headers), one.name) == ["body"]
    assert replayed(one.patch(lead, raw, headers))


def failures(one: Face, lead: str) -> list[httpx.Response]:
    """Under the same key, each of another kind; the lead is at version 2."""
    body = {one.text: "mine"}
    return [
        patch(one, lead, {one.text: 1}, key="k"),
        patch(one, lead, body, key="k", if_match=1),
        patch(one, lead, body, key="k", base=1),
        patch(one, lead, body, key="k", base=7),
        one.patch(lead, "{", {**JSON, "Idempotency-Key": "k"}),
        patch(one, lead, {"nickname": 1}, key="k", prefer="handling=strict"),
    ]


def test_a_call_that_failed_leaves_its_key_free(one: Face) -> None:
    lead = one.new()
    patch(one, lead, {one.text: "theirs"})
    for _ in range(2):
        answers = failures(one, lead)
        assert [answer.status_code for answer in answers] == [400, 412, 409, 400, 400, 400]
        assert not any(map(replayed, answers)) and conflicts(answers[2], one.name)
    done = patch(one, lead, {one.text: "mine", OTHER[one.name]: "x"}, key="k")
    assert ok(done) == 3 and not replayed(done)
    for _ in range(2):
        assert fields(create(one, {}, key="k"), one.name)
    assert not replayed(create(one, one.required(), key="k"))
    for _ in range(2):
        lines(patch(one, NOBODY, {}, key="k"), one.name, 404)


@pytest.mark.parametrize("dialect", ["expad", "leadsail"])
def test_it_outlives_the_server(engine: str, dialect: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Killed at once after the answer: what was kept was committed with the effect."""
    server = Leadloop(engine, new_database(engine, tmp_path, request))
    server.start()
    try:
        client = server.client()
        one = face(client, dialect)
        lead = one.new()
        sent = [create(one, one.required(), key="k"), patch(one, lead, appending(one), key="k", prefer=WHOLE)]
        server.kill()
        server.start()
        again = [create(one, one.required(), key="k"), patch(one, lead, appending(one), key="k", prefer=WHOLE)]
        assert list(map(told, again)) == list(map(told, sent)) and all(map(replayed, again))
        assert appended(one, lead) == 1 and len(lead_ids(client)) == 2
        client.close()
    finally:
        server.kill()
