"""A projection: rows that follow from a lead, in parts, each of which reads only some of the lead's fields.

Which fields a part reads is recorded in `reads.json` (see `tools/recorded_reads.py`). A change that touches none of
them changes none of its rows, so `difference` does not compute them.
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

Row = TypeVar("Row", bound=Hashable)

Parts = Mapping[str, Collection[str]]
"""Of each projection, by its name, some of its parts."""


class Projection(NamedTuple, Generic[Row]):
    name: str
    parts: Mapping[str, Callable[[Lead, Country], Iterable[Row]]]
    """By name. A part has no rows of a lead that does not count, such as a deleted one."""

    def rows(self, lead: Lead | None, country: Country = no_country, of: Collection[str] | None = None) -> list[Row]:
        """Those of some parts, in their order. `country` is the account's."""
        if lead is None:
            return []
        return [row for part in (self.parts if of is None else of) for row in self.parts[part](lead, country)]


class Difference(NamedTuple, Generic[Row]):
    """Of the rows of the parts that a change touches: those that the lead has no more, the new ones, and all."""

    gone: list[Row]
    added: list[Row]
    current: list[Row]
    parts: Collection[str]


class Reads(Struct):
    """What is recorded of one part."""

    fields: list[str]
    """Names of fields of the lead; of `params` each parameter by itself: `params/utm_source`."""
    rows: str
    """A digest of the rows of generated leads: another one means that stored rows are to be rebuilt."""


COMPARED = 8
"""Rows; more are hashed."""
FEW = 8
"""Fields: which parts some of them touch is remembered, since the same ones change again and again."""

FILE = Path(__file__).with_name("reads.json")
RECORDED: dict[str, dict[str, Reads]] = msgspec.json.decode(FILE.read_bytes(), type=dict[str, dict[str, Reads]])
"""By projection and part."""


def readers(recorded: Mapping[str, Mapping[str, Reads]]) -> dict[str, list[tuple[str, str]]]:
    """The parts that read a field, by its name."""
    found: dict[str, list[tuple[str, str]]] = {}
    for projection, parts in recorded.items():
        for part, reads in parts.items():
            for field in reads.fields:
                found.setdefault(field, []).append((projection, part))
    return found


_READERS = readers(RECORDED)


def touched(changes: Sequence[FieldChange]) -> Parts:
    """The parts that read a field which changes. Most changes touch none."""
    pointers = tuple([change.field for change in changes])
    return _few_touched(pointers) if len(pointers) <= FEW else _touched(pointers)


def _touched(pointers: Iterable[str]) -> Parts:
    found: dict[str, dict[str, None]] = {}
    for pointer in pointers:
        for projection, part in _READERS.get(field_of(pointer), ()):
            found.setdefault(projection, {})[part] = None
    return found


_few_touched = lru_cache(maxsize=4_096)(_touched)


def field_of(pointer: str) -> str:
    """The field that a change record points at or into; a parameter is one by itself."""
    name, _, _ = pointer[1:].partition("/")
    return pointer[1:] if name == "params" else name


def difference(
    of: Projection[Row], before: Lead | None, after: Lead, parts: Parts, country: Country = no_country
) -> Difference[Row] | None:
    """What the change from `before` to `after` makes of the rows of `of`; `parts` are those that it touches, of a new
    lead all. `None` where it touches none: nothing is computed then."""
    touched_parts = of.parts if before is None else parts.get(of.name)
    if not touched_parts:
        return None
    old, current = of.rows(before, country, touched_parts), of.rows(after, country, touched_parts)
    return Difference(_without(old, current), _without(current, old), current, touched_parts)


def _without(rows: list[Row], others: list[Row]) -> list[Row]:
    """To compare some rows with each other costs less than to hash them."""
    known = others if len(others) <= COMPARED else set(others)
    return [row for row in rows if row not in known]
