"""What the operator of the instance does for a person in any account, from the command line.

Each function records an audit entry in every account of the person.
"""

from leadloop.core.errors import LastOwner
from leadloop.core.ids import Stamp
from leadloop.core.people.audit import record
from leadloop.core.people.model import LinkKind, Membership, MemberState, Person
from leadloop.core.people.roles import Role
from leadloop.core.people.use_cases import NewLink, make_link
from leadloop.core.store import Store


async def create_welcome_link(store: Store, stamp: Stamp, account_id: str) -> NewLink:
    """A link to create the first person, as a member of this account. It replaces an earlier one."""
    link, token = make_link(stamp, LinkKind.WELCOME, account_id, None)
    await store.links.add(link)
    return NewLink(token, link.expires_at_ms)


async def create_link(store: Store, stamp: Stamp, person: Person) -> NewLink:
    """A link to set another password, or an invitation again for somebody who has accepted none."""
    memberships = await _memberships(store, person)
    is_new = person.password_hash is None and bool(memberships)
    kind, account_id = (LinkKind.INVITATION, memberships[0].account_id) if is_new else (LinkKind.PASSWORD, None)
    link, token = make_link(stamp, kind, account_id, person.id)
    await store.links.add(link)
    await _record(store, stamp, memberships, "user.link_created")
    return NewLink(token, link.expires_at_ms)


async def end_sessions(store: Store, stamp: Stamp, person: Person) -> int:
    """Signs the person out everywhere; returns from how many browsers."""
    ended = await store.sessions.end_all(person.id)
    await _record(store, stamp, await _memberships(store, person), "user.signed_out")
    return ended


async def delete(store: Store, stamp: Stamp, person: Person) -> None:
    """Raises `LastOwner` if other members of an account would be without an owner."""
    memberships = await _memberships(store, person)
    for membership in memberships:
        if await _is_needed(store, membership):
            raise LastOwner
    await store.people.delete(person.id)
    await _record(store, stamp, memberships, "user.deleted")


async def _is_needed(store: Store, membership: Membership) -> bool:
    """Whether the account has other members, and no other active owner."""
    account_id, after, is_alone = membership.account_id, "", True
    while page := await store.memberships.of_account(account_id, after, 200):
        others = [member.membership for member in page if member.person.id != membership.person_id]
        if any(other.role is Role.OWNER and other.state is MemberState.ACTIVE for other in others):
            return False
        is_alone = is_alone and not others
        after = page[-1].person.id
    return not is_alone


async def _memberships(store: Store, person: Person) -> list[Membership]:
    return [membership for membership, _ in await store.memberships.of_person(person.id)]


async def _record(store: Store, stamp: Stamp, memberships: list[Membership], action: str) -> None:
    for membership in memberships:
        await record(store, stamp, membership.account_id, action, membership.person_id)
