"""A change record on the wire (semantics section 9).

A field is a pointer into the lead in the form of the first registered dialect, its values in that form; what only
another has stands under `/<dialect>/<property>` in that one's. What is unset is null. Every stored field is shown
once, but for those that a dialect repeats (`Dialect.feed_repeats`).
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from msgspec import Raw, Struct

from leadloop.api.body import encode
from leadloop.api.call import Dialect
from leadloop.api.instants import show_instant
from leadloop.api.properties import naming
from leadloop.api.scalars import Free, Kind
from leadloop.core.changes import Change, FieldChange, pointer
from leadloop.core.leads.model import Lead, blank_lead

VALUE_LIMIT_BYTES = 8 * 1024
"""A longer value is not answered unless it is asked for."""

HIDDEN = frozenset({"/phone_region"})
"""Stored beside what is shown, and told to nobody."""
NEWER = "/stored"
"""Before the pointer of a field that only a newer leadloop knows."""


class ShownField(Struct, omit_defaults=True):
    field: str
    before: Raw
    after: Raw
    reason: str | None = None
    """Why, where leadloop chose the value itself."""


class Record(Struct, rename="camel"):
    lead_id: str
    version: int
    at: str
    actor: str
    dialect: str
    request_id: str
    fields: list[ShownField]


class Place(NamedTuple):
    """Where a stored field is told, and as what. A name ending in `/` is followed by the rest of the pointer."""

    name: str
    kind: Kind


class Records:
    """Shows change records."""

    def __init__(self, dialects: Sequence[Dialect]) -> None:
        base, *others = dialects
        self._shown_id = base.shown_id
        self._places = {core: [place] for core, place in _places(base, "").items()}
        for dialect in others:
            known = frozenset(self._places)
            for core, place in _places(dialect, pointer(dialect.name)).items():
                if core in dialect.feed_repeats:
                    self._places[core].append(place)
                elif core not in known and _head(core) not in known:
                    self._places[core] = [place]

    def json(self, change: Change, *, full: bool = False) -> bytes:
        """The record as JSON. Unless `full`, values over 8 KiB are told by their length only."""
        lead = blank_lead(change.account_id, change.lead_id, change.at_ms)
        record = Record(
            lead_id=self._shown_id(change.lead_id),
            version=change.version,
            at=show_instant(change.at_ms),
            actor=change.actor,
            dialect=change.dialect,
            request_id=change.request_id,
            fields=[shown for field in change.fields for shown in self._shown(field, lead, full)],
        )
        return encode(record)

    def _shown(self, change: FieldChange, lead: Lead, full: bool) -> Iterator[ShownField]:
        places = self.places(change.field)
        for name, kind in places:
            before, after = _json(kind, lead, change.before), _json(kind, lead, change.after)
            if len(places) == 1 or before != after:
                was, became = (Raw(value if full else _short(value)) for value in (before, after))
                yield ShownField(name, was, became, change.reason)

    def names(self, change: Change) -> list[str]:
        """The pointers of a change's fields."""
        return [place.name for field in change.fields if field.is_effective for place in self.places(field.field)]

    def is_field(self, field: str) -> bool:
        """Whether it is the name of a field, or stands above or below one that has members."""
        names = [place.name for places in self._places.values() for place in places]
        return any(
            f"{name}/".startswith(f"{field}/") or (name.endswith("/") and field.startswith(name)) for name in names
        )

    def places(self, field: str) -> list[Place]:
        """Where the field at this pointer into the stored lead is told."""
        if (found := self._places.get(field)) is not None:
            return found
        if field in HIDDEN:
            return []
        if (below := self._places.get(head := _head(field))) is None:
            return [Place(NEWER + field, Free())]
        return [Place(name + field.removeprefix(head), kind) for name, kind in below]


def _places(dialect: Dialect, prefix: str) -> dict[str, Place]:
    """Core pointer → place, for what is shown as it is stored. A pointer ending in `/` is for all below it."""
    name, names = naming(dialect.properties), dialect.feed_names
    kinds = {core: kind for each in dialect.properties.values() for core, kind in each.shows.items()}
    return {core: Place(names.get(core) or f"{prefix}{name(core)}", kind) for core, kind in kinds.items()}


def _head(field: str) -> str:
    """The pointer's first part, as that of all below it."""
    return f"/{field.split('/', 2)[1]}/"


def _json(kind: Kind, lead: Lead, stored: Any) -> bytes:
    return encode(None if stored is None else kind.show_in(lead, kind.restore(stored)))


def _short(value: bytes) -> bytes:
    return value if len(value) <= VALUE_LIMIT_BYTES else encode({"truncated": True, "bytes": len(value)})
