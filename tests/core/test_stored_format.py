"""The format of stored leads has a version, `FORMAT`: a change of the format raises it and adds its digest here."""

import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Any, NamedTuple, get_args, get_type_hints

from msgspec import Struct

from leadloop.core.leads import model
from leadloop.core.leads.model import FORMAT, Lead
from leadloop.core.leads.parts import Tag

DIGESTS = {
    1: "455fcf0a8ed5f02d",
    2: "704eba2e55ec8192",
    3: "193771f91eba1609",
}
"""`FORMAT` → digest of the paths and types of all members of a lead and its parts."""


class Member(NamedTuple):
    part: type[Struct]
    path: str
    type: str
    """The names of our classes are left out: they are not stored."""


def members(kind: Any, at: str = "") -> Iterator[Member]:
    """The members of a part and of every part below it."""
    if not (isinstance(kind, type) and issubclass(kind, Struct)):
        for inner in get_args(kind):
            yield from members(inner, at)
        return
    for name, hint in get_type_hints(kind).items():
        if name in kind.__struct_fields__:
            type_text = re.sub(r"[\w.]+\.", "", re.sub(r"leadloop\.[\w.]+", "part", str(hint)))
            yield Member(kind, f"{at}/{name}", type_text)
            yield from members(hint, f"{at}/{name}")


def digest(part: type[Struct]) -> str:
    lines = sorted(f"{member.path}: {member.type}" for member in members(part))
    return sha256("\n".join(lines).encode()).hexdigest()[:16]


def test_a_change_of_the_stored_lead_raises_its_format() -> None:
    present = digest(Lead)
    assert DIGESTS.get(FORMAT) == present, (
        "the stored lead has another shape than its FORMAT says: raise FORMAT in core/leads/model.py and add "
        f'`{FORMAT + (FORMAT in DIGESTS)}: "{present}",` to DIGESTS here (CONTRIBUTING, "a lead field")'
    )


def test_the_digest_covers_every_part_and_sees_a_new_member() -> None:
    parts = {part for part in vars(model).values() if isinstance(part, type) and issubclass(part, Struct)}
    assert parts - {Struct} <= {member.part for member in members(Lead)}

    class WithMore(Tag, frozen=True):
        more: str | None = None

    assert digest(WithMore) != digest(Tag)
    assert {member.path for member in members(WithMore)} - {member.path for member in members(Tag)} == {"/more"}


def test_the_digest_ignores_the_names_of_classes_and_sees_a_type() -> None:
    class Renamed(Tag, frozen=True): ...

    class Retyped(Tag, frozen=True):
        name: int | None = None  # type: ignore[assignment]

    assert digest(Renamed) == digest(Tag) != digest(Retyped)
