"""A change record on the wire (semantics section 9).

`field` is a pointer into the lead in the form of the first registered dialect, and the values have that form too. A
field that only another dialect has is shown in that dialect's form, as `/<dialect>/<property>`. An unset value is null.
Every stored field is shown once, except those in `Dialect.feed_repeats`.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from msgspec import Raw, Struct

from leadloop.api.body import encode
from leadloop.api.call import Dialect
from leadloop.api.properties import field_namer
from leadloop.api.scalars import AnyJson, Codec
from leadloop.core.changes import Change, FieldChange, pointer
from leadloop.core.instants import show_instant
from leadloop.core.leads.model import Lead, blank_lead

VALUE_LIMIT_BYTES = 8 * 1024
"""A longer value is shown as its length, unless the client requests full values."""

HIDDEN = frozenset({"/phone_region"})
"""Internal fields of the stored lead, never shown."""
UNKNOWN_PREFIX = "/stored"
"""Prefix of the pointer of a field that only a newer leadloop knows."""


class ShownField(Struct, omit_defaults=True):
    field: str
    before: Raw
    after: Raw
    reason: str | None = None
    """The reason, if leadloop itself chose the value."""


class ShownRecord(Struct, rename="camel"):
    lead_id: str
    version: int
    at: str
    actor: str
    dialect: str
    request_id: str
    fields: list[ShownField]


class FeedField(NamedTuple):
    """How a stored field is shown. A `name` that ends in `/` is continued by the rest of the stored pointer."""

    name: str
    codec: Codec


class RecordRenderer:
    """Renders change records."""

    def __init__(self, dialects: Sequence[Dialect]) -> None:
        base, *others = dialects
        self._shown_id = base.shown_id
        self._feed_fields = {core: [feed_field] for core, feed_field in _feed_fields(base, "").items()}
        for dialect in others:
            base_fields = frozenset(self._feed_fields)
            for core, feed_field in _feed_fields(dialect, pointer(dialect.name)).items():
                if core in dialect.feed_repeats:
                    self._feed_fields[core].append(feed_field)
                elif core not in base_fields and _prefix_of(core) not in base_fields:
                    self._feed_fields[core] = [feed_field]

    def json(self, change: Change, *, full: bool = False) -> bytes:
        """The record as JSON. Unless `full`, values over 8 KiB are replaced by their length."""
        lead = blank_lead(change.account_id, change.lead_id, change.at_ms)
        record = ShownRecord(
            lead_id=self._shown_id(change.lead_id),
            version=change.version,
            at=show_instant(change.at_ms),
            actor=change.actor,
            dialect=change.dialect,
            request_id=change.request_id,
            fields=[shown for field in change.fields for shown in self._render_field(field, lead, full)],
        )
        return encode(record)

    def _render_field(self, change: FieldChange, lead: Lead, full: bool) -> Iterator[ShownField]:
        feed_fields = self.feed_fields(change.field)
        for name, codec in feed_fields:
            before, after = _encode_value(codec, lead, change.before), _encode_value(codec, lead, change.after)
            if len(feed_fields) == 1 or before != after:
                raw_before, raw_after = (Raw(value if full else _shorten(value)) for value in (before, after))
                yield ShownField(name, raw_before, raw_after, change.reason)

    def show(self, field: str, lead: Lead, stored: Any) -> Any:
        """A value of the stored lead as the feed shows it."""
        return self.feed_fields(field)[0].codec.show_in(lead, stored)

    def names(self, change: Change) -> list[str]:
        """The pointers of a change's fields."""
        return [
            feed_field.name
            for field in change.fields
            if field.is_effective
            for feed_field in self.feed_fields(field.field)
        ]

    def is_field(self, field: str) -> bool:
        """Whether `field` is the pointer of a shown field, one above it, or one below a field with members."""
        names = [feed_field.name for feed_fields in self._feed_fields.values() for feed_field in feed_fields]
        return any(
            f"{name}/".startswith(f"{field}/") or (name.endswith("/") and field.startswith(name)) for name in names
        )

    def feed_fields(self, field: str) -> list[FeedField]:
        """How the feed shows the field at this pointer into the stored lead."""
        if (feed_fields := self._feed_fields.get(field)) is not None:
            return feed_fields
        if field in HIDDEN:
            return []
        if (below := self._feed_fields.get(head := _prefix_of(field))) is None:
            return [FeedField(UNKNOWN_PREFIX + field, AnyJson())]
        return [FeedField(name + field.removeprefix(head), codec) for name, codec in below]


def _feed_fields(dialect: Dialect, prefix: str) -> dict[str, FeedField]:
    """Core pointer → feed field, for fields shown as they are stored. A pointer ending in `/` covers all below it."""
    properties = {**dialect.properties, **dialect.extensions}
    name, names = field_namer(properties), dialect.feed_names
    codecs = {core: codec for prop in properties.values() for core, codec in prop.shows.items()}
    return {core: FeedField(names.get(core) or f"{prefix}{name(core)}", codec) for core, codec in codecs.items()}


def _prefix_of(field: str) -> str:
    """The pointer's first part with a `/` behind it: the prefix of all below it."""
    return f"/{field.split('/', 2)[1]}/"


def _encode_value(codec: Codec, lead: Lead, stored: Any) -> bytes:
    return encode(None if stored is None else codec.show_in(lead, codec.restore(stored)))


def _shorten(value: bytes) -> bytes:
    return value if len(value) <= VALUE_LIMIT_BYTES else encode({"truncated": True, "bytes": len(value)})
