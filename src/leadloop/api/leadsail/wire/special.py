"""The properties of the LeadSail lead that are not one stored field each (semantics section 1)."""

from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec
from msgspec import UNSET

from leadloop.api.leadsail.wire.shapes import ADDRESS, CLICKS, NOTE, QUESTION, STATUS, TEXT
from leadloop.api.properties import ItemsOf, Keyed, Merged, Named, Writable
from leadloop.api.scalars import Kind, Text
from leadloop.api.shapes import ListOf
from leadloop.core.changes import pointer
from leadloop.core.errors import Problem
from leadloop.core.leads.model import Lead
from leadloop.core.leads.parts import PINNED_NOTE, Note, Tag
from leadloop.core.problems import Problems


class PostalAddress(Merged):
    """The parts of the address; one that was written as a text shows as its street."""

    def __init__(self) -> None:
        super().__init__("address", "address", ADDRESS)
        self.covers = {**self.covers, "/address_text": "/address/street"}

    def show(self, lead: Lead) -> Any:
        if lead.address_text is not None:
            return {"street": lead.address_text}
        return super().show(lead)

    def read(self, value: Any, lead: Lead, at: str, problems: Problems, named: Named) -> None:
        super().read(value, lead, at, problems, named)
        if named.get("address") == {}:
            del named["address"]  # naming no part leaves a text what it is


class Notes(ItemsOf):
    """All notes, the pinned one among them; a pinned one without text is hidden."""

    def __init__(self) -> None:
        super().__init__("notes", "notes", NOTE, key="id")

    def items(self, lead: Lead) -> list[Note]:
        return [note for note in lead.notes if note.id != PINNED_NOTE or note.text]

    def complete(self, members: Named, is_new: bool, at: str, problems: Problems) -> Named | None:
        if is_new and not members.get("text"):
            _ask(Problem("note_text_required", at + "/text"), problems)
            return None
        return {name: member for name, member in members.items() if not is_new or member is not None}


class Questionnaire(ItemsOf):
    def __init__(self) -> None:
        super().__init__("questionnaire", "answers", QUESTION, key="key")

    def complete(self, members: Named, is_new: bool, at: str, problems: Problems) -> Named | None:
        if members.get("key"):
            return members
        _ask(Problem("question_key_required", at + "/key"), problems)
        return None


class RemovedAnswers(Writable):
    """`deleteQuestionnaireKeys`: a wish, never shown."""

    _KEYS = ListOf(TEXT)

    def show(self, lead: Lead) -> Any:
        return UNSET

    def read(self, value: Any, lead: Lead, at: str, problems: Problems, named: Named) -> None:
        if value is None:
            return
        keys = self._KEYS.read(value, at, problems)
        if keys is not UNSET:
            named["removed_answers"] = keys


class Clicks(Writable):
    """`attribution`: the stored part of that name, with the query parameters as its member `params`."""

    _PARAMS: ClassVar = Keyed("params", "params", TEXT)
    _PART: ClassVar = Merged("attribution", "attribution", CLICKS)
    _MEMBERS: ClassVar = ("params", *CLICKS.members)

    def __init__(self) -> None:
        self.covers = {**self._PART.covers, "/params/": "/attribution/params/"}
        self.shows = {**self._PART.shows, **self._PARAMS.shows}

    def show(self, lead: Lead) -> Any:
        params, part = self._PARAMS.show(lead), self._PART.show(lead)
        shown = {} if params is UNSET else {"params": params}
        return shown | ({} if part is UNSET else part) or UNSET

    def read(self, value: Any, lead: Lead, at: str, problems: Problems, named: Named) -> None:
        if value is None:
            named["params"] = None
        elif isinstance(value, dict):
            if "params" in value:
                self._PARAMS.read_change(value["params"], lead, f"{at}/params", problems, named)
            for name in value:
                if name not in self._MEMBERS:
                    problems.unknown(at + pointer(name), name, self._MEMBERS)
            value = {name: member for name, member in value.items() if name in CLICKS.members}
        self._PART.read_change(value, lead, at, problems, named)


class TagName(Kind):
    """A tag by its name, as one of a set."""

    def read(self, value: Any, at: str, problems: Problems) -> Any:
        return _TAG.read(value, at, problems)

    def show(self, value: Any) -> str:
        return _name(value)

    def restore(self, value: Any) -> Tag:
        return msgspec.convert(value, Tag)


class TagNames(Writable):
    """The set of tags by name, replaced as a whole."""

    covers: Mapping[str, str] = {"/tags": "/tags"}
    shows: Mapping[str, Kind] = {"/tags": ListOf(TagName())}

    def show(self, lead: Lead) -> Any:
        return [_name(tag) for tag in lead.tags] or UNSET

    def read(self, value: Any, lead: Lead, at: str, problems: Problems, named: Named) -> None:
        if value is not None and not isinstance(value, list):
            problems.refuse(at, "list_expected")
            return
        present = {_name(tag): tag for tag in lead.tags}
        tags: list[Named] = []
        for index, name in enumerate(value or ()):
            if name != "" and _TAG.read(name, f"{at}/{index}", problems) is not UNSET:
                tag = present.get(name)
                tags.append({"id": tag.id} if tag and tag.id else {"name": name})
        named["tags"] = tags


_TAG = Text(shortest=1)


def _name(tag: Tag) -> str:
    return tag.name or tag.id or ""


class Status(Writable):
    """Never unset: clearing it gives `new`."""

    covers: Mapping[str, str] = {"/status": "/status"}
    shows: Mapping[str, Kind] = {"/status": STATUS}

    def show(self, lead: Lead) -> str:
        return lead.status

    def read(self, value: Any, lead: Lead, at: str, problems: Problems, named: Named) -> None:
        read = STATUS.read_or_clear(value, at, problems)
        if read is not UNSET:
            named["status"] = read


class Reposts(Writable):
    covers: Mapping[str, str] = {"/reposted_to": "/repostedTo"}

    def __init__(self, items: ListOf) -> None:
        self.shows = {"/reposted_to": items}
        self._items = items

    def show(self, lead: Lead) -> Any:
        return lead.reposted_to or UNSET

    def read(self, value: Any, lead: Lead, at: str, problems: Problems, named: Named) -> None:
        read = [] if value is None else self._items.read(value, at, problems)
        if read is not UNSET:
            named["reposted_to"] = read


def _ask(problem: Problem, problems: Problems) -> None:
    """Refuse a member for being absent, unless what was sent in its place has been refused already."""
    if not problems.is_refused(problem.field):
        problems.add(problem)
