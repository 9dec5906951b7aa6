"""A projection: rows derived from a lead, in parts, each of which reads only some of the lead's fields.

`reads.json` records which fields a part reads (see `tools/recorded_reads.py`). A change that touches none of them
cannot change the part's rows, so `difference` skips the part.
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

import msgspec
from msgspec import Struct

from leadloop.core.changes import FieldChange
from leadloop.core.leads.matching import Country, no_country
from leadloop.core.leads.model import Lead

R = TypeVar("R", bound=Hashable)

Parts = Mapping[str, Collection[str]]
"""Some parts of projections, by the projection's name."""


class Projection(NamedTuple, Generic[R]):
    name: str
    parts: Mapping[str, Callable[[Lead, Country], Iterable[R]]]
    """By name."""
    has_deleted: bool = True
    """Whether deleted leads have rows."""

    def rows(self, lead: Lead | None, country: Country = no_country, of: Collection[str] | None = None) -> list[R]:
        """The rows of all parts, or of the parts `of`, in the order of the parts. `country` is the account's."""
        if lead is None or (not self.has_deleted and lead.deleted_at_ms is not None):
            return []
        parts = self.parts
        return [row for part in (parts if of is None else of) for row in parts[part](lead, country)]


class Difference(NamedTuple, Generic[R]):
    """The rows that a change removes and adds, and all current rows, of the parts that it touches."""

    removed: list[R]
    added: list[R]
    current: list[R]
    parts: Collection[str]


class Reads(Struct):
    """The recorded reads of one part."""

    fields: list[str]
    """Names of the lead's fields; each parameter of `params` counts as a field: `params/utm_source`."""
    rows: str
    """A digest of the rows of generated leads. If it changes, stored rows must be rebuilt."""


COMPARED = 8
"""Up to this number, rows are compared one by one; more are hashed."""
FEW = 8
"""Up to this number of changed fields, the touched parts are cached: the same fields change again and again."""

FILE = Path(__file__).with_name("reads.json")
RECORDED: dict[str, dict[str, Reads]] = msgspec.json.decode(FILE.read_bytes(), type=dict[str, dict[str, Reads]])
"""By projection and part."""


def readers(recorded: Mapping[str, Mapping[str, Reads]]) -> dict[str, list[tuple[str, str]]]:
    """The parts that read each field, by the field's name."""
    parts_by_field: dict[str, list[tuple[str, str]]] = {}
    for projection, parts in recorded.items():
        for part, reads in parts.items():
            for field in reads.fields:
                parts_by_field.setdefault(field, []).append((projection, part))
    return parts_by_field


_READERS = readers(RECORDED)


def touched_parts(changes: Sequence[FieldChange]) -> Parts:
    """The parts that read a changed field. Most changes touch none."""
    pointers = tuple([change.field for change in changes])
    return _few_touched(pointers) if len(pointers) <= FEW else _touched(pointers)


def _touched(pointers: Iterable[str]) -> Parts:
    parts: dict[str, dict[str, None]] = {}
    for pointer in pointers:
        for projection, part in _READERS.get(field_of(pointer), ()):
            parts.setdefault(projection, {})[part] = None
    return parts


_few_touched = lru_cache(maxsize=4_096)(_touched)


def field_of(pointer: str) -> str:
    """The name of the field that a pointer leads to or into. Each parameter counts as a field."""
    name, _, _ = pointer[1:].partition("/")
    return pointer[1:] if name == "params" else name


def difference(
    of: Projection[R], before: Lead | None, after: Lead, parts: Parts, country: Country = no_country
) -> Difference[R] | None:
    """How the rows of the projection `of` change from `before` to `after`. `parts` are the touched parts; for a new
    lead all parts count as touched. `None` if no part of `of` is touched."""
    names = of.parts if before is None else parts.get(of.name)
    if not names:
        return None
    old, current = of.rows(before, country, names), of.rows(after, country, names)
    return Difference(_without(old, current), _without(current, old), current, names)


def _without(rows: list[R], others: list[R]) -> list[R]:
    """Compares a few rows one by one, which costs less than hashing them."""
    excluded = others if len(others) <= COMPARED else set(others)
    return [row for row in rows if row not in excluded]
