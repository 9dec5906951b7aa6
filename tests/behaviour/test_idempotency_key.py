"""What an `Idempotency-Key` may look like, and what it belongs to (semantics section 4)."""

import httpx
import pytest

from lab.server import Client, Leadloop
from tests.support.dialects import JSON, Face, face, fields, lines
from tests.support.writes import NOBODY, at, create, delete, lead_id, lead_ids, ok, patch, replayed, revert

LONGEST = 255
GOOD = [
    b"k",
    b"x" * LONGEST,
    b'"' + b"x" * LONGEST + b'"',
    b"0",
    b"!#$%&'()*+,-./:;<=>?@[]^_`{|}~",
    b"a,b;c=d",
    b"null",
]
GOOD += [b"8e03978e-40d5-43dd-bc93-6894a57f9324", b'"8e03978e-40d5-43dd-bc93-6894a57f9324"']
MALFORMED = [
    b"",
    b'""',
    b"x" * (LONGEST + 1),
    b'"' + b"x" * (LONGEST + 1) + b'"',
    b"a b",
    b'"a b"',
    b"a\tb",
    b"caf\xc3\xa9",
]
MALFORMED += [b"\xff", b"\xa0"]


def send(one: Face, method: str, path: str, key: bytes, body: str) -> httpx.Response:
    """With the bytes of the key as they are."""
    headers = [(b"Content-Type", b"application/json"), (b"Idempotency-Key", key)]
    return one.client.http.request(method, path, content=body, headers=headers)


@pytest.mark.parametrize("key", GOOD, ids=range(len(GOOD)))
def test_what_is_a_key(one: Face, key: bytes) -> None:
    lead = one.new()
    first, second = (send(one, "PATCH", one.lead(lead), key, f'{{"{one.text}": "x"}}') for _ in range(2))
    assert (ok(first), replayed(first)) == (2, False)
    assert (ok(second), replayed(second)) == (2, True)


@pytest.mark.parametrize("key", MALFORMED, ids=range(len(MALFORMED)))
def test_what_is_none_is_refused_by_name(one: Face, key: bytes) -> None:
    lead, body = one.new(), f'{{"{one.text}": "x"}}'
    for target in (lead, NOBODY):
        assert fields(send(one, "PATCH", one.lead(target), key, body), one.name) == ["Idempotency-Key"]
    assert fields(send(one, "POST", one.leads, key, "{}"), one.name) == ["Idempotency-Key"]
    path = f"/api/v1/leads/{lead}/revert"
    assert fields(send(one, "POST", path, key, '{"version": 1}'), "leadsail") == ["Idempotency-Key"]
    assert at(one, lead) == 1


def test_a_malformed_one_comes_between_media_type_and_syntax(one: Face) -> None:
    headers = {**JSON, "Idempotency-Key": ""}
    for lead in (one.new(), NOBODY):
        lines(one.patch(lead, "{", {**headers, "Content-Type": "text/plain"}), one.name, 415)
        assert fields(one.patch(lead, "{", headers), one.name) == ["Idempotency-Key"]


def test_quoted_and_bare_it_is_the_same(one: Face) -> None:
    lead = one.new()
    for first, second in (("k1", '"k1"'), ('"k2"', "k2")):
        assert not replayed(patch(one, lead, {one.text: first}, key=first))
        assert replayed(patch(one, lead, {one.text: first}, key=second))
    for other in ("K1", "k1x", '"k"'):
        assert not replayed(patch(one, lead, {one.text: "other"}, key=other)), "case counts"


def test_every_lead_has_its_own(one: Face) -> None:
    leads = [one.new(), one.new()]
    for lead in leads:
        assert not replayed(patch(one, lead, {one.text: "x"}, key="k"))
    assert [at(one, lead) for lead in leads] == [2, 2]


def test_every_method_and_path_has_its_own(client: Client) -> None:
    """One lead, one key, everything that can be done with it."""
    expad, leadsail = face(client, "expad"), face(client, "leadsail")
    lead = client.new_leadsail_lead()
    answers = [
        patch(leadsail, lead, {"status": "contacted"}, key="k"),
        patch(expad, lead, {"status": "LOST"}, key="k"),
        create(leadsail, leadsail.required(), key="k"),
        create(expad, expad.required(), key="k"),
        revert(client, lead, {"version": 1}, key="k"),
    ]
    assert [(ok(answer), replayed(answer)) for answer in answers] == [(n, False) for n in (2, 3, 1, 1, 4)]
    assert len(lead_ids(client)) == 3


def test_every_account_has_its_own(one: Face, server: Leadloop) -> None:
    other = server.client()
    theirs = create(Face(other, *one[1:]), one.required(), key="k")
    other.close()
    mine = create(one, one.required(), key="k")
    assert not replayed(mine) and lead_id(mine, one.name) != lead_id(theirs, one.name)


def test_all_keys_of_an_account_share_them(one: Face, server: Leadloop) -> None:
    """A process that is restarted with a new API key must not do its work twice."""
    second = server.client(account_id=one.client.account_id)
    first = create(one, one.required(), key="k")
    again = create(Face(second, *one[1:]), one.required(), key="k")
    second.close()
    assert replayed(again) and again.content == first.content
    assert len(lead_ids(one.client)) == 1


def test_a_replay_shows_nothing_that_its_key_may_not_see(one: Face, writer: Client) -> None:
    lead = one.new()
    body = {one.text: "secret"}
    first = patch(one, lead, body, key="k", prefer="return=representation")
    assert "secret" in first.text
    answer = patch(Face(writer, *one[1:]), lead, body, key="k", prefer="return=representation")
    assert "secret" not in answer.text
    assert at(one, lead) == 2


def test_reading_and_deleting_need_none(one: Face) -> None:
    lead = one.new()
    for _ in range(2):
        answer = one.client.http.get(one.lead(lead), headers={"Idempotency-Key": "k"})
        assert answer.status_code == 200 and not replayed(answer)
        answer = delete(one.client, lead, key="k")
        assert ok(answer) == 2 and not replayed(answer)
