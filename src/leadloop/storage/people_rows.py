"""Converts rows of people, memberships, sessions and links to structs and back, as `rows` does."""

from leadloop.core.people.model import (
    AuditEntry,
    Link,
    LinkKind,
    Member,
    Membership,
    MemberState,
    Person,
    Session,
    Theme,
)
from leadloop.core.people.roles import Role
from leadloop.storage.rows import DatabaseRow, Row

MEMBERSHIP_COLUMNS, SESSION_COLUMNS = 8, 7
"""After so many columns of a joined row the other table's begin."""


def person(row: DatabaseRow) -> Person:
    person_id, email, email_key, name, created_at_ms, password_hash, is_operator, *preferences = row
    language, time_zone, theme, has_shortcuts = preferences
    return Person(
        id=person_id,
        email=email,
        email_key=email_key,
        name=name,
        created_at_ms=created_at_ms,
        password_hash=password_hash,
        is_operator=bool(is_operator),
        language=language,
        time_zone=time_zone,
        theme=Theme(theme),
        has_shortcuts=bool(has_shortcuts),
    )


def person_row(person: Person) -> Row:
    name, *rest = person_changes(person)
    return person.id, person.email, person.email_key, name, person.created_at_ms, *rest


def person_changes(person: Person) -> Row:
    """The columns of a person that can change."""
    return (
        person.name,
        person.password_hash,
        person.is_operator,
        person.language,
        person.time_zone,
        person.theme.value,
        person.has_shortcuts,
    )


def membership(row: DatabaseRow) -> Membership:
    account_id, person_id, role, state, created_at_ms, catalogue_user_id, last_seen_at_ms, signed_out_at_ms = row
    return Membership(
        account_id=account_id,
        person_id=person_id,
        role=Role(role),
        state=MemberState(state),
        created_at_ms=created_at_ms,
        catalogue_user_id=catalogue_user_id,
        last_seen_at_ms=last_seen_at_ms,
        signed_out_at_ms=signed_out_at_ms,
    )


def membership_row(membership: Membership) -> Row:
    role, state, *rest = membership_changes(membership)
    return membership.account_id, membership.person_id, role, state, membership.created_at_ms, *rest


def membership_changes(membership: Membership) -> Row:
    """The columns of a membership that can change."""
    return (
        membership.role.value,
        membership.state.value,
        membership.catalogue_user_id,
        membership.last_seen_at_ms,
        membership.signed_out_at_ms,
    )


def member(row: DatabaseRow) -> Member:
    """From the columns of the membership, then those of the person."""
    columns = list(row)
    return Member(person(columns[MEMBERSHIP_COLUMNS:]), membership(columns[:MEMBERSHIP_COLUMNS]))


def session(row: DatabaseRow) -> Session:
    digest, person_id, created_at_ms, seen_at_ms, password_at_ms, address, user_agent = row
    return Session(
        digest=digest,
        person_id=person_id,
        created_at_ms=created_at_ms,
        seen_at_ms=seen_at_ms,
        password_at_ms=password_at_ms,
        address=address,
        user_agent=user_agent,
    )


def session_row(session: Session) -> Row:
    return (
        session.digest,
        session.person_id,
        session.created_at_ms,
        session.seen_at_ms,
        session.password_at_ms,
        session.address,
        session.user_agent,
    )


def link(row: DatabaseRow) -> Link:
    digest, kind, created_at_ms, expires_at_ms, person_id, account_id = row
    return Link(
        digest=digest,
        kind=LinkKind(kind),
        created_at_ms=created_at_ms,
        expires_at_ms=expires_at_ms,
        person_id=person_id,
        account_id=account_id,
    )


def link_row(link: Link) -> Row:
    return link.digest, link.kind.value, link.created_at_ms, link.expires_at_ms, link.person_id, link.account_id


def entry(row: DatabaseRow) -> AuditEntry:
    account_id, entry_id, at_ms, actor, action, object_id, request_id = row
    return AuditEntry(
        account_id=account_id,
        id=entry_id,
        at_ms=at_ms,
        actor=actor,
        action=action,
        object=object_id,
        request_id=request_id,
    )


def entry_row(entry: AuditEntry) -> Row:
    return (
        entry.account_id,
        entry.id,
        entry.at_ms,
        entry.actor,
        entry.action,
        entry.object,
        entry.request_id,
    )
