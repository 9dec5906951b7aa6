"""What leads teach the catalogue: the things that a write names, and what it says of them. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

from msgspec import structs

from leadloop.core.catalogue.catalogue import Catalogue
from leadloop.core.catalogue.model import LONGEST, MOST_ENTRIES, OF_KIND, OWN, PAST_NAMES, Entry
from leadloop.core.catalogue.place import PLACED, placed
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
_FIELDS = (
    *ONES,
    "tags",
    "cart",
    "activities",
    *(f"custom_{own}_{what}" for own in OWN.values() for what in ("id", "name")),
)
_NAMING = attrgetter(*_FIELDS)


class Named(NamedTuple):
    """A reference to something of a kind, and when it was made."""

    kind: str
    reference: Any
    """With where its lead is, if it does not say where it belongs."""
    at_ms: int
    implied: tuple[str, ...] = ()
    """The members that its lead said: they tell it apart, and are learnt with what is new."""


def names_something(before: Lead | None, after: Lead) -> bool:
    """Whether a change can have named anything: most do not, and cost nothing more."""
    return before is None or _NAMING(before) != _NAMING(after)


def named(before: Lead | None, after: Lead) -> list[Named]:
    """What `after` refers to that `before` did not."""
    at_ms = after.updated_at_ms
    return [
        *(_placed(name, after) for name in ONES if _is_new(before, after, name)),
        *(Named(kind, reference, at_ms) for kind, reference in _references(before, after)),
    ]


def _is_new(before: Lead | None, after: Lead, name: str) -> bool:
    reference = getattr(after, name)
    return reference is not None and (before is None or getattr(before, name) != reference)


def _placed(name: str, lead: Lead) -> Named:
    reference = getattr(lead, name)
    found = placed(reference, lead.unit, lead.department)
    implied = tuple(one for one in PLACED.get(name, ()) if getattr(found, one) != getattr(reference, one))
    return Named(ONES[name], found, lead.updated_at_ms, implied)


def _references(before: Lead | None, after: Lead) -> Iterator[tuple[str, Any]]:
    """Those of which a lead has several, and its own sources and types."""
    if before is None or before.tags is not after.tags:
        known = () if before is None else before.tags
        yield from (("tags", structs.replace(tag, created_at_ms=None)) for tag in after.tags if tag not in known)
    if before is None or before.cart is not after.cart:
        known = _products(before)
        yield from (("products", product) for product in _products(after) if product not in known)
    if before is None or before.activities is not after.activities:
        known = _doers(before)
        yield from (("users", user) for user in _doers(after) if user not in known)
    for kind, own in OWN.items():
        if reference := _own(own, before, after):
            yield kind, reference


def _products(lead: Lead | None) -> list[Any]:
    return [line.product for line in lead.cart.lines if line.product] if lead and lead.cart else []


def _doers(lead: Lead | None) -> list[Any]:
    return list(dict.fromkeys(one.owner for one in lead.activities if one.owner)) if lead else []


def _own(own: str, before: Lead | None, after: Lead) -> Ref | None:
    """A name that stayed behind when only the id was changed is not that of the new id."""
    now, was = own_reference(own, after), Ref() if before is None else own_reference(own, before)
    if now == was:
        return None
    found = Ref(id=now.id) if now.id and now.name == was.name else now
    return None if found == Ref() else found


def own_reference(own: str, lead: Lead) -> Ref:
    """To the lead's own source or type."""
    return Ref(id=getattr(lead, f"custom_{own}_id"), name=getattr(lead, f"custom_{own}_name"))


def learn(catalogue: Catalogue, found: Iterable[Named]) -> list[Entry]:
    """The entries that are new, or changed, by what was named. Who files them puts them into the catalogue."""
    learnt: Catalogue | None = None
    for one in found:
        sources = [catalogue] if learnt is None else [learnt, catalogue]
        if _is_too_long(one.reference) or any(source.is_unclear(one.kind, one.reference) for source in sources):
            continue
        known = _known(sources, one)
        entry = _new(sources, one) if known is None else _taught(known, one, catalogue)
        if entry is not None and entry is not known:
            learnt = learnt or Catalogue(catalogue.account_id)
            learnt.put([entry])
    return [] if learnt is None else list(learnt.entries())


def _is_too_long(reference: Any) -> bool:
    return any(isinstance(value, str) and len(value) > LONGEST for value in structs.astuple(reference))


def _known(sources: Sequence[Catalogue], one: Named) -> Entry | None:
    """What is named with an id for the first time may be known by its name already."""
    kind, reference, *_ = one
    found = _first(source.meant(kind, reference) for source in sources)
    if found is None and reference.id:
        by_name = _first(source.meant(kind, reference, id_too=False) for source in sources)
        found = None if by_name is None or by_name.given else by_name
    return found and _first(source.by_key(kind, found.key) for source in sources)


def _first(found: Iterable[Entry | None]) -> Entry | None:
    return next((entry for entry in found if entry is not None), None)


def _new(sources: Sequence[Catalogue], one: Named) -> Entry | None:
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


def _taught(entry: Entry, one: Named, catalogue: Catalogue) -> Entry:
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
