"""What the tests that go through all routes send to each."""

from datetime import UTC, datetime
from typing import Any

_EXPAD, _LEADSAIL = "/v1/account/{account_id}/lead", "/api/v1/leads"
_WEBHOOKS, _WEBHOOK = "/api/v1/webhooks", "/api/v1/webhooks/{endpoint_id}"
_ENTRIES, _ENTRY = "/api/v1/catalogue/{kind}", "/api/v1/catalogue/{kind}/{entry_id}"
_USERS, _USER = "/api/v1/users", "/api/v1/users/{person_id}"
_KEYS, _KEY = "/api/v1/keys", "/api/v1/keys/{key_id}"
_VIEWS, _VIEW = "/api/v1/views", "/api/v1/views/{view_id}"
FRESH = "a name that nobody has"
FRESH_EMAIL = "an e-mail that nobody has"
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
    f"GET {_LEADSAIL}/{{lead_id}}/messages": None,
    f"GET {_LEADSAIL}/{{lead_id}}/deliveries": None,
    f"GET {_LEADSAIL}/count": None,
    f"GET {_LEADSAIL}/stages": None,
    "GET /api/v1/search/check": None,
    "GET /api/v1/search/values": None,
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
    f"POST {_ENTRIES}": {"name": FRESH},
    f"GET {_ENTRY}": None,
    f"PATCH {_ENTRY}": {"color": "intruder"},
    f"POST {_ENTRY}/archive": None,
    f"POST {_ENTRY}/restore": None,
    "GET /api/v1/attribution": None,
    "PATCH /api/v1/attribution": {"enabled": True},
    "GET /api/v1/account": None,
    "PATCH /api/v1/account": {"contactGoalMinutes": 5},
    "GET /api/v1/audit": None,
    f"GET {_USERS}": None,
    f"POST {_USERS}": {"name": "Intruder", "email": FRESH_EMAIL, "role": "agent"},
    f"PATCH {_USER}": {"role": "read-only"},
    f"POST {_USER}/link": None,
    f"DELETE {_USER}/sessions": None,
    "GET /api/v1/actors": None,
    f"GET {_KEYS}": None,
    f"POST {_KEYS}": {"name": "Intruder", "scopes": ["keys:manage"]},
    f"GET {_KEY}": None,
    f"PATCH {_KEY}": {"expiresAt": "2099-12-31T00:00:00Z"},
    f"POST {_KEY}/revoke": None,
    f"GET {_VIEWS}": None,
    f"POST {_VIEWS}": {"name": FRESH, "shared": True},
    f"PATCH {_VIEW}": {"search": "intruder"},
    f"DELETE {_VIEW}": None,
}
"""The body for every route. A new route needs a row."""
_ALWAYS = {"from": "2020-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"}
QUERIES = {
    "GET /v1/account/{account_id}/insights": _ALWAYS,
    "GET /api/v1/insights": {**_ALWAYS, "groupBy": "user,tag,campaign"},
    "GET /api/v1/insights/funnel": _ALWAYS,
    "GET /api/v1/actors": {"ids": "system"},
    "GET /api/v1/search/values": {"field": "tag"},
}
"""Query parameters that a route requires, or without which it shows nothing of the account."""
