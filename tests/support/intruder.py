"""Every way in which the holder of one account's key can try to reach another account, on every route.

The requests are made from the route tables: an unknown route, or an unknown part of a path, raises `LookupError`.
"""

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

import httpx

from lab.server import Client
from leadloop.api.asgi import route_tables
from leadloop.api.call import Route

ROUTES = [route for _, table in route_tables() for route in table]
NAMES = [f"{route.method} {route.path}" for route in ROUTES]

_EXPAD, _LEADSAIL = "/v1/account/{account_id}/lead", "/api/v1/leads"
_WEBHOOKS, _WEBHOOK = "/api/v1/webhooks", "/api/v1/webhooks/{endpoint_id}"
_ENTRIES, _ENTRY = "/api/v1/catalogue/{kind}", "/api/v1/catalogue/{kind}/{entry_id}"
_FRESH = "a name that nobody has"
_NEW = {"campaignId": "ABC", "firstName": "I", "lastName": "N", "email": "i@example.com", "phone": "555-123-4567"}
BODIES: dict[str, dict[str, Any] | None] = {
    f"GET {_EXPAD}": None,
    f"GET {_EXPAD}s": None,
    "GET /v1/account/{account_id}/insights": None,
    "GET /api/v1/insights": None,
    "GET /api/v1/insights/funnel": None,
    f"POST {_EXPAD}": {"name": "Intruder"},
    f"GET {_EXPAD}/{{lead_id}}": None,
    f"PATCH {_EXPAD}/{{lead_id}}": {"cpf": "1"},
    f"PATCH {_EXPAD}": {"cpf": "2"},
    f"GET {_LEADSAIL}": None,
    f"POST {_LEADSAIL}": _NEW,
    f"GET {_LEADSAIL}/{{lead_id}}": None,
    f"PATCH {_LEADSAIL}/{{lead_id}}": {"detail": "intruder"},
    f"DELETE {_LEADSAIL}/{{lead_id}}": None,
    "GET /api/v1/changes": None,
    f"GET {_LEADSAIL}/{{lead_id}}/changes": None,
    f"POST {_LEADSAIL}/{{lead_id}}/revert": {"version": 1},
    f"GET {_WEBHOOKS}": None,
    f"POST {_WEBHOOKS}": {"url": "https://intruder.invalid/"},
    f"GET {_WEBHOOK}": None,
    f"PATCH {_WEBHOOK}": {"description": "intruder"},
    f"DELETE {_WEBHOOK}": None,
    f"POST {_WEBHOOK}/rotate": None,
    f"POST {_WEBHOOK}/test": None,
    f"POST {_WEBHOOK}/pause": None,
    f"POST {_WEBHOOK}/resume": None,
    f"GET {_WEBHOOK}/deliveries": None,
    f"GET {_WEBHOOK}/attempts": None,
    f"POST {_WEBHOOK}/deliveries/{{event_id}}/resend": None,
    f"POST {_WEBHOOK}/recover": {"since": datetime.now(UTC).isoformat()},
    f"POST {_WEBHOOK}/replay": {"since": "2026-01-31T12:00:00Z"},
    f"GET {_ENTRIES}": None,
    f"POST {_ENTRIES}": {"name": _FRESH},
    f"GET {_ENTRY}": None,
    f"PATCH {_ENTRY}": {"color": "intruder"},
    f"POST {_ENTRY}/archive": None,
    f"POST {_ENTRY}/restore": None,
    "GET /api/v1/attribution": None,
    "PATCH /api/v1/attribution": {"enabled": True},
}
"""The body for every route. A new route needs a row."""
_ALWAYS = {"from": "2020-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"}
QUERIES = {
    "GET /v1/account/{account_id}/insights": _ALWAYS,
    "GET /api/v1/insights": {**_ALWAYS, "groupBy": "user,tag,campaign"},
    "GET /api/v1/insights/funnel": _ALWAYS,
}
"""Query parameters that a route requires."""

NO_ENDPOINT, NO_EVENT = "e" * 24, "evt_019ab000-0000-7000-8000-000000000000"
"""Ids of a webhook and of an event that do not exist."""

KIND, ENTRY = "tags", "t1"
"""An entry of the victim's catalogue."""

VARYING_HEADERS = ("x-request-id", "date")
"""These headers differ between answers, and reveal nothing."""


class Victim(NamedTuple):
    """The other account: what an intruder may know of it, and the word that no answer may contain."""

    client: Client
    lead_id: str
    deleted_id: str
    endpoint_id: str
    secret: str
    email: str
    phone: str


class Reach(NamedTuple):
    """One request."""

    way: str
    method: str
    path: str
    headers: dict[str, str]
    params: dict[str, str]
    json: Any

    def send(self, client: Client) -> httpx.Response:
        headers = {"Prefer": "return=representation, handling=lenient", **self.headers}
        return client.http.request(self.method, self.path, headers=headers, params=self.params, json=self.json)


def new_victim(client: Client) -> Victim:
    """An account with a lead full of secrets, a deleted lead, and a webhook."""
    secret = f"canary{secrets.token_hex(8)}"
    email, phone = f"{secrets.token_hex(6)}@example.com", "+55 11 98765-4321"
    whole = {"email": email, "phoneNumber": phone, "note": secret, "cpf": secret, "companyName": secret}
    whole["status"] = secret
    lists = {"tags": [{"id": ENTRY, "name": secret}], "fields": [{"id": "f1", "name": "Q", "value": secret}]}
    message, user = {"id": "m1", "content": secret}, {"id": "u1", "userName": secret}
    lead_id = client.new_lead(**whole, **lists, lastMessage=message, leadAttributionUser=user)
    client.patch_leadsail(lead_id, {"customFields": {"c": secret}, "campaign": {"campaignId": "VIC", "name": secret}})
    deleted_id = client.new_lead(note=secret)
    client.leadsail("DELETE", f"leads/{deleted_id}")
    endpoint_id = new_endpoint(client, url=f"https://{secret}.invalid/", description=secret, state="disabled")
    return Victim(client, lead_id, deleted_id, endpoint_id, secret, email, phone)


def new_endpoint(client: Client, **body: Any) -> str:
    """The usual request of a route. The client's key needs the scope for it."""
    answer = client.leadsail("POST", "webhooks", json={"url": "https://own.invalid/", **body})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["data"]["id"])


def name_of(route: Route) -> str:
    return f"{route.method} {route.path}"


def body_of(route: Route) -> dict[str, Any] | None:
    if name_of(route) not in BODIES:
        raise LookupError(f"{name_of(route)} is new: say in tests/support/intruder.py what it is sent")
    body = BODIES[name_of(route)]
    return {**body, "name": secrets.token_hex(8)} if body and body.get("name") == _FRESH else body


def filled(route: Route, account_id: str, lead_id: str, endpoint_id: str, entry_id: str) -> str:
    others = {"event_id": NO_EVENT, "kind": KIND, "entry_id": entry_id}
    try:
        return route.path.format(account_id=account_id, lead_id=lead_id, endpoint_id=endpoint_id, **others)
    except KeyError as error:
        raise LookupError(
            f"{error} in {route.path} is new: say in tests/support/intruder.py what it stands for"
        ) from None


def plain(
    route: Route,
    account_id: str,
    lead_id: str,
    endpoint_id: str = NO_ENDPOINT,
    *,
    entry_id: str = ENTRY,
    way: str = "",
) -> Reach:
    path = filled(route, account_id, lead_id, endpoint_id, entry_id)
    return Reach(way, route.method, path, {}, QUERIES.get(name_of(route), {}), body_of(route))


def spellings(lead_id: str) -> Iterator[str]:
    yield from (lead_id, f"lead_{lead_id}", f"%{ord(lead_id[0]):x}{lead_id[1:]}", f"{lead_id}/", f"./{lead_id}")


def reaches(
    route: Route, own: Client, own_lead_id: str, victim: Victim, own_endpoint_id: str = NO_ENDPOINT
) -> Iterator[Reach]:
    """Every request with `own`'s key on this route that tries to reach the victim."""
    theirs = victim.client.account_id
    if "{account_id}" in route.path:
        for lead_id in (victim.lead_id, own_lead_id):
            yield plain(route, theirs, lead_id, way="another account in the path")
    if "{lead_id}" in route.path:
        for lead_id in (*spellings(victim.lead_id), victim.deleted_id):
            yield plain(route, own.account_id, lead_id, way="another account's lead in the path")
    if "{endpoint_id}" in route.path:
        for endpoint_id in spellings(victim.endpoint_id):
            yield plain(route, own.account_id, own_lead_id, endpoint_id, way="another account's webhook in the path")
    if "{entry_id}" in route.path:
        for entry_id in spellings(ENTRY):
            yield plain(
                route, own.account_id, own_lead_id, entry_id=entry_id, way="another account's entry in the path"
            )
    begin = plain(route, own.account_id, own_lead_id, own_endpoint_id)
    yield begin._replace(way="headers", headers=_headers(victim))
    for params in _queries(victim):
        yield begin._replace(way="query", params=begin.params | params)
    for extra in _ids(victim) if begin.json is not None else ():
        yield begin._replace(way="ids in the body", json={**(begin.json or {}), **extra})


def _ids(victim: Victim) -> Iterator[dict[str, Any]]:
    """Ends with requests that change and show only the intruder's own lead."""
    account_id, lead_id = victim.client.account_id, victim.lead_id
    ids = {"accountId": account_id, "leadId": lead_id}
    yield {**ids, "id": lead_id, "account_id": account_id, "lead_id": lead_id, "tenantId": account_id}
    yield {"leadId": f"lead_{lead_id}"}
    yield {"endpointId": victim.endpoint_id, "webhookId": victim.endpoint_id}
    yield {"fields": [{**ids, "id": "f1", "name": "Q"}], "tags": [{"accountId": account_id, "id": "t1"}]}
    yield {"campaign": {"campaignId": "VIC"}, "email": victim.email, "phoneNumber": victim.phone, "tags": ["t1"]}
    yield {"activities": [{**ids, "referenceLead": ids, "attributionUser": ids}], "lastMessage": {**ids, "id": "m1"}}
    yield {"dialog360Info": {"expadAccountId": account_id, "expadLeadId": lead_id}, "leadAttributionUser": {"id": "u1"}}


def _headers(victim: Victim) -> dict[str, str]:
    theirs = victim.client.account_id
    path = f"/v1/account/{theirs}/lead/{victim.lead_id}"
    named = dict.fromkeys(("X-Account-Id", "Account-Id", "X-Tenant-Id", "X-Expad-Account", "Leadloop-Account"), theirs)
    rewritten = dict.fromkeys(("X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Uri", "X-Forwarded-Prefix"), path)
    return {**named, **rewritten, "X-Lead-Id": victim.lead_id, "X-HTTP-Method-Override": "DELETE", "Host": theirs}


def _queries(victim: Victim) -> Iterator[dict[str, str]]:
    theirs, lead_id = victim.client.account_id, victim.lead_id
    yield {"accountId": theirs, "account_id": theirs, "leadId": lead_id, "lead_id": lead_id, "tenantId": theirs}
    for text in (victim.email, victim.phone, "Ana Souza", lead_id, f"lead_{lead_id}"):
        yield {"search": text}
    yield {"email": victim.email}
    yield {"phoneNumber": victim.phone}
    yield {"tagId": "t1"}
    yield {"attributionUserId": "u1"}
    yield {"campaignIds": "VIC", "clientIds": "", "offerIds": ""}
    yield {"cursor": f"lead_{'f' * 24}"}
    yield {"cursor": lead_id}
    yield {"q": victim.secret, "archived": "all"}
    yield {"asOf": "1"}
    yield {"full": "true", "limit": "1000"}
    token = victim.client.expad("GET", params={"pageSize": "1"}).json()["nextPageToken"]
    yield {"pageToken": token} if token else {"page": "1"}


def seen(answer: httpx.Response, reach: Reach, victim: Victim) -> list[str]:
    """What the answer reveals of the victim: its secret, and ids that the request did not contain."""
    text = answer.text + repr(answer.headers.multi_items())
    sent = repr(reach)
    ids = (victim.client.account_id, victim.lead_id, victim.deleted_id, victim.endpoint_id)
    return [word for word in (victim.secret, *ids) if word in text and (word == victim.secret or word not in sent)]


def revealing_parts(answer: httpx.Response) -> tuple[int, bytes, list[tuple[str, str]]]:
    """Everything in an answer that can reveal something: status, body, and headers except `VARYING_HEADERS`."""
    headers = [(name, value) for name, value in answer.headers.multi_items() if name not in VARYING_HEADERS]
    return answer.status_code, answer.content, headers
