"""The audit trail: every act that changes no lead, by whom and when (own.md section 3)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from lab.server import Client, Leadloop
from leadloop.core.keys import SCOPES
from tests.support.members import audit, data


@pytest.fixture
def owner(server: Leadloop) -> Iterator[Client]:
    owner = server.client(SCOPES)
    yield owner
    owner.close()


def rename(client: Client, name: str) -> str:
    """The request id."""
    answer = client.leadsail("PATCH", "account", json={"name": name})
    assert answer.status_code == 200
    return str(answer.headers["X-Request-Id"])


def test_an_entry_says_who_did_what_when_and_in_which_request(owner: Client) -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)
    request_id = rename(owner, "Clinic")
    [entry] = data(owner, "GET", "audit")["entries"]
    assert entry == {
        "at": entry["at"],
        "actor": f"key:{owner.key.split('_')[2]}",
        "action": "account.changed",
        "object": owner.account_id,
        "requestId": request_id,
    }
    assert before < datetime.fromisoformat(entry["at"]) < datetime.now(UTC) + timedelta(seconds=1)


def test_acts_of_webhooks_are_recorded(owner: Client) -> None:
    endpoint_id = data(owner, "POST", "webhooks", 201, json={"url": "https://crm.invalid/"})["id"]
    path = f"webhooks/{endpoint_id}"
    data(owner, "PATCH", path, json={"description": "CRM"})
    data(owner, "PATCH", path, json={"description": "CRM"})
    for verb in ("pause", "pause", "resume", "rotate"):
        data(owner, "POST", f"{path}/{verb}")
    data(owner, "DELETE", path)
    actions = ["created", "changed", "paused", "resumed", "secret_rotated", "deleted"]
    assert audit(owner) == [(f"webhook.{action}", endpoint_id) for action in actions]


def test_what_fails_or_concerns_a_lead_is_not_there(owner: Client) -> None:
    lead_id = owner.new_lead()
    owner.patch(lead_id, {"cpf": "1"})
    owner.leadsail("PATCH", "account", json={"name": ""})
    owner.leadsail("POST", "webhooks", json={})
    owner.leadsail("POST", "users", json={})
    owner.leadsail("POST", "keys", json={})
    assert audit(owner) == []


def test_commands_of_the_operator_are_recorded(server: Leadloop, owner: Client) -> None:
    options = ("--account", owner.account_id, "--url", "https://crm.invalid/")
    server.run("webhooks", "create", *options)
    [entry] = data(owner, "GET", "audit")["entries"]
    assert (entry["actor"], entry["action"], entry["requestId"]) == ("system", "webhook.created", "")


def test_entries_are_filtered(server: Leadloop, owner: Client) -> None:
    second = server.client(SCOPES, owner.account_id)
    rename(owner, "one")
    data(second, "POST", "keys", 201, json={"name": "x"})
    at = data(owner, "GET", "audit")["entries"][0]["at"]
    actor = f"key:{second.key.split('_')[2]}"
    assert [action for action, _ in audit(owner, actor=actor)] == ["key.created"]
    assert [action for action, _ in audit(owner, action="account.changed")] == ["account.changed"]
    assert audit(owner, actor=actor, action="account.changed") == []
    assert [action for action, _ in audit(owner, since=at)][-1] == "key.created"
    assert audit(owner, since="2099-01-01T00:00:00Z") == []
    for wrong in ({"since": "yesterday"}, {"cursor": "x"}, {"cursor": "IiI"}, {"actor": "\0"}):
        assert owner.leadsail("GET", "audit", params=wrong).status_code == 400, wrong
    second.close()


def test_entries_come_newest_first_in_pages(owner: Client) -> None:
    requests = [rename(owner, f"name {number}") for number in range(5)]
    seen = list[str]()
    cursor: str | None = None
    for _ in range(3):
        page = data(owner, "GET", "audit", params={"limit": "2", **({"cursor": cursor} if cursor else {})})
        seen += [entry["requestId"] for entry in page["entries"]]
        cursor = page["nextCursor"]
        assert page["hasMore"] is (cursor is not None)
    assert sorted(seen) == sorted(requests) and cursor is None
    times = [entry["at"] for entry in data(owner, "GET", "audit")["entries"]]
    assert times == sorted(times, reverse=True)


def test_accounts_see_their_own_entries_alone(server: Leadloop, owner: Client) -> None:
    other = server.client(SCOPES)
    rename(owner, "mine")
    rename(other, "theirs")
    assert audit(owner) == [("account.changed", owner.account_id)]
    assert audit(other) == [("account.changed", other.account_id)]
    other.close()
