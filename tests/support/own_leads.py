"""An account whose agents see their own leads only, with leads that its agent sees and leads that it does not."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from msgspec import structs

from lab.stores import create, write_of
from leadloop.core.catalogue import manage
from leadloop.core.catalogue.model import Entry
from leadloop.core.leads.model import Lead
from leadloop.core.leads.parts import Ref, User
from leadloop.core.store import Store
from leadloop.core.writes import use_cases

AGENT, OTHER = User(name="Clara Dias"), User(name="Breno Lima")
HERE, ELSEWHERE = Ref(name="Centro"), Ref(name="Norte")

SHOWN: dict[str, dict[str, Any]] = {
    "mine": {"owner": AGENT, "unit": ELSEWHERE},
    "of nobody here": {"unit": HERE},
}
"""By a description, the user and unit of leads that the agent sees."""
HIDDEN: dict[str, dict[str, Any]] = {
    "of another here": {"owner": OTHER, "unit": HERE},
    "of nobody elsewhere": {"unit": ELSEWHERE},
    "of nobody nowhere": {},
}


class OwnAccount(NamedTuple):
    shown: Mapping[str, Lead]
    hidden: Mapping[str, Lead]


async def make_agent(store: Store, account_id: str, person_id: str, at_ms: int) -> None:
    """Creates the salespeople and units, and makes the person one of them."""

    async def add(kind: str, name: str | None, **members: Any) -> Entry:
        return await store.catalogue.manage(
            account_id, lambda catalogue: manage.create(catalogue, kind, None, name or "", members, at_ms)
        )

    here, elsewhere = await add("units", HERE.name), await add("units", ELSEWHERE.name)
    agent = await add("users", AGENT.name, unit_ids=[here.id])
    await add("users", OTHER.name, unit_ids=[here.id, elsewhere.id])
    await store.memberships.change(
        account_id, person_id, lambda membership, owners: structs.replace(membership, catalogue_user_id=agent.id)
    )


async def add_leads(store: Store, account_id: str, at_ms: int, **fields: Any) -> OwnAccount:
    """One lead of each kind, named after it, as its campaign is, and a deleted one of each user. All have `fields`."""

    async def add(members: Mapping[str, Mapping[str, Any]], prefix: str) -> dict[str, Lead]:
        leads = {}
        for kind, ownership in members.items():
            name = f"{prefix} {kind}"
            values = {"name": name, "campaign": {"name": f"Campaign: {name}"}, **fields, **ownership}
            leads[kind] = await create(store, write_of(account_id, at_ms), **values)
        return leads

    shown = await add({**SHOWN, "deleted of mine": {"owner": AGENT}}, "Shown")
    hidden = await add({**HIDDEN, "deleted of another": {"owner": OTHER}}, "Hidden")
    for lead in (*shown.values(), *hidden.values()):
        if "deleted" in (lead.name or ""):
            await use_cases.delete(store, write_of(account_id, at_ms), lead.id)
    return OwnAccount(shown, hidden)
