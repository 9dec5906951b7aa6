"""The names of actors that change records and audit entries name by id (own.md section 3)."""

from collections.abc import Iterator
from typing import Any

import pytest

from lab.server import Client, Leadloop
from leadloop.core.keys import SCOPES
from tests.support.members import data, invite


@pytest.fixture
def owner(server: Leadloop) -> Iterator[Client]:
    owner = server.client(SCOPES)
    yield owner
    owner.close()


def actors(client: Client, *ids: str) -> list[dict[str, Any]]:
    return list(data(client, "GET", "actors", params={"ids": ",".join(ids)})["actors"])


def test_the_actor_of_a_change_has_a_name(owner: Client) -> None:
    owner.new_lead()
    [change] = data(owner, "GET", "changes")["changes"]
    assert actors(owner, change["actor"]) == [{"id": change["actor"], "kind": "key", "name": "test"}]


def test_names_come_in_the_order_of_the_ids_and_unknown_ones_are_left_out(owner: Client) -> None:
    key = data(owner, "POST", "keys", 201, json={"name": "site"})
    user = invite(owner, name="Ana Souza")["user"]
    data(owner, "POST", f"keys/{key['id']}/revoke")
    ids = [f"user:{user['id']}", "nobody", "system", f"key:{key['id']}", "key:", "user:x", f"user:{'f' * 24}"]
    assert actors(owner, *ids, "system", " system ") == [
        {"id": ids[0], "kind": "user", "name": "Ana Souza"},
        {"id": "system", "kind": "system", "name": "leadloop"},
        {"id": ids[3], "kind": "key", "name": "site"},
    ]


def test_actors_of_another_account_are_unknown(server: Leadloop, owner: Client) -> None:
    other = server.client(SCOPES)
    user = invite(other)["user"]
    assert actors(owner, f"user:{user['id']}", f"key:{other.key.split('_')[2]}") == []
    other.close()


def test_reading_names_needs_leads_read_alone(server: Leadloop, owner: Client) -> None:
    user = invite(owner, name="Ana")["user"]
    for scopes, status in ((["leads:read"], 200), (["users:manage"], 403)):
        client = server.client(scopes, owner.account_id)
        answer = client.leadsail("GET", "actors", params={"ids": f"user:{user['id']}"})
        assert answer.status_code == status
        client.close()


def test_the_number_of_ids_is_limited(owner: Client) -> None:
    assert actors(owner, *["system"] * 200) == [{"id": "system", "kind": "system", "name": "leadloop"}]
    for ids in (",".join(["system"] * 201), "", ", ,", "\0"):
        answer = owner.leadsail("GET", "actors", params={"ids": ids})
        assert answer.status_code == 400 and "ids" in answer.text, ids
