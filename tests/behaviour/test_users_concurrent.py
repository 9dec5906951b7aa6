"""Users, API keys and webhooks under concurrent requests to one process and to two."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from lab.server import Client, Leadloop
from leadloop.core.keys import SCOPES
from tests.support.members import audit, data, member, new_email

AT_ONCE = 8


@pytest.fixture(params=["one process", "two processes"])
def clients(server: Leadloop, twin: Leadloop, request: pytest.FixtureRequest) -> Iterator[list[Client]]:
    """Clients with one key with every scope, for one process or for two."""
    first = server.client(SCOPES)
    second = first.at(twin)
    yield [first, second][: 1 if request.param == "one process" else 2]
    first.close()
    second.close()


def at_once(clients: list[Client], send: Callable[[Client, int], httpx.Response]) -> list[httpx.Response]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda number: send(clients[number % len(clients)], number), range(AT_ONCE)))


BODIES: dict[str, dict[str, Any]] = {
    "users": {"email": "", "name": "Ana", "role": "agent"},
    "keys": {"name": "site", "scopes": ["keys:manage"]},
    "webhooks": {"url": "https://crm.invalid/"},
}
SECRETS = {"users": "link", "keys": "key", "webhooks": "secret"}


@pytest.mark.parametrize("noun", BODIES)
def test_a_creation_with_an_idempotency_key_happens_once(clients: list[Client], noun: str) -> None:
    body = {name: value or new_email() for name, value in BODIES[noun].items()}
    answers = at_once(
        clients, lambda client, _: client.leadsail("POST", noun, json=body, headers={"Idempotency-Key": "k"})
    )
    assert {answer.status_code for answer in answers} == {201}, [answer.text for answer in answers]
    shown = [answer.json()["data"] for answer in answers]
    assert sum(SECRETS[noun] in one for one in shown) == 1
    assert len({one.get("id") or one["user"]["id"] for one in shown}) == 1
    assert len(audit(clients[0])) == 1


def test_an_e_mail_is_invited_once(clients: list[Client]) -> None:
    email = new_email()

    def send(client: Client, number: int) -> httpx.Response:
        return client.leadsail("POST", "users", json={"email": email, "name": f"Ana {number}", "role": "agent"})

    statuses = sorted(answer.status_code for answer in at_once(clients, send))
    assert statuses == [201] + [409] * (AT_ONCE - 1)
    assert len(data(clients[0], "GET", "users")["users"]) == 1
    entries = data(clients[0], "GET", "catalogue/users")["entries"]
    assert [entry["email"] for entry in entries] == [email]


def test_an_account_keeps_an_owner(server: Leadloop, clients: list[Client]) -> None:
    owners = [member(server, clients[0], "owner")["id"] for _ in range(AT_ONCE)]

    def send(client: Client, number: int) -> httpx.Response:
        return client.leadsail("PATCH", f"users/{owners[number]}", json={"role": "agent"})

    statuses = sorted(answer.status_code for answer in at_once(clients, send))
    assert statuses == [200] * (AT_ONCE - 1) + [409]
    roles = [user["role"] for user in data(clients[0], "GET", "users")["users"]]
    assert roles.count("owner") == 1


def test_a_key_is_revoked_once(clients: list[Client]) -> None:
    key_id = data(clients[0], "POST", "keys", 201, json={"name": "x"})["id"]
    answers = at_once(clients, lambda client, _: client.leadsail("POST", f"keys/{key_id}/revoke"))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * (AT_ONCE - 1)
    assert [action for action, _ in audit(clients[0])] == ["key.created", "key.revoked"]
