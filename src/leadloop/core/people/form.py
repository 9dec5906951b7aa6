"""Bodies about people, and how a member is shown (own.md section 3). Pure."""

from collections.abc import Mapping
from typing import Any

from msgspec import UNSET, Struct, structs

from leadloop.core.instants import show_instant
from leadloop.core.leads.normalize import email_key
from leadloop.core.people.model import Member, MemberState, Person
from leadloop.core.people.roles import Role
from leadloop.core.problems import Problems
from leadloop.core.readers import Field, name, one_of, read_members, require, text

EMAIL_LIMIT_BYTES = 320
ID_LIMIT_BYTES = 256

OWNED = ("id", "lastSeenAt")
"""Members that only the server writes."""


class Invitee(Struct, frozen=True, kw_only=True):
    """Who is to become a member, and as what."""

    email: str
    email_key: str
    name: str
    role: Role
    catalogue_user_id: str | None = None

    def describe(self, person: Person) -> Person:
        """The person with the name and e-mail of the invitation: it does not tell whether the instance knew them."""
        return structs.replace(person, email=self.email, name=self.name)


def read_invitation(body: Mapping[str, Any]) -> Invitee:
    """Raises `InvalidFields`."""
    problems = Problems()
    members = read_members(problems, body, {"email": Field("email", _email, UNSET), **_FIELDS}, ())
    require(problems, body, "email", "name", "role")
    problems.finish()
    return Invitee(**members, email_key=email_key(members["email"]) or "")


def read_change(member: Member, body: Mapping[str, Any]) -> dict[str, Any]:
    """Attribute → new value: `name`, `role`, `state`, `catalogue_user_id`. Raises `InvalidFields`."""
    problems = Problems()
    fields = {**_FIELDS, "state": Field("state", _state, UNSET), "email": Field("email", _fixed, UNSET)}
    members = read_members(problems, body, fields, OWNED, show(member))
    problems.finish()
    return members


def show(member: Member) -> dict[str, Any]:
    person, membership = member.person, member.membership
    seen_ms = membership.last_seen_at_ms
    return {
        "id": person.id,
        "name": person.name,
        "email": person.email,
        "role": membership.role.value,
        "catalogueUserId": membership.catalogue_user_id,
        "state": membership.state.value,
        "lastSeenAt": None if seen_ms is None else show_instant(seen_ms),
    }


def _email(value: Any, at: str, problems: Problems) -> Any:
    read = text(EMAIL_LIMIT_BYTES)(value, at, problems)
    if read is UNSET:
        return UNSET
    return read.strip() if email_key(read) else problems.refuse(at, "email_expected")


def _fixed(value: Any, at: str, problems: Problems) -> Any:
    """People are identified by their e-mail, so nobody changes it for them."""
    return problems.refuse(at, "email_fixed")


def _role(value: Any, at: str, problems: Problems) -> Any:
    read = one_of(*(role.value for role in Role))(value, at, problems)
    return read if read is UNSET else Role(read)


def _state(value: Any, at: str, problems: Problems) -> Any:
    """Only the link of an invitation ends the state `invited`."""
    read = one_of(MemberState.ACTIVE.value, MemberState.DISABLED.value)(value, at, problems)
    return read if read is UNSET else MemberState(read)


_FIELDS = {
    "name": Field("name", name, UNSET),
    "role": Field("role", _role, UNSET),
    "catalogueUserId": Field("catalogue_user_id", text(ID_LIMIT_BYTES, shortest=1)),
}
