"""The snapshot of a lead at one of its versions, and the reason why it has its user."""

from msgspec import Struct

from leadloop.core.changes import Change
from leadloop.core.errors import NoSuchVersion
from leadloop.core.leads.model import Lead
from leadloop.core.people import actors
from leadloop.core.store import Store
from leadloop.core.writes import history
from leadloop.web.words import Words, why

OWNER = "/owner"


class PastLead(Struct, frozen=True):
    """`change` made this version."""

    change: Change
    actor: str
    """Empty if nobody knows its name any more."""
    newest: int
    """The current version."""


class OwnerReason(Struct, frozen=True):
    change: Change
    actor: str
    reason: str
    """Why leadloop chose the user, as a sentence; empty if somebody set it."""


async def read_past(store: Store, current: Lead, version: int) -> tuple[Lead, PastLead]:
    """Raises `NoSuchVersion`."""
    if not 1 <= version <= current.version:
        raise NoSuchVersion(current.version)
    lead = await history.at_version(store, current.account_id, current.id, version)
    (change,) = await store.changes.of_lead(current.account_id, current.id, version - 1, 1)
    return lead, PastLead(change, await _name(store, change), current.version)


async def owner_reason(store: Store, lead: Lead, words: Words) -> OwnerReason | None:
    """`None` if the last changes of the lead do not say."""
    change = await history.last_change_of(store, lead, OWNER)
    if change is None:
        return None
    reason = next((field.reason for field in change.fields if field.field == OWNER and field.reason), None)
    return OwnerReason(change, await _name(store, change), why(reason, words) if reason else "")


async def _name(store: Store, change: Change) -> str:
    names = await actors.names(store, change.account_id, [change.actor])
    return names[0].name if names else ""
