"""`/healthz` and `/readyz`: for whatever looks after the process; no key, and nothing told but how it is."""

import httpx
import pytest

from lab.databases import execute
from lab.postgres import PostgresServer
from lab.server import Client, Leadloop
from tests.support.dialects import REQUEST_ID, lines

PATHS = {"/healthz": {"status": "ok"}, "/readyz": {"status": "ok", "webhooks": "sending"}}


@pytest.mark.parametrize("path", PATHS)
def test_it_answers_whatever_the_key(client: Client, path: str) -> None:
    for headers in ({}, {"X-API-Key": "garbage"}, {"X-API-Key": ""}):
        answer = client.http.get(path, headers=headers)
        assert (answer.status_code, answer.json()) == (200, PATHS[path])
        assert answer.headers["Content-Type"] == "application/json"
        assert REQUEST_ID.fullmatch(answer.headers["X-Request-Id"])


@pytest.mark.slow
def test_it_shows_no_error_text_of_the_database(postgres_server: PostgresServer) -> None:
    """The log does."""
    name = "gone_while_serving"
    server = Leadloop("postgres", postgres_server.create_database(name))
    server.start()
    try:
        execute(postgres_server.url, f"DROP DATABASE {name} WITH (FORCE)")
        answers = [httpx.get(f"{server.url}/readyz", timeout=30) for _ in range(2)]
        output = server.wait_for_output("the server is not ready")
    finally:
        server.kill()
    assert [answer.status_code for answer in answers] == [503, 503]
    problem = "the database cannot be reached; try again"
    assert answers[0].json() == {"status": "unavailable", "problem": problem, "webhooks": "sending"}
    assert name not in answers[0].text
    said = [line for line in output.splitlines() if "the server is not ready" in line]
    assert len(said) == 1 and f"createdb --owner=postgres {name}" in said[0]


@pytest.mark.parametrize("path", PATHS)
def test_only_get_is_allowed(client: Client, path: str) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        answer = client.http.request(method, path)
        lines(answer, "leadsail", 405)
        assert answer.headers["Allow"] == "GET, HEAD"
    assert client.http.head(path).status_code == 200
