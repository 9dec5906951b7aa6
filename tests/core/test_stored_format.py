"""The format of stored leads has a version, `FORMAT`: a change of the format raises it and adds its digest here."""

import re
from hashlib import sha256
from typing import Any, get_args, get_type_hints

from msgspec import Struct

from leadloop.core.leads import model
from leadloop.core.leads.model import FORMAT, Lead
from leadloop.core.leads.parts import Tag

DIGESTS = {
    1: "5ea8ad2a33a69a55",
    2: "b0c27444c5ecce5d",
}
"""`FORMAT` → digest of the names and types of all members of a lead and its parts."""


def members(part: type[Struct]) -> dict[str, dict[str, str]]:
    """The members of a part and of every part below it, with their types, by the names of the parts."""
    parts_by_name: dict[str, dict[str, str]] = {}
    waiting: list[Any] = [part]
    while waiting:
        kind = waiting.pop()
        if isinstance(kind, type) and issubclass(kind, Struct) and kind.__name__ not in parts_by_name:
            hints = {name: hint for name, hint in get_type_hints(kind).items() if name in kind.__struct_fields__}
            parts_by_name[kind.__name__] = {name: re.sub(r"[\w.]+\.", "", str(hint)) for name, hint in hints.items()}
            waiting += hints.values()
        waiting += get_args(kind)
    return parts_by_name


def digest(part: type[Struct]) -> str:
    lines = [f"{kind}.{name}: {hint}" for kind, held in members(part).items() for name, hint in held.items()]
    return sha256("\n".join(sorted(lines)).encode()).hexdigest()[:16]


def test_a_change_of_the_stored_lead_raises_its_format() -> None:
    present = digest(Lead)
    assert DIGESTS.get(FORMAT) == present, (
        "the stored lead has another shape than its FORMAT says: raise FORMAT in core/leads/model.py and add "
        f'`{FORMAT + (FORMAT in DIGESTS)}: "{present}",` to DIGESTS here (CONTRIBUTING, "a lead field")'
    )


def test_the_digest_covers_every_part_and_sees_a_new_member() -> None:
    parts = {
        parts_by_name
        for parts_by_name in vars(model).values()
        if isinstance(parts_by_name, type) and issubclass(parts_by_name, Struct)
    }
    assert {part.__name__ for part in parts} - {"Struct"} <= members(Lead).keys()

    class WithMore(Tag, frozen=True):
        more: str | None = None

    assert digest(WithMore) != digest(Tag)
    assert members(WithMore)["WithMore"].keys() - members(Tag)["Tag"].keys() == {"more"}
