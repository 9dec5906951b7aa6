"""Which leads belong to a source or type, for the rows of the Insights and the filters of the lists. Pure.

The account's own sources and types have the name that the catalogue has for them. A text stands for the source or type
of that name, in any spelling; if there is none, for the account's own one with that id. CUSTOM stands for the leads
without a custom source or type of the account.
"""

from collections.abc import Collection, Iterator
from typing import NamedTuple

from leadloop.core.catalogue.catalogue import Catalogue
from leadloop.core.catalogue.model import Entry
from leadloop.core.leads.normalize import matching_name
from leadloop.core.leads.parts import Ref
from leadloop.core.leads.source import SOURCES, TYPE_PREFIX, TYPES

CUSTOM = "CUSTOM"
_CUSTOM_KEY = matching_name(CUSTOM)
_WORDS = {"sources": SOURCES, "types": TYPES}


def display_name(name: str | None, own_id: str | None) -> str:
    """The name under which an account's own source or type is shown. It is the id if there is no name, or if the name
    is CUSTOM, which stands for leads without one."""
    return name if name and (not own_id or matching_name(name) != _CUSTOM_KEY) else own_id or CUSTOM


class OwnFilter(NamedTuple):
    """`key` is the key of the requested name (`matching_name`); ids are compared only if `own_id` is set."""

    key: str
    own_id: str | None

    def matches(self, shown: str, own_ids: Collection[str | None]) -> bool:
        return matching_name(shown) == self.key or (self.own_id is not None and self.own_id in own_ids)


def own_filter(catalogue: Catalogue, kind: str, text: str) -> OwnFilter:
    key = matching_name(text)
    is_name = word_of(kind, text) is not None or any(
        matching_name(display_name(entry.name, entry.id)) == key for entry in catalogue.of_kind(kind)
    )
    return OwnFilter(key, None if is_name else text)


def word_of(kind: str, text: str) -> str | None:
    """The source or type, common to both dialects, that the text names in any case."""
    word = text.strip().upper()
    word = word.removeprefix(TYPE_PREFIX) if kind == "types" else word
    return word if word in _WORDS[kind] else None


class OwnLeads(NamedTuple):
    """The leads for which a text stands: the leads of `word`, which is not CUSTOM; and of the leads of CUSTOM the ones
    with a custom id in `ids`, or no id and a name in `names`, or with `none` neither id nor name."""

    word: str | None
    ids: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    none: bool = False


def own_leads(catalogue: Catalogue, kind: str, text: str) -> OwnLeads:
    """Decides for each id and name that leads can have as the Insights do for a lead."""
    criterion, word = own_filter(catalogue, kind, text), word_of(kind, text)
    if word == CUSTOM:
        return OwnLeads(None, none=True)
    ids: dict[str, None] = {}
    names: dict[str, None] = {}
    for reference in _references(catalogue, kind, text):
        entry = catalogue.find(kind, reference)
        shown = display_name((entry and entry.name) or reference.name, entry.id if entry else reference.id)
        if criterion.matches(shown, {reference.id, entry.id if entry else None}):
            if reference.id:
                ids[reference.id] = None
            elif reference.name:
                names[reference.name] = None
    return OwnLeads(word, tuple(ids), tuple(names))


def _references(catalogue: Catalogue, kind: str, text: str) -> Iterator[Ref]:
    """The references in leads that may stand for the text: the text as name or id, the ids of the entries that it
    concerns, and the ids derived from their names."""
    key = matching_name(text)
    yield from _by_name(catalogue, kind, text)
    if text not in catalogue.derived_ids(kind, text):
        yield Ref(id=text)
    for entry in catalogue.of_kind(kind):
        if _is_about(entry, text, key):
            names = [name for name in (entry.name, *entry.past_names) if name]
            references = [reference for name in names for reference in _by_name(catalogue, kind, name)]
            yield from references
            derived_ids = {reference.id for reference in references}
            yield from (Ref(id=own_id) for own_id in {entry.id, entry.key} - derived_ids)


def _by_name(catalogue: Catalogue, kind: str, name: str) -> Iterator[Ref]:
    yield Ref(name=name)
    for own_id in catalogue.derived_ids(kind, name):
        yield Ref(id=own_id, name=name)


def _is_about(entry: Entry, text: str, key: str) -> bool:
    return entry.id == text or entry.key == text or matching_name(display_name(entry.name, entry.id)) == key
