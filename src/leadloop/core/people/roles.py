"""Roles of people: sets of scopes, as API keys have them (own.md section 2)."""

from enum import Enum

from leadloop.core.keys import SCOPES


class Role(Enum):
    READ_ONLY = "read-only"
    AGENT = "agent"
    MANAGER = "manager"
    OWNER = "owner"


_READ_ONLY = frozenset({"leads:read"})
_AGENT = _READ_ONLY | {"leads:write"}
_MANAGER = _AGENT | {"leads:bulk", "webhooks:manage", "sources:manage", "requests:read", "account:manage"}

ROLE_SCOPES = {
    Role.READ_ONLY: _READ_ONLY,
    Role.AGENT: _AGENT,
    Role.MANAGER: _MANAGER,
    Role.OWNER: frozenset(SCOPES),
}
