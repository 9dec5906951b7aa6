"""The leads of a source or type, as rows of the Insights and filters of the lists have them. Pure.

What the account's own are called is their name in the catalogue. A text stands for what is called so, whatever its
spelling; where nothing is, for the account's own of this id. CUSTOM stands for the leads without one of their own.
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


def called(name: str | None, own_id: str | None) -> str:
    """What a thing of the account's own is shown as. One without a name goes by its id, and so does one that is called
    as those are that have none."""
    return name if name and (not own_id or matching_name(name) != _CUSTOM_KEY) else own_id or CUSTOM


class OwnFilter(NamedTuple):
    """`key` is the name that is asked for, as names are compared; an id counts only where `own_id` is set."""

    key: str
    own_id: str | None

    def has(self, shown: str, own_ids: Collection[str | None]) -> bool:
        return matching_name(shown) == self.key or (self.own_id is not None and self.own_id in own_ids)


def own_filter(catalogue: Catalogue, kind: str, text: str) -> OwnFilter:
    key = matching_name(text)
    is_name = word_of(kind, text) is not None or any(
        matching_name(called(entry.name, entry.id)) == key for entry in catalogue.of_kind(kind)
    )
    return OwnFilter(key, None if is_name else text)


def word_of(kind: str, text: str) -> str | None:
    """The source or type that both dialects know by this text, in any case."""
    word = text.strip().upper()
    word = word.removeprefix(TYPE_PREFIX) if kind == "types" else word
    return word if word in _WORDS[kind] else None


class OwnLeads(NamedTuple):
    """Which leads a text stands for: those of a word other than CUSTOM, or those of CUSTOM that have one of these ids
    of the account's own, or no id and one of these names; `none` are those that have neither."""

    word: str | None
    ids: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    none: bool = False


def leads_of(catalogue: Catalogue, kind: str, text: str) -> OwnLeads:
    """Of the ids that leads can have, each is judged as the Insights judge the lead."""
    wanted, word = own_filter(catalogue, kind, text), word_of(kind, text)
    if word == CUSTOM:
        return OwnLeads(None, none=True)
    ids: dict[str, None] = {}
    names: dict[str, None] = {}
    for reference in _references(catalogue, kind, text):
        entry = catalogue.meant(kind, reference)
        shown = called((entry and entry.name) or reference.name, entry.id if entry else reference.id)
        if wanted.has(shown, {reference.id, entry.id if entry else None}):
            if reference.id:
                ids[reference.id] = None
            elif reference.name:
                names[reference.name] = None
    return OwnLeads(word, tuple(ids), tuple(names))


def _references(catalogue: Catalogue, kind: str, text: str) -> Iterator[Ref]:
    """What leads can say that is of the text: by its id, by the ids of the entries that have to do with it, and by
    those that are made of names."""
    key = matching_name(text)
    yield from _by_name(catalogue, kind, text)
    if text not in catalogue.derived_ids(kind, text):
        yield Ref(id=text)
    for entry in catalogue.of_kind(kind):
        if _concerns(entry, text, key):
            named = [one for name in (entry.name, *entry.past_names) if name for one in _by_name(catalogue, kind, name)]
            yield from named
            made_of_names = {one.id for one in named}
            yield from (Ref(id=own_id) for own_id in {entry.id, entry.key} - made_of_names)


def _by_name(catalogue: Catalogue, kind: str, name: str) -> Iterator[Ref]:
    yield Ref(name=name)
    for own_id in catalogue.derived_ids(kind, name):
        yield Ref(id=own_id, name=name)


def _concerns(entry: Entry, text: str, key: str) -> bool:
    return entry.id == text or entry.key == text or matching_name(called(entry.name, entry.id)) == key
