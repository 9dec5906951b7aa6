"""Properties of the LeadSail lead that do not map to one stored field (semantics section 1)."""

from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec
from msgspec import UNSET

from leadloop.api.generated import Code, Shown
from leadloop.api.item_lists import ItemList
from leadloop.api.leadsail.wire.shapes import ADDRESS, CLICKS, NOTE, QUESTION, STATUS, TEXT
from leadloop.api.properties import MergedMap, MergedPart, Property, Writable
from leadloop.api.scalars import Codec, Text
from leadloop.api.shapes import ListOf
from leadloop.core.changes import pointer
from leadloop.core.errors import Problem
from leadloop.core.leads.model import Lead
from leadloop.core.leads.parts import PINNED_NOTE, Note, Tag
from leadloop.core.leads.patch import FieldValues
from leadloop.core.problems import Problems


class PostalAddress(MergedPart):
    """The parts of the address. An address that was written as one text is shown as its street."""

    def __init__(self) -> None:
        super().__init__("address", "address", ADDRESS)
        self.covers = {**self.covers, "/address_text": "/address/street"}

    def show(self, lead: Lead) -> Any:
        if lead.address_text is not None:
            return {"street": lead.address_text}
        return super().show(lead)

    def shown(self, code: Code) -> Shown:
        return Property.shown(self, code)

    def read(self, value: Any, lead: Lead, at: str, problems: Problems, fields: FieldValues) -> None:
        super().read(value, lead, at, problems, fields)
        if fields.get("address") == {}:
            del fields["address"]  # an empty object leaves an address text unchanged


class Notes(ItemList):
    """All notes, including the pinned one unless it has no text."""

    def __init__(self) -> None:
        super().__init__("notes", "notes", NOTE, key="id")

    def items(self, lead: Lead) -> list[Note]:
        return [note for note in lead.notes if note.id != PINNED_NOTE or note.text]

    def complete_item(self, members: FieldValues, is_new: bool, at: str, problems: Problems) -> FieldValues | None:
        if is_new and not members.get("text"):
            _require(Problem("note_text_required", at + "/text"), problems)
            return None
        return {name: member for name, member in members.items() if not is_new or member is not None}


class Questionnaire(ItemList):
    def __init__(self) -> None:
        super().__init__("questionnaire", "answers", QUESTION, key="key")

    def complete_item(self, members: FieldValues, is_new: bool, at: str, problems: Problems) -> FieldValues | None:
        if members.get("key"):
            return members
        _require(Problem("question_key_required", at + "/key"), problems)
        return None


class RemovedAnswers(Writable):
    """`deleteQuestionnaireKeys`: an instruction, never shown."""

    _KEYS = ListOf(TEXT)

    def show(self, lead: Lead) -> Any:
        return UNSET

    def read(self, value: Any, lead: Lead, at: str, problems: Problems, fields: FieldValues) -> None:
        if value is None:
            return
        keys = self._KEYS.read(value, at, problems)
        if keys is not UNSET:
            fields["removed_answers"] = keys


class Clicks(Writable):
    """`attribution`: the stored part `attribution`, with the stored map `params` as one of its members."""

    _PARAMS: ClassVar = MergedMap("params", "params", TEXT)
    _PART: ClassVar = MergedPart("attribution", "attribution", CLICKS)
    _MEMBERS: ClassVar = ("params", *CLICKS.members)

    def __init__(self) -> None:
        self.covers = {**self._PART.covers, "/params/": "/attribution/params/"}
        self.shows = {**self._PART.shows, **self._PARAMS.shows}

    def show(self, lead: Lead) -> Any:
        params, part = self._PARAMS.show(lead), self._PART.show(lead)
        shown = {} if params is UNSET else {"params": params}
        return shown | ({} if part is UNSET else part) or UNSET

    def read(self, value: Any, lead: Lead, at: str, problems: Problems, fields: FieldValues) -> None:
        if value is None:
            fields["params"] = None
        elif isinstance(value, dict):
            if "params" in value:
                self._PARAMS.read_change(value["params"], lead, f"{at}/params", problems, fields)
            for name in value:
                if name not in self._MEMBERS:
                    problems.unknown(at + pointer(name), name, self._MEMBERS)
            value = {name: member for name, member in value.items() if name in CLICKS.members}
        self._PART.read_change(value, lead, at, problems, fields)


class TagName(Codec):
    """A tag as its name."""

    def read(self, value: Any, at: str, problems: Problems) -> Any:
        return _TAG.read(value, at, problems)

    def show(self, value: Any) -> str:
        return _tag_name(value)

    def restore(self, value: Any) -> Tag:
        return msgspec.convert(value, Tag)


class TagNames(Writable):
    """The names of the tags, replaced as a whole."""

    covers: Mapping[str, str] = {"/tags": "/tags"}
    shows: Mapping[str, Codec] = {"/tags": ListOf(TagName())}

    def show(self, lead: Lead) -> Any:
        return [_tag_name(tag) for tag in lead.tags] or UNSET

    def read(self, value: Any, lead: Lead, at: str, problems: Problems, fields: FieldValues) -> None:
        if value is not None and not isinstance(value, list):
            problems.refuse(at, "list_expected")
            return
        present = {_tag_name(tag): tag for tag in lead.tags}
        tags: list[FieldValues] = []
        for index, name in enumerate(value or ()):
            if name != "" and _TAG.read(name, f"{at}/{index}", problems) is not UNSET:
                tag = present.get(name)
                tags.append({"id": tag.id} if tag and tag.id else {"name": name})
        fields["tags"] = tags


_TAG = Text(shortest=1)


def _tag_name(tag: Tag) -> str:
    return tag.name or tag.id or ""


class Status(Writable):
    """Always set: clearing it sets `new`."""

    covers: Mapping[str, str] = {"/status": "/status"}
    shows: Mapping[str, Codec] = {"/status": STATUS}

    def show(self, lead: Lead) -> str:
        return lead.status

    def read(self, value: Any, lead: Lead, at: str, problems: Problems, fields: FieldValues) -> None:
        read = STATUS.read_or_clear(value, at, problems)
        if read is not UNSET:
            fields["status"] = read


class Reposts(Writable):
    covers: Mapping[str, str] = {"/reposted_to": "/repostedTo"}

    def __init__(self, items: ListOf) -> None:
        self.shows = {"/reposted_to": items}
        self._items = items

    def show(self, lead: Lead) -> Any:
        return lead.reposted_to or UNSET

    def read(self, value: Any, lead: Lead, at: str, problems: Problems, fields: FieldValues) -> None:
        read = [] if value is None else self._items.read(value, at, problems)
        if read is not UNSET:
            fields["reposted_to"] = read


def _require(problem: Problem, problems: Problems) -> None:
    """Reports a missing member, unless its submitted value has already been refused."""
    if not problems.is_refused(problem.field):
        problems.add(problem)
