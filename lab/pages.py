"""Addresses, forms and sessions for every page and action of the dashboard, made from its table of pages.

Whoever adds a page with a new part in its path, or an action with a form, adds it to `PARTS` or `FORMS` here: the tests
then try it as every visitor.
"""

import re

from lab.server import PEPPER
from lab.site import PASSWORD, Site, now_ms
from lab.stores import with_store
from leadloop.core import keys
from leadloop.core.ids import new_id, stamp
from leadloop.core.leads.matching import Contact
from leadloop.core.leads.model import Lead
from leadloop.core.leads.patch import LeadPatch
from leadloop.core.people.model import Link, LinkKind, Membership, MemberState, Person, Session
from leadloop.core.people.roles import Role
from leadloop.core.people.tokens import digest_of, new_token
from leadloop.core.saved_views import use_cases as saved_views
from leadloop.core.store import LeadQuery, Order
from leadloop.core.writes import use_cases
from leadloop.web.routes import PAGES, PageRoute
from leadloop.webhooks.ports import WebhookStore

PART = re.compile(r"\{(\w+)\}")
MINUTE_MS = 60_000
SPARE_KEY, SPARE_PERSON, SPARE_VIEW = "Website form", "Fernanda Rocha", "Sol 26"
COOKIE = "leadloop"
"""That of a session by http."""


async def _new_key(store: WebhookStore, account_id: str, person_id: str) -> str:
    key, _ = keys.mint(account_id, SPARE_KEY, ["leads:read"], bytes.fromhex(PEPPER), now_ms())
    await store.keys.add(key)
    return key.id


async def _new_member(store: WebhookStore, account_id: str, person_id: str) -> str:
    at_ms = now_ms()
    member_id = new_id(at_ms)
    email = f"{member_id}@example.com"
    person = Person(id=member_id, email=email, email_key=email, name=SPARE_PERSON, created_at_ms=at_ms)
    membership = Membership(
        account_id=account_id, person_id=member_id, role=Role.AGENT, state=MemberState.INVITED, created_at_ms=at_ms
    )
    await store.memberships.invite(person, membership, new_link(LinkKind.INVITATION, account_id, member_id)[0])
    return member_id


async def _new_session(store: WebhookStore, account_id: str, person_id: str) -> str:
    session, _ = _session(person_id)
    await store.sessions.add(session)
    return session.digest.hex()[:24]


async def _new_link(store: WebhookStore, account_id: str, person_id: str) -> str:
    member_id = await _new_member(store, account_id, person_id)
    link, token = new_link(LinkKind.PASSWORD, None, member_id)
    await store.links.add(link)
    return token


async def newest_lead(store: WebhookStore, account_id: str) -> Lead | None:
    leads = await store.leads.find(LeadQuery(account_id=account_id, order=Order.CREATED, limit=1))
    return leads[0] if leads else None


async def _new_lead(store: WebhookStore, account_id: str, person_id: str) -> str:
    """The newest lead of the account; a new one if it has none."""
    if (lead := await newest_lead(store, account_id)) is not None:
        return lead.id
    write = use_cases.plain(stamp(now_ms(), "", f"user:{person_id}", "app"), account_id)
    contact = Contact(email="ana@example.com", phone="+55 11 98765-4321")
    patch = LeadPatch(name="Ana Souza", email=contact.email, phone=contact.phone)
    return (await use_cases.create(store, write, lambda: patch, contact)).lead.id


async def _new_view(store: WebhookStore, account_id: str, person_id: str) -> str:
    """One that the person keeps private."""
    by_person = stamp(now_ms(), "", f"user:{person_id}", "app")
    body = {"name": f"{SPARE_VIEW} {by_person.entropy.hex()[:6]}", "search": "stage:NEW"}
    return (await saved_views.create(store, by_person, account_id, body, may_share=False)).id


PARTS = {
    "key_id": _new_key,
    "lead_id": _new_lead,
    "person_id": _new_member,
    "session": _new_session,
    "token": _new_link,
    "view_id": _new_view,
}
"""What a part of a path stands for: makes a new one in an account, for a person, and returns what is in the path."""

FORMS: dict[str, dict[str, str]] = {
    "/app/sign-in": {"email": "", "password": PASSWORD},
    "/app/welcome/{token}": {"password": PASSWORD},
    "/app/settings/me": {"name": "Amanda Torres", "theme": "system"},
    "/app/settings/me/password": {"current": PASSWORD, "password": PASSWORD},
    "/app/{account}/keys": {"name": "Site", "scopes": "leads:read"},
    "/app/{account}/keys/{key_id}": {"name": "Form"},
    "/app/{account}/keys/{key_id}/revoke": {"confirmation": SPARE_KEY},
    "/app/{account}/views": {"name": "Late"},
    "/app/{account}/views/{view_id}": {"name": "Later"},
    "/app/{account}/settings/people": {"name": "Fabio", "email": "fabio@example.com", "role": "agent"},
    "/app/{account}/settings/people/{person_id}": {"role": "agent"},
}
"""The usual form of an action, by its path; of others the form is empty."""


NO_PAGES = {
    "/app",
    "/app/manifest.json",
    "/app/{account}",
    "/app/{account}/events",
    "/app/{account}/palette",
    "/app/{account}/unread",
    "/app/{account}/leads/rows",
    "/app/{account}/leads/count",
    "/app/{account}/leads/complete",
    "/app/{account}/leads/without",
    "/app/{account}/views/counts",
    "/app/{account}/connect/arrival",
    "/app/{account}/leads/{lead_id}/timeline",
    "/app/{account}/keys/{key_id}/first-call",
    "/app/{account}/leads/{lead_id}/facts",
    "/app/{account}/leads/{lead_id}/raw",
    "/app/{account}/leads/{lead_id}/why",
}
"""GET rows that lead on to a page, or answer with a file, a stream or a part of a page."""
SHOWN = [row for row in PAGES if row.method == "GET" and row.path not in NO_PAGES]


def new_link(kind: LinkKind, account_id: str | None, person_id: str) -> tuple[Link, str]:
    token = new_token()
    link = Link(
        digest=digest_of(token),
        kind=kind,
        created_at_ms=now_ms(),
        expires_at_ms=now_ms() + 10 * MINUTE_MS,
        person_id=person_id,
        account_id=account_id,
    )
    return link, token


def _session(person_id: str, password_age_ms: int = 0) -> tuple[Session, str]:
    token, at_ms = new_token(), now_ms()
    entered_at_ms = at_ms - password_age_ms
    session = Session(
        digest=digest_of(token),
        person_id=person_id,
        created_at_ms=entered_at_ms,
        seen_at_ms=at_ms,
        password_at_ms=entered_at_ms,
    )
    return session, token


async def add_session(store: WebhookStore, person_id: str, password_age_ms: int = 0) -> dict[str, str]:
    """The cookie of a new session, without the work of checking a password."""
    session, token = _session(person_id, password_age_ms)
    await store.sessions.add(session)
    return {COOKIE: token}


def new_session(site: Site, person_id: str, password_age_ms: int = 0) -> dict[str, str]:
    """Like `add_session`. Blocks."""
    return with_store(site.server.database, lambda store: add_session(store, person_id, password_age_ms))


async def prepare_address(
    store: WebhookStore, row: PageRoute, account_id: str, person_id: str, of_account: str | None = None
) -> str:
    """The address of a page in an account. What else its path names is new, and belongs to the person and the account,
    or to `of_account`."""
    parts = {"account": account_id}
    for name in PART.findall(row.path):
        if name != "account":
            if name not in PARTS:
                raise LookupError(f"{name} in {row.path} is new: say in lab/pages.py what it stands for")
            parts[name] = await PARTS[name](store, of_account or account_id, person_id)
    return row.path.format(**parts)


def address_of(site: Site, row: PageRoute, account_id: str, person_id: str) -> str:
    """Like `prepare_address`. Blocks."""
    return with_store(site.server.database, lambda store: prepare_address(store, row, account_id, person_id))


def viewer_of(row: PageRoute) -> str | None:
    """Who sees the most of a page: the owner, or nobody where signing in is not needed."""
    return None if row.path in ("/app/sign-in", "/app/welcome/{token}") else "owner"


def name_of(row: PageRoute) -> str:
    """For files and test ids: `keys-key_id`."""
    return re.sub(r"[^a-z_]+", "-", row.path.removeprefix("/app").replace("{account}/", "")).strip("-") or "start"
