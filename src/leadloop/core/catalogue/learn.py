"""What leads teach the catalogue: the things that a write names, and what it says of them. Pure."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from msgspec import structs

from leadloop.core.catalogue.catalogue import Catalogue
from leadloop.core.catalogue.model import LONGEST, MOST_ENTRIES, OF_KIND, PAST_NAMES, Entry
from leadloop.core.leads.model import Lead
from leadloop.core.leads.normalize import matching_name
from leadloop.core.leads.parts import Ref

FILLED_ONLY = frozenset({"value_micros"})
"""What one lead says otherwise is its own business: a price is agreed on for one sale."""

ONES = {
    "owner": "users",
    "unit": "units",
    "department": "departments",
    "interest": "interests",
    "loss_reason": "loss-reasons",
    "activity_reason": "activity-reasons",
}


class LeadReference(NamedTuple):
    """A reference to something of a kind, and when it was made."""

    kind: str
    reference: Any
    """With where its lead is, if it does not say where it belongs."""
    at_ms: int
    implied: tuple[str, ...] = ()
    """The members that its lead said: they tell it apart, and are learnt with what is new."""


def own_reference(own: str, lead: Lead) -> Ref:
    """To the lead's own source or type."""
    return Ref(id=getattr(lead, f"custom_{own}_id"), name=getattr(lead, f"custom_{own}_name"))


def learn(catalogue: Catalogue, found: Iterable[LeadReference]) -> list[Entry]:
    """The entries that are new, or changed, by what was named. Who files them puts them into the catalogue."""
    learnt: Catalogue | None = None
    for one in found:
        sources = [catalogue] if learnt is None else [learnt, catalogue]
        if _is_too_long(one.reference) or any(source.is_ambiguous(one.kind, one.reference) for source in sources):
            continue
        known = _known(sources, one)
        entry = _new(sources, one) if known is None else _taught(known, one, catalogue)
        if entry is not None and entry is not known:
            learnt = learnt or Catalogue(catalogue.account_id)
            learnt.put([entry])
    return [] if learnt is None else list(learnt.entries())


def _is_too_long(reference: Any) -> bool:
    return any(isinstance(value, str) and len(value) > LONGEST for value in structs.astuple(reference))


def _known(sources: Sequence[Catalogue], one: LeadReference) -> Entry | None:
    """What is named with an id for the first time may be known by its name already."""
    kind, reference, *_ = one
    found = _first(source.meant(kind, reference) for source in sources)
    if found is None and reference.id:
        by_name = _first(source.meant(kind, reference, id_too=False) for source in sources)
        found = None if by_name is None or by_name.given else by_name
    return found and _first(source.by_key(kind, found.key) for source in sources)


def _first(found: Iterable[Entry | None]) -> Entry | None:
    return next((entry for entry in found if entry is not None), None)


def _new(sources: Sequence[Catalogue], one: LeadReference) -> Entry | None:
    kind, reference, at_ms, _ = one
    name = getattr(reference, "user_id", None) or getattr(reference, "email", None) or reference.name
    where = getattr(reference, "unit_id", None), getattr(reference, "department_id", None)
    derived = sources[0].derived_id(kind, name, *where) if name else ""
    key: str = reference.id or derived
    if not key or sum(source.count(kind) for source in sources) >= MOST_ENTRIES:
        return None
    if any(source.by_key(kind, key) for source in sources):
        return None
    members = {member: getattr(reference, member) for member in OF_KIND[kind].learnt}
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


def _taught(entry: Entry, one: LeadReference, catalogue: Catalogue) -> Entry:
    """The very same entry where there is nothing new to it."""
    kind, reference, at_ms, implied = one
    changes: dict[str, Any] = {}
    for member in set(OF_KIND[kind].learnt).difference(implied):
        said, known = getattr(reference, member), getattr(entry, member)
        if said is not None and said != known and (known is None or not (entry.managed or member in FILLED_ONLY)):
            changes[member] = said
    is_derived = catalogue.is_derived(kind, reference)
    is_mere_name = is_derived or not reference.id
    if reference.name and not (entry.managed and entry.name) and _is_other(reference.name, entry.name, is_mere_name):
        changes |= renamed(entry, reference.name)
    if reference.id and not entry.given and not is_derived:
        changes |= {"id": reference.id, "given": True}
    return structs.replace(entry, **changes, updated_at_ms=at_ms) if changes else entry


def _is_other(name: str, known: str | None, is_mere_name: bool) -> bool:
    """Another spelling is another name only beside an id that somebody gave: leads would else take turns at it."""
    if known is None or name == known:
        return known is None
    return not is_mere_name or matching_name(name) != matching_name(known)


def renamed(entry: Entry, name: str) -> dict[str, Any]:
    past = [one for one in (*entry.past_names, entry.name) if one and one != name]
    return {"name": name, "past_names": past[-PAST_NAMES:]}
