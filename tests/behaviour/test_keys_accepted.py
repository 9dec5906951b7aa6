"""How a key may be sent, what its scopes permit, and where it is refused (semantics section 6)."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from lab.server import PEPPER, Client, Leadloop
from lab.stores import with_store
from leadloop.core.keys import mint
from tests.support.dialects import JSON, api_of, lines

DIALECTS = ["expad", "leadsail"]


@pytest.fixture
def plain(client: Client) -> Iterator[Client]:
    """The same client without its key header."""
    plain_client = Client(client.url, client.account_id, client.key)
    del plain_client.http.headers["X-API-Key"]
    yield plain_client
    plain_client.close()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_as_a_header_of_its_own_or_as_bearer(client: Client, plain: Client, dialect: str) -> None:
    path = api_of(client, dialect).leads
    key = client.key
    for headers in (
        {"X-API-Key": key},
        {"x-api-key": key},
        {"Authorization": f"Bearer {key}"},
        {"Authorization": f"bearer {key}"},
    ):
        assert plain.http.get(path, headers=headers).status_code == 200
    for headers in (
        {"Authorization": key},
        {"Authorization": f"Basic {key}"},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer x"},
        {"Cookie": f"X-API-Key={key}"},
        {"Api-Key": key},
    ):
        lines(plain.http.get(path, headers=headers), dialect, 401)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_key_in_the_query_string_is_refused(client: Client, plain: Client, dialect: str) -> None:
    api = api_of(client, dialect)
    lead = api.new()
    key = client.key
    queries = [f"X-API-Key={key}", f"api_key={key}", "apikey=x", "X-Api-Key=", f"token={key}", f"search={key}"]
    queries += [f"x={quote('Bearer ' + key)}", f"a=b&a=c&access_token={key}", f"%58-API-Key={key}", "limit=5&api-key=1"]
    for query in queries:
        for sender in (client, plain):
            for path in (api.leads, api.lead(lead)):
                answer = sender.http.get(f"{path}?{query}")
                lines(answer, dialect)
                assert key not in answer.text
    answer = client.http.patch(f"{api.lead(lead)}?api_key={key}", content=f'{{"{api.text}": "x"}}', headers=JSON)
    lines(answer, dialect)
    assert api.shown(lead).get(api.text, "") == ""


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_key_does_only_what_its_scopes_say(client: Client, server: Leadloop, dialect: str) -> None:
    api = api_of(client, dialect)
    lead = api.new()
    reader, writer, neither = (
        server.client([scope], client.account_id) for scope in ("leads:read", "leads:write", "keys:manage")
    )
    for key, reads, writes in ((reader, True, False), (writer, False, True), (neither, False, False)):
        its = api_of(key, dialect)
        for path in (its.leads, its.lead(lead)):
            answer = key.http.get(path)
            assert answer.status_code == (200 if reads else 403)
        answers = [its.patch(lead, "{}"), its.patch(lead, f'{{"{api.text}": "x"}}')]
        answers.append(key.http.post(its.leads, json=its.required()))
        if dialect == "leadsail":
            answers.append(key.http.delete(its.lead(lead)))
        assert [answer.status_code < 300 for answer in answers] == [writes] * len(answers)
        for answer in answers:
            if not writes:
                lines(answer, dialect, 403)
                assert "leads:write" in answer.text
        key.close()


def test_an_older_test_key_of_a_live_account_still_works(client: Client, server: Leadloop) -> None:
    """New ones are created in accounts of mode test only."""
    key, text = mint(client.account_id, "old", ["leads:read"], bytes.fromhex(PEPPER), 1, test=True)
    with_store(server.database, lambda store: store.keys.add(key))
    old = Client(client.url, client.account_id, text)
    assert text.startswith("ll_test_") and old.leadsail("GET").status_code == 200
    old.close()


def test_a_key_reaches_its_own_account_only(client: Client, server: Leadloop) -> None:
    other = server.client()
    lead = client.new_leadsail_lead()
    lines(other.leadsail("GET", f"leads/{lead}"), "leadsail", 404)
    lines(other.patch_leadsail(lead, {"detail": "x"}), "leadsail", 404)
    lines(other.leadsail("DELETE", f"leads/{lead}"), "leadsail", 404)
    lines(other.expad("PATCH", f"lead/{lead}", json={"note": "x"}), "expad", 404)
    lines(other.http.get(f"/v1/account/{client.account_id}/lead/{lead}"), "expad", 403)
    lines(other.http.get(f"/v1/account/{'0' * 24}/lead/{lead}"), "expad", 403)
    assert client.leadsail("GET", f"leads/{lead}").headers["ETag"] == '"1"'
    other.close()
