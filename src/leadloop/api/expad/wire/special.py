"""The properties of the Expad lead that are not one stored field each (semantics section 1, expad.md section 2)."""

from collections.abc import Mapping
from typing import Any, ClassVar

from msgspec import UNSET

from leadloop.api.expad.wire.shapes import LONG_TEXT, TEXT
from leadloop.api.outside_ids import trimmed
from leadloop.api.properties import ItemsOf, Keyed, Named, Plain, Writable
from leadloop.api.scalars import Epoch, Kind
from leadloop.api.shapes import ListOf, Shape
from leadloop.core.changes import pointer
from leadloop.core.leads.effects import address_line
from leadloop.core.leads.merge import same
from leadloop.core.leads.model import Lead
from leadloop.core.leads.parts import PINNED_NOTE, Tag
from leadloop.core.leads.source import NO_TYPE, SOURCES, TYPE_PREFIX, TYPES, source_of
from leadloop.core.leads.status import GROUPS
from leadloop.core.problems import Problems


class AddressLine(Writable):
    covers: Mapping[str, str] = {"/address_text": "/address", "/address/": "/address"}
    shows: Mapping[str, Kind] = {"/address_text": TEXT}

    def show(self, lead: Lead) -> str:
        return address_line(lead)

    def read(self, value: Any, lead: Lead, at: str, problems: Problems, named: Named) -> None:
        read = TEXT.read_or_clear(value, at, problems)
        if read is not UNSET:
            named["address_text"] = read


class NoteText(Writable):
    """The pinned note, else the newest; writing it pins it."""

    covers: Mapping[str, str] = {"/notes/": "/note"}

    def show(self, lead: Lead) -> str:
        if not lead.notes:
            return ""
        pinned = [note for note in lead.notes if note.id == PINNED_NOTE]
        newest = max(enumerate(lead.notes), key=lambda item: (item[1].created_at_ms or 0, item[0]))[1]
        return (pinned[0] if pinned else newest).text or ""

    def read(self, value: Any, lead: Lead, at: str, problems: Problems, named: Named) -> None:
        read = LONG_TEXT.read_or_clear(value, at, problems)
        if read is not UNSET:
            named["pinned_note"] = read


def canonical_stage(text: str) -> str:
    """The stage without white space around it, a canonical one in capitals."""
    stage = trimmed(text)
    return stage.upper() if stage.upper() in GROUPS else stage


class Stage(Writable):
    covers: Mapping[str, str] = {"/stage": "/status"}
    shows: Mapping[str, Kind] = {"/stage": TEXT}

    def show(self, lead: Lead) -> str:
        return lead.stage

    def read(self, value: Any, lead: Lead, at: str, problems: Problems, named: Named) -> None:
        read = TEXT.read_or_clear(value, at, problems)
        if read is not UNSET:
            named["stage"] = canonical_stage(read) or None if read else None


class CustomId(Plain):
    """The id of a custom source or type. One that is sent is never dropped: it says whose the name beside it is."""

    def read_change(self, value: Any, lead: Lead, at: str, problems: Problems, named: Named) -> None:
        if value or not same(value, self.show(lead)):
            self.read(value, lead, at, problems, named)


class Source(Writable):
    """One of the known sources in any case; any other text becomes a custom source of that name."""

    covers: Mapping[str, str] = {"/source": "/source", "/custom_source_name": "/source"}
    shows: Mapping[str, Kind] = {"/source": TEXT, "/custom_source_name": TEXT}

    def show(self, lead: Lead) -> str:
        return source_of(lead)

    def read(self, value: Any, lead: Lead, at: str, problems: Problems, named: Named) -> None:
        read = TEXT.read_or_clear(value, at, problems)
        if read is UNSET:
            return
        word = trimmed(read or "").upper()
        if word in SOURCES:
            named["source"] = word
        elif not word:
            named["source"] = None
        else:
            named["source"] = "CUSTOM"
            named["custom_source_name"] = read


class Type(Writable):
    """A known type in either spelling and any case; any other text becomes a custom type of that name."""

    covers: Mapping[str, str] = {"/type": "/type", "/custom_type_name": "/type"}
    shows: Mapping[str, Kind] = {"/type": TEXT, "/custom_type_name": TEXT}

    def show(self, lead: Lead) -> str:
        return lead.type or NO_TYPE

    def read(self, value: Any, lead: Lead, at: str, problems: Problems, named: Named) -> None:
        read = TEXT.read_or_clear(value, at, problems)
        if read is UNSET:
            return
        word = trimmed(read or "").upper()
        if not word or word.removeprefix(TYPE_PREFIX) in TYPES:
            named["type"] = word or None
        else:
            named["type"] = TYPE_PREFIX + "CUSTOM"
            named["custom_type_name"] = read


class Deleted(Writable):
    covers: Mapping[str, str] = {"/deleted_at_ms": "/markedForDeletion"}

    def show(self, lead: Lead) -> bool:
        return lead.deleted_at_ms is not None

    def read(self, value: Any, lead: Lead, at: str, problems: Problems, named: Named) -> None:
        if value is not None and not isinstance(value, bool):
            problems.refuse(at, "flag_expected")
        else:
            named["deleted"] = bool(value)


def _has_whatsapp(lead: Lead) -> bool:
    return bool(lead.whatsapp_click_id)


def _has_facebook(lead: Lead) -> bool:
    return bool(lead.facebook_lead_id)


def _has_google(lead: Lead) -> bool:
    return bool(lead.google_lead_id)


class CampaignIds(Writable):
    """One id that is the client's (`ctwaClid`); the rest tells which ids the lead has."""

    covers: Mapping[str, str] = {"/whatsapp_click_id": "/campaignIdData/ctwaClid"}
    shows: Mapping[str, Kind] = {"/whatsapp_click_id": TEXT}
    _HAS: ClassVar = {"hasCtwaClid": _has_whatsapp, "hasFacebookLeadId": _has_facebook, "hasGoogleLeadId": _has_google}

    def show(self, lead: Lead) -> Any:
        has = {name: tells(lead) for name, tells in self._HAS.items()}
        return {"ctwaClid": lead.whatsapp_click_id or ""} | has if any(has.values()) else None

    def read(self, value: Any, lead: Lead, at: str, problems: Problems, named: Named) -> None:
        if value is None:
            named["whatsapp_click_id"] = None
            return
        if not isinstance(value, dict):
            problems.refuse(at, "object_expected")
            return
        for name, member in value.items():
            if name in self._HAS:
                problems.owned(at + pointer(name), same(member, self._HAS[name](lead)))
            elif name == "ctwaClid":
                read = TEXT.read_or_clear(member, f"{at}/ctwaClid", problems)
                if read is not UNSET:
                    named["whatsapp_click_id"] = read
            else:
                problems.unknown(at + pointer(name), name, ("ctwaClid", *self._HAS))


class Activities(ItemsOf):
    """A time of completion that comes along as `isComplete` turns is sent, also one that is shown already."""

    def __init__(self, shape: Shape) -> None:
        super().__init__("activities", "activities", shape, key="id", unset=[])

    def read_item(self, item: Any, stored: Mapping[Any, Any], lead: Lead, at: str, problems: Problems) -> Named | None:
        members = super().read_item(item, stored, lead, at, problems)
        present = stored.get(item.get("id")) if members and "is_complete" in members else None
        if members and present is not None and item.get("completedAt"):
            members.setdefault("completed_at_ms", present.completed_at_ms)
        return members


class StepTimes(Keyed):
    """When each step was reached; 0 counts as absent."""

    def __init__(self, times: Epoch) -> None:
        super().__init__("conversionStepTimestamps", "step_times_ms", times, unset={})


class TagSet(Writable):
    """The set of tags, replaced as a whole; each is found by its id, else by its name."""

    covers: Mapping[str, str] = {"/tags": "/tags"}

    def __init__(self, shape: Shape) -> None:
        self.shows = {"/tags": ListOf(shape)}
        self._shape = shape

    def show(self, lead: Lead) -> Any:
        return [self._shape.show_in(lead, tag) for tag in lead.tags]

    def read(self, value: Any, lead: Lead, at: str, problems: Problems, named: Named) -> None:
        if value is not None and not isinstance(value, list):
            problems.refuse(at, "list_expected")
            return
        tags = [self._read_tag(tag, lead, f"{at}/{index}", problems) for index, tag in enumerate(value or ())]
        named["tags"] = [tag for tag in tags if tag is not UNSET]

    def _read_tag(self, value: Any, lead: Lead, at: str, problems: Problems) -> Any:
        if self._shape.leaves_out(value, at, problems):
            return UNSET
        present = _present_tag(value, lead) if isinstance(value, dict) else None
        shown = None if present is None else self._shape.show_in(lead, present)
        members = self._shape.read_members(value, at, problems, shown)
        if present is not None:
            members |= {"id": present.id} if present.id else {"name": present.name}
        return members


def _present_tag(value: Mapping[str, Any], lead: Lead) -> Tag | None:
    by = "id" if value.get("id") else "name"
    return next((tag for tag in lead.tags if getattr(tag, by) and getattr(tag, by) == value.get(by)), None)


class LastMessage(Writable):
    """The newest message of the conversation; writing appends one, or merges into the one of the same id."""

    covers: Mapping[str, str] = {"/last_message": "/lastMessage", "/messages/": "/lastMessage"}

    def __init__(self, shape: Shape) -> None:
        self.shows = {"/last_message": shape, "/messages/": shape}
        self._shape = shape

    def show(self, lead: Lead) -> Any:
        return None if lead.last_message is None else self._shape.show_in(lead, lead.last_message)

    def read(self, value: Any, lead: Lead, at: str, problems: Problems, named: Named) -> None:
        if value is None:
            named["message"] = None
            return
        if self._shape.leaves_out(value, at, problems):
            return
        last = lead.last_message
        is_last = last is not None and isinstance(value, dict) and value.get("id") == last.id
        members = self._shape.read_members(value, at, problems, self.show(lead) if is_last else None)
        if members is UNSET:
            return
        if last is not None and is_last:
            members["id"] = last.id
        if set(members) - {"id"}:
            named["message"] = members
