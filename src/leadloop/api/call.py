"""What the API is made of: a prepared request (`Call`), its answer, and the tables of routes and dialects.

A handler gets one `Call`. Handlers raise `ApiError` or a domain error, which the dialect of the path renders.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import UNSET, Raw, Struct, field

from leadloop.api import entity_tags
from leadloop.api.body import encode
from leadloop.api.errors import ApiError
from leadloop.api.guard import Caller, Guard
from leadloop.api.prefer import NO_PREFERENCES, Preferences, Return
from leadloop.api.request import Request
from leadloop.api.scalars import text_of
from leadloop.core.errors import LeadNotFound, Problem
from leadloop.core.ids import ID, Stamp
from leadloop.core.leads.matching import Contact
from leadloop.core.leads.model import Lead
from leadloop.core.leads.sizes import size_of
from leadloop.core.queues import AccountQueue, KeyedLock
from leadloop.core.store import Clock
from leadloop.core.threads import SMALL, in_thread
from leadloop.core.writes.preconditions import NONE, Preconditions
from leadloop.insights.ports import InsightStore
from leadloop.webhooks.endpoints import ChangeView, Endpoint
from leadloop.webhooks.ports import WebhookStore

if TYPE_CHECKING:
    from leadloop.api.properties import Property
    from leadloop.api.views import View
    from leadloop.core.leads.patch import LeadPatch
    from leadloop.core.problems import Problems
    from leadloop.core.writes.use_cases import WriteResult
    from leadloop.webhooks.shapes import BodyShape

NOT_MODIFIED = 304
Body = dict[str, Any]
NO_BODY: Body = {}


class Context(NamedTuple):
    """What the routes work with; made once at start."""

    store: WebhookStore
    insights: InsightStore
    clock: Clock
    guard: Guard
    request_lock: KeyedLock
    unread_answers: AccountQueue
    change_view: ChangeView
    """For the filters of webhook endpoints."""


class Answer(Struct):
    """`body` is rendered as JSON."""

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    size: int = 0
    """Bytes of `body` as JSON, roughly, where it may be large."""
    give_back: Callable[[], None] | None = None
    """Gives back the answer's place among those of its key (`queues.unread_answers`)."""

    def leave(self) -> None:
        give_back, self.give_back = self.give_back, None
        if give_back is not None:
            give_back()


class Call(NamedTuple):
    """A request that is prepared (`prepare.py`): who calls, what they prefer and require, and the decoded body.

    `once_key` and `fingerprint` are empty without an idempotency key.
    """

    context: Context
    dialect: "Dialect"
    request: Request
    caller: Caller
    stamp: Stamp
    preferences: Preferences
    headers: Mapping[str, str]
    """To be added to the answer: what became of the query parameters."""
    preconditions: Preconditions = NONE
    body: Body = NO_BODY
    body_bytes: int = 0
    once_key: str = ""
    fingerprint: str = ""
    endpoints: Sequence[Endpoint] = ()
    """The account's webhook endpoints, for the dry run of a write."""

    @property
    def store(self) -> WebhookStore:
        return self.context.store

    @property
    def may_read(self) -> bool:
        """Without it no answer holds a property of a lead (semantics section 6)."""
        return "leads:read" in self.caller.scopes

    def wants_representation(self) -> bool:
        """Only a key that may read leads is shown one after a write."""
        return self.preferences.wanted is Return.REPRESENTATION and self.may_read


Handler = Callable[[Call], Awaitable[Answer]]


class Takes(Enum):
    """What a route takes beside path and query."""

    NOTHING = "nothing"
    """A body is not read."""
    OBJECT = "a JSON object"
    NEW_LEAD = "a JSON object, once for an idempotency key"
    LEAD_CHANGE = "the same, under preconditions"
    LEAD_DELETION = "preconditions"


class Route(NamedTuple):
    """One row of a table of routes. `scope` is what the caller's key must have, and `also` beside it.

    `query` are the parameters that it reads. `check` raises `ApiError` for a path that is not the caller's, or none.
    `missing` says what the path lacks to be one: such a row is a 404 before anything else is looked at.
    """

    method: str
    path: str
    scope: str
    handler: Handler
    takes: Takes = Takes.NOTHING
    query: tuple[str, ...] = ()
    also: str | None = None
    check: Callable[[Caller, Mapping[str, str]], None] | None = None
    missing: Problem | None = None


class Dialect(Struct, frozen=True, kw_only=True):
    """A lead API as one value. Its package makes it; `dialects.py` registers it."""

    name: str
    prefix: str
    """What its paths begin with."""
    routes: Callable[[], list[Route]]
    error: Callable[[ApiError], Any]
    """The body of a refusal."""
    webhook: "BodyShape"
    """Webhook bodies in its form. Endpoints choose it by the dialect's name."""

    properties: "Mapping[str, Property]"
    """Those of a lead, as Get shows it."""
    show: Callable[[Lead], Body]
    view: "View"
    """With what is written but not shown."""
    shown_id: Callable[[str], str]
    feed_names: Mapping[str, str] = {}
    """Stored pointers that the change feed shows by another name than the dialect's own."""
    feed_repeats: frozenset[str] = frozenset()
    """Stored pointers that the change feed shows in this dialect's form as well as in that of the dialect before."""

    read_patch: "Callable[[Body, Lead, Lead, Problems], LeadPatch]"
    """What a PATCH changes, given the lead as the client saw it and the current lead. Pure. Raises `InvalidFields`."""
    read_match: "Callable[[Body, Lead, Lead, Problems], LeadPatch]"
    """What a POST changes in a lead that an upsert found."""
    read_new: "Callable[[Body, Lead, Stamp, Problems], LeadPatch]"
    """What a POST makes of a blank lead."""
    refuses_unknown: bool
    """Whether an unknown name in a body is an error, unless the client prefers otherwise."""
    message_id: Callable[[Body], str | None] = lambda body: None
    region: str
    """Where phones are read that say no country, of leads and accounts without one."""
    matches: Mapping[str, str]
    """What an upsert can look for a lead by (`email`, `phone`, `externalId`), and the member that holds it."""
    country: str | None = None
    """The member that holds the lead's country."""
    success: "Callable[[Call, WriteResult, list[str]], Answer]"
    """Answers a write, with pointers to what was ignored. Must be pure, and take the preferences from its `Call`."""
    shows_new_leads: bool = False
    """Whether a POST is answered with the lead, whatever the client prefers."""

    def contact(self, body: Body, *, is_renewing: bool = False) -> Contact | None:
        """What a body writes of how the lead is reached, if it does."""
        email, phone = self.matches["email"], self.matches["phone"]
        if email not in body and phone not in body:
            return None
        country = UNSET if self.country is None else text_of(body, self.country)
        return Contact(text_of(body, email), text_of(body, phone), country, self.region, is_renewing)


def lead_headers(call: Call, lead: Lead | None, *, always_shown: bool = False, creates: bool = False) -> dict[str, str]:
    """Preferences are about writing a lead: reading or deleting one honours none. A dry run overrides `return`."""
    headers = {} if lead is None else {"ETag": f'"{lead.version}"'}
    if call.preferences is NO_PREFERENCES:
        return headers
    given: Return | None = Return.REPRESENTATION if always_shown or call.wants_representation() else Return.MINIMAL
    if call.preferences.dry_run:
        given = None
    if call.request.method in ("PATCH", "POST") and (applied := call.preferences.applied(given, creates=creates)):
        headers["Preference-Applied"] = applied
    return headers


async def shown_unless_known(call: Call, lead: Lead, show: Callable[[], Any]) -> Answer:
    """The lead, or 304 when the client says that it has this version (`If-None-Match`, compared weakly)."""
    headers = lead_headers(call, lead)
    tags = call.request.field(b"if-none-match")
    if tags is not None:
        versions = {tag.text for tag in entity_tags.parsed(tags) or ()}
        if tags.strip() == "*" or str(lead.version) in versions:
            return Answer(None, NOT_MODIFIED, headers)
    if size_of(lead) <= SMALL:
        return Answer(show(), headers=headers)
    return Answer(Raw(await in_thread(lambda: encode(show()))), headers=headers)


def lead_id_of(call: Call) -> str:
    """The lead of the path. Raises `LeadNotFound` for what can be none."""
    lead_id = bare_lead_id(call.request.path_params["lead_id"])
    if lead_id is None:
        raise LeadNotFound
    return lead_id


def bare_lead_id(text: str) -> str | None:
    """A lead's id without the `lead_` it may come with; `None` for what can be no id."""
    bare = text.removeprefix("lead_")
    return bare if ID.fullmatch(bare) else None
