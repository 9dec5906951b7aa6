"""Of several problems the first of a fixed order is reported (semantics section 2)."""

from collections.abc import Iterator

import httpx
import pytest

from lab.server import Client, Leadloop
from tests.support.dialects import JSON, Bare, DialectClient, api_of, fields, lines

DIALECTS = ["expad", "leadsail"]
NO_KEY = {"X-API-Key": "wrong"}
NOBODY = "00000000000000000000000a"
TOO_LARGE = 1024 * 1024 + 1


@pytest.fixture(params=DIALECTS)
def api(client: Client, request: pytest.FixtureRequest) -> DialectClient:
    return api_of(client, request.param)


@pytest.fixture
def reader(client: Client, server: Leadloop) -> Iterator[Client]:
    """A key of the same account that may not write."""
    reader = server.client(["leads:read"], client.account_id)
    yield reader
    reader.close()


def _send(
    api: DialectClient, method: str, path: str, raw: str = "{", headers: dict[str, str] | None = None
) -> httpx.Response:
    return api.client.http.request(method, path, content=raw, headers=headers or {})


def test_an_unknown_path_comes_before_all(api: DialectClient) -> None:
    path = api.lead(NOBODY) + "/nothing"
    for method, more in (("PATCH", ""), ("PUT", "?api_key=x"), ("DELETE", ""), ("PROPFIND", "")):
        lines(_send(api, method, path + more, headers=NO_KEY), api.name, 404)


def test_a_wrong_method_comes_before_the_key(api: DialectClient) -> None:
    for path in (api.leads, api.lead(NOBODY)):
        for query in ("", "?api_key=x"):
            answer = _send(api, "PUT", path + query, headers=NO_KEY)
            lines(answer, api.name, 405)
            assert "PUT" not in answer.headers["Allow"] and "GET" in answer.headers["Allow"]


def test_a_key_in_the_query_comes_before_a_wrong_key(api: DialectClient) -> None:
    for path in (api.leads, api.lead(NOBODY)):
        lines(_send(api, "GET", path + "?api_key=x", headers=NO_KEY), api.name, 400)
        lines(_send(api, "GET", path + f"?x={api.client.key}", headers={"X-API-Key": ""}), api.name, 400)


def test_a_wrong_key_comes_before_all_that_is_in_the_body(api: DialectClient) -> None:
    for raw, headers in (("{", {}), ("{", JSON), ("", JSON), ('{"x\\u0000": 1}', JSON)):
        for method, path in (("PATCH", api.lead(NOBODY)), ("POST", api.leads), ("PATCH", api.lead("none"))):
            lines(_send(api, method, path, raw, {**headers, **NO_KEY}), api.name, 401)


def test_a_wrong_key_comes_before_the_size(api: DialectClient) -> None:
    bare = Bare(Client(api.client.url, api.client.account_id, "wrong"))
    bare.head("PATCH", api.lead(NOBODY), "Content-Type: application/json", f"Content-Length: {TOO_LARGE}")
    assert bare.answer()[0] == 401
    bare.close()


def test_a_missing_scope_comes_before_all_that_is_in_the_body(api: DialectClient, reader: Client) -> None:
    denied = api_of(reader, api.name)
    for raw, headers in (("{", {}), ("{", JSON), ('{"nickname": 1}', JSON)):
        lines(_send(denied, "PATCH", api.lead(NOBODY), raw, headers), api.name, 403)
        lines(_send(denied, "POST", api.leads, raw, headers), api.name, 403)
    bare = Bare(reader)
    bare.head("POST", api.leads, "Content-Type: text/plain", f"Content-Length: {TOO_LARGE}")
    assert bare.answer()[0] == 403
    bare.close()


def test_the_size_comes_before_the_media_type(api: DialectClient) -> None:
    bare = Bare(api.client)
    bare.head("PATCH", api.lead(NOBODY), "Content-Type: text/plain", f"Content-Length: {TOO_LARGE}")
    assert bare.answer()[0] == 413
    bare.close()


def test_the_media_type_comes_before_syntax(api: DialectClient) -> None:
    for lead in (NOBODY, "none", api.new()):
        lines(_send(api, "PATCH", api.lead(lead), "{", {"Content-Type": "text/plain"}), api.name, 415)


def test_syntax_comes_before_an_unknown_lead(api: DialectClient) -> None:
    wrong = ["{", "[]", "", '{"%s": NaN}', '{"%s": "\\u0000"}', '{"%s": 1e400}', '{"x": ' + "[" * 40 + "]" * 40 + "}"]
    for lead in (NOBODY, "none"):
        for raw in wrong:
            assert len(fields(api.patch(lead, raw.replace("%s", api.text)), api.name)) == 1


def test_an_unknown_lead_comes_before_its_fields(api: DialectClient) -> None:
    for lead in (NOBODY, f"lead_{NOBODY}", "none"):
        for raw in ("{}", f'{{"{api.text}": 1}}', f'{{"{api.text}": "{"x" * 4097}"}}', '{"nickname": 1}'):
            lines(api.patch(lead, raw), api.name, 404)


def test_another_accounts_path_comes_behind_the_key_and_before_the_body(client: Client, server: Leadloop) -> None:
    other = server.client()
    path = f"/v1/account/{other.account_id}/lead"
    lines(client.http.get(path, headers=NO_KEY), "expad", 401)
    lines(client.http.get(path), "expad", 403)
    lines(client.http.post(path, content="{"), "expad", 403)
    lines(client.http.patch(f"{path}/{NOBODY}", content="{", headers=JSON), "expad", 403)
    other.close()
