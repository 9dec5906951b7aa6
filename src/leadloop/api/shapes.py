"""Codecs of objects and lists. A shape maps the members of an object to the attributes of a core part."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import UNSET

from leadloop.api.generated import Code, Shown
from leadloop.api.scalars import Codec
from leadloop.core.changes import pointer
from leadloop.core.leads.merge import same
from leadloop.core.leads.model import Lead
from leadloop.core.leads.parts import Part
from leadloop.core.problems import Problems


class Shape(Codec):
    """An object. `owned` has the members that only the server writes, and the field of the lead that each shows.

    `identified_by` makes it a reference: without any of these members it counts as empty, whatever else it contains.
    """

    def __init__(
        self,
        part: type[Part],
        members: Mapping[str, tuple[str, Codec]],
        *,
        owned: Mapping[str, str] | None = None,
        unset: Any = UNSET,
        identified_by: tuple[str, ...] = (),
    ) -> None:
        self.part = part
        self.members = members
        self.owned = owned or {}
        self.unset = unset
        self._identifying = identified_by or tuple(members)
        self._names = [*members, *self.owned]
        code = Code()
        self._show = code.function(
            "lead, value",
            [
                *((name, Shown(f"lead.{attribute}")) for name, attribute in self.owned.items()),
                *((name, code.stored(f"value.{attribute}", codec)) for name, (attribute, codec) in members.items()),
            ],
        )

    def show_in(self, lead: Lead, value: Any) -> dict[str, Any]:
        return self._show(lead, value)

    def shown(self, value: str, code: Code) -> str:
        return f"{code.constant(self._show)}(lead, {value})"

    def restore(self, value: Any) -> Any:
        return msgspec.convert(value, self.part)

    def is_zero(self, value: Any) -> bool:
        if not isinstance(value, dict):
            return super().is_zero(value)
        return all(self.members[name][1].is_zero(value[name]) for name in self._identifying if name in value)

    def report_ignored(self, value: Any, at: str, problems: Problems) -> None:
        for name, member in value.items() if isinstance(value, dict) else ():
            if name in self.owned:
                problems.owned(at + pointer(name))
            elif name in self.members:
                self.members[name][1].report_ignored(member, at + pointer(name), problems)
            else:
                problems.unknown(at + pointer(name), name, self._names)

    def is_left_out(self, value: Any, at: str, problems: Problems) -> bool:
        """Whether an object counts as empty. If it does, its unknown and server-written members are reported."""
        if not isinstance(value, dict) or not self.is_zero(value):
            return False
        self.report_ignored(value, at, problems)
        return True

    def read(self, value: Any, at: str, problems: Problems) -> Any:
        """The whole part; `None` if it counts as empty."""
        return None if self.is_left_out(value, at, problems) else self.read_part(value, at, problems)

    def read_part(self, value: Any, at: str, problems: Problems) -> Any:
        """The whole part; `None` if none of its members is set."""
        members = self.read_members(value, at, problems)
        if members is UNSET:
            return UNSET
        part = self.part(**{name: member for name, member in members.items() if member is not None})
        return None if part == self.part() else part

    def read_members(self, value: Any, at: str, problems: Problems, shown: Mapping[str, Any] | None = None) -> Any:
        """Attribute → value, or `None` to clear it; without the members that equal the shown ones."""
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
                attribute, codec = self.members[name]
                read = codec.read_or_clear(member, at + pointer(name), problems)
                if read is not UNSET:
                    members[attribute] = read
        return members


class ListOf(Codec):
    """A list that is replaced as a whole. Items that are zero values are left out."""

    def __init__(self, codec: Codec, *, unset: Any = UNSET) -> None:
        self.codec = codec
        self.unset = unset

    def read(self, value: Any, at: str, problems: Problems) -> Any:
        if not isinstance(value, list):
            return problems.refuse(at, "list_expected")
        items = []
        for index, item in enumerate(value):
            if item is None:
                problems.refuse(f"{at}/{index}", "null")
                continue
            read = self.codec.read(item, f"{at}/{index}", problems)
            if read is not UNSET and read is not None and not self.codec.is_zero(item):
                items.append(read)
        return items

    def is_zero(self, value: Any) -> bool:
        if not isinstance(value, list):
            return super().is_zero(value)
        return all(isinstance(item, dict) and self.codec.is_zero(item) for item in value)

    def report_ignored(self, value: Any, at: str, problems: Problems) -> None:
        for index, item in enumerate(value) if isinstance(value, list) else ():
            self.codec.report_ignored(item, f"{at}/{index}", problems)

    def show_in(self, lead: Lead, value: Any) -> Any:
        return [self.codec.show_in(lead, item) for item in value]

    def shown(self, value: str, code: Code) -> str:
        return f"[{self.codec.shown('item', code)} for item in {value}]"

    def restore(self, value: Any) -> Any:
        return [self.codec.restore(item) for item in value]
