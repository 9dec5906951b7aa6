"""Which catalogue entries a write of a lead adds or changes, by the references in the lead. Pure."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from msgspec import structs

from leadloop.core.catalogue.catalogue import Catalogue
from leadloop.core.catalogue.model import LONGEST, MOST_ENTRIES, OF_KIND, PAST_NAMES, Entry, address_key, has_address
from leadloop.core.leads.model import Lead
from leadloop.core.leads.normalize import matching_name
from leadloop.core.leads.parts import Ref, User

LEAD_SPECIFIC = frozenset({"value_micros"})
"""Members that never overwrite the catalogue: a price belongs to one sale."""

SINGLE_REFERENCES = {
    "owner": "users",
    "unit": "units",
    "department": "departments",
    "interest": "interests",
    "loss_reason": "loss-reasons",
    "activity_reason": "activity-reasons",
}


class LeadReference(NamedTuple):
    """A lead's reference to an entry of this kind, and the time of the change that set it."""

    kind: str
    reference: Any
    """A department or interest without a unit or department of its own has those of its lead."""
    at_ms: int
    implied: tuple[str, ...] = ()
    """The members that come from its lead: they identify the entry and are stored with a new one, but never change
    one."""


def own_reference(own: str, lead: Lead) -> Ref:
    """The reference to the lead's custom source or type."""
    return Ref(id=getattr(lead, f"custom_{own}_id"), name=getattr(lead, f"custom_{own}_name"))


def entries_from(catalogue: Catalogue, references: Iterable[LeadReference]) -> list[Entry]:
    """The entries that these references add or change. The caller stores them and puts them into the catalogue."""
    pending: Catalogue | None = None
    for reference in references:
        key = reference.kind, reference.reference, reference.implied
        if pending is None and catalogue.is_no_op(key):
            continue
        upserted = _upserted([catalogue] if pending is None else [pending, catalogue], reference)
        if upserted is not None:
            pending = pending or Catalogue(catalogue.account_id)
            pending.put([upserted])
        elif pending is None:
            catalogue.record_no_op(key)
    return [] if pending is None else list(pending.entries())


def _upserted(sources: Sequence[Catalogue], reference: LeadReference) -> Entry | None:
    """The entry that the reference adds or changes, if any. The account's catalogue is the last of `sources`."""
    if _is_too_long(reference.reference) or any(
        source.is_ambiguous(reference.kind, reference.reference) for source in sources
    ):
        return None
    entry = _find(sources, reference)
    upserted = _new(sources, reference) if entry is None else _upsert(entry, reference, sources[-1])
    return None if upserted is entry else upserted


def _is_too_long(reference: Any) -> bool:
    return any(isinstance(value, str) and len(value) > LONGEST for value in structs.astuple(reference))


def _find(sources: Sequence[Catalogue], lead_reference: LeadReference) -> Entry | None:
    """The entry that the reference means. A reference with a new id may mean an entry that has only a name so far."""
    kind, reference, *_ = lead_reference
    entry = _first_entry(source.find(kind, reference) for source in sources)
    if entry is None and reference.id:
        by_name = _first_entry(source.find(kind, reference, id_too=False) for source in sources)
        entry = None if by_name is None or by_name.given else by_name
    return entry and _first_entry(source.by_key(kind, entry.key) for source in sources)


def _first_entry(entries: Iterable[Entry | None]) -> Entry | None:
    return next((entry for entry in entries if entry is not None), None)


def _identifier(reference: Any) -> str | None:
    """The text from which the id of a new entry is derived."""
    if isinstance(reference, User):
        return reference.user_id or (reference.email if has_address(reference) else None) or reference.name
    name: str | None = reference.name
    return name


def _new(sources: Sequence[Catalogue], lead_reference: LeadReference) -> Entry | None:
    kind, reference, at_ms, _ = lead_reference
    name = _identifier(reference)
    where = getattr(reference, "unit_id", None), getattr(reference, "department_id", None)
    derived = sources[0].derived_id(kind, name, *where) if name else ""
    if name and _has_key(sources, kind, derived):  # an entry that has another name by now
        derived = sources[0].derived_id(kind, name, *where, derived)
    key: str = reference.id or derived
    if not key or sum(source.count(kind) for source in sources) >= MOST_ENTRIES:
        return None
    if _has_key(sources, kind, key):
        return None
    members = {member: getattr(reference, member) for member in OF_KIND[kind].reference_members}
    return Entry(
        kind=kind,
        key=key,
        id=key,
        name=reference.name,
        given=key != derived and not sources[0].is_derived(kind, reference),
        created_at_ms=at_ms,
        updated_at_ms=at_ms,
        **members,
    )


def _has_key(sources: Sequence[Catalogue], kind: str, key: str) -> bool:
    return any(source.by_key(kind, key) for source in sources)


def _upsert(entry: Entry, lead_reference: LeadReference, catalogue: Catalogue) -> Entry:
    """The entry with the reference's values; the same object if nothing changes."""
    kind, reference, at_ms, implied = lead_reference
    changes: dict[str, Any] = {}
    for member in set(OF_KIND[kind].reference_members).difference(implied):
        value, stored = getattr(reference, member), getattr(entry, member)
        if value is not None and value != stored and (stored is None or _is_replacing(member, value, entry)):
            changes[member] = value
    is_first_id = bool(reference.id) and not entry.given and not catalogue.is_derived(kind, reference)
    if reference.name and not (entry.managed and entry.name) and _is_renaming(reference.name, entry.name, is_first_id):
        changes |= rename(entry, reference.name)
    if is_first_id:
        changes |= {"id": reference.id, "given": True}
    return structs.replace(entry, **changes, updated_at_ms=at_ms) if changes else entry


def _is_replacing(member: str, value: Any, entry: Entry) -> bool:
    """Whether the value replaces another one. An e-mail without a key replaces none."""
    if entry.managed or member in LEAD_SPECIFIC:
        return False
    return member != "email" or address_key(value) is not None


def _is_renaming(name: str, stored: str | None, is_first_id: bool) -> bool:
    """Whether the name replaces the stored one. Another spelling does so only beside the first id that is assigned: a
    later id may have been filled in by the name, and leads with different spellings would rename the entry back and
    forth."""
    if stored is None or name == stored:
        return stored is None
    return is_first_id or matching_name(name) != matching_name(stored)


def rename(entry: Entry, new_name: str) -> dict[str, Any]:
    past_names = [name for name in (*entry.past_names, entry.name) if name and name != new_name]
    return {"name": new_name, "past_names": past_names[-PAST_NAMES:]}
