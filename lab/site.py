"""A leadloop with people of every role, for those who look at its pages."""

import os
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

import httpx
from argon2 import PasswordHasher
from msgspec import structs

from lab.leads import filled_lead, history_of
from lab.server import TLS, Leadloop
from lab.stores import with_store
from leadloop.core.accounts import Account
from leadloop.core.ids import new_id
from leadloop.core.people.model import Link, LinkKind, Membership, MemberState, Person
from leadloop.core.people.roles import Role
from leadloop.webhooks.ports import WebhookStore

PASSWORD = "a long enough password"
PASSWORD_HASH = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1).hash(PASSWORD)
HOSTILE = "\u202e<img src=x onerror=alert(1)>\"'><script>alert(2)</script>{{ 7*7 }}%s" + "W" * 60
"""A name that must be shown as it is, and must not widen a page."""


class Visitor(NamedTuple):
    """A person who can sign in, in one of the accounts."""

    id: str
    email: str
    name: str
    role: Role
    account_id: str


class Site:
    """Accounts of a running server with a person for each role.

    `visitors` has those of the account with leads by role (`owner`, who is the operator, `manager`, `agent`,
    `read-only`), the `stranger` who owns another account without leads, and an operator who owns a third one in which
    every name is `hostile`.
    """

    def __init__(self, server: Leadloop, *, leads: int = 40) -> None:
        self.server = server
        self.visitors: dict[str, Visitor] = {}
        self._cookies: dict[str, dict[str, str]] = {}
        self.account_id = self.add_account("Sol Nascente")
        self.empty_id = self.add_account("Lua Cheia")
        self.hostile_id = self.add_account(HOSTILE)
        for role, name in (
            (Role.OWNER, "Amanda Torres"),
            (Role.MANAGER, "Breno Lima"),
            (Role.AGENT, "Clara Dias"),
            (Role.READ_ONLY, "Davi Nunes"),
        ):
            email = f"{name.split()[0].lower()}@sol-nascente.example"
            self.visitors[role.value] = self.add_person(
                self.account_id, name, role, email=email, is_operator=role is Role.OWNER
            )
        self.visitors["stranger"] = self.add_person(self.empty_id, "Eva Prado", Role.OWNER)
        self.visitors["hostile"] = self.add_person(self.hostile_id, HOSTILE, Role.OWNER, is_operator=True)
        server.run("demo", "--account", self.account_id, "--count", str(leads))
        with_client = server.client(account_id=self.hostile_id)
        with_client.new_lead(name=HOSTILE, note=HOSTILE)
        with_client.close()
        hostile = history_of([filled_lead(self.hostile_id, HOSTILE, now_ms())])
        with_store(server.database, lambda store: store.leads.load([hostile]))

    @property
    def url(self) -> str:
        return self.server.url

    def add_account(self, name: str, **options: Any) -> str:
        at_ms = now_ms()
        account = Account(id=new_id(at_ms), name=name, created_at_ms=at_ms, **options)
        with_store(self.server.database, lambda store: store.accounts.add(account))
        return account.id

    def add_person(
        self, account_id: str, name: str, role: Role, *, email: str | None = None, is_operator: bool = False
    ) -> Visitor:
        """A new person whose password is `PASSWORD`, active in the account."""
        return add_person(self.server.database, account_id, name, role, email=email, is_operator=is_operator)

    def cookies(self, who: str) -> Mapping[str, str]:
        """The cookies of a session of `who`, which all that ask share. To change or end a session, use `sign_in`.

        The session gets another cookie when a role of its person changes.
        """
        with self.http(self._cookies.get(who)) as http:
            is_out = http.get("/app").headers.get("location", "").startswith("/app/sign-in")
            current = {cookie.name: cookie.value or "" for cookie in http.cookies.jar}
        self._cookies[who] = self.sign_in(self.visitors[who].email) if is_out else current
        return self._cookies[who]

    def sign_in(self, email: str, password: str = PASSWORD) -> dict[str, str]:
        """The cookies of a new session."""
        with self.http() as http:
            answer = http.post("/app/sign-in", data={"email": email, "password": password})
            assert answer.status_code == 303, answer.text
            return dict(http.cookies)

    def http(self, cookies: Mapping[str, str] | None = None) -> httpx.Client:
        """A client that sends what a browser sends from a page of the site, and follows no redirect."""
        headers = {"Accept": "text/html", "Origin": self.url, "Sec-Fetch-Site": "same-origin"}
        return httpx.Client(
            base_url=self.url, headers=headers, cookies=dict(cookies or {}), timeout=30.0, verify=TLS, trust_env=False
        )


def add_person(
    database: str, account_id: str, name: str, role: Role, *, email: str | None = None, is_operator: bool = False
) -> Visitor:
    """A new person whose password is `PASSWORD`, active in the account."""
    at_ms = now_ms()
    person_id = new_id(at_ms)
    email = email or f"{person_id}@example.com"
    person = Person(id=person_id, email=email, email_key=email, name=name, created_at_ms=at_ms)

    async def add(store: WebhookStore) -> None:
        membership = Membership(
            account_id=account_id, person_id=person_id, role=role, state=MemberState.INVITED, created_at_ms=at_ms
        )
        digest = os.urandom(32)
        link = Link(
            digest=digest,
            kind=LinkKind.INVITATION,
            created_at_ms=at_ms,
            expires_at_ms=at_ms + 60_000,
            person_id=person_id,
            account_id=account_id,
        )
        assert await store.memberships.invite(person, membership, link) is not None
        change = lambda invited: structs.replace(invited, password_hash=PASSWORD_HASH, is_operator=is_operator)  # noqa: E731
        assert await store.links.use(digest, at_ms, change) is not None

    with_store(database, add)
    return Visitor(person_id, email, name, role, account_id)


def now_ms() -> int:
    return time.time_ns() // 1_000_000
