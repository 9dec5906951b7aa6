"""A lead's timeline: its changes as entries, newest first, read in pieces of bounded cost.

The change log has everything that happened to a lead, its messages, notes and tasks included, so the timeline is
composed from it alone. `compose` is pure.
"""

from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from itertools import filterfalse
from typing import NamedTuple

import msgspec
from msgspec import Struct, structs

from leadloop.core.changes import Change, FieldChange, pointer_parts
from leadloop.core.leads.fold import MESSAGES
from leadloop.core.leads.parts import Message
from leadloop.core.leads.sizes import size_of_records
from leadloop.core.reading.bursts import bursts_of, fold_fields
from leadloop.core.store import Store
from leadloop.core.threads import in_thread_if_large

WINDOW = 50
"""How many versions are read together."""
FEW = 20
"""A piece has at least so many versions, unless they are large or the history ends."""
WINDOW_BYTES = 1024 * 1024
WITH_A_MESSAGE = frozenset({"channel", "chat_session_id", "last_activity_at_ms"})
"""Fields that change because a message was stored. A change of them alone is shown as that message."""


class TimelineFilter(Enum):
    """Which parts of the timeline are shown. Each part belongs to one of talk, changes and webhooks."""

    ALL = "all"
    TALK = "talk"
    CHANGES = "changes"
    WEBHOOKS = "webhooks"


class TimelineEntry(Struct, frozen=True, kw_only=True):
    """A message, or what a burst did besides storing messages."""

    burst: int
    """The version at which its burst begins. It and `first` stay the same while the burst grows."""
    first: int
    """The version of its first change."""
    last: int
    started_at_ms: int
    at_ms: int
    """When its last change was made."""
    actor: str
    dialects: tuple[str, ...]
    versions: tuple[int, ...]
    """The changes that this entry stands for. Each version has one entry; the entry of a message has none if its change
    did more than that."""
    fields: Sequence[FieldChange] = ()
    """What changed, folded; without notes, tasks and messages."""
    notes: Sequence[FieldChange] = ()
    tasks: Sequence[FieldChange] = ()
    """Activities."""
    message: FieldChange | None = None
    """Before it, if a stored message was changed."""

    @property
    def key(self) -> str:
        """Identifies it in the timeline of its lead."""
        return f"{'m' if self.message else 'c'}{self.first}"

    @property
    def is_creation(self) -> bool:
        return self.first == 1 and self.message is None


class TimelinePiece(NamedTuple):
    """The entries of the versions from `first` on, up to where the piece was requested."""

    entries: list[TimelineEntry]
    """Newest first."""
    first: int
    """The next piece has the versions before it. 1 if there is none."""
    started_at_ms: int
    """When the first change was made; 0 if the piece has no changes."""
    is_large: bool = False
    """Its records are so large that it has fewer versions than usual."""


def compose(burst: Sequence[Change]) -> list[TimelineEntry]:
    """The entries of one burst, newest first: one for each message, and one for everything else. The messages are in
    the order in which they were written, even if they were stored in another."""
    messages: list[TimelineEntry] = []
    others: list[tuple[Change, list[FieldChange]]] = []
    for change in burst:
        message, rest = _take_message(change)
        if message is not None:
            is_alone = all(pointer_parts(field.field)[0] in WITH_A_MESSAGE for field in rest)
            messages.append(_message_entry(burst[0], change, message, rest if is_alone else None))
            if is_alone:
                continue
        others.append((change, rest))
    places = [(entry.last, 0) for entry in messages]
    by_place = list(zip(places, sorted(messages, key=written_at), strict=True))
    if others:
        entry = _burst_entry(burst[0], others)
        by_place.append(((entry.last, 1), entry))
    return [entry for _, entry in sorted(by_place, key=lambda pair: pair[0], reverse=True)]


def _take_message(change: Change) -> tuple[FieldChange | None, list[FieldChange]]:
    """The message that the change stores, if any, and its other fields, without that it is the lead's last message."""
    stored = (field for field in change.fields if pointer_parts(field.field)[0] == MESSAGES and field.after is not None)
    if (message := next(stored, None)) is None:
        return None, change.fields
    return message, [field for field in change.fields if field is not message and field.field != "/last_message"]


def _message_entry(
    start: Change, change: Change, message: FieldChange, fields: Sequence[FieldChange] | None
) -> TimelineEntry:
    return TimelineEntry(
        burst=start.version,
        first=change.version,
        last=change.version,
        started_at_ms=change.at_ms,
        at_ms=change.at_ms,
        actor=change.actor,
        dialects=(change.dialect,),
        versions=() if fields is None else (change.version,),
        fields=fields or (),
        message=message,
    )


def _burst_entry(start: Change, changes: Sequence[tuple[Change, list[FieldChange]]]) -> TimelineEntry:
    (first, _), (last, _) = changes[0], changes[-1]
    parts: dict[str, list[FieldChange]] = {"": [], "notes": [], "activities": []}
    for field in fold_fields(fields for _, fields in changes):
        name, *rest = pointer_parts(field.field)
        parts[name if rest and name in parts else ""].append(field)
    return TimelineEntry(
        burst=start.version,
        first=first.version,
        last=last.version,
        started_at_ms=first.at_ms,
        at_ms=last.at_ms,
        actor=first.actor,
        dialects=tuple(dict.fromkeys(change.dialect for change, _ in changes)),
        versions=tuple(change.version for change, _ in changes),
        fields=parts[""],
        notes=parts["notes"],
        tasks=parts["activities"],
    )


def message_of(field: FieldChange) -> Message:
    """The message as the change stored it."""
    return msgspec.convert(field.after, Message)


def written_at(entry: TimelineEntry) -> int:
    """When the message says that it was written, unless that is later than it was stored."""
    assert entry.message is not None
    at_ms = message_of(entry.message).created_at_ms
    return entry.at_ms if at_ms is None else min(at_ms, entry.at_ms)


def select(entries: Iterable[TimelineEntry], shown: TimelineFilter) -> Iterator[TimelineEntry]:
    """The parts of entries that a filter shows, without entries of which nothing is left.

    Deliveries are no part of them: for `WEBHOOKS` these are all that stand for a change, whose deliveries are found by
    its version.
    """
    for entry in entries:
        if shown is TimelineFilter.ALL or (shown is TimelineFilter.WEBHOOKS and entry.versions):
            yield entry
        elif shown is TimelineFilter.TALK and _is_talk(entry):
            fields = entry.fields if entry.message else ()
            notes, tasks = [*filter(_has_text, entry.notes)], [*filter(_has_text, entry.tasks)]
            yield structs.replace(entry, fields=fields, notes=notes, tasks=tasks)
        elif shown is TimelineFilter.CHANGES and not entry.message:
            notes, tasks = [*filterfalse(_has_text, entry.notes)], [*filterfalse(_has_text, entry.tasks)]
            if entry.fields or notes or tasks or not _is_talk(entry):
                yield structs.replace(entry, notes=notes, tasks=tasks)


def _is_talk(entry: TimelineEntry) -> bool:
    return entry.message is not None or any(map(_has_text, (*entry.notes, *entry.tasks)))


def _has_text(field: FieldChange) -> bool:
    """Whether the note or task says something; one that was removed does not."""
    item = msgspec.to_builtins(field.after) or {}
    return any(item.get(name) for name in ("text", "name", "description"))


async def read_piece(store: Store, account_id: str, lead_id: str, before: int, since: int = 1) -> TimelinePiece:
    """The newest entries of the versions `since <= version < before`; `since` is where a burst begins.

    Costs at most some windows of records, however long the history. A burst is never divided between pieces, unless its
    records are large.
    """
    changes: list[Change] = []
    bursts: list[Sequence[Change]] = []
    is_cut = False
    while (until := (changes[0].version if changes else before) - 1) >= since:
        window, is_cut = await _read_window(store, account_id, lead_id, until, min(WINDOW, until - since + 1))
        changes = [*window, *changes]
        bursts = bursts_of(changes, since)
        if is_cut or not window:
            bursts = bursts or [changes]
            break
        if bursts and before - bursts[0][0].version >= FEW:
            break
    if not changes:
        return TimelinePiece([], since, 0)
    entries = await in_thread_if_large(
        size_of_records(changes), lambda: [entry for burst in reversed(bursts) for entry in compose(burst)]
    )
    return TimelinePiece(entries, bursts[0][0].version, bursts[0][0].at_ms, is_cut)


async def _read_window(store: Store, account_id: str, lead_id: str, until: int, most: int) -> tuple[list[Change], bool]:
    """The records of up to `most` versions up to `until`, oldest first; and whether their size made them fewer.

    The store cuts what is large at its newest end, so it is asked again for fewer.
    """
    count = most
    while True:
        changes = await store.changes.of_lead(account_id, lead_id, until - count, count, WINDOW_BYTES)
        if len(changes) in (0, count):
            return changes, count < most
        count = max(1, min(len(changes), count // 2))
