"""Resolves the references in a patch with the catalogue (expad.md section 2), and its currency. Pure.

The entry fills the members that the reference leaves unset; members that were sent stay as they are. A department is
looked up in the lead's unit, an interest in its unit and department; if several entries still fit, nothing is filled.
An entry that consists of a name only and is not managed fills nothing. A reference that repeats what the lead has, and
means the same entry, leaves the lead unchanged, even if the catalogue has more by now.

A lead has a currency of its own only where it differs from the account's: writing the account's clears it.
"""

from collections.abc import Callable, Iterable, Mapping
from itertools import chain
from operator import attrgetter
from typing import Any

from msgspec import UNSET, structs

from leadloop.core.catalogue.assignment import placement_of
from leadloop.core.catalogue.catalogue import Catalogue
from leadloop.core.catalogue.learn import SINGLE_REFERENCES, own_reference
from leadloop.core.catalogue.model import OWN, reference
from leadloop.core.catalogue.parents import parent_setter
from leadloop.core.leads.model import Lead
from leadloop.core.leads.normalize import matching_name
from leadloop.core.leads.parts import Cart, CartLine, Part, Ref, Tag
from leadloop.core.leads.patch import LeadPatch

_OWN_FIELDS = {kind: (f"custom_{own}_id", f"custom_{own}_name") for kind, own in OWN.items()}


def needs_catalogue(patch: LeadPatch) -> bool:
    """Whether the patch has references or a currency; most have none of them and need no catalogue."""
    return _RESOLVED(patch) != _NONE


def _unchanged(reference: Any) -> Any:
    return reference


def resolve(catalogue: Catalogue, lead: Lead, patch: LeadPatch) -> LeadPatch:
    """The patch with its references and currency resolved."""
    filled: dict[str, Any] = {}
    if patch.currency and patch.currency == catalogue.options.currency:
        filled["currency"] = None
    for name, kind in SINGLE_REFERENCES.items():
        if sent := getattr(patch, name):
            stored, placement = getattr(lead, name), {**placement_of(lead, patch), **filled}
            to_query = parent_setter(catalogue, placement, name)
            filled[name] = _fill(catalogue, kind, sent, [stored] if stored else [], to_query)
    for name, fill in _MANY.items():
        if sent := getattr(patch, name):
            filled[name] = fill(catalogue, lead, sent)
    for kind, own in OWN.items():
        filled |= _fill_own(catalogue, kind, own, lead, patch)
    return structs.replace(patch, **filled) if filled else patch


def _fill(
    catalogue: Catalogue, kind: str, sent: Any, stored: Iterable[Any], to_query: Callable[[Any], Any] = _unchanged
) -> Any:
    """The reference with the entry's members. `to_query` adds the reference's parents, to look it up."""
    query = to_query(sent)
    entry = catalogue.resolve(kind, query)
    if entry is None or not (entry.given or entry.managed):
        return sent
    for present in stored:
        is_stored = _has_all_members(present, sent) and (present.id or not entry.given)
        if is_stored and catalogue.find(kind, to_query(present)) is entry:
            return present
    return _fill_unset(sent, reference(entry), query)


def _has_all_members(present: Part, sent: Part) -> bool:
    """Whether `present` has every member that was sent, with the same value."""
    if type(present) is not type(sent):
        return False
    members = zip(structs.astuple(present), structs.astuple(sent), strict=True)
    return all(sent_value is None or sent_value == stored_value for stored_value, sent_value in members)


def _fill_unset(sent: Any, entry: Any, query: Any) -> Any:
    """The sent reference with its unset members filled, except with a unit or department other than the lead's."""
    unset = {
        name: value
        for name in sent.__struct_fields__
        if getattr(sent, name) is None
        and (value := getattr(entry, name)) is not None
        and getattr(query, name) in (None, value)
    }
    return structs.replace(sent, **unset) if unset else sent


def _fill_tags(catalogue: Catalogue, lead: Lead, tags: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [_fill_tag(catalogue, lead, members) for members in tags]


def _fill_tag(catalogue: Catalogue, lead: Lead, members: Mapping[str, Any]) -> Mapping[str, Any]:
    """The tag with the entry's members. Members that the lead's own tag has set are kept."""
    sent = Tag(id=members.get("id") or None, name=members.get("name") or None)
    present = next((tag for tag in lead.tags if _is_same_tag(tag, sent)), Tag())
    entry = catalogue.resolve("tags", sent if sent.id or not present.id else present)
    if entry is None or not (entry.given or entry.managed):
        return members
    entry_reference, filled = reference(entry), dict(members)
    for name in ("id", "name", "color"):
        unset = not members[name] if name in members else getattr(present, name) is None
        if unset and (value := getattr(entry_reference, name)) is not None:
            filled[name] = value
    return filled


def _is_same_tag(tag: Tag, sent: Tag) -> bool:
    if sent.id or not (sent.name and tag.name):
        return bool(sent.id) and tag.id == sent.id
    return sent.name == tag.name or matching_name(sent.name) == matching_name(tag.name)


def _fill_cart(catalogue: Catalogue, lead: Lead, cart: Cart) -> Cart:
    stored = [line.product for line in lead.cart.lines if line.product] if lead.cart else []
    return structs.replace(cart, lines=[_fill_line(catalogue, stored, line) for line in cart.lines])


def _fill_line(catalogue: Catalogue, stored: Iterable[Any], line: CartLine) -> CartLine:
    if line.product is None:
        return line
    return structs.replace(line, product=_fill(catalogue, "products", line.product, stored))


def _fill_own(catalogue: Catalogue, kind: str, own: str, lead: Lead, patch: LeadPatch) -> dict[str, Any]:
    """The fields of a custom source or type that the patch leaves out."""
    id_field, name_field = _OWN_FIELDS[kind]
    sent = Ref(id=getattr(patch, id_field) or None, name=getattr(patch, name_field) or None)
    if sent == Ref() or (sent.id and sent.name):
        return {}
    filled = _fill(catalogue, kind, sent, [own_reference(own, lead)])
    if not filled.id and (entry := catalogue.resolve(kind, sent)):
        filled = structs.replace(filled, id=entry.id)  # an id that was derived from another spelling of the name
    return {
        field: value
        for field, value, sent_value in ((id_field, filled.id, sent.id), (name_field, filled.name, sent.name))
        if sent_value is None and value is not None
    }


_MANY: dict[str, Callable[[Catalogue, Lead, Any], Any]] = {"tags": _fill_tags, "cart": _fill_cart}
"""Fields with several references."""
_FIELDS = (*SINGLE_REFERENCES, *_MANY, *chain(*_OWN_FIELDS.values()), "currency")
_RESOLVED = attrgetter(*_FIELDS)
_NONE = (UNSET,) * len(_FIELDS)
