"""401 without a valid key, 403 for another account's path, 404 for another account's lead, 403 for a missing scope."""

import pytest

from lab.server import Client, Leadloop
from leadloop.core import keys

UNKNOWN = "0123456789abcdef01234567"
REQUESTS = [
    ("GET", "lead"),
    ("POST", "lead"),
    ("GET", f"lead/{UNKNOWN}"),
    ("PATCH", f"lead/{UNKNOWN}"),
    ("GET", "leads"),
]


def _bad_keys() -> list[dict[str, str]]:
    _, unknown = keys.mint(UNKNOWN, "x", ["leads:read"], b"another pepper".ljust(32), 0)
    return [
        {},
        {"X-API-Key": ""},
        {"X-API-Key": "string"},
        {"X-API-Key": unknown},
        {"X-API-Key": unknown[:-1]},
        {"Authorization": f"Bearer {unknown}"},
        {"Authorization": "Basic eDp5"},
    ]


@pytest.mark.parametrize("headers", _bad_keys(), ids=range(7))
def test_a_missing_or_unknown_key_is_401_with_one_body(client: Client, headers: dict[str, str]) -> None:
    del client.http.headers["X-API-Key"]
    for method, path in REQUESTS:
        answer = client.expad(method, path, content=b"not json", headers=headers)
        assert answer.status_code == 401
        body = answer.json()
        assert body == {"message": body["message"], "messge": body["message"], "code": 401, "details": []}


def test_a_key_with_another_secret_gets_the_same_answer(server: Leadloop, client: Client) -> None:
    _, forged = keys.mint(client.account_id, "x", ["leads:read"], b"x" * 32, 0)
    with_own_id = forged[:8] + client.key[8:20] + forged[20:]
    texts = {client.expad("GET", headers={"X-API-Key": key}).text for key in ("", forged, with_own_id)}
    assert len(texts) == 1


@pytest.mark.parametrize(("method", "path"), REQUESTS)
def test_another_accounts_path_is_403(server: Leadloop, client: Client, method: str, path: str) -> None:
    other = server.client()
    for account in (other.account_id, UNKNOWN):
        answer = client.http.request(method, f"/v1/account/{account}/{path}", content=b"not json")
        assert (answer.status_code, answer.json()["code"]) == (403, 403)
    other.close()


def test_another_accounts_lead_is_404(server: Leadloop, client: Client) -> None:
    other = server.client()
    lead_id = other.new_lead(email="secret@example.com")
    for method, body in (("GET", None), ("PATCH", {"name": "X"})):
        answer = client.expad(method, f"lead/{lead_id}", json=body)
        missing = client.expad(method, f"lead/{UNKNOWN}", json=body)
        assert answer.status_code == missing.status_code == 404
        assert answer.json() == missing.json()
    assert client.expad("GET", params={"search": lead_id}).json()["leads"] == []
    assert other.get(lead_id)["name"] == "Ana Souza"
    other.close()


def test_a_key_needs_the_scope(server: Leadloop, client: Client) -> None:
    lead_id = client.new_lead()
    reader = server.client(["leads:read"], client.account_id)
    writer = server.client(["leads:write"], client.account_id)
    for refused, scope, method, path in (
        (reader, "leads:write", "POST", "lead"),
        (reader, "leads:write", "PATCH", f"lead/{lead_id}"),
        (writer, "leads:read", "GET", f"lead/{lead_id}"),
        (writer, "leads:read", "GET", "leads"),
    ):
        answer = refused.expad(method, path)
        assert answer.status_code == 403
        assert scope in answer.json()["message"]
    assert reader.get(lead_id)["id"] == lead_id
    assert writer.patch(lead_id, {"companyName": "X"})["version"] == 2
    reader.close()
    writer.close()


@pytest.mark.parametrize("name", ["X-API-Key", "apiKey", "api_key", "x-api-key", "access_token"])
def test_a_key_in_the_url_is_refused(client: Client, name: str) -> None:
    answer = client.expad("GET", params={name: client.key})
    assert answer.status_code == 400
    assert "X-API-Key" in answer.json()["message"]
    assert client.key not in answer.text


def test_the_key_as_bearer(client: Client) -> None:
    del client.http.headers["X-API-Key"]
    assert client.expad("GET", headers={"Authorization": f"Bearer {client.key}"}).status_code == 200
