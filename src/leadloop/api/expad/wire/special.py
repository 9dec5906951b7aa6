"""Properties of the Expad lead that do not map to one stored field (semantics section 1, expad.md section 2)."""

from collections.abc import Mapping
from typing import Any, ClassVar

from msgspec import UNSET

from leadloop.api.expad.wire.shapes import LONG_TEXT, TEXT
from leadloop.api.item_lists import ItemList
from leadloop.api.outside_ids import trim
from leadloop.api.properties import MergedMap, StoredField, Writable
from leadloop.api.scalars import Codec, Epoch
from leadloop.api.shapes import ListOf, Shape
from leadloop.core.changes import pointer
from leadloop.core.leads.effects import address_line
from leadloop.core.leads.merge import same
from leadloop.core.leads.model import Lead
from leadloop.core.leads.parts import PINNED_NOTE, Tag
from leadloop.core.leads.patch import FieldValues
from leadloop.core.leads.source import NO_TYPE, SOURCES, TYPE_PREFIX, TYPES, source_of
from leadloop.core.leads.status import GROUPS
from leadloop.core.problems import Problems


class AddressLine(Writable):
    covers: Mapping[str, str] = {"/address_text": "/address", "/address/": "/address"}
    shows: Mapping[str, Codec] = {"/address_text": TEXT}

    def show(self, lead: Lead) -> str:
        return address_line(lead)

    def read(self, value: Any, lead: Lead, at: str, problems: Problems, fields: FieldValues) -> None:
        read = TEXT.read_or_clear(value, at, problems)
        if read is not UNSET:
            fields["address_text"] = read


class NoteText(Writable):
    """The pinned note, else the newest; writing it pins it."""

    covers: Mapping[str, str] = {"/notes/": "/note"}

    def show(self, lead: Lead) -> str:
        newest, newest_ms = None, 0
        for note in lead.notes:
            if note.id == PINNED_NOTE:
                return note.text or ""
            created_at_ms = note.created_at_ms or 0
            if newest is None or created_at_ms >= newest_ms:
                newest, newest_ms = note, created_at_ms
        return "" if newest is None else newest.text or ""

    def read(self, value: Any, lead: Lead, at: str, problems: Problems, fields: FieldValues) -> None:
        read = LONG_TEXT.read_or_clear(value, at, problems)
        if read is not UNSET:
            fields["pinned_note"] = read


def canonical_stage(text: str) -> str:
    """The stage without surrounding white space; canonical stages in capitals."""
    stage = trim(text)
    return stage.upper() if stage.upper() in GROUPS else stage


class StageName(Writable):
    covers: Mapping[str, str] = {"/stage": "/status"}
    shows: Mapping[str, Codec] = {"/stage": TEXT}

    def show(self, lead: Lead) -> str:
        return lead.stage

    def read(self, value: Any, lead: Lead, at: str, problems: Problems, fields: FieldValues) -> None:
        read = TEXT.read_or_clear(value, at, problems)
        if read is not UNSET:
            fields["stage"] = canonical_stage(read) or None if read else None


class CustomId(StoredField):
    """The id of a custom source or type. A submitted id is never dropped, since the name beside it belongs to it."""

    def read_change(self, value: Any, lead: Lead, at: str, problems: Problems, fields: FieldValues) -> None:
        if value or not same(value, self.show(lead)):
            self.read(value, lead, at, problems, fields)


class SourceName(Writable):
    """A known source, in any case; any other text becomes a custom source with this name."""

    covers: Mapping[str, str] = {"/source": "/source", "/custom_source_name": "/source"}
    shows: Mapping[str, Codec] = {"/source": TEXT, "/custom_source_name": TEXT}

    def show(self, lead: Lead) -> str:
        return source_of(lead)

    def read(self, value: Any, lead: Lead, at: str, problems: Problems, fields: FieldValues) -> None:
        read = TEXT.read_or_clear(value, at, problems)
        if read is UNSET:
            return
        word = trim(read or "").upper()
        if word in SOURCES:
            fields["source"] = word
        elif not word:
            fields["source"] = None
        else:
            fields["source"] = "CUSTOM"
            fields["custom_source_name"] = read


class TypeName(Writable):
    """A known type, in either spelling and any case; any other text becomes a custom type with this name."""

    covers: Mapping[str, str] = {"/type": "/type", "/custom_type_name": "/type"}
    shows: Mapping[str, Codec] = {"/type": TEXT, "/custom_type_name": TEXT}

    def show(self, lead: Lead) -> str:
        return lead.type or NO_TYPE

    def read(self, value: Any, lead: Lead, at: str, problems: Problems, fields: FieldValues) -> None:
        read = TEXT.read_or_clear(value, at, problems)
        if read is UNSET:
            return
        word = trim(read or "").upper()
        if not word or word.removeprefix(TYPE_PREFIX) in TYPES:
            fields["type"] = word or None
        else:
            fields["type"] = TYPE_PREFIX + "CUSTOM"
            fields["custom_type_name"] = read


class DeletionMark(Writable):
    covers: Mapping[str, str] = {"/deleted_at_ms": "/markedForDeletion"}

    def show(self, lead: Lead) -> bool:
        return lead.deleted_at_ms is not None

    def read(self, value: Any, lead: Lead, at: str, problems: Problems, fields: FieldValues) -> None:
        if value is not None and not isinstance(value, bool):
            problems.refuse(at, "flag_expected")
        else:
            fields["deleted"] = bool(value)


class CampaignIds(Writable):
    """`ctwaClid`, which clients write, and flags for the ids that the lead has."""

    covers: Mapping[str, str] = {"/whatsapp_click_id": "/campaignIdData/ctwaClid"}
    shows: Mapping[str, Codec] = {"/whatsapp_click_id": TEXT}
    _HAS: ClassVar = {
        "hasCtwaClid": "whatsapp_click_id",
        "hasFacebookLeadId": "facebook_lead_id",
        "hasGoogleLeadId": "google_lead_id",
    }

    def show(self, lead: Lead) -> Any:
        if not (lead.whatsapp_click_id or lead.facebook_lead_id or lead.google_lead_id):
            return None
        flags = {name: bool(getattr(lead, attribute)) for name, attribute in self._HAS.items()}
        return {"ctwaClid": lead.whatsapp_click_id or "", **flags}

    def read(self, value: Any, lead: Lead, at: str, problems: Problems, fields: FieldValues) -> None:
        if value is None:
            fields["whatsapp_click_id"] = None
            return
        if not isinstance(value, dict):
            problems.refuse(at, "object_expected")
            return
        for name, member in value.items():
            if name in self._HAS:
                problems.owned(at + pointer(name), same(member, bool(getattr(lead, self._HAS[name]))))
            elif name == "ctwaClid":
                read = TEXT.read_or_clear(member, f"{at}/ctwaClid", problems)
                if read is not UNSET:
                    fields["whatsapp_click_id"] = read
            else:
                problems.unknown(at + pointer(name), name, ("ctwaClid", *self._HAS))


class Activities(ItemList):
    """Keeps `completedAt` when `isComplete` changes in the same body, even if it equals the shown time."""

    def __init__(self, shape: Shape) -> None:
        super().__init__("activities", "activities", shape, key="id", unset=[])

    def read_item(
        self, item: Any, stored: Mapping[Any, Any], lead: Lead, at: str, problems: Problems
    ) -> FieldValues | None:
        members = super().read_item(item, stored, lead, at, problems)
        existing = stored.get(item.get("id")) if members and "is_complete" in members else None
        if members and existing is not None and item.get("completedAt"):
            members.setdefault("completed_at_ms", existing.completed_at_ms)
        return members


class StepTimes(MergedMap):
    """The time at which the lead reached each step; 0 counts as absent."""

    def __init__(self, times: Epoch) -> None:
        super().__init__("conversionStepTimestamps", "step_times_ms", times, unset={})


class TagSet(Writable):
    """The set of tags, replaced as a whole. A tag is identified by its id, else by its name."""

    covers: Mapping[str, str] = {"/tags": "/tags"}

    def __init__(self, shape: Shape) -> None:
        self.shows = {"/tags": ListOf(shape)}
        self._shape = shape

    def show(self, lead: Lead) -> Any:
        return [self._shape.show_in(lead, tag) for tag in lead.tags]

    def read(self, value: Any, lead: Lead, at: str, problems: Problems, fields: FieldValues) -> None:
        if value is not None and not isinstance(value, list):
            problems.refuse(at, "list_expected")
            return
        stored = {identity: tag for tag in reversed(lead.tags) for identity in (("id", tag.id), ("name", tag.name))}
        changed: set[Tag] = set()
        tags = [
            self._read_tag(tag, _find_tag(tag, stored), changed, lead, f"{at}/{index}", problems)
            for index, tag in enumerate(value or ())
        ]
        fields["tags"] = [tag for tag in tags if tag is not UNSET]

    def _read_tag(
        self, value: Any, existing: Tag | None, changed: set[Tag], lead: Lead, at: str, problems: Problems
    ) -> Any:
        """`changed` has the stored tags that earlier items change: their shown values no longer apply."""
        if self._shape.is_left_out(value, at, problems):
            return UNSET
        shown = None if existing is None or existing in changed else self._shape.show_in(lead, existing)
        members = self._shape.read_members(value, at, problems, shown)
        if existing is not None:
            if members:
                changed.add(existing)
            members |= {"id": existing.id} if existing.id else {"name": existing.name}
        return members


def _find_tag(value: Any, stored: Mapping[tuple[str, str | None], Tag]) -> Tag | None:
    if not isinstance(value, dict):
        return None
    by = "id" if value.get("id") else "name"
    text = value.get(by)
    return stored.get((by, text)) if text and isinstance(text, str) else None


class LastMessage(Writable):
    """The newest message of the conversation. Writing appends a message, or merges into the one with the same id."""

    covers: Mapping[str, str] = {"/last_message": "/lastMessage", "/messages/": "/lastMessage"}

    def __init__(self, shape: Shape) -> None:
        self.shows = {"/last_message": shape, "/messages/": shape}
        self._shape = shape

    def show(self, lead: Lead) -> Any:
        return None if lead.last_message is None else self._shape.show_in(lead, lead.last_message)

    def read(self, value: Any, lead: Lead, at: str, problems: Problems, fields: FieldValues) -> None:
        if value is None:
            fields["message"] = None
            return
        if self._shape.is_left_out(value, at, problems):
            return
        last = lead.last_message
        is_last = last is not None and isinstance(value, dict) and value.get("id") == last.id
        members = self._shape.read_members(value, at, problems, self.show(lead) if is_last else None)
        if members is UNSET:
            return
        if last is not None and is_last:
            members["id"] = last.id
        if set(members) - {"id"}:
            fields["message"] = members
