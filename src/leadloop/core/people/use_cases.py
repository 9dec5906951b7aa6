"""The members of an account: invitations, changes, one-time links and access (own.md sections 2 to 4).

Each function that changes something records an audit entry.
"""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, structs

from leadloop.core.errors import LastOwner, MemberDisabled, MemberElsewhere, MemberExists, MemberNotFound
from leadloop.core.ids import ID, Stamp, new_id
from leadloop.core.people import catalogue_users, form
from leadloop.core.people.audit import record
from leadloop.core.people.model import LINK_MS, Link, LinkKind, Member, Membership, MemberState, Person
from leadloop.core.people.roles import Role
from leadloop.core.people.tokens import digest_of, new_token
from leadloop.core.store import Store
from leadloop.core.writes.idempotency import AnswerKey


class NewLink(Struct, frozen=True):
    token: str
    """Shown only once."""
    expires_at_ms: int


class Invitation(Struct, frozen=True):
    member: Member
    """With the name and e-mail of the invitation, whether the instance knew the person before or not."""
    token: str
    """Shown only once."""
    expires_at_ms: int


async def find(store: Store, account_id: str, person_id: str) -> Member:
    """`person_id` may be any text. Raises `MemberNotFound`."""
    member = await store.memberships.get(account_id, person_id) if ID.fullmatch(person_id) else None
    if member is None:
        raise MemberNotFound
    return member


async def invite(
    store: Store, stamp: Stamp, account_id: str, body: Mapping[str, Any], answer_key: AnswerKey | None = None
) -> Invitation:
    """Makes a person a member in the state `invited`.

    Raises `InvalidFields`, `MemberExists`, `CatalogueFull`; with `answer_key` `AnsweredBefore`, `KeyReused`.
    """
    invitee = form.read_invitation(body)
    email, name = invitee.email, invitee.name
    known = await store.people.by_email(invitee.email_key)
    if known and await store.memberships.get(account_id, known.id):
        raise MemberExists
    if invitee.catalogue_user_id is None:
        is_agent = invitee.role is Role.AGENT
        user_id = await catalogue_users.find_or_create(
            store, stamp, account_id, email, name, is_assigned_leads=is_agent
        )
    else:
        user_id = await catalogue_users.check(store, account_id, invitee.catalogue_user_id)
    person_id = new_id(stamp.at_ms)
    person = Person(id=person_id, email=email, email_key=invitee.email_key, name=name, created_at_ms=stamp.at_ms)
    membership = Membership(
        account_id=account_id,
        person_id=person_id,
        role=invitee.role,
        state=MemberState.INVITED,
        created_at_ms=stamp.at_ms,
        catalogue_user_id=user_id,
    )
    link, token = make_link(stamp, LinkKind.INVITATION, account_id, person_id)
    stored = await store.memberships.invite(person, membership, link, answer_key)
    if stored is None:
        raise MemberExists
    await record(store, stamp, account_id, "user.invited", stored.id)
    member = Member(structs.replace(person, id=stored.id), structs.replace(membership, person_id=stored.id))
    return Invitation(member, token, link.expires_at_ms)


async def change_member(store: Store, stamp: Stamp, account_id: str, person_id: str, body: Mapping[str, Any]) -> Member:
    """Absent members of `body` stay unchanged. Raises `MemberNotFound`, `InvalidFields`, `LastOwner`,
    `MemberElsewhere`."""
    member = await find(store, account_id, person_id)
    changes = form.read_change(member, body)
    name = changes.pop("name", member.person.name)
    if user_id := changes.get("catalogue_user_id"):
        changes["catalogue_user_id"] = await catalogue_users.check(store, account_id, user_id)
    if name != member.person.name and await _is_trusted_elsewhere(store, member):
        raise MemberElsewhere

    def change(membership: Membership, other_owners: int) -> Membership:
        changed = structs.replace(membership, **changes)
        if changed.state is MemberState.ACTIVE and not _has_accepted(membership):
            changed = structs.replace(changed, state=MemberState.INVITED)
        if _is_owner(membership) and not _is_owner(changed) and not other_owners:
            raise LastOwner
        return changed

    changed = await store.memberships.change(account_id, person_id, change) if changes else member
    if changed is None:
        raise MemberNotFound
    if name != member.person.name:
        person = await store.people.change(person_id, lambda person: structs.replace(person, name=name))
        changed = Member(person or changed.person, changed.membership)
    for action in _actions(member, changed):
        await record(store, stamp, account_id, action, person_id)
    return changed


async def new_link(store: Store, stamp: Stamp, account_id: str, person_id: str) -> NewLink:
    """A link that replaces the member's earlier ones: an invitation again while the member is invited, else to set
    another password. Raises `MemberNotFound`, `MemberDisabled`, `MemberElsewhere`.

    An invitation is safe for a person of another account too: its form takes the person's current password.
    """
    member = await find(store, account_id, person_id)
    kind = LinkKind.INVITATION
    if member.membership.state is MemberState.DISABLED:
        raise MemberDisabled
    if member.membership.state is MemberState.ACTIVE:
        kind = LinkKind.PASSWORD
        if member.person.is_operator or await _is_trusted_elsewhere(store, member):
            raise MemberElsewhere
    link, token = make_link(stamp, kind, account_id, person_id)
    await store.links.add(link)
    await record(store, stamp, account_id, "user.link_created", person_id)
    return NewLink(token, link.expires_at_ms)


async def end_access(store: Store, stamp: Stamp, account_id: str, person_id: str) -> None:
    """The member's sessions reach this account only after the password is entered again. Raises `MemberNotFound`."""
    await find(store, account_id, person_id)

    def change(membership: Membership, other_owners: int) -> Membership:
        return structs.replace(membership, signed_out_at_ms=stamp.at_ms)

    if await store.memberships.change(account_id, person_id, change) is None:
        raise MemberNotFound
    await record(store, stamp, account_id, "user.signed_out", person_id)


async def _is_trusted_elsewhere(store: Store, member: Member) -> bool:
    """Whether the person is in another account too. Invitations do not count: only the person accepts them."""
    others = await store.memberships.of_person(member.person.id)
    own = member.membership.account_id
    return any(membership.account_id != own and _has_accepted(membership) for membership, _ in others)


def _has_accepted(membership: Membership) -> bool:
    """Whether the person ever used the account: a disabled member who did not becomes invited again."""
    return membership.state is MemberState.ACTIVE or membership.last_seen_at_ms is not None


def _is_owner(membership: Membership) -> bool:
    return membership.role is Role.OWNER and membership.state is MemberState.ACTIVE


def _actions(before: Member, after: Member) -> list[str]:
    """What the change was, for the audit trail."""
    actions = []
    if after.membership.role is not before.membership.role:
        actions.append("user.role_changed")
    if after.membership.state is not before.membership.state:
        actions.append("user.disabled" if after.membership.state is MemberState.DISABLED else "user.enabled")
    old, new = before.membership.catalogue_user_id, after.membership.catalogue_user_id
    if after.person.name != before.person.name or old != new:
        actions.append("user.changed")
    return actions


def make_link(stamp: Stamp, kind: LinkKind, account_id: str | None, person_id: str | None) -> tuple[Link, str]:
    """The link to store, and its token, which is shown only once."""
    token = new_token()
    link = Link(
        digest=digest_of(token),
        kind=kind,
        created_at_ms=stamp.at_ms,
        expires_at_ms=stamp.at_ms + LINK_MS,
        person_id=person_id,
        account_id=account_id,
    )
    return link, token
