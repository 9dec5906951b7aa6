"""Parents: a department belongs to a unit, an interest to a unit and a department (expad.md section 3). Pure."""

from collections.abc import Callable, Mapping
from typing import Any, cast

from msgspec import structs

from leadloop.core.catalogue.catalogue import Catalogue
from leadloop.core.leads.parts import Ref

PARENT_MEMBERS = {"department": ("unit_id",), "interest": ("unit_id", "department_id")}
"""The references of a lead that have parents, and their members for the parents' ids."""

PARENT_KINDS = {"departments": frozenset({"units"}), "interests": frozenset({"units", "departments"})}
"""The kinds of entries to which entries of a kind belong."""


def with_parents(reference: Any, unit: Ref | None, department: Ref | None) -> Any:
    """The reference with its parents: members for them that are unset get the ids of the lead's unit and department."""
    parent_ids = {"unit_id": unit and unit.id, "department_id": department and department.id}
    unset = {
        member: value
        for member, value in parent_ids.items()
        if value and member in reference.__struct_fields__ and getattr(reference, member) is None
    }
    return structs.replace(reference, **unset) if unset else reference


def parent_setter(catalogue: Catalogue, placement: Mapping[str, Any], field: str) -> Callable[[Any], Any]:
    """Returns `with_parents` for a lead's `field`. `placement` is the lead's after the patch."""
    if field not in PARENT_MEMBERS:
        return lambda reference: reference
    unit, department = _with_id(catalogue, "units", placement["unit"]), None
    if field == "interest" and placement["department"]:
        department = _with_id(catalogue, "departments", with_parents(placement["department"], unit, None))
    return lambda reference: with_parents(reference, unit, department)


def _with_id(catalogue: Catalogue, kind: str, reference: Any) -> Ref | None:
    """The reference reduced to an id; a name without an entry gets the id that is derived from it."""
    if reference is None or reference.id or not reference.name:
        return cast(Ref | None, reference)
    entry = None if catalogue.is_ambiguous(kind, reference) else catalogue.find(kind, reference)
    return Ref(id=catalogue.derived_id(kind, reference.name) if entry is None else entry.id)
