"""The people of an account: `/api/v1/users`; and the names of actors: `/api/v1/actors` (docs/people.md)."""

from typing import Any

from msgspec import structs

from leadloop.api.call import Answer, Call, Route, Takes
from leadloop.api.envelope import success
from leadloop.api.errors import invalid_field
from leadloop.api.own.lists import PAGE_PARAMETERS, page, read_id_cursor, read_limit
from leadloop.api.own.once import CREATED, create_once
from leadloop.api.queries import read_text
from leadloop.core.instants import show_instant
from leadloop.core.people import actors, form, use_cases
from leadloop.core.people.model import Member
from leadloop.core.people.tokens import address_of
from leadloop.core.writes.idempotency import AnswerKey

SCOPE = "users:manage"
ACTOR_LIMIT = 200


def routes() -> list[Route]:
    users, user = "/api/v1/users", "/api/v1/users/{person_id}"
    return [
        Route("GET", users, SCOPE, list_users, query=PAGE_PARAMETERS),
        Route("POST", users, SCOPE, invite, Takes.NEW),
        Route("PATCH", user, SCOPE, update, Takes.OBJECT),
        Route("POST", user + "/link", SCOPE, create_link),
        Route("DELETE", user + "/sessions", SCOPE, end_access),
        Route("GET", "/api/v1/actors", "leads:read", list_actors, query=("ids",)),
    ]


async def list_users(call: Call) -> Answer:
    limit, after = read_limit(call), read_id_cursor(call)
    members = await call.store.memberships.of_account(call.caller.account_id, after, limit + 1)
    return page("users", members, limit, form.show, lambda member: member.person.id)


async def invite(call: Call) -> Answer:
    account_id = call.caller.account_id

    async def create(key: AnswerKey | None) -> Answer:
        invitation = await use_cases.invite(call.store, call.stamp, account_id, call.body, key)
        link = _link(call, invitation.token)
        expires = show_instant(invitation.expires_at_ms)
        return _invited(invitation.member, link=link, linkExpiresAt=expires)

    async def replay(person_id: str) -> Answer:
        member = await use_cases.find(call.store, account_id, person_id)
        invitee = form.read_invitation(call.body)
        return _invited(structs.replace(member, person=invitee.describe(member.person)))

    return await create_once(call, create, replay)


async def update(call: Call) -> Answer:
    member = await use_cases.change_member(call.store, call.stamp, call.caller.account_id, _person_id(call), call.body)
    return success(form.show(member))


async def create_link(call: Call) -> Answer:
    link = await use_cases.new_link(call.store, call.stamp, call.caller.account_id, _person_id(call))
    return success({"link": _link(call, link.token), "expiresAt": show_instant(link.expires_at_ms)})


async def end_access(call: Call) -> Answer:
    await use_cases.end_access(call.store, call.stamp, call.caller.account_id, _person_id(call))
    return success(None)


async def list_actors(call: Call) -> Answer:
    ids = [part.strip() for part in (read_text(call.request, "ids") or "").split(",") if part.strip()]
    if not ids:
        raise invalid_field("ids", "required")
    if len(ids) > ACTOR_LIMIT:
        raise invalid_field("ids", "too_many_ids", limit=ACTOR_LIMIT)
    named = await actors.names(call.store, call.caller.account_id, ids)
    return success({"actors": [{"id": actor.id, "kind": actor.kind, "name": actor.name} for actor in named]})


def _invited(member: Member, **secret: Any) -> Answer:
    return success({"user": form.show(member), **secret}, status=CREATED)


def _link(call: Call, token: str) -> str:
    return address_of(call.link_base, token)


def _person_id(call: Call) -> str:
    person_id: str = call.request.path_params["person_id"]
    return person_id
