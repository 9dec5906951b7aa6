"""The use cases of a lead: create, get, update, delete, revert. Each change is one unit that the store runs."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from msgspec import UNSET, Struct, structs

from leadloop.core.catalogue.assignment import Choice, changes_placement, choose, placement_of
from leadloop.core.catalogue.resolve import needs_catalogue, resolve
from leadloop.core.changes import Change, FieldChange
from leadloop.core.errors import Conflict, LeadExists, LeadNotFound, NoSuchVersion
from leadloop.core.ids import Stamp
from leadloop.core.leads.doc import encode
from leadloop.core.leads.effects import LEAD_ORDINAL
from leadloop.core.leads.matching import Contact, Country, Match, no_country, with_region
from leadloop.core.leads.merge import merge
from leadloop.core.leads.model import Lead, blank_lead
from leadloop.core.leads.parts import Message, User
from leadloop.core.leads.patch import LeadPatch
from leadloop.core.leads.phones import BRAZIL
from leadloop.core.leads.revert import difference, restore_content
from leadloop.core.store import Store
from leadloop.core.writes.ahead import LARGE_BYTES, ReadPatch, read_ahead, read_new_ahead
from leadloop.core.writes.base import Base, load_base
from leadloop.core.writes.idempotency import IdempotentCall, StoredAnswer
from leadloop.core.writes.preconditions import NONE, Preconditions
from leadloop.core.writes.rebase import Differs, rebase, stored_differs
from leadloop.core.writes.unit import Loaded, Outcome, Saved, Unit

T = TypeVar("T")


class WriteResult(Struct, frozen=True):
    """A lead before (`None` if it is new) and after a write; `change` is `None` if the write changed nothing."""

    before: Lead | None
    lead: Lead
    change: Change | None


class WriteRequest(Struct, Generic[T], frozen=True, kw_only=True):
    """Actor, account and preconditions of a write. `answer` builds the response; it may run again, so it must be pure.

    `region` is the region in which the dialect reads phones of leads and accounts without a country.
    """

    stamp: Stamp
    account_id: str
    answer: Callable[[WriteResult], T]
    preconditions: Preconditions = NONE
    idempotent_call: IdempotentCall[T] | None = None
    region: str = BRAZIL
    body_bytes: int = 0
    """Size of the request's body: a large body is read before the store's transaction."""

    def reject_repeat(self, loaded: Loaded) -> None:
        """Raises `AnsweredBefore` or `KeyReused` if the store has an answer under the request's idempotency key."""
        if self.idempotent_call is not None and loaded.stored_answer is not None:
            self.idempotent_call.reject_repeat(loaded.stored_answer)


def plain(stamp: Stamp, account_id: str) -> WriteRequest[WriteResult]:
    """A write without preconditions, whose answer is the `WriteResult`."""
    return WriteRequest(stamp=stamp, account_id=account_id, answer=lambda written: written)


async def update(
    store: Store,
    write: WriteRequest[T],
    lead_id: str,
    read_patch: ReadPatch,
    *,
    contact: Contact | None = None,
    message_id: str | None = None,
    found_by: Match | None = None,
    differs_in_view: Differs = stored_differs,
) -> T:
    """Patch a lead. Pass `contact` when e-mail or phone may change, and `message_id` when the patch has a message.
    The field that the lead was `found_by` keeps its stored spelling.

    Raises `LeadNotFound`, also when it is not found by `found_by` any more; `VersionMoved`, `InvalidFields`,
    `NoSuchVersion`, `Conflict`, `KeyReused`, `AnsweredBefore`.
    """
    prepared = await _load_base(store, write, lead_id)
    if write.body_bytes > LARGE_BYTES:
        read_patch = await read_ahead(store, write.account_id, lead_id, write.preconditions, prepared, read_patch)

    def run(loaded: Loaded) -> Outcome[T]:
        write.reject_repeat(loaded)
        lead, preconditions, stamp = loaded.lead, write.preconditions, write.stamp
        if lead is None or (found_by is not None and not found_by.matches(lead, loaded.country)):
            raise LeadNotFound
        preconditions.check(lead)
        base = preconditions.base(lead, prepared)
        patch = resolve_references(loaded, base, read_patch(base, lead))
        if prepared is not None and base is not lead:
            patch = rebase(prepared, loaded, patch, stamp, differs_in_view)
        if found_by is not None:
            patch = structs.replace(patch, **{found_by.field: UNSET})
        is_same_phone = found_by is not None and found_by.column == "phone_key"
        return _outcome(write, lead, *_merge_patch(lead, patch, write, loaded, is_same_phone=is_same_phone))

    history_after = prepared.read_version if prepared is not None and message_id is not None else None
    asks = {"contact": contact, "message_id": message_id, "history_after": history_after}
    return await store.write(_unit(write, lead_id, run, **asks))


async def create(
    store: Store,
    write: WriteRequest[T],
    read_patch: Callable[[], LeadPatch],
    contact: Contact,
    *,
    absent: Match | None = None,
) -> T:
    """Create a lead by patching the blank one. `contact` as for `update`.

    Raises `InvalidFields`, `KeyReused`, `AnsweredBefore`, and `LeadExists` when a lead matches `absent`.
    """
    lead = blank_lead_for(write)
    if write.body_bytes > LARGE_BYTES:
        read_patch = await read_new_ahead(read_patch)

    def run(loaded: Loaded) -> Outcome[T]:
        write.reject_repeat(loaded)
        if loaded.match_exists:
            raise LeadExists
        patch = resolve_references(loaded, lead, read_patch())
        return _outcome(write, None, *_merge_patch(lead, patch, write, loaded), unchanged=lead)

    return await store.write(_unit(write, lead.id, run, contact=contact, absent=absent))


def blank_lead_for(write: WriteRequest[T]) -> Lead:
    """The blank lead that `create` patches."""
    return blank_lead(write.account_id, write.stamp.child_id(LEAD_ORDINAL), write.stamp.at_ms)


async def get(store: Store, account_id: str, lead_id: str) -> Lead:
    """Raises `LeadNotFound`."""
    lead = await store.leads.get(account_id, lead_id)
    if lead is None:
        raise LeadNotFound
    return lead


async def delete(store: Store, write: WriteRequest[T], lead_id: str) -> T:
    """Soft-delete: the lead leaves the lists, and can still be read, changed and restored."""
    return await update(store, write, lead_id, lambda base, now: LeadPatch(deleted=True))


async def revert(store: Store, write: WriteRequest[T], lead_id: str, then: Lead | None) -> T:
    """Restore the content of `then` as a change like any other; `None` stands for a version that the lead never had.

    Raises what `update` raises.
    """

    prepared = await _load_base(store, write, lead_id)

    def run(loaded: Loaded) -> Outcome[T]:
        write.reject_repeat(loaded)
        lead, preconditions = loaded.lead, write.preconditions
        if lead is None:
            raise LeadNotFound
        preconditions.check(lead)
        if then is None:
            raise NoSuchVersion(lead.version)
        base, changes = preconditions.base(lead, prepared), difference(lead, then)
        moved = {change.field for change in difference(base, lead)}
        if fields := [change.field for change in changes if change.field in moved]:
            raise Conflict(fields, base, lead)
        new = restore_content(lead, then, write.stamp.at_ms)
        return _outcome(write, lead, record_change(new, changes, write.stamp) if changes else None)

    return await store.write(_unit(write, lead_id, run))


def change(
    lead: Lead, patch: LeadPatch, stamp: Stamp, region: str = BRAZIL, country: Country = no_country
) -> Saved | None:
    """The lead with the patch applied, and its record; `None` if nothing changes. Raises `InvalidFields`."""
    merged = merge(lead, patch, stamp)
    if not merged.fields:
        return None
    return record_change(*with_region(lead, merged.lead, merged.fields, region, country), stamp, merged.message)


def record_change(new: Lead, fields: list[FieldChange], stamp: Stamp, message: Message | None = None) -> Saved:
    """A changed lead with the record of the change. Raises `InvalidFields` when the lead has outgrown its limit."""
    record = Change(
        account_id=new.account_id,
        lead_id=new.id,
        version=new.version,
        at_ms=new.updated_at_ms,
        actor=stamp.actor,
        dialect=stamp.dialect,
        request_id=stamp.request_id,
        fields=fields,
    )
    return Saved(new, encode(new), record, message)


async def _load_base(store: Store, write: WriteRequest[T], lead_id: str) -> Base | None:
    version = write.preconditions.base_version
    return None if version is None else await load_base(store, write.account_id, lead_id, version)


def _unit(write: WriteRequest[T], lead_id: str, run: Callable[[Loaded], Outcome[T]], **asks: Any) -> Unit[T]:
    return Unit(
        account_id=write.account_id,
        lead_id=lead_id,
        request_id=write.stamp.request_id,
        run=run,
        body_bytes=write.body_bytes,
        idempotency_key=write.idempotent_call.key if write.idempotent_call else None,
        **asks,
    )


def resolve_references(loaded: Loaded, lead: Lead, patch: LeadPatch) -> LeadPatch:
    """The patch with its references filled from the catalogue, and without a currency that is the account's."""
    return resolve(loaded.catalogue(), lead, patch) if needs_catalogue(patch) else patch


def _merge_patch(
    lead: Lead, patch: LeadPatch, write: WriteRequest[T], loaded: Loaded, *, is_same_phone: bool = False
) -> tuple[Saved | None, Choice | None]:
    stamp = write.stamp
    if _is_changed(lead.email, patch.email) or _is_changed(lead.phone, patch.phone):
        patch = structs.replace(patch, duplicate=loaded.same_contact)
    choice = _choose_owner(lead, patch, stamp, loaded)
    patch = patch if choice is None else choice.fill(patch)
    new, fields, message = merge(lead, patch, stamp, loaded.conversation)
    if not fields:
        return None, choice
    new, fields = with_region(lead, new, fields, write.region, loaded.country, is_same_phone=is_same_phone)
    return record_change(new, fields if choice is None else choice.explain(fields), stamp, message), choice


def _choose_owner(lead: Lead, patch: LeadPatch, stamp: Stamp, loaded: Loaded) -> Choice | None:
    """The user to assign a lead without one to, if the account assigns leads automatically and the lead is new or its
    unit, department or interest changes."""
    if _is_identified(lead.owner) or patch.owner or not (lead.version == 0 or changes_placement(lead, patch)):
        return None
    catalogue = loaded.catalogue()
    if not catalogue.options.auto_assign:
        return None
    return choose(catalogue, loaded.assignment_counts(), placement_of(lead, patch), stamp.at_ms)


def _is_identified(owner: User | None) -> bool:
    """Whether any member identifies the user: older leads may have an owner of empty values."""
    return owner is not None and bool(owner.id or owner.user_id or owner.name or owner.email)


def _outcome(
    write: WriteRequest[T],
    before: Lead | None,
    saved: Saved | None,
    choice: Choice | None = None,
    *,
    unchanged: Lead | None = None,
) -> Outcome[T]:
    lead = before or unchanged
    assert lead is not None
    result = WriteResult(before, lead, None) if saved is None else WriteResult(before, saved.lead, saved.change)
    answer = write.answer(result)
    if write.preconditions.dry_run:
        return Outcome(answer)
    call = write.idempotent_call
    stored_answer = (
        None
        if call is None
        else StoredAnswer(call.fingerprint, write.stamp.at_ms, result.lead.id, call.serialize(result))
    )
    return Outcome(answer, saved, stored_answer, choice.assignment if choice and saved else None)


def _is_changed(present: str | None, sent: object) -> bool:
    return sent is not UNSET and sent != present
