"""The core types of the API: the prepared request (`Call`), its `Answer`, `Route` and `Dialect`.

A handler takes one `Call` and returns an `Answer`. It may raise `ApiError` or a domain error; the dialect of the path
renders both.
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
from leadloop.api.sample import SampleLead
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
    """Shared by all routes; created once at startup."""

    store: WebhookStore
    insights: InsightStore
    clock: Clock
    guard: Guard
    request_lock: KeyedLock
    unread_answers: AccountQueue
    change_view: ChangeView
    """How webhook filters see a change."""
    public_url: str | None = None
    """What links begin with; `None` for the address of each request."""


class Answer(Struct):
    """`body` is rendered as JSON."""

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    size: int = 0
    """Approximate bytes of `body` as JSON; 0 for an answer that is always small."""
    release_place: Callable[[], None] | None = None
    """Frees the answer's place in the queue of its API key (`queues.unread_answers`)."""

    def release(self) -> None:
        release_place, self.release_place = self.release_place, None
        if release_place is not None:
            release_place()


class Call(NamedTuple):
    """A prepared request (`prepare.py`): the caller, preferences, preconditions and the decoded body.

    `idempotency_key` is a digest of method, path and the client's key; `fingerprint` identifies the request itself.
    Both are empty without an idempotency key.
    """

    context: Context
    dialect: "Dialect"
    request: Request
    caller: Caller
    stamp: Stamp
    preferences: Preferences
    headers: Mapping[str, str]
    """Header fields to add to the answer: which query parameters were ignored."""
    preconditions: Preconditions = NONE
    body: Body = NO_BODY
    body_bytes: int = 0
    idempotency_key: str = ""
    fingerprint: str = ""
    endpoints: Sequence[Endpoint] = ()
    """The account's webhook endpoints; loaded only for the dry run of a write."""

    @property
    def store(self) -> WebhookStore:
        return self.context.store

    @property
    def link_base(self) -> str:
        """What links in the answer begin with."""
        scope = self.request.scope
        return self.context.public_url or f"{scope['scheme']}://{self.request.field(b'host') or ''}"

    @property
    def may_read(self) -> bool:
        """Without this scope an answer must not contain any property of a lead (semantics section 6)."""
        return "leads:read" in self.caller.scopes

    def wants_representation(self) -> bool:
        """Whether the answer to a write includes the lead: the client prefers it and its key may read leads."""
        return self.preferences.wanted is Return.REPRESENTATION and self.may_read


Handler = Callable[[Call], Awaitable[Answer]]


class Takes(Enum):
    """What a route reads besides path and query."""

    NOTHING = "nothing"
    """The body is not read."""
    OBJECT = "a JSON object"
    NEW = "a JSON object, once for an idempotency key"
    LEAD_CHANGE = "the same, under preconditions"
    LEAD_DELETION = "preconditions"


class Route(NamedTuple):
    """One row of a route table. The caller's key needs `scope`, and `also` if given.

    `query` lists the parameters that the handler reads. `check` raises `ApiError` for a path that does not exist or
    that belongs to another account. A row with `missing` always answers 404 with that problem, before any other check.
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
    """A lead API as one value. Its package creates it; `dialects.py` registers it."""

    name: str
    prefix: str
    """The prefix of its paths."""
    routes: Callable[[], list[Route]]
    error: Callable[[ApiError], Any]
    """The body of a refusal."""
    webhook: "BodyShape"
    """Its form of webhook bodies. Endpoints select it by the dialect's name."""

    properties: "Mapping[str, Property]"
    """The properties of a lead as Get shows them."""
    extensions: "Mapping[str, Property]" = {}
    """Properties that clients write and Get does not show."""
    show: Callable[[Lead], Body]
    view: "View"
    """Includes properties that clients can write but that Get does not show."""
    shown_id: Callable[[str], str]
    feed_names: Mapping[str, str] = {}
    """Stored pointers that the change feed shows under another name than the dialect does."""
    feed_repeats: frozenset[str] = frozenset()
    """Stored pointers that the change feed shows in this dialect's form too, although an earlier dialect shows them."""

    read_patch: "Callable[[Body, Lead, Lead, Problems], LeadPatch]"
    """The patch of a PATCH body. Takes the lead as the client saw it and the current lead. Pure. Raises
    `InvalidFields`."""
    read_match: "Callable[[Body, Lead, Lead, Problems], LeadPatch]"
    """The patch of a POST body for a lead that an upsert matched."""
    read_new: "Callable[[Body, Lead, Stamp, Problems], LeadPatch]"
    """The patch of a POST body for a blank lead."""
    refuses_unknown: bool
    """Whether an unknown name in a body is an error by default; `Prefer: handling=` overrides it."""
    message_id: Callable[[Body], str | None] = lambda body: None
    region: str
    """Default region of phone numbers without a country code, if neither lead nor account has a country."""
    matches: Mapping[str, str]
    """Upsert keys (`email`, `phone`, `externalId`) → the body member with the value."""
    country: str | None = None
    """The body member with the lead's country."""
    sample: SampleLead
    lead_path: str
    """Where a Get shows a lead; `{account_id}` and `{lead_id}` stand for the ids."""
    get_body: Callable[[Lead], Any]
    """What that Get answers."""
    success: "Callable[[Call, WriteResult, list[str]], Answer]"
    """Builds the answer to a write; the list has pointers to ignored members. Must be pure, and must take the
    preferences from its `Call`."""
    shows_new_leads: bool = False
    """Whether a POST returns the lead, whatever the client prefers."""

    def contact(self, body: Body, *, is_renewing: bool = False) -> Contact | None:
        """The contact members of a body; `None` if it has neither e-mail nor phone."""
        email, phone = self.matches["email"], self.matches["phone"]
        if email not in body and phone not in body:
            return None
        country = UNSET if self.country is None else text_of(body, self.country)
        return Contact(text_of(body, email), text_of(body, phone), country, self.region, is_renewing)


def lead_headers(call: Call, lead: Lead | None, *, always_shown: bool = False, creates: bool = False) -> dict[str, str]:
    """`ETag` and `Preference-Applied`. Only PATCH and POST apply preferences; a dry run overrides `return`."""
    headers = {} if lead is None else {"ETag": f'"{lead.version}"'}
    if call.preferences is NO_PREFERENCES:
        return headers
    returned: Return | None = Return.REPRESENTATION if always_shown or call.wants_representation() else Return.MINIMAL
    if call.preferences.dry_run:
        returned = None
    if call.request.method in ("PATCH", "POST") and (
        applied := call.preferences.applied_header(returned, creates=creates)
    ):
        headers["Preference-Applied"] = applied
    return headers


async def show_unless_cached(call: Call, lead: Lead, show: Callable[[], Any]) -> Answer:
    """The lead, or 304 if the client already has this version (`If-None-Match`, weak comparison)."""
    headers = lead_headers(call, lead)
    tags = call.request.field(b"if-none-match")
    if tags is not None:
        versions = {tag.text for tag in entity_tags.parse(tags) or ()}
        if tags.strip() == "*" or str(lead.version) in versions:
            return Answer(None, NOT_MODIFIED, headers)
    if size_of(lead) <= SMALL:
        return Answer(show(), headers=headers)
    return Answer(Raw(await in_thread(lambda: encode(show()))), headers=headers)


def lead_id_of(call: Call) -> str:
    """The lead id in the path. Raises `LeadNotFound` if it cannot be an id."""
    lead_id = bare_lead_id(call.request.path_params["lead_id"])
    if lead_id is None:
        raise LeadNotFound
    return lead_id


def bare_lead_id(text: str) -> str | None:
    """A lead's id without its optional prefix `lead_`; `None` if it cannot be an id."""
    bare = text.removeprefix("lead_")
    return bare if ID.fullmatch(bare) else None
