"""What the keys of each scope may see, over every answer of every route.

Requests are made from the route tables. A route that `documented` does not cover, or without a body in
`route_bodies.BODIES`, raises `LookupError`.
"""

import secrets
from functools import cache
from typing import Any, NamedTuple

import httpx
from msgspec import Struct, field

from lab.server import Client
from leadloop.api.call import Route
from leadloop.api.expad import wire as expad
from leadloop.api.leadsail import wire as leadsail
from leadloop.core.keys import SCOPES
from tests.support.intruder import (
    ENTRY,
    NO_ENDPOINT,
    NO_KEY,
    NO_PERSON,
    NO_VIEW,
    ROUTES,
    Reach,
    new_endpoint,
    new_key,
    new_person,
    new_view,
    plain,
)

Scopes = frozenset[str]
JSON = "application/json"

READ, WRITE, HOOKS = "leads:read", "leads:write", "webhooks:manage"
USERS, KEYS_SCOPE, ACCOUNT = "users:manage", "keys:manage", "account:manage"
LEADS = ("/v1/account/{account_id}/", "/api/v1/leads", "/api/v1/changes", "/api/v1/insights")
CATALOGUE = ("/api/v1/catalogue/", "/api/v1/attribution")
WEBHOOKS = "/api/v1/webhooks"
PEOPLE, API_KEYS, ACTORS = "/api/v1/users", "/api/v1/keys", "/api/v1/actors"
VIEWS = "/api/v1/views"
ACCOUNT_ROUTES = ("/api/v1/account", "/api/v1/audit")
CARRY_LEADS = ("/test", "/replay", "/recover", "/resend")
"""Operations on a webhook that send leads to it."""

PROPERTIES = frozenset({*expad.properties(), *leadsail.PROPERTIES}) - {"leadId"}
"""Members under which an answer shows parts of a lead; its id alone is allowed."""
VALUES = frozenset({"before", "after", "base", "now", "sent", "candidates"})
"""The same for dry runs, conflicts and upserts."""


def documented(route: Route) -> Scopes:
    """The scopes that a key needs according to semantics section 6 and the guides, not to the route table."""
    if route.path == "/api/v1/leads/{lead_id}/deliveries":
        return frozenset({READ, HOOKS})
    if route.path.startswith((*LEADS, *CATALOGUE)):
        return frozenset({READ if route.method == "GET" else WRITE})
    if route.path.startswith(WEBHOOKS):
        carries = (route.method, route.path) == ("POST", WEBHOOKS) or route.path.endswith(CARRY_LEADS)
        return frozenset({HOOKS, READ} if carries else {HOOKS})
    if route.path.startswith(ACCOUNT_ROUTES):
        return frozenset({READ if (route.method, route.path) == ("GET", "/api/v1/account") else ACCOUNT})
    if route.path == ACTORS or route.path.startswith("/api/v1/search/"):
        return frozenset({READ})
    if route.path.startswith(VIEWS):
        return frozenset({READ} if route.method == "GET" else {READ, ACCOUNT})
    if route.path.startswith((PEOPLE, API_KEYS)):
        return frozenset({USERS if route.path.startswith(PEOPLE) else KEYS_SCOPE})
    raise LookupError(f"{route.path} is new: say in tests/support/scopes.py which scopes its guide asks for")


KEYS: list[Scopes] = sorted(
    {frozenset[str](), *(frozenset({scope}) for scope in SCOPES), *map(documented, ROUTES)}, key=sorted
)
"""Sets of scopes: none, each alone, and those that a route requires together."""


class Owner(NamedTuple):
    """An account with everything that an answer could reveal; `client` has all scopes."""

    client: Client
    lead_word: str
    """A word in the properties of its leads."""
    entry_word: str
    """A word in its catalogue entries."""
    webhook_word: str
    """A word in its webhooks."""
    person_word: str
    """A word in the names of its users."""
    key_word: str
    """A word in the names of its API keys."""
    view_word: str
    """A word in the names of its saved views."""

    def new_lead(self, *, then_again: bool) -> tuple[str, str]:
        """Its id, and an e-mail that no other lead has. At version 2, or with `then_again` at 3."""
        word, email = self.lead_word, f"{secrets.token_hex(6)}@example.com"
        lists = {
            "fields": [{"id": "f1", "name": "Q", "value": word}],
            "tags": [{"id": ENTRY, "name": self.entry_word}],
            "lastMessage": {"id": "m1", "content": word},
        }
        lead_id = self.client.new_lead(name=word, email=email, note=word, status=word, callId=word, **lists)
        inner = {"customFields": {"c": word}, "detail": word, "address": {"city": word}}
        assert self.client.patch_leadsail(lead_id, inner).status_code == 200
        if then_again:
            self.client.patch(lead_id, {"cpf": word})
        return lead_id, email

    def new_endpoint(self) -> str:
        """The only webhook of the account."""
        url, word = f"https://{self.webhook_word}.invalid/", self.webhook_word
        for old in self.client.leadsail("GET", "webhooks").json()["data"]["webhooks"]:
            self.client.leadsail("DELETE", f"webhooks/{old['id']}")
        return new_endpoint(self.client, url=url, description=word, headers={"X-Word": word}, state="disabled")

    def new_view(self) -> str:
        """The only saved view of the account."""
        for old in self.client.leadsail("GET", "views").json()["data"]["views"]:
            self.client.leadsail("DELETE", f"views/{old['id']}")
        return new_view(self.client, self.view_word)


def new_owner(client: Client) -> Owner:
    return Owner(
        client, *(f"{kind}{secrets.token_hex(8)}" for kind in ("lead", "entry", "webhook", "user", "key", "view"))
    )


class Variant(Struct):
    """Additional options of a request. `"new"` stands for an unused key, `"own"` for the lead's e-mail."""

    headers: dict[str, str] = field(default_factory=dict)
    params: dict[str, str] = field(default_factory=dict)
    members: dict[str, Any] = field(default_factory=dict)


SHOWN, BASE, KEY = "return=representation", "Leadloop-Base-Version", "Idempotency-Key"
ALL_WRONG: dict[str, Any] = {name: [[1]] for name in sorted(PROPERTIES)}
READS = [
    Variant(),
    Variant({"If-None-Match": "*"}),
    Variant(params={"asOf": "1", "full": "true"}),
    Variant(
        {"Accept": "application/problem+json"}, {"asOf": "x", "limit": "x", "from": "x", "cursor": "x", "after": "x"}
    ),
]
WRITES = [
    Variant(),
    Variant({"Prefer": SHOWN}),
    Variant({"Prefer": f"{SHOWN}, dry-run"}),
    Variant({"Prefer": SHOWN, BASE: "1"}),
    Variant({"Prefer": SHOWN, "If-Match": '"1"'}),
    Variant({"Prefer": SHOWN, KEY: "new"}),
    Variant({"Prefer": f"{SHOWN}, upsert=email"}, members={"email": "own"}),
    Variant({"Prefer": f"{SHOWN}, handling=strict"}, members=ALL_WRONG),
]
"""Options that could make an answer show more."""


def variants(route: Route) -> list[Variant]:
    return READS if route.method == "GET" else WRITES


def request(route: Route, owner: Owner, variant: Variant) -> Reach:
    """A request for a new lead if it writes leads, and for a new webhook if it is about webhooks."""
    writes_leads = route.method != "GET" and route.path.startswith(LEADS)
    lead_id, email = owner.new_lead(then_again=BASE in variant.headers) if writes_leads else _lead_to_read(owner)
    endpoint_id = owner.new_endpoint() if route.path.startswith(WEBHOOKS) else NO_ENDPOINT
    person_id = _person_of(owner, route) if route.path.startswith((PEOPLE, ACTORS)) else NO_PERSON
    key_id = new_key(owner.client, owner.key_word) if route.path.startswith(API_KEYS) else NO_KEY
    view_id = owner.new_view() if route.path.startswith(VIEWS) else NO_VIEW
    ids = {"person_id": person_id, "key_id": key_id, "view_id": view_id}
    reach = plain(route, owner.client.account_id, lead_id, endpoint_id, **ids)
    if route.path == ACTORS:
        reach = reach._replace(params={"ids": f"user:{person_id}"})
    headers = {name: secrets.token_hex(8) if value == "new" else value for name, value in variant.headers.items()}
    members = {name: email if value == "own" else value for name, value in variant.members.items()}
    json = None if reach.json is None else {**reach.json, **members}
    return reach._replace(headers=headers, params={**reach.params, **variant.params}, json=json)


def _person_of(owner: Owner, route: Route) -> str:
    return _person_to_read(owner) if route.method == "GET" else new_person(owner.client, owner.person_word)


@cache
def _person_to_read(owner: Owner) -> str:
    return new_person(owner.client, owner.person_word)


@cache
def _lead_to_read(owner: Owner) -> tuple[str, str]:
    return owner.new_lead(then_again=False)


def send(reach: Reach, client: Client) -> list[httpx.Response]:
    """Sends it twice if it has an idempotency key: the replay must not show more."""
    times = 2 if "Idempotency-Key" in reach.headers else 1
    return [
        client.http.request(reach.method, reach.path, headers=reach.headers, params=reach.params, json=reach.json)
        for _ in range(times)
    ]


def faults_of(route: Route, answer: httpx.Response, scopes: Scopes, owner: Owner, *, own: bool) -> list[str]:
    """What an answer may show a key of these scopes, of the owner's account or of another (`own`), and what it must
    not."""
    text, faults = answer.text + repr(answer.headers.multi_items()), _wrong_status(route, answer, scopes, own)
    may_see_entries = READ in scopes or (WRITE in scopes and route.path.startswith(CATALOGUE))
    for word, is_allowed in (
        (owner.lead_word, READ in scopes),
        (owner.entry_word, may_see_entries),
        (owner.webhook_word, HOOKS in scopes),
        (owner.person_word, USERS in scopes or may_see_entries),
        (owner.key_word, KEYS_SCOPE in scopes or READ in scopes),
        (owner.view_word, READ in scopes),
    ):
        if word in text and not (own and is_allowed):
            faults.append(f"{word} is shown")
    if READ not in scopes and route.path.startswith(LEADS) and answer.headers.get("content-type") == JSON:
        faults += [f"{name} is shown" for name in sorted((PROPERTIES | VALUES) & _names(answer.json()))]
    return faults


def _wrong_status(route: Route, answer: httpx.Response, scopes: Scopes, own: bool) -> list[str]:
    if not may_call(route, scopes):
        expected = 404 if route.missing else 403
        return [] if answer.status_code == expected else [f"{answer.status_code} for a key that may not"]
    return ["refused though it may"] if own and answer.status_code in (401, 403) else []


def may_call(route: Route, scopes: Scopes) -> bool:
    return documented(route) <= scopes


def _names(value: Any) -> set[str]:
    """The names of all members at any depth."""
    if isinstance(value, list):
        return {name for item in value for name in _names(item)}
    if not isinstance(value, dict):
        return set()
    return {*value, *(name for member in value.values() for name in _names(member))}
