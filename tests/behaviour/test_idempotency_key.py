"""What an `Idempotency-Key` may look like, and what it belongs to (semantics section 4)."""

import httpx
import pytest

from lab.server import Client, Leadloop
from tests.support.dialects import JSON, DialectClient, api_of, fields, lines
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


def send(api: DialectClient, method: str, path: str, key: bytes, body: str) -> httpx.Response:
    """With the bytes of the key as they are."""
    headers = [(b"Content-Type", b"application/json"), (b"Idempotency-Key", key)]
    return api.client.http.request(method, path, content=body, headers=headers)


@pytest.mark.parametrize("key", GOOD, ids=range(len(GOOD)))
def test_valid_keys(api: DialectClient, key: bytes) -> None:
    lead = api.new()
    first, second = (send(api, "PATCH", api.lead(lead), key, f'{{"{api.text}": "x"}}') for _ in range(2))
    assert (ok(first), replayed(first)) == (2, False)
    assert (ok(second), replayed(second)) == (2, True)


@pytest.mark.parametrize("key", MALFORMED, ids=range(len(MALFORMED)))
def test_malformed_keys_are_refused(api: DialectClient, key: bytes) -> None:
    lead, body = api.new(), f'{{"{api.text}": "x"}}'
    for target in (lead, NOBODY):
        assert fields(send(api, "PATCH", api.lead(target), key, body), api.name) == ["Idempotency-Key"]
    assert fields(send(api, "POST", api.leads, key, "{}"), api.name) == ["Idempotency-Key"]
    path = f"/api/v1/leads/{lead}/revert"
    assert fields(send(api, "POST", path, key, '{"version": 1}'), "leadsail") == ["Idempotency-Key"]
    assert at(api, lead) == 1


def test_a_malformed_one_comes_between_media_type_and_syntax(api: DialectClient) -> None:
    headers = {**JSON, "Idempotency-Key": ""}
    for lead in (api.new(), NOBODY):
        lines(api.patch(lead, "{", {**headers, "Content-Type": "text/plain"}), api.name, 415)
        assert fields(api.patch(lead, "{", headers), api.name) == ["Idempotency-Key"]


def test_quoted_and_bare_it_is_the_same(api: DialectClient) -> None:
    lead = api.new()
    for first, second in (("k1", '"k1"'), ('"k2"', "k2")):
        assert not replayed(patch(api, lead, {api.text: first}, key=first))
        assert replayed(patch(api, lead, {api.text: first}, key=second))
    for other in ("K1", "k1x", '"k"'):
        assert not replayed(patch(api, lead, {api.text: "other"}, key=other)), "case counts"


def test_every_lead_has_its_own(api: DialectClient) -> None:
    leads = [api.new(), api.new()]
    for lead in leads:
        assert not replayed(patch(api, lead, {api.text: "x"}, key="k"))
    assert [at(api, lead) for lead in leads] == [2, 2]


def test_every_method_and_path_has_its_own(client: Client) -> None:
    """One lead, one key, everything that can be done with it."""
    expad, leadsail = api_of(client, "expad"), api_of(client, "leadsail")
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


def test_every_account_has_its_own(api: DialectClient, server: Leadloop) -> None:
    other = server.client()
    theirs = create(DialectClient(other, *api[1:]), api.required(), key="k")
    other.close()
    mine = create(api, api.required(), key="k")
    assert not replayed(mine) and lead_id(mine, api.name) != lead_id(theirs, api.name)


def test_all_keys_of_an_account_share_them(api: DialectClient, server: Leadloop) -> None:
    """A process that is restarted with a new API key must not do its work twice."""
    second = server.client(account_id=api.client.account_id)
    first = create(api, api.required(), key="k")
    again = create(DialectClient(second, *api[1:]), api.required(), key="k")
    second.close()
    assert replayed(again) and again.content == first.content
    assert len(lead_ids(api.client)) == 1


def test_a_replay_shows_nothing_that_its_key_may_not_see(api: DialectClient, writer: Client) -> None:
    lead = api.new()
    body = {api.text: "secret"}
    first = patch(api, lead, body, key="k", prefer="return=representation")
    assert "secret" in first.text
    answer = patch(DialectClient(writer, *api[1:]), lead, body, key="k", prefer="return=representation")
    assert "secret" not in answer.text
    assert at(api, lead) == 2


def test_reading_and_deleting_need_none(api: DialectClient) -> None:
    lead = api.new()
    for _ in range(2):
        answer = api.client.http.get(api.lead(lead), headers={"Idempotency-Key": "k"})
        assert answer.status_code == 200 and not replayed(answer)
        answer = delete(api.client, lead, key="k")
        assert ok(answer) == 2 and not replayed(answer)
