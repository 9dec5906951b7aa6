"""Every way in which the holder of one account's key can try to reach another account, on every route.

The requests are made from the route tables: an unknown route, or an unknown part of a path, raises `LookupError`.
"""

import secrets
from collections.abc import Iterator
from typing import Any, NamedTuple

import httpx

from lab.server import Client
from leadloop.api.asgi import route_tables
from leadloop.api.call import Route
from tests.support.route_bodies import BODIES, FRESH, FRESH_EMAIL, QUERIES

ROUTES = [route for _, table in route_tables() for route in table]
NAMES = [f"{route.method} {route.path}" for route in ROUTES]

NO_ENDPOINT, NO_EVENT = "e" * 24, "evt_019ab000-0000-7000-8000-000000000000"
NO_PERSON, NO_KEY, NO_VIEW = "d" * 24, "0" * 12, "c" * 24
"""Ids of things that do not exist."""

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
    person_id: str
    key_id: str
    view_id: str
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
    person_id, key_id, view_id = new_person(client, secret), new_key(client, secret), new_view(client, secret)
    return Victim(client, lead_id, deleted_id, endpoint_id, person_id, key_id, view_id, secret, email, phone)


def new_endpoint(client: Client, **body: Any) -> str:
    """The usual request of a route. The client's key needs the scope for it."""
    answer = client.leadsail("POST", "webhooks", json={"url": "https://own.invalid/", **body})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["data"]["id"])


def new_person(client: Client, name: str = "Ana") -> str:
    """The id of an invited user."""
    body = {"name": name, "email": f"{secrets.token_hex(8)}@example.com", "role": "agent"}
    answer = client.leadsail("POST", "users", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["data"]["user"]["id"])


def new_key(client: Client, name: str = "key") -> str:
    """The id of an API key."""
    answer = client.leadsail("POST", "keys", json={"name": name, "scopes": ["keys:manage"]})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["data"]["id"])


def new_view(client: Client, name: str = "view") -> str:
    """The id of a shared saved view."""
    body = {"name": f"{name} {secrets.token_hex(4)}", "search": "stage:NEW", "shared": True}
    answer = client.leadsail("POST", "views", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["data"]["id"])


def name_of(route: Route) -> str:
    return f"{route.method} {route.path}"


def body_of(route: Route) -> dict[str, Any] | None:
    if name_of(route) not in BODIES:
        raise LookupError(f"{name_of(route)} is new: say in tests/support/route_bodies.py what it is sent")
    body = BODIES[name_of(route)]
    fresh = {FRESH: secrets.token_hex(8), FRESH_EMAIL: f"{secrets.token_hex(8)}@example.com"}
    return body and {name: fresh.get(str(value), value) for name, value in body.items()}


def filled(route: Route, **ids: str) -> str:
    try:
        return route.path.format(event_id=NO_EVENT, kind=KIND, **ids)
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
    person_id: str = NO_PERSON,
    key_id: str = NO_KEY,
    view_id: str = NO_VIEW,
    way: str = "",
) -> Reach:
    ids = {"account_id": account_id, "lead_id": lead_id, "endpoint_id": endpoint_id, "entry_id": entry_id}
    path = filled(route, **ids, person_id=person_id, key_id=key_id, view_id=view_id)
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
    if "{person_id}" in route.path:
        for person_id in spellings(victim.person_id):
            yield plain(
                route, own.account_id, own_lead_id, person_id=person_id, way="another account's user in the path"
            )
    if "{key_id}" in route.path:
        for key_id in spellings(victim.key_id):
            yield plain(route, own.account_id, own_lead_id, key_id=key_id, way="another account's key in the path")
    if "{view_id}" in route.path:
        for view_id in spellings(victim.view_id):
            yield plain(route, own.account_id, own_lead_id, view_id=view_id, way="another account's view in the path")
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
    yield {"userId": victim.person_id, "catalogueUserId": "u1", "keyId": victim.key_id, "replaces": victim.key_id}
    yield {"viewId": victim.view_id, "owner": f"user:{victim.person_id}"}
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
    yield {"ids": f"user:{victim.person_id},key:{victim.key_id}", "revoked": "all"}
    yield {"actor": f"key:{victim.client.key.split('_')[2]}"}
    yield {"asOf": "1"}
    yield {"full": "true", "limit": "1000"}
    token = victim.client.expad("GET", params={"pageSize": "1"}).json()["nextPageToken"]
    yield {"pageToken": token} if token else {"page": "1"}


def seen(answer: httpx.Response, reach: Reach, victim: Victim) -> list[str]:
    """What the answer reveals of the victim: its secret, and ids that the request did not contain."""
    text = answer.text + repr(answer.headers.multi_items())
    sent = repr(reach)
    leads = (victim.client.account_id, victim.lead_id, victim.deleted_id, victim.endpoint_id)
    ids = (*leads, victim.person_id, victim.key_id, victim.view_id)
    return [word for word in (victim.secret, *ids) if word in text and (word == victim.secret or word not in sent)]


def revealing_parts(answer: httpx.Response) -> tuple[int, bytes, list[tuple[str, str]]]:
    """Everything in an answer that can reveal something: status, body, and headers except `VARYING_HEADERS`."""
    headers = [(name, value) for name, value in answer.headers.multi_items() if name not in VARYING_HEADERS]
    return answer.status_code, answer.content, headers
