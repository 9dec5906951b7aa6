"""API keys over HTTP: created, shown, changed and revoked (own.md section 3)."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from lab.server import Client, Leadloop
from lab.stores import with_store
from leadloop.core.accounts import Account
from leadloop.core.ids import new_id
from leadloop.core.keys import FORM, SCOPES
from leadloop.core.store import Store
from tests.support.members import audit, data

FAR = "2099-12-31T23:59:59.000Z"


@pytest.fixture
def owner(server: Leadloop) -> Iterator[Client]:
    owner = server.client(SCOPES)
    yield owner
    owner.close()


def create(client: Client, **body: Any) -> dict[str, Any]:
    return dict(data(client, "POST", "keys", 201, json={"name": "site", **body}))


def works(owner: Client, text: str, path: str = "leads") -> int:
    """The status of a request with the key."""
    client = Client(owner.url, owner.account_id, text)
    status = client.leadsail("GET", path).status_code
    client.close()
    return int(status)


def wait_until_refused(owner: Client, text: str) -> None:
    """Servers refuse a key within 5 seconds."""
    deadline = time.monotonic() + 30
    while works(owner, text) != 401:
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_a_new_key_works_and_is_shown_once(owner: Client) -> None:
    created = create(owner, name=" site ", scopes=["leads:read"], expiresAt="2099-12-31T20:59:59-03:00")
    text = created.pop("key")
    match = FORM.fullmatch(text)
    assert match is not None and text.startswith(f"{created['prefix']}_") and match[2] == created["id"]
    assert created.pop("warnings") == []
    maker = owner.key.split("_")[2]
    assert created == {
        "id": created["id"],
        "prefix": f"ll_live_{created['id']}",
        "name": "site",
        "scopes": ["leads:read"],
        "createdAt": created["createdAt"],
        "createdBy": f"key:{maker}",
        "expiresAt": FAR,
        "revokedAt": None,
        "lastUsedAt": None,
        "lastUsedFrom": None,
        "replaces": None,
    }
    assert data(owner, "GET", f"keys/{created['id']}") == created
    assert works(owner, text) == 200
    assert works(owner, text, "keys") == 403
    secret = text.split("_")[3]
    for path in ("keys", f"keys/{created['id']}", "audit"):
        assert secret not in owner.leadsail("GET", path).text


def test_the_last_use_is_shown_with_its_address(owner: Client) -> None:
    created = create(owner)
    assert works(owner, created["key"]) == 200
    deadline = time.monotonic() + 30
    while (shown := data(owner, "GET", f"keys/{created['id']}"))["lastUsedAt"] is None:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert shown["lastUsedFrom"] == "127.0.0.1"


def test_a_key_without_scopes_gets_the_default_ones(owner: Client) -> None:
    assert create(owner)["scopes"] == ["leads:read", "leads:write"]
    assert create(owner, scopes=None, expiresAt=None)["scopes"] == ["leads:read", "leads:write"]
    assert create(owner, scopes=["leads:write", "leads:write"])["scopes"] == ["leads:write"]


def test_a_key_gives_no_scope_that_it_lacks(server: Leadloop, owner: Client) -> None:
    manager = server.client(["keys:manage", "leads:read"], owner.account_id)
    answer = manager.leadsail("POST", "keys", json={"name": "x", "scopes": ["leads:read", "leads:write"]})
    assert answer.status_code == 403
    assert "lacks leads:write" in answer.text
    assert manager.leadsail("POST", "keys", json={"name": "x"}).status_code == 403, "the default ones count too"
    assert works(owner, create(manager, scopes=["leads:read"])["key"]) == 200
    manager.close()


def test_a_powerful_key_comes_with_a_warning(owner: Client) -> None:
    assert "keys" in create(owner, scopes=["keys:manage"])["warnings"][0]
    assert len(create(owner, scopes=["users:manage", "keys:manage", "leads:read"])["warnings"]) == 2


def test_a_creation_is_repeated_without_the_key(owner: Client) -> None:
    body, headers = {"name": "site", "scopes": ["keys:manage"]}, {"Idempotency-Key": '"k-1"'}
    first = owner.leadsail("POST", "keys", json=body, headers=headers)
    again = owner.leadsail("POST", "keys", json=body, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    created = first.json()["data"]
    assert created.pop("key")
    assert again.json()["data"] == created
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert owner.leadsail("POST", "keys", json={**body, "name": "y"}, headers=headers).status_code == 422
    assert audit(owner) == [("key.created", created["id"])]


def test_a_webhook_is_created_once_too(owner: Client) -> None:
    body, headers = {"url": "https://crm.invalid/"}, {"Idempotency-Key": "w"}
    first, again = (owner.leadsail("POST", "webhooks", json=body, headers=headers) for _ in range(2))
    created = first.json()["data"]
    assert created.pop("secret").startswith("whsec_")
    assert (again.status_code, again.json()["data"]) == (201, created)
    assert len(data(owner, "GET", "webhooks")["webhooks"]) == 1
    data(owner, "DELETE", f"webhooks/{created['id']}")
    assert owner.leadsail("POST", "webhooks", json=body, headers=headers).status_code == 404


def test_name_and_expiry_change_and_scopes_never(owner: Client) -> None:
    created = create(owner, expiresAt=FAR)
    path = f"keys/{created['id']}"
    shown = data(owner, "GET", path)
    assert data(owner, "PATCH", path, json=shown) == shown
    renamed = {**shown, "name": "crm", "expiresAt": None}
    assert data(owner, "PATCH", path, json={"name": "crm", "expiresAt": None}) == renamed
    assert data(owner, "GET", path) == renamed
    answer = owner.leadsail("PATCH", path, json={"scopes": ["leads:read"], "expiresAt": "2020-01-01T00:00:00Z"})
    assert answer.json()["error"]["details"] == [
        "scopes: cannot be changed: create another key, and revoke this one",
        "expiresAt: must be in the future",
    ]
    assert audit(owner) == [("key.created", created["id"]), ("key.changed", created["id"])]


def test_a_revoked_key_is_refused_and_stays_as_it_is(owner: Client) -> None:
    created = create(owner)
    path = f"keys/{created['id']}"
    assert works(owner, created["key"]) == 200
    revoked = data(owner, "POST", f"{path}/revoke")
    assert revoked["revokedAt"] is not None
    assert data(owner, "GET", path)["revokedAt"] == revoked["revokedAt"]
    wait_until_refused(owner, created["key"])
    assert owner.leadsail("POST", f"{path}/revoke").status_code == 409
    assert owner.leadsail("PATCH", path, json={"name": "x"}).status_code == 409
    assert audit(owner)[-1] == ("key.revoked", created["id"])


def test_an_expiry_that_is_set_takes_effect(owner: Client) -> None:
    created = create(owner)
    soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 2))
    data(owner, "PATCH", f"keys/{created['id']}", json={"expiresAt": soon})
    wait_until_refused(owner, created["key"])


def test_keys_are_listed_newest_first_in_pages(owner: Client) -> None:
    ids = [create(owner, name=f"key {number}")["id"] for number in range(4)]
    data(owner, "POST", f"keys/{ids[0]}/revoke")

    def listed(**params: str) -> list[str]:
        return [key["id"] for key in data(owner, "GET", "keys", params=params)["keys"]]

    own = owner.key.split("_")[2]
    assert listed() == listed(revoked="false") and set(listed()) == {*ids[1:], own}
    assert listed(revoked="true") == [ids[0]]
    assert set(listed(revoked="all")) == {*ids, own}
    created = [key["createdAt"] for key in data(owner, "GET", "keys")["keys"]]
    assert created == sorted(created, reverse=True)
    paged = list[str]()
    cursor: str | None = None
    while True:
        page = data(
            owner, "GET", "keys", params={"limit": "2", "revoked": "all", **({"cursor": cursor} if cursor else {})}
        )
        paged += [key["id"] for key in page["keys"]]
        cursor = page["nextCursor"]
        assert page["hasMore"] is (cursor is not None)
        if not cursor:
            break
    assert paged == listed(revoked="all")
    assert owner.leadsail("GET", "keys", params={"cursor": "x"}).status_code == 400
    assert owner.leadsail("GET", "keys", params={"revoked": "yes"}).status_code == 400


def test_an_account_of_mode_test_has_keys_that_say_so(server: Leadloop, owner: Client) -> None:
    async def new_account(store: Store) -> str:
        now_ms = time.time_ns() // 1_000_000
        account = Account(id=new_id(now_ms), name="trial", created_at_ms=now_ms, is_test=True)
        await store.accounts.add(account)
        return account.id

    trial = server.client(SCOPES, with_store(server.database, new_account))
    created = create(trial)
    assert created["key"].startswith(f"ll_test_{created['id']}_") and created["prefix"] == f"ll_test_{created['id']}"
    assert data(trial, "GET", f"keys/{created['id']}")["prefix"] == created["prefix"]
    assert data(trial, "GET", "account")["mode"] == "test"
    trial.close()


def test_a_body_is_refused_as_a_whole(owner: Client) -> None:
    body = {"nome": "x", "scopes": [], "expiresAt": "2099-12-31"}
    answer = owner.leadsail("POST", "keys", json=body)
    assert answer.json()["error"]["details"] == [
        "nome: is not a known field; did you mean name?",
        "scopes: must have at least one scope; leave it out for the default ones",
        "expiresAt: must be a time with its zone, such as 2026-01-31T12:00:00Z",
        "name: is required",
    ]
    assert owner.leadsail("POST", "keys", json={"name": "x", "scopes": ["leads:all"]}).status_code == 400
