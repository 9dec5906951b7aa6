"""Where a lead's department and interest belong: the one to a unit, the other to both (expad.md section 3). Pure."""

from collections.abc import Callable, Mapping
from typing import Any, cast

from msgspec import structs

from leadloop.core.catalogue.catalogue import Catalogue
from leadloop.core.leads.parts import Ref

PLACED = {"department": ("unit_id",), "interest": ("unit_id", "department_id")}
"""The references of a lead that belong somewhere, and the members that say where."""

PLACE_KINDS = {"departments": frozenset({"units"}), "interests": frozenset({"units", "departments"})}
"""What entries of a kind belong to."""


def with_scope(reference: Any, unit: Ref | None, department: Ref | None) -> Any:
    """The reference; what it leaves unset of where it belongs is where its lead is, as far as that has ids."""
    where = {"unit_id": unit and unit.id, "department_id": department and department.id}
    unset = {
        member: value
        for member, value in where.items()
        if value and member in reference.__struct_fields__ and getattr(reference, member) is None
    }
    return structs.replace(reference, **unset) if unset else reference


def scope_setter(catalogue: Catalogue, place: Mapping[str, Any], field: str) -> Callable[[Any], Any]:
    """`with_scope` for a lead's `field`. `place` has the references of the lead as it will be."""
    if field not in PLACED:
        return lambda reference: reference
    unit, department = _known(catalogue, "units", place["unit"]), None
    if field == "interest" and place["department"]:
        department = _known(catalogue, "departments", with_scope(place["department"], unit, None))
    return lambda reference: with_scope(reference, unit, department)


def _known(catalogue: Catalogue, kind: str, reference: Any) -> Ref | None:
    """By its id: of a mere name that nobody has given one, the one made of the name."""
    if reference is None or reference.id or not reference.name:
        return cast(Ref | None, reference)
    entry = None if catalogue.is_ambiguous(kind, reference) else catalogue.meant(kind, reference)
    return Ref(id=catalogue.derived_id(kind, reference.name) if entry is None else entry.id)
