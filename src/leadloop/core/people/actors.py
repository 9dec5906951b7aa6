"""The names of actors, which change records and audit entries name by id: `key:…`, `user:…`, `system`."""

from collections.abc import Sequence

from msgspec import Struct

from leadloop.core.errors import MemberNotFound
from leadloop.core.leads.parts import User
from leadloop.core.people import use_cases
from leadloop.core.store import Store

KEY, USER, SYSTEM = "key", "user", "system"
SYSTEM_NAME = "leadloop"


class Actor(Struct, frozen=True):
    id: str
    """As in change records."""
    kind: str
    name: str
    salesperson_id: str | None = None
    """The catalogue's id of a person whom leads are assigned to."""


async def names(store: Store, account_id: str, ids: Sequence[str]) -> list[Actor]:
    """The actors of the account with these ids, in the order of the ids; unknown ones are left out.

    A user who is no person of the account has the name of the salesperson with that user id, if there is one.
    """
    wanted = list(dict.fromkeys(ids))
    keys = {}
    if any(id.startswith(f"{KEY}:") for id in wanted):
        keys = {key.id: key.name for key in await store.keys.of_account(account_id)}
    actors = []
    for id in wanted:
        kind, _, own_id = id.partition(":")
        if id == SYSTEM:
            actors.append(Actor(id, SYSTEM, SYSTEM_NAME))
        elif kind == KEY and own_id in keys:
            actors.append(Actor(id, KEY, keys[own_id]))
        elif kind == USER and (actor := await _person(store, account_id, own_id)):
            actors.append(actor)
    return actors


async def _person(store: Store, account_id: str, person_id: str) -> Actor | None:
    id = f"{USER}:{person_id}"
    try:
        member = await use_cases.find(store, account_id, person_id)
    except MemberNotFound:
        salesperson = (await store.catalogue.get(account_id)).find("users", User(user_id=person_id))
        return Actor(id, USER, salesperson.name, salesperson.id) if salesperson and salesperson.name else None
    return Actor(id, USER, member.person.name, member.membership.catalogue_user_id)
