"""The property of a stored list whose items have keys."""

from collections.abc import Mapping
from typing import Any

from msgspec import UNSET

from leadloop.api.generated import Code, Shown
from leadloop.api.properties import Writable
from leadloop.api.shapes import ListOf, Shape
from leadloop.core.changes import pointer
from leadloop.core.leads.model import Lead
from leadloop.core.leads.patch import FieldValues
from leadloop.core.problems import Problems


class ItemList(Writable):
    """A stored list. Items with a known key are updated, others appended. `[]` changes nothing, null removes all."""

    def __init__(self, name: str, attribute: str, shape: Shape, *, key: str, unset: Any = UNSET) -> None:
        self.covers = {pointer(attribute) + "/": pointer(name) + "/"}
        self.shows = {pointer(attribute) + "/": shape, pointer(attribute): ListOf(shape)}
        self._attribute = attribute
        self._shape = shape
        self._key = key
        self._core_key = shape.members[key][0]
        self._unset = unset

    def show(self, lead: Lead) -> Any:
        show = self._shape.show_in
        return [show(lead, item) for item in self.items(lead)] or self._unset

    def shown(self, code: Code) -> Shown:
        items, unset = code.constant(self.items), code.constant(self._unset)
        return code.unless_unset(f"[{self._shape.shown('item', code)} for item in {items}(lead)] or {unset}")

    def items(self, lead: Lead) -> list[Any]:
        stored: list[Any] = getattr(lead, self._attribute)
        return stored

    def read(self, value: Any, lead: Lead, at: str, problems: Problems, fields: FieldValues) -> None:
        if value is None:
            fields[self._attribute] = None
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
                    stored[key] = None  # no longer the shown item, but not a new one either
        fields[self._attribute] = items

    def read_item(
        self, item: Any, stored: Mapping[Any, Any], lead: Lead, at: str, problems: Problems
    ) -> FieldValues | None:
        """The members to write of one item, including its key; `None` if nothing changes."""
        if self._shape.is_left_out(item, at, problems):
            return None
        key = item.get(self._key) if isinstance(item, dict) else None
        existing = stored.get(key) if isinstance(key, str) else None
        shown = None if existing is None else self._shape.show_in(lead, existing)
        members = self._shape.read_members(item, at, problems, shown)
        if members is UNSET or not members:
            return None
        if existing is not None:
            members[self._core_key] = key
        return self.complete_item(members, not isinstance(key, str) or key not in stored, at, problems)

    def complete_item(self, members: FieldValues, is_new: bool, at: str, problems: Problems) -> FieldValues | None:
        """A hook for lists that require members of new items."""
        return members
