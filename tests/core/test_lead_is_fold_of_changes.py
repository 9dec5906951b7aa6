"""A lead is the fold of its change records, which survive being stored as JSON."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadloop.core.leads.doc import encode
from leadloop.core.leads.fold import fold
from tests.core.desk import DIALECTS, EXPAD_DIALECT, Desk
from tests.core.histories import FIRST, STEPS, Step, desk_with
from tests.support.examples import examples


@examples(80)
@given(first=FIRST, steps=st.lists(STEPS, max_size=6))
def test_the_fold_of_the_records_is_the_lead(first: Step, steps: list[Step]) -> None:
    desk = desk_with((first, []))
    for kind, body in steps:
        before = desk.present
        written = desk.delete() if kind == "delete" else desk.patch(DIALECTS[kind], body)
        effective = written.change is not None
        assert desk.present.version == before.version + effective
        assert (written.lead == before) is not effective
    assert encode(fold(desk.records)) == desk.doc
    for length in range(1, len(desk.records)):
        assert fold(desk.records[:length]).version == length


def test_a_missing_record_is_noticed() -> None:
    desk = Desk()
    desk.create(EXPAD_DIALECT, {"name": "Ana"})
    for name in ("Bia", "Cid"):
        desk.patch(EXPAD_DIALECT, {"name": name})
    for records in (desk.records[1:], [desk.records[0], desk.records[2]], []):
        with pytest.raises(ValueError):
            fold(records)


def test_a_falsified_record_is_noticed() -> None:
    desk = Desk()
    desk.create(EXPAD_DIALECT, {"name": "Ana"})
    desk.patch(EXPAD_DIALECT, {"name": "Bia"})
    desk.records[1].fields.pop()
    assert encode(fold(desk.records)) != desk.doc
