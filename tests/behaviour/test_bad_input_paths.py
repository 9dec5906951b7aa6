"""Paths: malformed ids, unknown paths, methods that a path does not allow; and request ids."""

import httpx
import pytest

from lab.server import Client
from tests.support.dialects import JSON, REQUEST_ID, Bare, api_of, lines

DIALECTS = ["expad", "leadsail"]
NO_IDS = ["x", "0", "lead_", "none", "0" * 23, "0" * 25, "0" * 24, "A" * 24, "g" * 24, "lead_lead_" + "0" * 24]
NO_IDS += ["%00", "%0a" + "0" * 24, "0" * 24 + "%0a", "%ff%fe", "%F0%9F%98%80", "..%2f..", "%25", "'%20OR%201=1", "-1"]
NO_IDS += ["LEAD_" + "0" * 24, "Lead_0", "x" * 5000, "٠" * 24, "%ed%a0%80", "lead_%00", "0" * 24 + ";a=b"]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_malformed_id_is_an_unknown_lead(client: Client, dialect: str) -> None:
    api = api_of(client, dialect)
    for lead in NO_IDS:
        lines(client.http.get(api.lead(lead)), dialect, 404)
        lines(api.patch(lead, "{}"), dialect, 404)
        if dialect == "leadsail":
            lines(client.http.delete(api.lead(lead)), dialect, 404)


def test_a_malformed_account_id(client: Client) -> None:
    for account in ("x", "0" * 23, "A" * 24, "%00", "lead_" + client.account_id, client.account_id.upper() + "G"):
        lines(client.http.get(f"/v1/account/{account}/lead"), "expad", 404)


@pytest.mark.parametrize(
    ("path", "dialect"),
    [
        *[
            (path, "leadsail")
            for path in ("/api/v1", "/api/v1/", "/api/v1/nothing", "/api/v1/leads/x/y", "/api/v1//leads")
        ],
        *[
            (path, "expad")
            for path in ("/v1", "/v1/", "/v1/account", "/v1/account/x", "/v1/account/x/leed", "/v1/x/y/z")
        ],
        ("/API/v1/leads", "leadsail"),
        ("/", "leadsail"),
        ("/favicon.ico", "leadsail"),
    ],
)
def test_an_unknown_path_is_answered_in_the_words_of_its_dialect(client: Client, path: str, dialect: str) -> None:
    for method in ("GET", "PATCH", "POST", "DELETE", "OPTIONS"):
        lines(client.http.request(method, path), dialect, 404)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_trailing_slash_is_ignored(client: Client, dialect: str) -> None:
    api = api_of(client, dialect)
    lead = api.new()
    assert client.http.get(api.lead(lead) + "/").json() == client.http.get(api.lead(lead)).json()
    assert client.http.get(api.leads + "/").status_code == 200
    assert client.http.patch(api.lead(lead) + "/", content="{}", headers=JSON).status_code == 200


ALLOWED = {
    "/api/v1/leads": {"GET", "POST"},
    "/api/v1/leads/x": {"GET", "PATCH", "DELETE"},
    "/v1/account/x/leads": {"GET"},
    "/v1/account/x/lead/y": {"GET", "PATCH"},
}


@pytest.mark.parametrize("path", ALLOWED)
def test_a_wrong_method_is_answered_with_the_allowed_ones(client: Client, path: str) -> None:
    dialect = "leadsail" if path.startswith("/api") else "expad"
    for method in {"PUT", "DELETE", "POST", "PATCH", "OPTIONS", "TRACE", "PROPFIND"} - ALLOWED[path]:
        answer = client.http.request(method, path)
        lines(answer, dialect, 405)
        assert set(answer.headers["Allow"].split(", ")) - {"HEAD"} == ALLOWED[path]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_head_is_get_without_a_body(client: Client, dialect: str) -> None:
    api = api_of(client, dialect)
    lead = api.new()
    for path in (api.leads, api.lead(lead), api.lead("none"), "/healthz"):
        get, head = client.http.get(path), client.http.head(path)
        assert (head.status_code, head.content) == (get.status_code, b"")
        assert head.headers.get("ETag") == get.headers.get("ETag")


def test_every_answer_has_a_request_id_of_its_own(client: Client) -> None:
    lead = client.new_leadsail_lead()
    answers: list[httpx.Response] = [
        client.leadsail("GET"),
        client.leadsail("GET", f"leads/{lead}"),
        client.patch_leadsail(lead, {}),
        client.patch_leadsail(lead, {"nickname": 1}),
        client.leadsail("PUT"),
        client.leadsail("GET", "nothing"),
        client.leadsail("GET", headers={"X-API-Key": "x"}),
        client.leadsail("GET", "leads?api_key=x"),
        client.expad("GET"),
        client.expad("GET", f"lead/{lead}"),
        client.expad("PATCH", f"lead/{lead}", json={"name": 1}),
        client.http.get("/"),
        client.http.get("/healthz"),
        client.http.put("/healthz"),
        client.http.get("/readyz"),
        client.leadsail("DELETE", f"leads/{lead}"),
    ]
    ids = [answer.headers["X-Request-Id"] for answer in answers]
    assert all(REQUEST_ID.fullmatch(text) for text in ids)
    assert len(set(ids)) == len(ids)


def test_problem_json_on_any_route(client: Client) -> None:
    lead = client.new_lead()
    problem = {"Accept": "text/html, Application/Problem+JSON;q=0.9"}
    requests = [
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/v1/nothing", 404),
        ("PUT", "/healthz", 405),
        ("PUT", f"/v1/account/{client.account_id}/lead", 405),
        ("GET", f"/v1/account/{client.account_id}/lead?limit=x", 400),
        ("PATCH", f"/api/v1/leads/{lead}", 415),
    ]
    for method, path, status in requests:
        answer = client.http.request(method, path, headers=problem)
        assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")
        body = answer.json()
        assert body["status"] == status and body["requestId"] == answer.headers["X-Request-Id"]
        assert {"type", "title", "status", "detail"} <= body.keys()


@pytest.mark.parametrize("host", ["[", "[::1", "a b", "", "x:y", "é", "localhost:99999999", "//"])
def test_a_strange_host_is_no_server_error(client: Client, host: str) -> None:
    bare = Bare(client)
    bare.send(
        f"GET /api/v1/leads?limit=1 HTTP/1.1\r\nHost: {host}\r\nX-API-Key: {client.key}\r\n\r\n".encode("latin-1")
    )
    status, headers, _ = bare.answer()
    assert status in (200, 400) and REQUEST_ID.fullmatch(headers["x-request-id"])
    bare.close()


@pytest.mark.parametrize(
    "target", [b"/api/v1/leads/\xff\xfe", b"/api/v1/leads?search=\xff", b"*", b"http://x/api/v1/leads", b"//x", b"/%"]
)
def test_a_strange_target_is_no_server_error(client: Client, target: bytes) -> None:
    bare = Bare(client)
    bare.send(b"GET %b HTTP/1.1\r\nHost: localhost\r\nX-API-Key: %b\r\n\r\n" % (target, client.key.encode()))
    status, headers, _ = bare.answer()
    assert status in (200, 400, 404) and REQUEST_ID.fullmatch(headers["x-request-id"])
    bare.close()
