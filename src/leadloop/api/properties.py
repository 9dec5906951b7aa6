"""The properties of a lead on the wire: each knows what it shows of the lead, and what a submitted value changes.

`read_change` runs on the current lead, inside the write. It drops what equals the view, then validates,
then files what is left under the core's names (semantics section 1). Pure.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import UNSET

from leadloop.api.scalars import Kind
from leadloop.api.shapes import ListOf, Shape
from leadloop.core.changes import pointer
from leadloop.core.leads.merge import same
from leadloop.core.leads.model import Lead
from leadloop.core.leads.patch import LeadPatch
from leadloop.core.problems import Problems

Named = dict[str, Any]


class Property(ABC):
    """`covers` says which stored fields it stands for: core pointer → pointer in the dialect.

    A core pointer ending in `/` stands for all below it, which keep their rest where the other ends in `/` too.
    `shows` says which of them are shown as they are stored, and as what kind of value.
    """

    covers: Mapping[str, str] = {}
    shows: Mapping[str, Kind] = {}

    @abstractmethod
    def show(self, lead: Lead) -> Any: ...

    @abstractmethod
    def read_change(self, value: Any, lead: Lead, at: str, problems: Problems, named: Named) -> None:
        """File what a submitted value changes."""


class Writable(Property):
    """A property that the client writes: what equals the view is dropped before it is read."""

    def read_change(self, value: Any, lead: Lead, at: str, problems: Problems, named: Named) -> None:
        if not same(value, self.show(lead)):
            self.read(value, lead, at, problems, named)

    @abstractmethod
    def read(self, value: Any, lead: Lead, at: str, problems: Problems, named: Named) -> None:
        """File a value that differs from what is shown. Null clears."""


class Plain(Writable):
    """One stored field that is replaced as a whole."""

    def __init__(self, name: str, attribute: str, kind: Kind, *, nullable: bool = True) -> None:
        self.covers = {pointer(attribute): pointer(name)}
        self.shows = {pointer(attribute): kind}
        self._attribute = attribute
        self._kind = kind
        self._nullable = nullable

    def show(self, lead: Lead) -> Any:
        value = getattr(lead, self._attribute)
        return self._kind.unset if value is None else self._kind.show_in(lead, value)

    def read(self, value: Any, lead: Lead, at: str, problems: Problems, named: Named) -> None:
        if value is None and not self._nullable:
            problems.refuse(at, "null_leave_out")
            return
        read = self._kind.read_or_clear(value, at, problems)
        if read is not UNSET:
            named[self._attribute] = read


class Owned(Property):
    """Written by the server only."""

    def __init__(self, show: Callable[[Lead], Any], place: tuple[str, str, Kind] | None = None) -> None:
        """`place` is for what is stored: core pointer, pointer in the dialect, kind."""
        self._show = show
        if place is not None:
            core, wire, kind = place
            self.covers, self.shows = {core: wire}, {core: kind}

    def show(self, lead: Lead) -> Any:
        return self._show(lead)

    def read_change(self, value: Any, lead: Lead, at: str, problems: Problems, named: Named) -> None:
        problems.owned(at, same(value, self._show(lead)))


class Member(Writable):
    """One member of a stored part that merges by member."""

    def __init__(self, name: str, attribute: str, member: str, kind: Kind) -> None:
        self.covers = {pointer(attribute, member): pointer(name)}
        self.shows = {pointer(attribute, member): kind}
        self._attribute = attribute
        self._member = member
        self._kind = kind

    def show(self, lead: Lead) -> Any:
        part = getattr(lead, self._attribute)
        value = None if part is None else getattr(part, self._member)
        return self._kind.unset if value is None else self._kind.show(value)

    def read(self, value: Any, lead: Lead, at: str, problems: Problems, named: Named) -> None:
        read = self._kind.read_or_clear(value, at, problems)
        if read is not UNSET:
            named.setdefault(self._attribute, {})[self._member] = read


class Key(Writable):
    """One key of a stored map."""

    def __init__(self, name: str, attribute: str, key: str, kind: Kind) -> None:
        self.covers = {pointer(attribute, key): pointer(name)}
        self.shows = {pointer(attribute, key): kind}
        self._attribute = attribute
        self._key = key
        self._kind = kind

    def show(self, lead: Lead) -> Any:
        value = getattr(lead, self._attribute).get(self._key)
        return self._kind.unset if value is None else self._kind.show(value)

    def read(self, value: Any, lead: Lead, at: str, problems: Problems, named: Named) -> None:
        read = self._kind.read_or_clear(value, at, problems)
        if read is not UNSET:
            named.setdefault(self._attribute, {})[self._key] = read


class Merged(Writable):
    """A stored part that merges by member."""

    def __init__(self, name: str, attribute: str, shape: Shape) -> None:
        self.covers = {pointer(attribute, core): pointer(name, wire) for wire, (core, _) in shape.members.items()}
        self.shows = {pointer(attribute, core): kind for core, kind in shape.members.values()}
        self._attribute = attribute
        self._shape = shape

    def show(self, lead: Lead) -> Any:
        value = getattr(lead, self._attribute)
        return self._shape.unset if value is None else self._shape.show_in(lead, value)

    def read(self, value: Any, lead: Lead, at: str, problems: Problems, named: Named) -> None:
        if value is None:
            named[self._attribute] = None
            return
        shown = self.show(lead)
        members = self._shape.read_members(value, at, problems, shown if isinstance(shown, dict) else None)
        if members is not UNSET:
            named[self._attribute] = members


class Keyed(Writable):
    """A stored map that merges by key; `kinds` has the keys with a kind of their own."""

    def __init__(
        self, name: str, attribute: str, kind: Kind, *, unset: Any = UNSET, kinds: Mapping[str, Kind] | None = None
    ) -> None:
        self.covers = {pointer(attribute) + "/": pointer(name) + "/"}
        self.shows = {pointer(attribute) + "/": kind, **{pointer(attribute, k): v for k, v in (kinds or {}).items()}}
        self._attribute = attribute
        self._kind = kind
        self._kinds = kinds or {}
        self._unset = unset

    def show(self, lead: Lead) -> Any:
        stored = getattr(lead, self._attribute)
        if not stored:
            return self._unset
        return {key: self._kinds.get(key, self._kind).show(value) for key, value in stored.items()}

    def read_change(self, value: Any, lead: Lead, at: str, problems: Problems, named: Named) -> None:
        """Equal entries are dropped one by one, so there is no need to show the whole map."""
        self.read(value, lead, at, problems, named)

    def read(self, value: Any, lead: Lead, at: str, problems: Problems, named: Named) -> None:
        if value is None:
            named[self._attribute] = None
            return
        if not isinstance(value, dict):
            problems.refuse(at, "object_expected")
            return
        stored = getattr(lead, self._attribute)
        entries: Named = {}
        for key, entry in value.items():
            kind = self._kinds.get(key, self._kind)
            if entry is not None and key in stored and same(entry, kind.show(stored[key])):
                continue
            read = kind.read_or_clear(entry, at + pointer(key), problems)
            if read is not UNSET:
                entries[key] = read
        named[self._attribute] = entries


class ItemsOf(Writable):
    """A stored list of items that are upserted by key, else appended. `[]` changes nothing, null removes all."""

    def __init__(self, name: str, attribute: str, shape: Shape, *, key: str, unset: Any = UNSET) -> None:
        self.covers = {pointer(attribute) + "/": pointer(name) + "/"}
        self.shows = {pointer(attribute) + "/": shape, pointer(attribute): ListOf(shape)}
        self._attribute = attribute
        self._shape = shape
        self._key = key
        self._core_key = shape.members[key][0]
        self._unset = unset

    def show(self, lead: Lead) -> Any:
        return [self._shape.show_in(lead, item) for item in self.items(lead)] or self._unset

    def items(self, lead: Lead) -> list[Any]:
        stored: list[Any] = getattr(lead, self._attribute)
        return stored

    def read(self, value: Any, lead: Lead, at: str, problems: Problems, named: Named) -> None:
        if value is None:
            named[self._attribute] = None
            return
        if not isinstance(value, list):
            problems.refuse(at, "list_expected")
            return
        stored = {getattr(item, self._core_key): item for item in getattr(lead, self._attribute)}
        items = []
        for index, item in enumerate(value):
            here = f"{at}/{index}"
            members = self.read_item(item, stored, lead, here, problems)
            if members:
                items.append(members)
                if (key := members.get(self._core_key)) is not None:
                    stored[key] = None  # not what is shown any more, but not new either
        named[self._attribute] = items

    def read_item(self, item: Any, stored: Mapping[Any, Any], lead: Lead, at: str, problems: Problems) -> Named | None:
        """The members to write of one item, its key among them; `None` where nothing is to be written."""
        if self._shape.leaves_out(item, at, problems):
            return None
        key = item.get(self._key) if isinstance(item, dict) else None
        present = stored.get(key) if isinstance(key, str) else None
        shown = None if present is None else self._shape.show_in(lead, present)
        members = self._shape.read_members(item, at, problems, shown)
        if members is UNSET or not members:
            return None
        if present is not None:
            members[self._core_key] = key
        return self.complete(members, not isinstance(key, str) or key not in stored, at, problems)

    def complete(self, members: Named, is_new: bool, at: str, problems: Problems) -> Named | None:
        """A last look at an item, for shapes that ask something of new ones."""
        return members


def read_patch(
    properties: Mapping[str, Property],
    body: Named,
    lead: Lead,
    problems: Problems,
    also: Callable[[Named, Problems], None] | None = None,
) -> LeadPatch:
    """The patch that `body` means for `lead`. Raises `InvalidFields` with every problem at once.

    `also` is a dialect's own rule about the lead as a whole.
    """
    named: Named = {}
    for name, value in body.items():
        found = properties.get(name)
        if found is None:
            problems.unknown(pointer(name), name, properties)
        else:
            found.read_change(value, lead, pointer(name), problems, named)
    if also is not None:
        also(named, problems)
    problems.finish()
    return LeadPatch(**named)


def naming(properties: Mapping[str, Property]) -> Callable[[str], str | None]:
    """From a stored field's pointer to the dialect's; `None` for one that the dialect does not have."""
    names = {core: wire for found in properties.values() for core, wire in found.covers.items()}

    def name(field: str) -> str | None:
        if field in names:
            return names[field]
        head = field.split("/", 2)[1]
        prefix = names.get(f"/{head}/")
        if prefix is None or not prefix.endswith("/"):
            return prefix
        rest = field.removeprefix(f"/{head}")
        return prefix + rest[1:] if rest else prefix.removesuffix("/")

    return name
