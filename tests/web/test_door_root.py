"""What belongs to the dashboard and what to the API, in one server; and what a process loads for it."""

import subprocess
import sys

import httpx
import pytest

from lab.site import Site

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
LOADED = """
import sys
import leadloop.app, leadloop.cli.serve, leadloop.cli.worker, leadloop.api.asgi
loaded = [name for name in sys.modules if name.split(".")[0] in ("jinja2", "babel", "argon2")]
print([name for name in sys.modules if name.split(".")[1:2] == ["web"]] + loaded)
"""


@pytest.mark.parametrize(
    ("method", "path", "accept", "status"),
    [
        ("GET", "/", BROWSER, 303),
        ("HEAD", "/", BROWSER, 303),
        ("GET", "/", "text/html", 303),
        ("GET", "/", "*/*", 404),
        ("GET", "/", "application/json", 404),
        ("GET", "/", "application/json, text/html", 404),
        ("POST", "/", BROWSER, 404),
        ("GET", "/apple", BROWSER, 404),
        ("GET", "/app2", BROWSER, 404),
        ("GET", "/app", "*/*", 303),
        ("GET", "/app/", "*/*", 303),
    ],
)
def test_browsers_get_to_the_dashboard_and_programs_to_the_api(
    site: Site, method: str, path: str, accept: str, status: int
) -> None:
    answer = httpx.request(method, site.url + path, headers={"Accept": accept}, trust_env=False)
    assert answer.status_code == status
    if status == 303:
        assert answer.headers["location"].startswith("/app")
    else:
        assert answer.headers["content-type"] == "application/json"


def test_sessions_are_no_keys_and_keys_no_sessions(site: Site) -> None:
    with site.http(site.cookies("owner")) as http:
        assert http.get("/api/v1/account").status_code == 401
    client = site.server.client(["leads:read", "users:manage"], site.account_id)
    for headers in ({"X-API-Key": client.key}, {"Authorization": f"Bearer {client.key}"}):
        with site.http() as http:
            answer = http.get(f"/app/{site.account_id}/connect", headers=headers)
            assert answer.headers["location"].startswith("/app/sign-in")
    client.close()


def test_a_server_loads_the_dashboard_with_its_first_request_and_a_worker_never() -> None:
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
