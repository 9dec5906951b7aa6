"""References in a patch matched with the catalogue (expad.md section 2). Pure.

A match fills what the reference leaves unset; what was sent stays as it was sent. A department is looked for in the
lead's unit, an interest in its unit and department; where several things still fit, nothing is filled. What is known by
its name alone, and was set by nobody, fills nothing. A reference that says nothing but what the lead says already, and
means the same, leaves the lead as it is: the catalogue may have learnt more since.
"""

from collections.abc import Callable, Iterable, Mapping
from itertools import chain
from operator import attrgetter
from typing import Any

from msgspec import UNSET, structs

from leadloop.core.catalogue.assignment import place_of
from leadloop.core.catalogue.catalogue import Catalogue
from leadloop.core.catalogue.learn import ONES, own_reference
from leadloop.core.catalogue.model import OWN, reference
from leadloop.core.catalogue.scope import scope_setter
from leadloop.core.leads.model import Lead
from leadloop.core.leads.normalize import matching_name
from leadloop.core.leads.parts import Cart, CartLine, Part, Ref, Tag
from leadloop.core.leads.patch import LeadPatch

_OWN_FIELDS = {kind: (f"custom_{own}_id", f"custom_{own}_name") for kind, own in OWN.items()}


def has_references(patch: LeadPatch) -> bool:
    """Most patches have none, and need no catalogue."""
    return _REFERENCES(patch) != _NONE


def _as_it_is(reference: Any) -> Any:
    return reference


def resolve(catalogue: Catalogue, lead: Lead, patch: LeadPatch) -> LeadPatch:
    """The patch with its references filled."""
    found: dict[str, Any] = {}
    for name, kind in ONES.items():
        if sent := getattr(patch, name):
            stored, place = getattr(lead, name), {**place_of(lead, patch), **found}
            asking = scope_setter(catalogue, place, name)
            found[name] = _filled(catalogue, kind, sent, [stored] if stored else [], asking)
    for name, fill in _MANY.items():
        if sent := getattr(patch, name):
            found[name] = fill(catalogue, lead, sent)
    for kind, own in OWN.items():
        found |= _filled_own(catalogue, kind, own, lead, patch)
    return structs.replace(patch, **found) if found else patch


def _filled(
    catalogue: Catalogue, kind: str, sent: Any, stored: Iterable[Any], asking: Callable[[Any], Any] = _as_it_is
) -> Any:
    """`asking` says what is looked for instead of a reference."""
    asked = asking(sent)
    entry = catalogue.match(kind, asked)
    if entry is None or not (entry.given or entry.managed):
        return sent
    for present in stored:
        known = _says_all(present, sent) and (present.id or not entry.given)
        if known and catalogue.meant(kind, asking(present)) is entry:
            return present
    return _with(sent, reference(entry), asked)


def _says_all(present: Part, sent: Part) -> bool:
    """Whether nothing was sent but what is there."""
    if type(present) is not type(sent):
        return False
    members = zip(structs.astuple(present), structs.astuple(sent), strict=True)
    return all(said is None or said == there for there, said in members)


def _with(sent: Any, entry: Any, asked: Any) -> Any:
    """What was sent, its unset members filled; but not with another place than the lead's."""
    unset = {
        name: value
        for name in sent.__struct_fields__
        if getattr(sent, name) is None
        and (value := getattr(entry, name)) is not None
        and getattr(asked, name) in (None, value)
    }
    return structs.replace(sent, **unset) if unset else sent


def _filled_tags(catalogue: Catalogue, lead: Lead, tags: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [_filled_tag(catalogue, lead, members) for members in tags]


def _filled_tag(catalogue: Catalogue, lead: Lead, members: Mapping[str, Any]) -> Mapping[str, Any]:
    """A tag that the lead has keeps what it has there."""
    sent = Tag(id=members.get("id") or None, name=members.get("name") or None)
    present = next((tag for tag in lead.tags if _is_of(tag, sent)), Tag())
    entry = catalogue.match("tags", sent if sent.id or not present.id else present)
    if entry is None or not (entry.given or entry.managed):
        return members
    known, filled = reference(entry), dict(members)
    for name in ("id", "name", "color"):
        unset = not members[name] if name in members else getattr(present, name) is None
        if unset and (value := getattr(known, name)) is not None:
            filled[name] = value
    return filled


def _is_of(tag: Tag, sent: Tag) -> bool:
    if sent.id or not (sent.name and tag.name):
        return bool(sent.id) and tag.id == sent.id
    return sent.name == tag.name or matching_name(sent.name) == matching_name(tag.name)


def _filled_cart(catalogue: Catalogue, lead: Lead, cart: Cart) -> Cart:
    stored = [line.product for line in lead.cart.lines if line.product] if lead.cart else []
    return structs.replace(cart, lines=[_filled_line(catalogue, stored, line) for line in cart.lines])


def _filled_line(catalogue: Catalogue, stored: Iterable[Any], line: CartLine) -> CartLine:
    if line.product is None:
        return line
    return structs.replace(line, product=_filled(catalogue, "products", line.product, stored))


def _filled_own(catalogue: Catalogue, kind: str, own: str, lead: Lead, patch: LeadPatch) -> dict[str, Any]:
    """Of a custom source or type, the member that was left out."""
    id_field, name_field = _OWN_FIELDS[kind]
    sent = Ref(id=getattr(patch, id_field) or None, name=getattr(patch, name_field) or None)
    if sent == Ref() or (sent.id and sent.name):
        return {}
    filled = _filled(catalogue, kind, sent, [own_reference(own, lead)])
    if not filled.id and (entry := catalogue.match(kind, sent)):  # the id that was made of another spelling of the name
        filled = structs.replace(filled, id=entry.id)
    return {
        field: value
        for field, value, said in ((id_field, filled.id, sent.id), (name_field, filled.name, sent.name))
        if said is None and value is not None
    }


_MANY: dict[str, Callable[[Catalogue, Lead, Any], Any]] = {"tags": _filled_tags, "cart": _filled_cart}
"""The fields with several references."""
_REFERENCES = attrgetter(*ONES, *_MANY, *chain(*_OWN_FIELDS.values()))
_NONE = (UNSET,) * len((*ONES, *_MANY, *chain(*_OWN_FIELDS.values())))
