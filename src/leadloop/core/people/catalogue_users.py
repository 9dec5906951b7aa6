"""Which salesperson of the catalogue a member is."""

from typing import Any

from leadloop.core.catalogue import manage
from leadloop.core.catalogue.catalogue import Catalogue
from leadloop.core.catalogue.model import Entry, address_key
from leadloop.core.errors import EntryExists, InvalidFields, Problem
from leadloop.core.ids import Stamp
from leadloop.core.leads.parts import User
from leadloop.core.store import Store

USERS = "users"


async def check(store: Store, account_id: str, user_id: str) -> str:
    """The id of the entry with this id. Raises `InvalidFields` if there is none, or if it is archived."""
    entry = await store.catalogue.entry(account_id, USERS, user_id)
    if entry is None or entry.archived_at_ms is not None:
        raise InvalidFields([Problem("catalogue_user_unknown", "/catalogueUserId")])
    return entry.id


async def find_or_create(
    store: Store, stamp: Stamp, account_id: str, email: str, name: str, *, is_assigned_leads: bool
) -> str:
    """The id of the entry with the e-mail. If none has it, that of an entry of this name without an e-mail, or of a new
    one, which takes part in automatic assignment if `is_assigned_leads`. Raises `CatalogueFull`."""

    def change(catalogue: Catalogue) -> Entry:
        if (entry := _with_email(catalogue, email)) is not None:
            return entry
        members: dict[str, Any] = {"email": email}
        if not is_assigned_leads and catalogue.find(USERS, User(name=name)) is None:
            members["auto_attribution_disabled"] = True
        return manage.create(catalogue, USERS, None, name, members, stamp.at_ms)

    try:
        return (await store.catalogue.manage(account_id, change)).id
    except EntryExists as error:
        return error.entry_id


def _with_email(catalogue: Catalogue, email: str) -> Entry | None:
    """The oldest one."""
    key = address_key(email)
    users = catalogue.of_kind(USERS)
    same = [user for user in users if user.archived_at_ms is None and user.email and address_key(user.email) == key]
    return min(same, key=lambda user: (user.created_at_ms, user.key), default=None)
