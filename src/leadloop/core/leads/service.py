"""The use cases of a lead: create, get, list, update, delete. Each change is one unit handed to the store."""

from collections.abc import Callable

from msgspec import UNSET, Struct, structs

from leadloop.core.changes import Change
from leadloop.core.errors import LeadNotFound
from leadloop.core.ids import Stamp
from leadloop.core.leads.doc import encode
from leadloop.core.leads.effects import LEAD_ORDINAL
from leadloop.core.leads.merge import SILENT, Conversation, merge
from leadloop.core.leads.model import Lead, unborn
from leadloop.core.leads.patch import LeadPatch
from leadloop.core.ports import Contact, LeadQuery, Loaded, Outcome, Saved, Store, Unit

Settle = Callable[[Lead], LeadPatch]
"""A dialect's last step, run on the lead as it is now: drop what equals the view, validate, map to the core's words.

Pure, since it may run more than once. Raises `InvalidFields`.
"""


class Written(Struct, frozen=True):
    """A lead after a write; `change` is `None` where the write changed nothing."""

    lead: Lead
    change: Change | None


async def update(
    store: Store,
    stamp: Stamp,
    account_id: str,
    lead_id: str,
    settle: Settle,
    *,
    contact: Contact | None = None,
    message_id: str | None = None,
) -> Written:
    """Patch a lead. `contact` must be given when e-mail or phone may change, `message_id` when a message comes along.

    Raises `LeadNotFound`, `InvalidFields`.
    """

    def run(loaded: Loaded) -> Outcome[Written]:
        if loaded.lead is None:
            raise LeadNotFound
        return _changed(loaded.lead, settle(loaded.lead), stamp, loaded)

    return await store.write(
        Unit(
            account_id=account_id,
            lead_id=lead_id,
            request_id=stamp.request_id,
            run=run,
            contact=contact,
            message_id=message_id,
        )
    )


async def create(store: Store, stamp: Stamp, account_id: str, patch: LeadPatch) -> Written:
    """A new lead, created by patching the unborn one. Raises `InvalidFields`."""
    lead_id = stamp.child_id(LEAD_ORDINAL)

    def run(loaded: Loaded) -> Outcome[Written]:
        return _changed(unborn(account_id, lead_id, stamp.at_ms), patch, stamp, loaded)

    contact = Contact(patch.email, patch.phone, patch.country)
    return await store.write(
        Unit(account_id=account_id, lead_id=lead_id, request_id=stamp.request_id, run=run, contact=contact)
    )


async def get(store: Store, account_id: str, lead_id: str) -> Lead:
    """Raises `LeadNotFound`."""
    lead = await store.lead(account_id, lead_id)
    if lead is None:
        raise LeadNotFound
    return lead


async def delete(store: Store, stamp: Stamp, account_id: str, lead_id: str) -> Written:
    """Soft-delete: the lead leaves the lists, and can still be read, changed and restored."""
    return await update(store, stamp, account_id, lead_id, lambda _: LeadPatch(deleted=True))


async def list_page(store: Store, query: LeadQuery) -> tuple[list[Lead], bool]:
    """One page, and whether there are more behind it."""
    leads = await store.leads(structs.replace(query, limit=query.limit + 1))
    return leads[: query.limit], len(leads) > query.limit


def change(lead: Lead, patch: LeadPatch, stamp: Stamp, conversation: Conversation = SILENT) -> Saved | None:
    """What `patch` makes of `lead`, with its record; `None` where it changes nothing. Raises `InvalidFields`."""
    new, fields, message = merge(lead, patch, stamp, conversation)
    if not fields:
        return None
    record = Change(
        account_id=lead.account_id,
        lead_id=lead.id,
        version=new.version,
        at_ms=new.updated_at_ms,
        actor=stamp.actor,
        dialect=stamp.dialect,
        request_id=stamp.request_id,
        fields=fields,
    )
    return Saved(new, encode(new), record, message)


def _changed(lead: Lead, patch: LeadPatch, stamp: Stamp, loaded: Loaded) -> Outcome[Written]:
    if _differs(lead.email, patch.email) or _differs(lead.phone, patch.phone):
        patch = structs.replace(patch, duplicate=loaded.same_contact)
    saved = change(lead, patch, stamp, loaded.conversation)
    return Outcome(Written(lead, None)) if saved is None else Outcome(Written(saved.lead, saved.change), saved)


def _differs(present: str | None, sent: object) -> bool:
    return sent is not UNSET and sent != present
