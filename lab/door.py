"""The dashboard in this process, over a real database, with a clock that tests move."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import httpx
from starlette.types import ASGIApp, Message

from lab.site import PASSWORD_HASH, now_ms
from lab.stores import open_database
from leadloop.core.accounts import Account
from leadloop.core.ids import new_id
from leadloop.core.people.model import Link, LinkKind, Membership, MemberState, Person
from leadloop.core.people.roles import Role
from leadloop.core.people.tokens import digest_of, new_token
from leadloop.insights.ports import InsightStore
from leadloop.server.proxies import TrustedProxies
from leadloop.settings import Settings
from leadloop.web import site
from leadloop.web.report import InstanceReport
from leadloop.webhooks.ports import WebhookStore

HOST = "127.0.0.1:8080"


class Door:
    """`browser` makes visitors; `pass_ms` lets time go by for the dashboard."""

    def __init__(self, store: WebhookStore, settings: Settings) -> None:
        self.store = store
        self.now_ms = now_ms()
        self.stopping = asyncio.Event()
        built = site.build(
            store=store,
            clock=lambda: self.now_ms,
            pepper=b"p" * 32,
            stopping=self.stopping,
            report=_no_report,
            dialects=(),
            insights=cast(InsightStore, store).insights,
            settings=settings,
        )
        networks = settings.proxy_networks
        self.application: ASGIApp = TrustedProxies(built, networks) if networks else built

    def pass_ms(self, milliseconds: int) -> None:
        self.now_ms += milliseconds

    def browser(
        self, *, scheme: str = "http", host: str = HOST, address: str = "198.51.100.7", **headers: str
    ) -> httpx.AsyncClient:
        """A client that sends what browsers send from a page of the server, and follows no redirect."""
        url = f"{scheme}://{host}"
        named = {"origin": url, "sec-fetch-site": "same-origin"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        transport = httpx.ASGITransport(self.application, client=(address, 50_000))
        return httpx.AsyncClient(transport=transport, base_url=url, headers=named)

    async def read_stream(self, browser: httpx.AsyncClient, path: str, sent: "asyncio.Queue[bytes]") -> None:
        """Puts each piece of the response into `sent` as it comes; `httpx` would wait for the end."""
        request = browser.build_request("GET", path)
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": "GET",
            "scheme": request.url.scheme,
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
            "client": ("198.51.100.7", 50_000),
        }

        async def receive() -> Message:
            await asyncio.Event().wait()
            raise AssertionError

        async def send(message: Message) -> None:
            if message["type"] == "http.response.body":
                await sent.put(message["body"])

        await self.application(scope, receive, send)

    async def add_account(self, name: str = "Sol Nascente", **options: Any) -> Account:
        account = Account(id=new_id(self.now_ms), name=name, created_at_ms=self.now_ms, **options)
        await self.store.accounts.add(account)
        return account

    async def add_person(
        self, account_id: str, role: Role = Role.OWNER, *, email: str = "", password_hash: str | None = PASSWORD_HASH
    ) -> Person:
        """An active member with the password of `lab.site`; an invited one if `password_hash` is `None`."""
        person_id = new_id(self.now_ms)
        email = email or f"{person_id}@example.com"
        person = Person(
            id=person_id,
            email=email,
            email_key=email,
            name="Ana Souza",
            created_at_ms=self.now_ms,
            password_hash=password_hash,
        )
        membership = Membership(
            account_id=account_id,
            person_id=person_id,
            role=role,
            state=MemberState.INVITED if password_hash is None else MemberState.ACTIVE,
            created_at_ms=self.now_ms,
        )
        await self.store.memberships.invite(
            person, membership, self._link(LinkKind.INVITATION, person_id, account_id)[0]
        )
        return person

    async def invite(self, person: Person, account_id: str, role: Role) -> str:
        """Invites somebody whom the instance knows already; the path of the link."""
        link, token = self._link(LinkKind.INVITATION, person.id, account_id)
        membership = Membership(
            account_id=account_id,
            person_id=person.id,
            role=role,
            state=MemberState.INVITED,
            created_at_ms=self.now_ms,
        )
        assert await self.store.memberships.invite(person, membership, link) is not None
        return f"/app/welcome/{token}"

    async def add_link(self, kind: LinkKind, person_id: str | None = None, account_id: str | None = None) -> str:
        """The path of a new link that is valid for an hour."""
        link, token = self._link(kind, person_id, account_id)
        await self.store.links.add(link)
        return f"/app/welcome/{token}"

    def _link(self, kind: LinkKind, person_id: str | None, account_id: str | None) -> tuple[Link, str]:
        token = new_token()
        link = Link(
            digest=digest_of(token),
            kind=kind,
            created_at_ms=self.now_ms,
            expires_at_ms=self.now_ms + 3_600_000,
            person_id=person_id,
            account_id=account_id,
        )
        return link, token


async def _no_report() -> InstanceReport:
    return InstanceReport(database="", size_bytes=0, workers=1, webhooks="off", backup_at_ms=None, checks=[])


@asynccontextmanager
async def open_door(database: str, settings: Settings | None = None) -> AsyncIterator[Door]:
    async with open_database(database, migrated=True) as store:
        door = Door(store, settings or Settings())
        try:
            yield door
        finally:
            door.stopping.set()
