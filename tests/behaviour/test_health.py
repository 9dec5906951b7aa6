"""`/healthz` and `/readyz`: for whatever looks after the process; no key, and nothing told but how it is."""

import pytest

from tests.support.dialects import REQUEST_ID, lines
from tests.support.server import Client

PATHS = {"/healthz": {"status": "ok"}, "/readyz": {"status": "ok", "webhooks": "sending"}}


@pytest.mark.parametrize("path", PATHS)
def test_it_is_well_whatever_the_key(client: Client, path: str) -> None:
    for headers in ({}, {"X-API-Key": "garbage"}, {"X-API-Key": ""}):
        answer = client.http.get(path, headers=headers)
        assert (answer.status_code, answer.json()) == (200, PATHS[path])
        assert answer.headers["Content-Type"] == "application/json"
        assert REQUEST_ID.fullmatch(answer.headers["X-Request-Id"])


@pytest.mark.parametrize("path", PATHS)
def test_it_is_only_read(client: Client, path: str) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        answer = client.http.request(method, path)
        lines(answer, "leadsail", 405)
        assert answer.headers["Allow"] == "GET, HEAD"
    assert client.http.head(path).status_code == 200
