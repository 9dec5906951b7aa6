"""People, their memberships in accounts, sessions, one-time links and audit entries. Values only.

People, sessions and links belong to the instance, as accounts do; memberships and audit entries belong to an account.
"""

from enum import Enum

from msgspec import Struct

from leadloop.core.people.roles import ROLE_SCOPES, Role

SHORTEST_PASSWORD, LONGEST_PASSWORD = 10, 256
"""In characters (own.md section 4)."""
LINK_MS = 24 * 3_600_000


class Theme(Enum):
    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class Person(Struct, frozen=True, kw_only=True):
    id: str
    """24 lower-case hex."""
    email: str
    """As written; `email_key` identifies the person."""
    email_key: str
    name: str
    created_at_ms: int
    password_hash: str | None = None
    """In the PHC form of argon2; `None` until a link was used to set a password."""
    is_operator: bool = False
    """May see the page of the whole instance."""
    language: str | None = None
    """`en` or `pt-BR`; `None` for that of the account, or else of the browser."""
    time_zone: str | None = None
    theme: Theme = Theme.SYSTEM
    has_shortcuts: bool = True
    """Whether single keys are shortcuts (WCAG 2.1.4)."""


class MemberState(Enum):
    INVITED = "invited"
    ACTIVE = "active"
    DISABLED = "disabled"


class Membership(Struct, frozen=True, kw_only=True):
    """What a person is in an account."""

    account_id: str
    person_id: str
    role: Role
    state: MemberState
    created_at_ms: int
    catalogue_user_id: str | None = None
    """The salesperson of the catalogue that this person is: `me` in searches and tasks."""
    last_seen_at_ms: int | None = None
    signed_out_at_ms: int | None = None
    """Sessions whose password is older no longer reach this account."""

    @property
    def scopes(self) -> frozenset[str]:
        return ROLE_SCOPES[self.role]


class Member(Struct, frozen=True):
    """A person as a member of one account."""

    person: Person
    membership: Membership


class Session(Struct, frozen=True, kw_only=True):
    """A browser in which a person is signed in. Its cookie has 256 random bits; only their SHA-256 is stored."""

    digest: bytes
    person_id: str
    created_at_ms: int
    """When the person signed in: the beginning of the absolute limit, also after the session was rotated."""
    seen_at_ms: int
    """At most a minute old while the session is in use."""
    password_at_ms: int
    """When the password was last entered; dangerous acts require it to be recent."""
    address: str = ""
    user_agent: str = ""
    """At most 200 characters."""


class LinkKind(Enum):
    WELCOME = "welcome"
    """Creates the first person of the instance."""
    INVITATION = "invitation"
    """Makes an invited person a member of `account_id`."""
    PASSWORD = "password"
    """Lets a person set another password."""


class Link(Struct, frozen=True, kw_only=True):
    """A one-time link, stored by the SHA-256 of its 256 random bits. Opening it uses nothing up, its form does."""

    digest: bytes
    kind: LinkKind
    created_at_ms: int
    expires_at_ms: int
    person_id: str | None = None
    account_id: str | None = None
    """For a welcome link, the account whose key was printed with it."""


class Throttle(Struct, frozen=True):
    """Failed sign-ins of one address or for one e-mail."""

    failures: int
    last_at_ms: int


class AuditEntry(Struct, frozen=True, kw_only=True):
    """An act in an account that changed no lead."""

    account_id: str
    id: str
    at_ms: int
    actor: str
    """`key:<key id>`, `user:<person id>` or `system`, as in change records."""
    action: str
    """A noun and a verb in the past tense: `key.created`, `user.role_changed`."""
    object: str
    """The id of what was changed; never a secret."""
    request_id: str
