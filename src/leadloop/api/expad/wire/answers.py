"""`fields`: the lead's answers to questions, as Expad shows them (semantics section 1)."""

from collections.abc import Mapping
from typing import Any

import msgspec

from leadloop.api.body import KEY_LIMIT_BYTES
from leadloop.api.expad.wire.shapes import LEAD_ID, LONG_TEXT, TEXT
from leadloop.api.item_lists import ItemList
from leadloop.api.outside_ids import EXPECTED, is_outside_id
from leadloop.api.scalars import Codec, Text
from leadloop.api.shapes import Shape
from leadloop.core.leads.model import Lead
from leadloop.core.leads.normalize import matching_name
from leadloop.core.leads.parts import FormAnswer
from leadloop.core.leads.patch import FieldValues
from leadloop.core.problems import Problems

_SORTED_JSON = msgspec.json.Encoder(order="sorted").encode


class AnswerText(Codec):
    """An answer as text. Other values are shown as JSON, with sorted names since PostgreSQL keeps no order."""

    unset = ""

    def read(self, value: Any, at: str, problems: Problems) -> Any:
        return LONG_TEXT.read(value, at, problems)

    def show(self, value: Any) -> str:
        return value if isinstance(value, str) else _SORTED_JSON(value).decode()


_KEY = Text(unset="", blank_clears=True, limit_bytes=KEY_LIMIT_BYTES)


class AnswerList(ItemList):
    """Identifies an answer by `id`, its key, or without an id by `name`. `value: null` removes it."""

    def __init__(self) -> None:
        members = {"id": ("key", _KEY), "name": ("label", TEXT), "value": ("value", AnswerText())}
        shape = Shape(FormAnswer, members, owned=LEAD_ID)
        super().__init__("fields", "answers", shape, key="id", unset=[])

    def read(self, value: Any, lead: Lead, at: str, problems: Problems, fields: FieldValues) -> None:
        if not isinstance(value, list):
            super().read(value, lead, at, problems, fields)
            return
        labels = {answer.key: answer.label for answer in lead.answers}
        removed: list[str] = []
        items: list[Any] = []
        for index, item in enumerate(value):
            if not isinstance(item, dict) or self._shape.is_zero(item):
                items.append(item)
                continue
            field = self._with_key(item, labels, f"{at}/{index}", problems)
            key = field.get("id")
            if field.get("value", "") is None and isinstance(key, str):
                removed.append(key)
                items.append({name: field[name] for name in ("id", "leadId") if name in field})
            else:
                items.append(field)
                if "value" in field and key in removed:
                    removed.remove(key)
        super().read(items, lead, at, problems, fields)
        fields["answers"] = [
            members for members in fields["answers"] if len(members) > 1 or members["key"] not in removed
        ]
        if removed:
            fields["removed_answers"] = removed

    def _with_key(self, item: FieldValues, labels: dict[str, str | None], at: str, problems: Problems) -> FieldValues:
        """The item with its id. `labels` has the label of every known key; those of the item are added."""
        key, name = item.get("id"), item.get("name")
        if key and isinstance(key, str):
            if key not in labels and not is_outside_id(key):
                problems.add(EXPECTED.at(f"{at}/id"))
            labels[key] = name if isinstance(name, str) else labels.get(key)
        elif not key and name and isinstance(name, str):
            known_key = _find_key(name, labels)
            if known_key is not None:
                return {**{member: value for member, value in item.items() if member != "name"}, "id": known_key}
            labels[name] = name
            return {**item, "id": name}
        return item

    def complete_item(self, members: FieldValues, is_new: bool, at: str, problems: Problems) -> FieldValues | None:
        if members.get("key"):
            return members
        if not problems.is_refused(f"{at}/id"):
            problems.refuse(at, "id_or_name_required")
        return None


def _find_key(name: str, labels: Mapping[str, str | None]) -> str | None:
    """The key of the answer with the label `name`, in this or another spelling, else `name` if it is a key."""
    for key, label in labels.items():
        if label == name:
            return key
    folded = matching_name(name)
    for key, label in labels.items():
        if folded and label and matching_name(label) == folded:
            return key
    return name if name in labels else None
