"""The people of an account: who they are, whom to invite, one person's role, links and sessions."""

from msgspec import Struct
from starlette.responses import Response

from leadloop.core.errors import Refusal
from leadloop.core.people import use_cases
from leadloop.core.people.model import Member, MemberState
from leadloop.core.people.roles import Role
from leadloop.core.people.tokens import address_of
from leadloop.web.form_view import FormView, filled, refused
from leadloop.web.render import page, redirect
from leadloop.web.visit import Visit

PAGE_SIZE = 100
ROLES = [role.value for role in (Role.AGENT, Role.MANAGER, Role.OWNER, Role.READ_ONLY)]


class ShownLink(Struct, frozen=True):
    """A one-time link, on the one page that shows it."""

    address: str
    expires_at_ms: int
    person_name: str
    is_invitation: bool


async def list_people(visit: Visit) -> Response:
    return await _show_list(visit, NEW)


async def invite_person(visit: Visit) -> Response:
    body = {name: visit.form.text(name) for name in ("name", "email", "role")}
    try:
        invitation = await use_cases.invite(visit.store, visit.stamp, visit.account.id, body)
    except Refusal as error:
        return await _show_list(visit, refused(visit, error), 422)
    link = _link(visit, invitation.token, invitation.expires_at_ms, invitation.member, is_invitation=True)
    return page(visit, "people/link.html", link=link)


async def show_person(visit: Visit) -> Response:
    member = await _member(visit)
    return _show(visit, member, _stored(member))


async def change_person(visit: Visit) -> Response:
    member = await _member(visit)
    body = {name: visit.form.text(name) for name in ("name", "role", "state") if visit.form.has(name)}
    if body.get("name") == member.person.name:
        del body["name"]
    try:
        await use_cases.change_member(visit.store, visit.stamp, visit.account.id, member.person.id, body)
    except Refusal as error:
        return _show(visit, member, refused(visit, error), 422)
    _ = visit.gettext
    visit.toast(_("Saved."))
    return redirect(f"/app/{visit.account.id}/settings/people")


async def new_link(visit: Visit) -> Response:
    member = await _member(visit)
    try:
        made = await use_cases.new_link(visit.store, visit.stamp, visit.account.id, member.person.id)
    except Refusal as error:
        return _show(visit, member, refused(visit, error), 409)
    is_invitation = member.membership.state is MemberState.INVITED
    link = _link(visit, made.token, made.expires_at_ms, member, is_invitation=is_invitation)
    return page(visit, "people/link.html", link=link)


async def sign_person_out(visit: Visit) -> Response:
    member = await _member(visit)
    try:
        await use_cases.end_access(visit.store, visit.stamp, visit.account.id, member.person.id)
    except Refusal as error:
        return _show(visit, member, refused(visit, error), 409)
    _ = visit.gettext
    visit.toast(_("Their sessions no longer reach this account."))
    return redirect(f"/app/{visit.account.id}/settings/people")


NEW = filled({"role": Role.AGENT.value})


async def _show_list(visit: Visit, view: FormView, status: int = 200) -> Response:
    after = visit.request.query_params.get("after", "")
    members = await visit.store.memberships.of_account(visit.account.id, after, PAGE_SIZE + 1)
    shown = members[:PAGE_SIZE]
    return page(
        visit,
        "people/page.html",
        status,
        members=shown,
        next_after=shown[-1].person.id if len(members) > PAGE_SIZE else "",
        roles=ROLES,
        view=view,
    )


def _show(visit: Visit, member: Member, view: FormView, status: int = 200) -> Response:
    return page(visit, "people/one.html", status, member=member, view=view, roles=ROLES)


def _stored(member: Member) -> FormView:
    membership = member.membership
    return filled({"name": member.person.name, "role": membership.role.value, "state": membership.state.value})


def _link(visit: Visit, token: str, expires_at_ms: int, member: Member, *, is_invitation: bool) -> ShownLink:
    return ShownLink(address_of(visit.origin, token), expires_at_ms, member.person.name, is_invitation)


async def _member(visit: Visit) -> Member:
    return await use_cases.find(visit.store, visit.account.id, visit.params["person_id"])
