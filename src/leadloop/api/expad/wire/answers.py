"""`fields`: the answers of the lead in Expad (semantics section 1)."""

from collections.abc import Mapping
from typing import Any

import msgspec

from leadloop.api.body import KEY_LIMIT_BYTES
from leadloop.api.expad.wire.shapes import LONG_TEXT, TEXT, lead_id
from leadloop.api.outside_ids import EXPECTED, is_outside_id
from leadloop.api.properties import ItemsOf, Named
from leadloop.api.scalars import Kind, Text
from leadloop.api.shapes import Shape
from leadloop.core.leads.model import Lead
from leadloop.core.leads.normalize import matching_name
from leadloop.core.leads.parts import Answer
from leadloop.core.problems import Problems

_SORTED_JSON = msgspec.json.Encoder(order="sorted").encode


class AnswerText(Kind):
    """An answer as text: what is no text is shown as its JSON, names sorted: PostgreSQL keeps no order."""

    unset = ""

    def read(self, value: Any, at: str, problems: Problems) -> Any:
        return LONG_TEXT.read(value, at, problems)

    def show(self, value: Any) -> str:
        return value if isinstance(value, str) else _SORTED_JSON(value).decode()


_KEY = Text(unset="", blank_clears=True, limit_bytes=KEY_LIMIT_BYTES)


class Fields(ItemsOf):
    """One is found by its id, the answer's key; without an id by its name. `value: null` removes it."""

    def __init__(self) -> None:
        members = {"id": ("key", _KEY), "name": ("label", TEXT), "value": ("value", AnswerText())}
        shape = Shape(Answer, members, owned={"leadId": lead_id})
        super().__init__("fields", "answers", shape, key="id", unset=[])

    def read(self, value: Any, lead: Lead, at: str, problems: Problems, named: Named) -> None:
        if not isinstance(value, list):
            super().read(value, lead, at, problems, named)
            return
        labels = {answer.key: answer.label for answer in lead.answers}
        removed: list[str] = []
        kept: list[Any] = []
        for index, item in enumerate(value):
            if not isinstance(item, dict) or self._shape.is_zero(item):
                kept.append(item)
                continue
            found = self._keyed(item, labels, f"{at}/{index}", problems)
            key = found.get("id")
            if found.get("value", "") is None and isinstance(key, str):
                removed.append(key)
                kept.append({name: found[name] for name in ("id", "leadId") if name in found})
            else:
                kept.append(found)
                if "value" in found and key in removed:
                    removed.remove(key)
        super().read(kept, lead, at, problems, named)
        named["answers"] = [
            members for members in named["answers"] if len(members) > 1 or members["key"] not in removed
        ]
        if removed:
            named["removed_answers"] = removed

    def _keyed(self, item: Named, labels: dict[str, str | None], at: str, problems: Problems) -> Named:
        """The item with its id. `labels` has the label of every known key, and learns those of this body."""
        key, name = item.get("id"), item.get("name")
        if key and isinstance(key, str):
            if key not in labels and not is_outside_id(key):
                problems.add(EXPECTED.at(f"{at}/id"))
            labels[key] = name if isinstance(name, str) else labels.get(key)
        elif not key and name and isinstance(name, str):
            known = _known_key(name, labels)
            if known is not None:
                return {**{member: value for member, value in item.items() if member != "name"}, "id": known}
            labels[name] = name
            return {**item, "id": name}
        return item

    def complete(self, members: Named, is_new: bool, at: str, problems: Problems) -> Named | None:
        if members.get("key"):
            return members
        if not problems.is_refused(f"{at}/id"):
            problems.refuse(at, "id_or_name_required")
        return None


def _known_key(name: str, labels: Mapping[str, str | None]) -> str | None:
    """The key of the answer that `name` means: by its label, in this spelling or another, else by the key itself."""
    for key, label in labels.items():
        if label == name:
            return key
    folded = matching_name(name)
    for key, label in labels.items():
        if folded and label and matching_name(label) == folded:
            return key
    return name if name in labels else None
