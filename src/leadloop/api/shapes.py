"""Objects and lists on the wire, made of kinds. A shape knows which member is which attribute of a core part."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec import UNSET

from leadloop.api.scalars import Kind
from leadloop.core.changes import pointer
from leadloop.core.leads.merge import same
from leadloop.core.leads.model import Lead
from leadloop.core.leads.parts import Part
from leadloop.core.problems import Problems


class Shape(Kind):
    """An object. `owned` are the members that only the server writes, each with what it shows of the lead.

    `named_by` makes it a reference: without any of these members it refers to nothing, whatever else it says.
    """

    def __init__(
        self,
        part: type[Part],
        members: Mapping[str, tuple[str, Kind]],
        *,
        owned: Mapping[str, Callable[[Lead, Any], Any]] | None = None,
        unset: Any = UNSET,
        named_by: tuple[str, ...] = (),
    ) -> None:
        self.part = part
        self.members = members
        self.owned = owned or {}
        self.unset = unset
        self._telling = named_by or tuple(members)
        self._names = [*members, *self.owned]

    def show_in(self, lead: Lead, value: Any) -> dict[str, Any]:
        shown = {name: show(lead, value) for name, show in self.owned.items()}
        for name, (attribute, kind) in self.members.items():
            member = getattr(value, attribute)
            wire = kind.unset if member is None else kind.show_in(lead, member)
            if wire is not UNSET:
                shown[name] = wire
        return shown

    def restore(self, value: Any) -> Any:
        return msgspec.convert(value, self.part)

    def is_zero(self, value: Any) -> bool:
        if not isinstance(value, dict):
            return super().is_zero(value)
        return all(self.members[name][1].is_zero(value[name]) for name in self._telling if name in value)

    def report_ignored(self, value: Any, at: str, problems: Problems) -> None:
        for name, member in value.items() if isinstance(value, dict) else ():
            if name in self.owned:
                problems.owned(at + pointer(name))
            elif name in self.members:
                self.members[name][1].report_ignored(member, at + pointer(name), problems)
            else:
                problems.unknown(at + pointer(name), name, self._names)

    def leaves_out(self, value: Any, at: str, problems: Problems) -> bool:
        """Whether an object counts as empty; the members in it that are not taken are named all the same."""
        if not isinstance(value, dict) or not self.is_zero(value):
            return False
        self.report_ignored(value, at, problems)
        return True

    def read(self, value: Any, at: str, problems: Problems) -> Any:
        """The whole part; `None` for one that counts as empty."""
        return None if self.leaves_out(value, at, problems) else self.read_part(value, at, problems)

    def read_part(self, value: Any, at: str, problems: Problems) -> Any:
        """The whole part; `None` when nothing in it is set."""
        members = self.read_members(value, at, problems)
        if members is UNSET:
            return UNSET
        part = self.part(**{name: member for name, member in members.items() if member is not None})
        return None if part == self.part() else part

    def read_members(self, value: Any, at: str, problems: Problems, shown: Mapping[str, Any] | None = None) -> Any:
        """Attribute → value or `None`, leaving out the members that equal what is shown."""
        if not isinstance(value, dict):
            return problems.refuse(at, "object_expected")
        members: dict[str, Any] = {}
        for name, member in value.items():
            is_shown = shown is not None and name in shown and same(member, shown[name])
            if name in self.owned:
                problems.owned(at + pointer(name), is_shown)
            elif name not in self.members:
                problems.unknown(at + pointer(name), name, self._names)
            elif not is_shown:
                attribute, kind = self.members[name]
                read = kind.read_or_clear(member, at + pointer(name), problems)
                if read is not UNSET:
                    members[attribute] = read
        return members


class ListOf(Kind):
    """A list of one kind, taken as a whole. Items that are zero are left out."""

    def __init__(self, kind: Kind, *, unset: Any = UNSET) -> None:
        self.kind = kind
        self.unset = unset

    def read(self, value: Any, at: str, problems: Problems) -> Any:
        if not isinstance(value, list):
            return problems.refuse(at, "list_expected")
        items = []
        for index, item in enumerate(value):
            if item is None:
                problems.refuse(f"{at}/{index}", "null")
                continue
            read = self.kind.read(item, f"{at}/{index}", problems)
            if read is not UNSET and read is not None and not self.kind.is_zero(item):
                items.append(read)
        return items

    def is_zero(self, value: Any) -> bool:
        if not isinstance(value, list):
            return super().is_zero(value)
        return all(isinstance(item, dict) and self.kind.is_zero(item) for item in value)

    def report_ignored(self, value: Any, at: str, problems: Problems) -> None:
        for index, item in enumerate(value) if isinstance(value, list) else ():
            self.kind.report_ignored(item, f"{at}/{index}", problems)

    def show_in(self, lead: Lead, value: Any) -> Any:
        return [self.kind.show_in(lead, item) for item in value]

    def restore(self, value: Any) -> Any:
        return [self.kind.restore(item) for item in value]
