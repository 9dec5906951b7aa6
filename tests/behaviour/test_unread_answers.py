"""A key that does not read its large answers delays only itself."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from urllib.parse import urlsplit

import httpx
import pytest

from lab import bombs
from lab.server import Client, Leadloop, running
from lab.stores import with_store
from leadloop.webhooks.ports import WebhookStore
from tests.behaviour.test_list_bytes import leads
from tests.conftest import new_database

PATIENCE_S = 60.0
SMALL_BUFFER = 4 * 1024


@pytest.fixture(scope="module")
def one_at_once(
    engine: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Leadloop]:
    """A server that buffers one large answer for each key; others wait a tenth of a second for it."""
    database = new_database(engine, tmp_path_factory.mktemp("one"), request)
    with running(Leadloop(engine, database, command=bombs.command(bombs.ONE_AT_ONCE))) as server:
        yield server


def unread_list(client: Client) -> socket.socket:
    """A connection that has requested the largest page and reads nothing of it."""
    url = urlsplit(client.url)
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
    line.connect((url.hostname, url.port))
    line.sendall(f"GET /api/v1/leads?limit=100 HTTP/1.1\r\nHost: x\r\nX-API-Key: {client.key}\r\n\r\n".encode())
    return line


def until(status: int, ask: Callable[[], httpx.Response]) -> httpx.Response:
    give_up_at = time.monotonic() + PATIENCE_S
    while (answer := ask()).status_code != status:
        assert time.monotonic() < give_up_at, answer.text
    return answer


def test_the_key_is_refused_until_its_answer_is_read_or_given_up(one_at_once: Leadloop) -> None:
    client, other = one_at_once.client(), one_at_once.client()
    account_id = client.account_id
    second_key = one_at_once.client(account_id=account_id)

    async def fill(store: WebhookStore) -> None:
        await store.leads.load([history] for history in leads(account_id))

    with_store(one_at_once.database, fill)
    lead = client.expad("GET", params={"pageSize": 1}).json()["leads"][0]["id"]
    with closing(unread_list(client)):
        expad = until(429, lambda: client.expad("GET", params={"pageSize": 1}))
        assert expad.json()["code"] == 429 and int(expad.headers["Retry-After"]) > 0
        for path in ("leads", "changes", f"leads/{lead}/changes", "catalogue/tags"):
            answer = client.leadsail("GET", path)
            assert (answer.status_code, answer.json()["error"]["code"]) == (429, "RATE_LIMITED"), path
            assert int(answer.headers["Retry-After"]) > 0
        assert client.patch(lead, {"status": "ACTIVE"})["version"] == 2
        assert client.get(lead)["status"] == "ACTIVE"
        assert other.expad("GET").status_code == second_key.expad("GET", params={"pageSize": 3}).status_code == 200
    assert until(200, lambda: client.expad("GET", params={"pageSize": 1})).json()["total"] > 1
    for each in (client, other, second_key):
        each.close()
