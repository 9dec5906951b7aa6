"""The link that `leadloop serve` prints while no person exists, on both engines and by several processes."""

import re

import httpx
import pytest

from lab.server import Leadloop, running
from lab.stores import with_store
from tests.web.test_door_welcome import FIRST

LINK = re.compile(r"(http://127\.0\.0\.1:\d+)(/app/welcome/[\w-]{43})\n")


def printed_link(server: Leadloop) -> tuple[str, str]:
    """The address of the server and the path of the link that it printed."""
    server.wait_for_output("/app/welcome/")
    [(url, path)] = LINK.findall(server.output)
    return url, path


@pytest.mark.parametrize("workers", [1, 2])
def test_each_start_prints_one_link_until_there_is_a_person(engine: str, empty_database: str, workers: int) -> None:
    if engine == "sqlite" and workers > 1:
        pytest.skip("one process serves an embedded database")
    server = Leadloop(engine, empty_database, options=["--workers", str(workers), "--trusted-proxies", "127.0.0.1"])
    with running(server):
        _, first = printed_link(server)
    with running(server):
        url, second = printed_link(server)
        assert url == server.url
        with httpx.Client(base_url=url, headers={"Origin": url}, trust_env=False) as http:
            assert http.get(first).status_code == 404
            answer = http.post(second, data=FIRST)
            assert (answer.status_code, http.get("/app").status_code) == (303, 303)
        [account] = with_store(empty_database, lambda store: store.accounts.all())
        [person] = with_store(empty_database, lambda store: store.people.all("", 10))
        assert answer.headers["location"] == f"/app/{account.id}"
        assert (account.name, person.email, person.is_operator) == ("Sol Nascente", "Ana@Example.com", True)
        by_https = {"Origin": "https://leads.example.com", "X-Forwarded-Proto": "https", "Host": "leads.example.com"}
        signed_in = httpx.post(f"{url}/app/sign-in", data=FIRST, headers=by_https, trust_env=False)
        assert signed_in.headers["set-cookie"].startswith("__Host-leadloop=")
    with running(server):
        assert "/app/welcome/" not in server.output
    assert "/app/welcome/" not in server.output
