"""Writes on terms, through either dialect: preconditions, base versions, preferences, keys; and how they are answered.

`name` is always that of a dialect. Values are compared as JSON: true is not 1, and 1.50 is 1.5.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import httpx

from lab.server import Client, Leadloop
from leadloop.api.body import encode
from tests.support.answers import FULL, version
from tests.support.dialects import CODES, JSON, REQUEST_ID, Face
from tests.wire.expad_values import FULL as FULL_EXPAD

OTHER = {"expad": "cpf", "leadsail": "detail"}
"""A text beside `Face.text`; nothing follows from either."""
EMAIL = {"expad": "email", "leadsail": "email"}
PHONE = {"expad": "phoneNumber", "leadsail": "phone"}
EXTERNAL = {"expad": "externalId", "leadsail": "clientLeadId"}
BY = {"email": EMAIL, "phone": PHONE, "externalId": EXTERNAL}
"""What an upsert can find a lead by → what that is called in the body."""
EXTRA: dict[str, dict[str, Any]] = {"expad": {"companyName": "Example"}, "leadsail": {"timezone": "America/Chicago"}}
"""What a create takes beside what it asks for."""
EVERYTHING = {"expad": FULL_EXPAD, "leadsail": FULL}
"""A value for every field that PATCH takes."""
CREATED = {"expad": 200, "leadsail": 201}

NOBODY = "00000000000000000000000a"
_HEADERS = {"if_match": "If-Match", "base": "Leadloop-Base-Version", "prefer": "Prefer", "key": "Idempotency-Key"}


def terms(**given: Any) -> dict[str, str]:
    """The headers of a write: `if_match`, `base`, `prefer`, `key`. A number to match is a version."""
    texts = {
        name: f'"{value}"' if name == "if_match" and type(value) is int else str(value) for name, value in given.items()
    }
    return {**JSON, **{_HEADERS[name]: text for name, text in texts.items()}}


def patch(one: Face, lead: str, body: Mapping[str, Any], **given: Any) -> httpx.Response:
    """The body's numbers are sent digit by digit."""
    return one.client.http.request("PATCH", one.lead(lead), content=encode(body), headers=terms(**given))


def create(one: Face, body: Mapping[str, Any], **given: Any) -> httpx.Response:
    return one.client.http.request("POST", one.leads, content=encode(body), headers=terms(**given))


def revert(client: Client, lead: str, body: Any, **given: Any) -> httpx.Response:
    return client.leadsail("POST", f"leads/{lead}/revert", content=encode(body), headers=terms(**given))


def delete(client: Client, lead: str, **given: Any) -> httpx.Response:
    return client.leadsail("DELETE", f"leads/{lead}", headers=terms(**given))


def full(one: Face) -> str:
    """A lead with a value in every field, at version 2."""
    lead = one.new()
    assert ok(patch(one, lead, EVERYTHING[one.name])) == 2
    return lead


def ok(answer: httpx.Response) -> int:
    """The version that a write which must succeed has led to."""
    assert answer.status_code in (200, 201), f"{answer.status_code} {answer.text[:500]}"
    return version(answer)


def at(one: Face, lead: str) -> int:
    """The lead's present version."""
    return ok(one.client.http.get(one.lead(lead)))


def lead_id(answer: httpx.Response, name: str) -> str:
    """Whom a create or an upsert was about; the bare id."""
    assert answer.status_code in (200, 201), f"{answer.status_code} {answer.text[:500]}"
    body = answer.json() if name == "expad" else answer.json()["data"]
    return str(body["leadId"]).removeprefix("lead_")


def lead_ids(client: Client) -> set[str]:
    """The bare ids of all leads that are not deleted; at most 500."""
    answer = client.expad("GET", params={"pageSize": 500}).json()
    assert answer["total"] == len(answer["leads"])
    return {lead["id"] for lead in answer["leads"]}


def exact(answer: httpx.Response) -> Any:
    """The body, fractions as `Decimal`."""
    return json.loads(answer.content, parse_float=Decimal)


def same(a: Any, b: Any) -> bool:
    """Equal as JSON."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(value, b[key]) for key, value in a.items())
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    return isinstance(a, bool) == isinstance(b, bool) and bool(a == b)


def refusal(answer: httpx.Response, name: str, status: int, extra: str) -> list[Any]:
    """What a refusal carries as `extra`; the rest of it must be in the dialect's own form."""
    assert answer.status_code == status, f"{answer.status_code} {answer.text[:500]}"
    assert REQUEST_ID.fullmatch(answer.headers["X-Request-Id"])
    body = exact(answer)
    if name == "expad":
        assert body.keys() == {"message", "messge", "code", "details", extra}
        assert body["message"] == body["messge"] and body["message"] and body["code"] == status
        return list(body[extra])
    error = body["error"]
    assert body == {"success": False, "error": error} and error.keys() == {"code", "message", extra}
    assert error["code"] == CODES[status] and error["message"]
    return list(error[extra])


def conflicts(answer: httpx.Response, name: str) -> dict[str, dict[str, Any]]:
    """Of a write that met somebody else's: by field, its value at the base, the one now and the one sent."""
    found = refusal(answer, name, 409, "conflicts")
    assert found and all(one.keys() == {"field", "base", "now", "sent"} for one in found)
    by_field = {one["field"]: {key: one[key] for key in ("base", "now", "sent")} for one in found}
    assert len(by_field) == len(found)
    return by_field


def conflict(base: Any, now: Any, sent: Any) -> dict[str, Any]:
    return {"base": base, "now": now, "sent": sent}


def planned(answer: httpx.Response, name: str) -> dict[str, tuple[Any, Any]]:
    """Of a dry run: by field, the value before and the one after. The answer must have the documented form."""
    assert answer.status_code == 200, f"{answer.status_code} {answer.text[:500]}"
    assert "dry-run" in applied(answer)
    body = exact(answer)
    if name == "expad":
        assert body.keys() == {"messge", "message", "dryRun", "changed", "webhooks", "ignored"}
        assert body["messge"] and body["messge"] == body["message"]
    else:
        assert body == {"success": True, "data": body["data"]}
        body = body["data"]
        assert body.keys() == {"dryRun", "changed", "webhooks"}
    assert body["dryRun"] is True and body["webhooks"] == []
    assert all(one.keys() == {"field", "before", "after"} for one in body["changed"])
    found = {one["field"]: (one["before"], one["after"]) for one in body["changed"]}
    assert len(found) == len(body["changed"])
    return found


def applied(answer: httpx.Response) -> set[str]:
    """What `Preference-Applied` lists."""
    return {part.strip() for part in answer.headers.get("Preference-Applied", "").split(",")} - {""}


def replayed(answer: httpx.Response) -> bool:
    mark = answer.headers.get("Idempotent-Replayed")
    assert mark in (None, "true")
    return mark is not None


def told(answer: httpx.Response) -> tuple[int, bytes, dict[str, str]]:
    """What a replay has to repeat."""
    names = ("ETag", "Preference-Applied", "Leadloop-Ignored", "Content-Type")
    return answer.status_code, answer.content, {name: answer.headers[name] for name in names if name in answer.headers}


def require_version(server: Leadloop, account_id: str, *, required: bool = True) -> None:
    option = "--require-version" if required else "--no-require-version"
    server.run("accounts", "update", "--account", account_id, option)
