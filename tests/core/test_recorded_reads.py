"""The recorded reads of a projection are complete: a change of any other field changes none of its rows."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from leadloop.core.leads.model import Lead
from leadloop.derived.everything import PROJECTIONS
from leadloop.derived.projection import RECORDED, Reads, difference, field_of, touched_parts
from leadloop.derived.stage_moves import STAGES, new_stage
from leadloop.insights import dimensions, lead_view
from tests.core.desk import DIALECTS
from tests.core.histories import FIRST, STEPS, Step, desk_with
from tests.support.examples import examples
from tools import recorded_reads
from tools.generated_leads import ALWAYS, KEYS, TEXTS, generated_lead, other_value

Recorded = recorded_reads.Recorded


def with_other_field(lead: Lead, chance: random.Random) -> Iterator[tuple[str, Lead]]:
    """The lead with one field changed, for each field and each parameter."""
    for name in Lead.__struct_fields__:
        if name not in ALWAYS and name != "params":
            yield name, structs.replace(lead, **{name: other_value(chance, name)})
    for key in KEYS:
        yield f"params/{key}", structs.replace(lead, params={**lead.params, key: chance.choice(TEXTS)})


def unexpected(recorded: Recorded, lead: Lead, chance: random.Random) -> set[tuple[str, str]]:
    """Pairs of a part and a field that changes its rows although the part is not recorded to read it."""
    unexpected_rows = set()
    parts = [
        (part, rows, recorded[name][part].fields)
        for name, projection in PROJECTIONS.items()
        for part, rows in projection.parts.items()
    ]
    rows_before = [set(rows(lead, _no_country)) for _, rows, _ in parts]
    for field, other in with_other_field(lead, chance):
        for (part, rows, fields), before in zip(parts, rows_before, strict=True):
            if field not in fields and set(rows(other, _no_country)) != before:
                unexpected_rows.add((part, field))
    return unexpected_rows


def _no_country() -> None:
    return None


@examples(40)
@given(seed=st.integers(10**6, 10**9))
def test_a_change_of_any_other_field_changes_no_row(seed: int) -> None:
    assert unexpected(RECORDED, generated_lead(seed), random.Random(seed)) == set()


@pytest.mark.parametrize(("projection", "part", "field"), [("words", "tag", "tags"), ("terms", "value", "cart")])
def test_a_field_that_is_not_recorded_is_noticed(projection: str, part: str, field: str) -> None:
    reads = RECORDED[projection][part]
    without = Reads([other for other in reads.fields if other != field], reads.rows)
    recorded = {**RECORDED, projection: {**RECORDED[projection], part: without}}
    unexpected_rows = (unexpected(recorded, generated_lead(seed), random.Random(seed)) for seed in range(30))
    assert set().union(*unexpected_rows) == {(part, field)}


def test_the_recorded_file_is_that_of_the_code() -> None:
    assert recorded_reads.main([]) == 0, "run `python -m tools.recorded_reads --write`"


def test_the_insights_can_read_what_their_dimensions_need() -> None:
    assert {member for members in dimensions.MEMBERS.values() for member in members} <= set(lead_view.MEMBERS)


def test_other_rows_of_the_same_leads_need_a_migration_on_both_engines(tmp_path: Path) -> None:
    current = {**RECORDED, "words": {**RECORDED["words"], "new": Reads(["name"], "0")}}
    current["facts"] = {"facts": Reads(["stage"], RECORDED["facts"]["facts"].rows)}
    assert recorded_reads.outdated(RECORDED, current) == ["words"]
    for engine in ("sqlite", "postgres"):
        (tmp_path / engine / "migrations").mkdir(parents=True)
        (tmp_path / engine / "migrations" / "0007_start.sql").touch()
    written = recorded_reads.write_migrations(["words"], tmp_path)
    assert [str(file.relative_to(tmp_path)) for file in written] == [
        f"{engine}/migrations/0008_rebuild_words.sql" for engine in ("sqlite", "postgres")
    ]
    assert {file.read_text() for file in written} == {"-- rebuild: words\n"}


@examples(40)
@given(first=FIRST, steps=st.lists(STEPS, min_size=1, max_size=6))
def test_a_difference_makes_the_rows_before_those_after(first: Step, steps: list[Step]) -> None:
    desk = desk_with((first, []))
    for kind, body in steps:
        before = desk.present
        written = desk.delete() if kind == "delete" else desk.patch(DIALECTS[kind], body)
        parts = touched_parts(written.change.fields if written.change else [])
        for name, projection in PROJECTIONS.items():
            if name == "columns":  # has the time of every change, and is always saved
                continue
            old, new = set[Any](projection.rows(before)), set[Any](projection.rows(desk.present))
            changed_rows = difference(projection, before, desk.present, parts)
            gone, added = (set(changed_rows.removed), set(changed_rows.added)) if changed_rows else (set(), set())
            assert (gone, added) == (old - new, new - old), name
        moved = difference(STAGES, before, desk.present, parts)
        assert (moved.added if moved else []) == [
            stage for stage in [written.change and new_stage(written.change)] if stage is not None
        ]


def test_a_parameter_is_a_field_by_itself() -> None:
    pointers = ("/email", "/address/city", "/notes/a~1b", "/params/utm_source")
    assert [field_of(pointer) for pointer in pointers] == ["email", "address", "notes", "params/utm_source"]
