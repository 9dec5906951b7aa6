"""A request of the dashboard: who visits, what they sent, and what handlers need to answer."""

import asyncio
import re
import secrets
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from urllib.parse import quote, unquote

from msgspec import Struct, field

from leadloop.api.call import Dialect
from leadloop.api.request import Request
from leadloop.core.accounts import Account
from leadloop.core.errors import Problem
from leadloop.core.ids import Stamp
from leadloop.core.people.model import Membership, Person, Session, Theme
from leadloop.core.reading.visibility import Visibility, visibility_of
from leadloop.core.store import Clock
from leadloop.insights.ports import InsightSums
from leadloop.settings import Settings
from leadloop.web import i18n
from leadloop.web.demo import DemoAccounts
from leadloop.web.formats import Formats
from leadloop.web.live import Live
from leadloop.web.passwords import Passwords
from leadloop.web.report import Report
from leadloop.web.snippets import Samples
from leadloop.web.static import StaticFiles
from leadloop.web.throttle import SignInThrottle
from leadloop.webhooks.ports import WebhookStore

TOAST_LENGTH = 300


def read_digits(text: str, most: int = 15) -> int | None:
    """The number in a part of an address; `None` if the text is anything but one to `most` ASCII digits."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= most else None


class WebContext(NamedTuple):
    """Shared by all pages; created once at the start."""

    store: WebhookStore
    clock: Clock
    pepper: bytes
    stopping: asyncio.Event
    settings: Settings
    static: StaticFiles
    passwords: Passwords
    throttle: SignInThrottle
    live: Live
    report: Report
    """For the page of the instance."""
    demo: DemoAccounts
    samples: Samples
    dialects: Sequence[Dialect]
    insights: InsightSums


class Visitor(Struct, frozen=True, kw_only=True):
    """Who sends the request. Everything is `None` for somebody who has not signed in."""

    language: str = i18n.DEFAULT
    time_zone: str = "UTC"
    theme: Theme = Theme.SYSTEM
    person: Person | None = None
    session: Session | None = None
    account: Account | None = None
    """The account in the address."""
    membership: Membership | None = None
    memberships: Sequence[tuple[Membership, Account]] = ()
    """The person's active ones, by the name of the account."""

    @property
    def home_membership(self) -> Membership | None:
        """That of the account in the address, or else of the person's first account."""
        if self.membership is not None or not self.memberships:
            return self.membership
        return self.memberships[0][0]

    @property
    def home(self) -> Account | None:
        """The account whose navigation is shown."""
        if self.account is not None or not self.memberships:
            return self.account
        return self.memberships[0][1]

    @property
    def scopes(self) -> frozenset[str]:
        return frozenset() if self.membership is None else self.membership.scopes

    def may(self, scope: str) -> bool:
        return scope in self.scopes


class Cookie(NamedTuple):
    """Seen by no script, and sent by no form of another site."""

    name: str
    value: str
    max_age_s: int

    def header(self, *, is_secure: bool) -> str:
        secure = "; Secure" if is_secure else ""
        return f"{self.name}={self.value}; Path=/; Max-Age={self.max_age_s}; HttpOnly; SameSite=Lax{secure}"


class SubmittedForm(Mapping[str, str]):
    """The fields of a form. Of a repeated field the first value counts, except for `all`."""

    def __init__(self, fields: Sequence[tuple[str, str]] = ()) -> None:
        self.fields = fields
        self._first = dict(reversed(fields))

    def __getitem__(self, name: str) -> str:
        return self._first[name]

    def __iter__(self):  # type: ignore[no-untyped-def]
        return iter(self._first)

    def __len__(self) -> int:
        return len(self._first)

    def text(self, name: str) -> str:
        """The value without spaces around it; empty if the form has no such field."""
        return self._first.get(name, "").strip()

    def all(self, name: str) -> list[str]:
        return [value for other, value in self.fields if other == name]

    def has(self, name: str) -> bool:
        """Whether a checkbox is checked."""
        return name in self._first


class Visit(Struct, kw_only=True):
    """What a handler gets. `params` are the parts of the path that the route names."""

    context: WebContext
    request: Request
    visitor: Visitor
    stamp: Stamp
    """Its actor is `user:<person id>`, or `system` for somebody who has not signed in."""
    params: Mapping[str, str] = field(default_factory=dict)
    form: SubmittedForm = field(default_factory=SubmittedForm)
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    """Of the scripts of this response."""
    cookies: list[Cookie] = field(default_factory=list)
    """To set with the response."""
    _visibility: Visibility | None = None

    @property
    def store(self) -> WebhookStore:
        return self.context.store

    @property
    def now_ms(self) -> int:
        return self.stamp.at_ms

    @property
    def person(self) -> Person:
        """Only for pages that require a person."""
        assert self.visitor.person is not None
        return self.visitor.person

    @property
    def account(self) -> Account:
        """Only for pages of an account."""
        assert self.visitor.account is not None
        return self.visitor.account

    @property
    def membership(self) -> Membership:
        """Only for pages of an account."""
        assert self.visitor.membership is not None
        return self.visitor.membership

    @property
    def formats(self) -> Formats:
        """Of the visitor's language and time zone."""
        return Formats(self.visitor.language, self.visitor.time_zone, self.now_ms)

    async def visibility(self) -> Visibility:
        """Which leads of the account the person sees. Only for pages of an account."""
        if self._visibility is None:
            self._visibility = await visibility_of(self.store, self.account, self.membership)
        return self._visibility

    @property
    def path(self) -> str:
        """Decoded. The request's URL would need a valid `Host`."""
        path: str = self.request.scope["path"]
        return path

    @property
    def address(self) -> str:
        """The client's, as a trusted proxy gives it."""
        client = self.request.client
        return "" if client is None else client.host

    @property
    def is_secure(self) -> bool:
        """Whether the request came by https, also if a trusted proxy says so."""
        return str(self.request.scope["scheme"]) == "https"

    @property
    def origin(self) -> str:
        """The scheme and host under which browsers reach this server."""
        if self.context.settings.public_url is not None:
            return self.context.settings.public_url
        return f"{self.request.scope['scheme']}://{self.request.field(b'host') or ''}"

    @property
    def is_private(self) -> bool:
        """Whether nobody on the way reads along: by https, or within this machine."""
        host = self.request.field(b"host") or ""
        return self.is_secure or re.sub(r":\d*$", "", host).lower() in ("localhost", "127.0.0.1", "[::1]")

    @property
    def toast_name(self) -> str:
        return "__Host-leadloop-toast" if self.is_secure else "leadloop-toast"

    def toast(self, text: str) -> None:
        """Shows the text on the next page that the browser opens, once."""
        self.cookies.append(Cookie(self.toast_name, quote(text[:TOAST_LENGTH]), max_age_s=60))

    def toasts(self) -> list[str]:
        """The texts to show on this page. They are not shown again."""
        value = self.request.cookies.get(self.toast_name)
        if not value:
            return []
        self.cookies.append(Cookie(self.toast_name, "", max_age_s=0))
        return [unquote(value)[:TOAST_LENGTH]]

    def sentence(self, problem: Problem) -> str:
        """What a problem says, in the visitor's language, as a sentence of its own."""
        text = problem.text_in(i18n.sentences(self.visitor.language))
        return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '?', '!')) else '.'}"

    def gettext(self, text: str, **values: object) -> str:
        """The text in the visitor's language. Call it `_`, so that the catalogue finds its texts."""
        return i18n.translate(self.visitor.language, text, values)
