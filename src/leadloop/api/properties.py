"""The properties of a lead on the wire: each shows part of the lead and reads submitted values.

`read_change` runs inside the write, on the current lead. It drops values that equal the view, validates the rest and
stores it under the core's names (semantics section 1). Pure.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import UNSET

from leadloop.api.generated import Code, Shown
from leadloop.api.scalars import Codec
from leadloop.api.shapes import Shape
from leadloop.core.changes import pointer
from leadloop.core.leads.merge import same
from leadloop.core.leads.model import Lead
from leadloop.core.leads.patch import FieldValues, LeadPatch
from leadloop.core.problems import Problems


class Property(ABC):
    """`covers` maps the stored fields of the property to the dialect: core pointer → pointer in the dialect.

    A core pointer that ends in `/` covers all pointers below it; if the dialect's ends in `/` too, the rest of the
    pointer is appended. `shows` has the codec of each field that is shown as it is stored.
    """

    covers: Mapping[str, str] = {}
    shows: Mapping[str, Codec] = {}

    @abstractmethod
    def show(self, lead: Lead) -> Any: ...

    def shown(self, code: Code) -> Shown:
        """The expression for what `show` returns, in a function that has the `lead`. A class that overrides `show`
        overrides this too, if it inherits another one."""
        return code.unless_unset(f"{code.constant(self.show)}(lead)")

    @abstractmethod
    def read_change(self, value: Any, lead: Lead, at: str, problems: Problems, fields: FieldValues) -> None:
        """Adds to `fields` what a submitted value changes."""


class Writable(Property):
    """A property that clients write. A value that equals the view is dropped before it is read."""

    def read_change(self, value: Any, lead: Lead, at: str, problems: Problems, fields: FieldValues) -> None:
        if not same(value, self.show(lead)):
            self.read(value, lead, at, problems, fields)

    @abstractmethod
    def read(self, value: Any, lead: Lead, at: str, problems: Problems, fields: FieldValues) -> None:
        """Adds a value that differs from the shown one to `fields`. Null clears."""


class StoredField(Writable):
    """One stored field, replaced as a whole."""

    def __init__(self, name: str, attribute: str, codec: Codec, *, nullable: bool = True) -> None:
        self.covers = {pointer(attribute): pointer(name)}
        self.shows = {pointer(attribute): codec}
        self._attribute = attribute
        self._codec = codec
        self._nullable = nullable

    def show(self, lead: Lead) -> Any:
        value = getattr(lead, self._attribute)
        return self._codec.unset if value is None else self._codec.show_in(lead, value)

    def shown(self, code: Code) -> Shown:
        return code.stored(f"lead.{self._attribute}", self._codec)

    def read(self, value: Any, lead: Lead, at: str, problems: Problems, fields: FieldValues) -> None:
        if value is None and not self._nullable:
            problems.refuse(at, "null_leave_out")
            return
        read = self._codec.read_or_clear(value, at, problems)
        if read is not UNSET:
            fields[self._attribute] = read


class ServerField(Property):
    """A property that only the server writes."""

    def __init__(self, show: Callable[[Lead], Any], stored: tuple[str, str, Codec] | None = None) -> None:
        """`stored` is for stored fields: core pointer, pointer in the dialect, codec."""
        self._show = show
        if stored is not None:
            core, wire, codec = stored
            self.covers, self.shows = {core: wire}, {core: codec}

    def show(self, lead: Lead) -> Any:
        return self._show(lead)

    def shown(self, code: Code) -> Shown:
        return code.unless_unset(f"{code.constant(self._show)}(lead)")

    def read_change(self, value: Any, lead: Lead, at: str, problems: Problems, fields: FieldValues) -> None:
        problems.owned(at, same(value, self._show(lead)))


class PartMember(Writable):
    """One member of a stored part that is merged by member."""

    def __init__(self, name: str, attribute: str, member: str, codec: Codec) -> None:
        self.covers = {pointer(attribute, member): pointer(name)}
        self.shows = {pointer(attribute, member): codec}
        self._attribute = attribute
        self._member = member
        self._codec = codec

    def show(self, lead: Lead) -> Any:
        part = getattr(lead, self._attribute)
        value = None if part is None else getattr(part, self._member)
        return self._codec.unset if value is None else self._codec.show(value)

    def shown(self, code: Code) -> Shown:
        part = f"(part := lead.{self._attribute})"
        return code.stored(f"(None if {part} is None else part.{self._member})", self._codec)

    def read(self, value: Any, lead: Lead, at: str, problems: Problems, fields: FieldValues) -> None:
        read = self._codec.read_or_clear(value, at, problems)
        if read is not UNSET:
            fields.setdefault(self._attribute, {})[self._member] = read


class MapEntry(Writable):
    """One key of a stored map."""

    def __init__(self, name: str, attribute: str, key: str, codec: Codec) -> None:
        self.covers = {pointer(attribute, key): pointer(name)}
        self.shows = {pointer(attribute, key): codec}
        self._attribute = attribute
        self._key = key
        self._codec = codec

    def show(self, lead: Lead) -> Any:
        value = getattr(lead, self._attribute).get(self._key)
        return self._codec.unset if value is None else self._codec.show(value)

    def shown(self, code: Code) -> Shown:
        return code.stored(f"lead.{self._attribute}.get({self._key!r})", self._codec)

    def read(self, value: Any, lead: Lead, at: str, problems: Problems, fields: FieldValues) -> None:
        read = self._codec.read_or_clear(value, at, problems)
        if read is not UNSET:
            fields.setdefault(self._attribute, {})[self._key] = read


class MergedPart(Writable):
    """A stored part that is merged by member."""

    def __init__(self, name: str, attribute: str, shape: Shape) -> None:
        self.covers = {pointer(attribute, core): pointer(name, wire) for wire, (core, _) in shape.members.items()}
        self.shows = {pointer(attribute, core): codec for core, codec in shape.members.values()}
        self._attribute = attribute
        self._shape = shape

    def show(self, lead: Lead) -> Any:
        value = getattr(lead, self._attribute)
        return self._shape.unset if value is None else self._shape.show_in(lead, value)

    def shown(self, code: Code) -> Shown:
        return code.stored(f"lead.{self._attribute}", self._shape)

    def read(self, value: Any, lead: Lead, at: str, problems: Problems, fields: FieldValues) -> None:
        if value is None:
            fields[self._attribute] = None
            return
        shown = self.show(lead)
        members = self._shape.read_members(value, at, problems, shown if isinstance(shown, dict) else None)
        if members is not UNSET:
            fields[self._attribute] = members


class MergedMap(Writable):
    """A stored map that is merged by key; `codecs` has the codecs of keys that differ from the others'."""

    def __init__(
        self, name: str, attribute: str, codec: Codec, *, unset: Any = UNSET, codecs: Mapping[str, Codec] | None = None
    ) -> None:
        self.covers = {pointer(attribute) + "/": pointer(name) + "/"}
        self.shows = {pointer(attribute) + "/": codec, **{pointer(attribute, k): v for k, v in (codecs or {}).items()}}
        self._attribute = attribute
        self._codec = codec
        self._codecs = codecs or {}
        self._is_as_stored = all(each.shows_as_stored for each in (codec, *self._codecs.values()))
        self._unset = unset

    def show(self, lead: Lead) -> Any:
        stored = getattr(lead, self._attribute)
        if not stored:
            return self._unset
        return {key: self._codecs.get(key, self._codec).show(value) for key, value in stored.items()}

    def shown(self, code: Code) -> Shown:
        if not self._is_as_stored:
            return super().shown(code)
        unset = code.constant(self._unset)
        return code.unless_unset(f"lead.{self._attribute} or {unset}")

    def read_change(self, value: Any, lead: Lead, at: str, problems: Problems, fields: FieldValues) -> None:
        """`read` drops equal entries one by one, so there is no need to show the whole map."""
        self.read(value, lead, at, problems, fields)

    def read(self, value: Any, lead: Lead, at: str, problems: Problems, fields: FieldValues) -> None:
        if value is None:
            fields[self._attribute] = None
            return
        if not isinstance(value, dict):
            problems.refuse(at, "object_expected")
            return
        stored = getattr(lead, self._attribute)
        entries: FieldValues = {}
        for key, entry in value.items():
            codec = self._codecs.get(key, self._codec)
            if entry is not None and key in stored and same(entry, codec.show(stored[key])):
                continue
            read = codec.read_or_clear(entry, at + pointer(key), problems)
            if read is not UNSET:
                entries[key] = read
        fields[self._attribute] = entries


def show_function(properties: Mapping[str, Property], *, shows_unset: bool = False) -> Callable[[Lead], dict[str, Any]]:
    """A function that shows a lead as these properties. `shows_unset`: none of them is ever `UNSET`."""
    code = Code(shows_unset=shows_unset)
    return code.function("lead", [(name, prop.shown(code)) for name, prop in properties.items()])


def read_patch(
    properties: Mapping[str, Property],
    body: FieldValues,
    lead: Lead,
    problems: Problems,
    check: Callable[[FieldValues, Problems], None] | None = None,
) -> LeadPatch:
    """The patch of `body` for `lead`. Raises `InvalidFields` with all problems.

    `check` is an additional rule of the dialect about the lead as a whole.
    """
    fields: FieldValues = {}
    for name, value in body.items():
        prop = properties.get(name)
        if prop is None:
            problems.unknown(pointer(name), name, properties)
        else:
            prop.read_change(value, lead, pointer(name), problems, fields)
    if check is not None:
        check(fields, problems)
    problems.finish()
    return LeadPatch(**fields)


def field_namer(properties: Mapping[str, Property]) -> Callable[[str], str | None]:
    """A function from a stored field's pointer to the dialect's; `None` for fields that the dialect does not show."""
    pointers = {core: wire for prop in properties.values() for core, wire in prop.covers.items()}

    def name(field: str) -> str | None:
        if field in pointers:
            return pointers[field]
        head = field.split("/", 2)[1]
        prefix = pointers.get(f"/{head}/")
        if prefix is None or not prefix.endswith("/"):
            return prefix
        rest = field.removeprefix(f"/{head}")
        return prefix + rest[1:] if rest else prefix.removesuffix("/")

    return name
