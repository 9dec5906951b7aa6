"""Users of an account over the API, and what they do in a browser, directly in the store."""

import secrets
import time
from typing import Any

from msgspec import structs

from lab.server import Client, Leadloop
from lab.stores import with_store
from leadloop.core.people.model import Person
from leadloop.core.people.tokens import digest_of
from leadloop.core.store import Store


def new_email() -> str:
    return f"{secrets.token_hex(8)}@example.com"


def data(client: Client, method: str, path: str, status: int = 200, **more: Any) -> Any:
    """The data of an answer with this status."""
    answer = client.leadsail(method, path, **more)
    assert answer.status_code == status, answer.text
    return answer.json()["data"]


def invite(client: Client, role: str = "agent", **body: Any) -> dict[str, Any]:
    """The data of the answer: `user`, `link`, `linkExpiresAt`."""
    body = {"email": new_email(), "name": "Ana", "role": role, **body}
    return dict(data(client, "POST", "users", 201, json=body))


def accept(server: Leadloop, link: str) -> bool:
    """The form of a link, as the person sends it: sets a password. Whether the link was valid."""

    def set_password(person: Person) -> Person:
        return structs.replace(person, password_hash=person.password_hash or "hash")

    async def use(store: Store) -> bool:
        digest = digest_of(link.rpartition("/")[2])
        return await store.links.use(digest, time.time_ns() // 1_000_000, set_password) is not None

    return with_store(server.database, use)


def member(server: Leadloop, client: Client, role: str = "agent", **body: Any) -> dict[str, Any]:
    """A user who has accepted the invitation."""
    invitation = invite(client, role, **body)
    assert accept(server, invitation["link"])
    return {**invitation["user"], "state": "active"}


def visit(server: Leadloop, account_id: str, person_id: str, at_ms: int = 5) -> None:
    """The person uses the account."""

    async def touch(store: Store) -> None:
        await store.memberships.touch(account_id, person_id, at_ms)

    with_store(server.database, touch)


def audit(client: Client, **params: str) -> list[tuple[str, str]]:
    """Action and object of the account's audit trail, oldest first."""
    entries = data(client, "GET", "audit", params=params)["entries"]
    return [(entry["action"], entry["object"]) for entry in reversed(entries)]
