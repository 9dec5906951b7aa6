"""People, memberships and links as the tests store them."""

from typing import Any

from leadloop.core import ids
from leadloop.core.accounts import Account
from leadloop.core.people.model import Link, LinkKind, Membership, MemberState, Person, Session
from leadloop.core.people.roles import Role
from leadloop.core.store import Store
from tests.storage.database import ACCOUNT, OTHER_ACCOUNT, START_MS

HOUR_MS = 3_600_000
NOW_MS = START_MS + HOUR_MS


def account(account_id: str = ACCOUNT, **members: Any) -> Account:
    return Account(id=account_id, created_at_ms=START_MS, **{"name": f"Account {account_id[:2]}", **members})


def person(name: str, /, **members: Any) -> Person:
    """With an e-mail of this name."""
    email = f"{name}@example.com"
    made = {"id": ids.stable_id(name), "email": email.upper(), "email_key": email, "name": name.title()}
    return Person(created_at_ms=START_MS, **made | members)


def membership(
    of: Person, account_id: str = ACCOUNT, role: Role = Role.OWNER, state: MemberState = MemberState.ACTIVE
) -> Membership:
    return Membership(account_id=account_id, person_id=of.id, role=role, state=state, created_at_ms=START_MS)


def link(token: str, kind: LinkKind = LinkKind.INVITATION, of: Person | None = None, **members: Any) -> Link:
    made = {"expires_at_ms": NOW_MS, "person_id": of and of.id, "account_id": ACCOUNT}
    return Link(digest=token.encode(), kind=kind, created_at_ms=START_MS, **made | members)


def session(token: str, of: Person, at_ms: int = START_MS) -> Session:
    return Session(
        digest=token.encode(),
        person_id=of.id,
        created_at_ms=at_ms,
        seen_at_ms=at_ms,
        password_at_ms=at_ms,
        address="2001:db8::1",
        user_agent="Firefox",
    )


async def add_accounts(store: Store) -> None:
    for account_id in (ACCOUNT, OTHER_ACCOUNT):
        await store.accounts.add(account(account_id))


async def invite(store: Store, who: Person, account_id: str = ACCOUNT, role: Role = Role.OWNER) -> Person | None:
    """As an invited member."""
    invited = membership(who, account_id, role, MemberState.INVITED)
    return await store.memberships.invite(who, invited, link(f"{who.id} {account_id}", of=who, account_id=account_id))


async def add_member(store: Store, who: Person, account_id: str = ACCOUNT, role: Role = Role.OWNER) -> Person:
    """As an active member, with a password."""
    stored = await invite(store, who, account_id, role)
    assert stored is not None
    used = await store.links.use(f"{who.id} {account_id}".encode(), START_MS, lambda current: current)
    assert used == stored
    return stored
