"""Writes with preconditions, base versions, preferences and idempotency keys, through either dialect; and reads their
answers.

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
from tests.support.dialects import CODES, JSON, REQUEST_ID, DialectClient
from tests.wire.expad_values import FULL as FULL_EXPAD

OTHER = {"expad": "cpf", "leadsail": "detail"}
"""A second text field beside `DialectClient.text`; no other field is derived from either."""
EMAIL = {"expad": "email", "leadsail": "email"}
PHONE = {"expad": "phoneNumber", "leadsail": "phone"}
EXTERNAL = {"expad": "externalId", "leadsail": "clientLeadId"}
BY = {"email": EMAIL, "phone": PHONE, "externalId": EXTERNAL}
"""What an upsert can find a lead by → the field of the body."""
EXTRA: dict[str, dict[str, Any]] = {"expad": {"companyName": "Example"}, "leadsail": {"timezone": "America/Chicago"}}
"""Fields that a create accepts beside the required ones."""
EVERYTHING = {"expad": FULL_EXPAD, "leadsail": FULL}
"""A value for every field that PATCH accepts."""
CREATED = {"expad": 200, "leadsail": 201}

NOBODY = "00000000000000000000000a"
_HEADERS = {"if_match": "If-Match", "base": "Leadloop-Base-Version", "prefer": "Prefer", "key": "Idempotency-Key"}


def terms(**options: Any) -> dict[str, str]:
    """The headers of a write: `if_match`, `base`, `prefer`, `key`. A number to match is a version."""
    texts = {
        name: f'"{value}"' if name == "if_match" and type(value) is int else str(value)
        for name, value in options.items()
    }
    return {**JSON, **{_HEADERS[name]: text for name, text in texts.items()}}


def patch(api: DialectClient, lead: str, body: Mapping[str, Any], **options: Any) -> httpx.Response:
    """Sends the body's numbers with all their digits."""
    return api.client.http.request("PATCH", api.lead(lead), content=encode(body), headers=terms(**options))


def create(api: DialectClient, body: Mapping[str, Any], **options: Any) -> httpx.Response:
    return api.client.http.request("POST", api.leads, content=encode(body), headers=terms(**options))


def revert(client: Client, lead: str, body: Any, **options: Any) -> httpx.Response:
    return client.leadsail("POST", f"leads/{lead}/revert", content=encode(body), headers=terms(**options))


def delete(client: Client, lead: str, **options: Any) -> httpx.Response:
    return client.leadsail("DELETE", f"leads/{lead}", headers=terms(**options))


def full(api: DialectClient) -> str:
    """A lead with a value in every field, at version 2."""
    lead = api.new()
    assert ok(patch(api, lead, EVERYTHING[api.name])) == 2
    return lead


def ok(answer: httpx.Response) -> int:
    """The version after a write, which must succeed."""
    assert answer.status_code in (200, 201), f"{answer.status_code} {answer.text[:500]}"
    return version(answer)


def at(api: DialectClient, lead: str) -> int:
    """The lead's current version."""
    return ok(api.client.http.get(api.lead(lead)))


def lead_id(answer: httpx.Response, name: str) -> str:
    """The bare id of the lead that a create or an upsert wrote."""
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
    """The member `extra` of an error answer; checks that the rest has the dialect's form."""
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
    """The conflicts of a 409: field → the value at the base, the current one and the one sent."""
    listed = refusal(answer, name, 409, "conflicts")
    assert listed and all(conflict.keys() == {"field", "base", "now", "sent"} for conflict in listed)
    by_field = {conflict["field"]: {key: conflict[key] for key in ("base", "now", "sent")} for conflict in listed}
    assert len(by_field) == len(listed)
    return by_field


def conflict(base: Any, now: Any, sent: Any) -> dict[str, Any]:
    return {"base": base, "now": now, "sent": sent}


def planned(answer: httpx.Response, name: str) -> dict[str, tuple[Any, Any]]:
    """The plan of a dry run: field → value before and after. Checks the documented form."""
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
    assert all(field.keys() == {"field", "before", "after"} for field in body["changed"])
    plan = {field["field"]: (field["before"], field["after"]) for field in body["changed"]}
    assert len(plan) == len(body["changed"])
    return plan


def applied(answer: httpx.Response) -> set[str]:
    """The preferences that `Preference-Applied` lists."""
    return {part.strip() for part in answer.headers.get("Preference-Applied", "").split(",")} - {""}


def replayed(answer: httpx.Response) -> bool:
    mark = answer.headers.get("Idempotent-Replayed")
    assert mark in (None, "true")
    return mark is not None


def repeated_parts(answer: httpx.Response) -> tuple[int, bytes, dict[str, str]]:
    """The parts of an answer that its replay must repeat."""
    names = ("ETag", "Preference-Applied", "Leadloop-Ignored", "Content-Type")
    return answer.status_code, answer.content, {name: answer.headers[name] for name in names if name in answer.headers}


def require_version(server: Leadloop, account_id: str, *, required: bool = True) -> None:
    option = "--require-version" if required else "--no-require-version"
    server.run("accounts", "update", "--account", account_id, option)
