"""When several things are wrong, the first of a fixed order is told (semantics section 2)."""

from collections.abc import Iterator

import httpx
import pytest

from lab.server import Client, Leadloop
from tests.support.dialects import JSON, Bare, Face, face, fields, lines

DIALECTS = ["expad", "leadsail"]
NO_KEY = {"X-API-Key": "wrong"}
NOBODY = "00000000000000000000000a"
TOO_LARGE = 1024 * 1024 + 1


@pytest.fixture(params=DIALECTS)
def one(client: Client, request: pytest.FixtureRequest) -> Face:
    return face(client, request.param)


@pytest.fixture
def reader(client: Client, server: Leadloop) -> Iterator[Client]:
    """A key of the same account that may not write."""
    found = server.client(["leads:read"], client.account_id)
    yield found
    found.close()


def _send(one: Face, method: str, path: str, raw: str = "{", headers: dict[str, str] | None = None) -> httpx.Response:
    return one.client.http.request(method, path, content=raw, headers=headers or {})


def test_an_unknown_path_comes_before_all(one: Face) -> None:
    path = one.lead(NOBODY) + "/nothing"
    for method, more in (("PATCH", ""), ("PUT", "?api_key=x"), ("DELETE", ""), ("PROPFIND", "")):
        lines(_send(one, method, path + more, headers=NO_KEY), one.name, 404)


def test_a_wrong_method_comes_before_the_key(one: Face) -> None:
    for path in (one.leads, one.lead(NOBODY)):
        for query in ("", "?api_key=x"):
            answer = _send(one, "PUT", path + query, headers=NO_KEY)
            lines(answer, one.name, 405)
            assert "PUT" not in answer.headers["Allow"] and "GET" in answer.headers["Allow"]


def test_a_key_in_the_query_comes_before_a_wrong_key(one: Face) -> None:
    for path in (one.leads, one.lead(NOBODY)):
        lines(_send(one, "GET", path + "?api_key=x", headers=NO_KEY), one.name, 400)
        lines(_send(one, "GET", path + f"?x={one.client.key}", headers={"X-API-Key": ""}), one.name, 400)


def test_a_wrong_key_comes_before_all_that_is_in_the_body(one: Face) -> None:
    for raw, headers in (("{", {}), ("{", JSON), ("", JSON), ('{"x\\u0000": 1}', JSON)):
        for method, path in (("PATCH", one.lead(NOBODY)), ("POST", one.leads), ("PATCH", one.lead("none"))):
            lines(_send(one, method, path, raw, {**headers, **NO_KEY}), one.name, 401)


def test_a_wrong_key_comes_before_the_size(one: Face) -> None:
    bare = Bare(Client(one.client.url, one.client.account_id, "wrong"))
    bare.head("PATCH", one.lead(NOBODY), "Content-Type: application/json", f"Content-Length: {TOO_LARGE}")
    assert bare.answer()[0] == 401
    bare.close()


def test_a_missing_scope_comes_before_all_that_is_in_the_body(one: Face, reader: Client) -> None:
    denied = face(reader, one.name)
    for raw, headers in (("{", {}), ("{", JSON), ('{"nickname": 1}', JSON)):
        lines(_send(denied, "PATCH", one.lead(NOBODY), raw, headers), one.name, 403)
        lines(_send(denied, "POST", one.leads, raw, headers), one.name, 403)
    bare = Bare(reader)
    bare.head("POST", one.leads, "Content-Type: text/plain", f"Content-Length: {TOO_LARGE}")
    assert bare.answer()[0] == 403
    bare.close()


def test_the_size_comes_before_the_media_type(one: Face) -> None:
    bare = Bare(one.client)
    bare.head("PATCH", one.lead(NOBODY), "Content-Type: text/plain", f"Content-Length: {TOO_LARGE}")
    assert bare.answer()[0] == 413
    bare.close()


def test_the_media_type_comes_before_syntax(one: Face) -> None:
    for lead in (NOBODY, "none", one.new()):
        lines(_send(one, "PATCH", one.lead(lead), "{", {"Content-Type": "text/plain"}), one.name, 415)


def test_syntax_comes_before_an_unknown_lead(one: Face) -> None:
    wrong = ["{", "[]", "", '{"%s": NaN}', '{"%s": "\\u0000"}', '{"%s": 1e400}', '{"x": ' + "[" * 40 + "]" * 40 + "}"]
    for lead in (NOBODY, "none"):
        for raw in wrong:
            assert len(fields(one.patch(lead, raw.replace("%s", one.text)), one.name)) == 1


def test_an_unknown_lead_comes_before_its_fields(one: Face) -> None:
    for lead in (NOBODY, f"lead_{NOBODY}", "none"):
        for raw in ("{}", f'{{"{one.text}": 1}}', f'{{"{one.text}": "{"x" * 4097}"}}', '{"nickname": 1}'):
            lines(one.patch(lead, raw), one.name, 404)


def test_another_accounts_path_comes_behind_the_key_and_before_the_body(client: Client, server: Leadloop) -> None:
    other = server.client()
    path = f"/v1/account/{other.account_id}/lead"
    lines(client.http.get(path, headers=NO_KEY), "expad", 401)
    lines(client.http.get(path), "expad", 403)
    lines(client.http.post(path, content="{"), "expad", 403)
    lines(client.http.patch(f"{path}/{NOBODY}", content="{", headers=JSON), "expad", 403)
    other.close()
