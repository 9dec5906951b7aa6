"""A lead's references to the catalogue: its user, unit, tags, products and so on. The store upserts the catalogue from
the references that a change adds."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from msgspec import structs

from leadloop.core.catalogue.learn import SINGLE_REFERENCES, LeadReference, own_reference
from leadloop.core.catalogue.model import OWN
from leadloop.core.catalogue.parents import PARENT_MEMBERS, with_parents
from leadloop.core.leads.matching import Country, no_country
from leadloop.core.leads.model import Lead
from leadloop.core.leads.parts import Ref
from leadloop.derived.projection import Parts, Projection, difference


class Reference(NamedTuple):
    """`field` is its part of the projection."""

    kind: str
    field: str
    value: Any


_ReferencePart = Callable[[Lead, Country], Iterator[Reference]]


def _one(field: str, kind: str) -> _ReferencePart:
    def rows(lead: Lead, _: Country) -> Iterator[Reference]:
        if (reference := getattr(lead, field)) is not None:
            yield Reference(kind, field, reference)

    return rows


def _tags(lead: Lead, _: Country) -> Iterator[Reference]:
    for tag in lead.tags:
        yield Reference("tags", "tags", structs.replace(tag, created_at_ms=None))


def _products(lead: Lead, _: Country) -> Iterator[Reference]:
    for line in lead.cart.lines if lead.cart else ():
        if line.product:
            yield Reference("products", "cart", line.product)


def _activity_owners(lead: Lead, _: Country) -> Iterator[Reference]:
    for activity in lead.activities:
        if activity.owner:
            yield Reference("users", "activities", activity.owner)


def _own(kind: str, own: str) -> _ReferencePart:
    """The lead's own source or type."""

    def rows(lead: Lead, _: Country) -> Iterator[Reference]:
        if (reference := own_reference(own, lead)) != Ref():
            yield Reference(kind, own, reference)

    return rows


_PARTS: dict[str, _ReferencePart] = {
    **{field: _one(field, kind) for field, kind in SINGLE_REFERENCES.items()},
    **{"tags": _tags, "cart": _products, "activities": _activity_owners},
    **{own: _own(kind, own) for kind, own in OWN.items()},
}
REFERENCES: Projection[Reference] = Projection("references", _PARTS)


def added_references(before: Lead | None, after: Lead, parts: Parts) -> list[LeadReference]:
    """The references of `after` that `before` lacks, in the parts that the change touches."""
    rows = difference(REFERENCES, before, after, parts, no_country)
    if rows is None:
        return []
    return [_lead_reference(before, after, row) for row in sorted(dict.fromkeys(rows.added), key=_rank)]


_RANKS = {part: rank for rank, part in enumerate(_PARTS)}


def _rank(row: Reference) -> int:
    """The order of upserts: entries that others belong to come first."""
    return _RANKS[row.field]


def references(lead: Lead) -> list[LeadReference]:
    """All references of a lead."""
    return added_references(None, lead, {})


def _lead_reference(before: Lead | None, after: Lead, row: Reference) -> LeadReference:
    kind, field, reference = row
    if field in SINGLE_REFERENCES:
        complete = with_parents(reference, after.unit, after.department)
        implied = tuple(
            member
            for member in PARENT_MEMBERS.get(field, ())
            if getattr(complete, member) != getattr(reference, member)
        )
        return LeadReference(kind, complete, after.updated_at_ms, implied)
    if field in OWN.values() and before is not None:  # if only the id changed, the name still belongs to the old id
        is_stale = reference.id and reference.name == own_reference(field, before).name
        reference = Ref(id=reference.id) if is_stale else reference
    return LeadReference(kind, reference, after.updated_at_ms)
