"""The entries of a timeline as a person reads them: sentences, names, bubbles and quotes."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from leadloop.core.changes import FieldChange
from leadloop.core.leads.model import Lead
from leadloop.core.leads.parts import Activity, Message, Note
from leadloop.core.people.actors import Actor
from leadloop.core.reading.timeline import TimelineEntry, message_of, written_at
from leadloop.web.outside_links import OutsideLink, outside_link
from leadloop.web.words import ChangedField, Words, describe
from leadloop.web.words.show import show
from leadloop.webhooks.lead_deliveries import LeadDelivery
from leadloop.webhooks.listing import WaitsFor, waits_for

LATE_MS = 60_000
"""A message that was stored so long after it was written shows both times."""
LONGEST = 20_000
"""Characters of a shown text."""
LEAD = "lead"


class ShownFile(Struct, frozen=True):
    kind: str
    """`Audio`, `image/png`; empty if it is not known."""
    size: str
    link: OutsideLink | None


class ShownMessage(Struct, frozen=True, kw_only=True):
    sender: str
    """Who wrote it: an assistant or somebody of the team; empty for the lead."""
    way: str
    """The channel, such as WhatsApp; empty if it is not known."""
    text: str
    contact: str
    """A contact that was sent along."""
    files: Sequence[ShownFile]
    written_at_ms: int | None
    """Set if it was stored a good while later."""
    is_correction: bool


class ShownTask(Struct, frozen=True):
    task: Activity
    kind: str
    is_new: bool


class ShownDelivery(Struct, frozen=True):
    state: str
    """`done`, `failed` or `pending`."""
    cause: WaitsFor | None
    """Why it waits."""
    endpoint: str
    """What the account calls it, or else its host."""
    host: str
    attempts: int
    at_ms: int | None
    """When it ended, or when its next attempt is due."""


class ShownEntry(Struct, frozen=True, kw_only=True):
    entry: TimelineEntry
    day: str
    """The date in the reader's zone, as in ISO 8601."""
    actor: Actor | None
    """`None` if nobody knows the actor any more."""
    apis: Sequence[str]
    sentence: str
    icon: str
    fields: Sequence[ChangedField]
    noise: Sequence[ChangedField]
    notes: Sequence[Note]
    tasks: Sequence[ShownTask]
    message: ShownMessage | None
    deliveries: Sequence[ShownDelivery]

    @property
    def key(self) -> str:
        return self.entry.key

    @property
    def is_noise(self) -> bool:
        return not (self.fields or self.notes or self.tasks or self.message)

    @property
    def delivery_states(self) -> Mapping[str, int]:
        """How many deliveries are in each state."""
        states = [delivery.state for delivery in self.deliveries]
        return {state: states.count(state) for state in dict.fromkeys(states)}


class Reader(Struct, frozen=True):
    """Who reads a timeline, and what entries are shown by."""

    words: Words
    lead: Lead
    actors: Mapping[str, Actor]
    apis: Mapping[str, str]
    """The names of the APIs, by dialect."""
    now_ms: int

    def show(self, entry: TimelineEntry, deliveries: Iterable[LeadDelivery]) -> ShownEntry:
        changes = [*entry.fields, *entry.notes, *entry.tasks, *([entry.message] if entry.message else ())]
        quoted = {index for index, field in enumerate(changes) if index >= len(entry.fields) and _is_new(field)}
        actor = self.actors.get(entry.actor)
        salesperson_id = actor.salesperson_id if actor else None
        text = describe(changes, self.words, is_first=entry.is_creation, salesperson_id=salesperson_id)
        fields = text.fields_without(quoted)
        return ShownEntry(
            entry=entry,
            day=self.words.formats.day_key(entry.at_ms),
            actor=actor,
            apis=[self.apis[dialect] for dialect in entry.dialects if dialect in self.apis],
            sentence=text.sentence,
            icon=text.icon,
            fields=[field for field in fields if not field.is_noise],
            noise=[field for field in fields if field.is_noise],
            notes=[msgspec.convert(field.after, Note) for field in entry.notes if _is_new(field)],
            tasks=[self._task(field) for field in entry.tasks if field.after is not None],
            message=self._message(entry) if entry.message else None,
            deliveries=[self._delivery(delivery) for delivery in deliveries],
        )

    def _task(self, field: FieldChange) -> ShownTask:
        task = msgspec.convert(field.after, Activity)
        return ShownTask(task, self._show("activities", "kind", task.kind), _is_new(field))

    def _message(self, entry: TimelineEntry) -> ShownMessage:
        assert entry.message is not None
        message, at_ms = message_of(entry.message), written_at(entry)
        is_from_lead = (message.sender or LEAD).strip().lower() == LEAD
        return ShownMessage(
            sender="" if is_from_lead else self._show("messages", "sender", message.sender),
            way=self._show("messages", "through", message.through),
            text=_text(message),
            contact=", ".join(_contact(message)),
            files=[*self._files(message)],
            written_at_ms=at_ms if entry.at_ms - at_ms > LATE_MS else None,
            is_correction=entry.message.before is not None,
        )

    def _files(self, message: Message) -> Iterable[ShownFile]:
        kind = self._show("messages", "type", message.type)
        if (audio := message.audio) is not None:
            yield ShownFile(kind or self.words.gettext("Audio"), "", outside_link(audio.url))
        if (file := message.file) is not None:
            size = "" if file.size_bytes is None else self.words.formats.bytes(file.size_bytes)
            yield ShownFile(file.mime_type or kind, size, outside_link(file.url))
        if message.contact is not None and (link := outside_link(message.contact.url)) is not None:
            yield ShownFile("", "", link)

    def _delivery(self, delivery: LeadDelivery) -> ShownDelivery:
        record, endpoint = delivery
        cause = waits_for(record, endpoint, self.now_ms)
        link = outside_link(endpoint.url)
        host = link.host if link else ""
        at_ms = record.due_at_ms if cause == "next_attempt" else record.finished_at_ms
        return ShownDelivery(record.state, cause, endpoint.description or host, host, record.attempts, at_ms)

    def _show(self, item: str, member: str, value: Any) -> str:
        """The value of a member of a message or task."""
        return show([_PARTS[item], member], value, self.words) if value else ""


_PARTS = {"activities": "activity", "messages": "message"}


def _is_new(field: FieldChange) -> bool:
    return field.before is None and field.after is not None


def _text(message: Message) -> str:
    text = message.content or (message.audio.transcription if message.audio else None) or ""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _contact(message: Message) -> list[str]:
    contact = message.contact
    if contact is None:
        return []
    return [text for text in (contact.name, contact.company, contact.phone, contact.email) if text]
