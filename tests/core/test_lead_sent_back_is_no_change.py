"""Sending back what a dialect shows of a lead, whole or in part, records no change."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadloop.api.expad.wire.special import CampaignIds
from leadloop.api.item_lists import ItemList
from leadloop.api.leadsail.wire.special import Clicks
from leadloop.api.properties import MergedMap, MergedPart
from tests.core.desk import DIALECTS
from tests.core.histories import HISTORIES, History, desk_with
from tests.support.examples import examples


@pytest.mark.parametrize("name", sorted(DIALECTS))
@examples(50)
@given(history=HISTORIES)
def test_the_whole_lead_sent_back(name: str, history: History) -> None:
    desk = desk_with(history)
    before, dialect = desk.doc, DIALECTS[name]
    written = desk.patch(dialect, dialect.show(desk.present))
    assert written.change is None, written.change
    assert desk.doc == before


@pytest.mark.parametrize("name", sorted(DIALECTS))
@examples(30)
@given(history=HISTORIES, data=st.data())
def test_single_members_and_items_sent_back(name: str, history: History, data: st.DataObject) -> None:
    desk = desk_with(history)
    dialect = DIALECTS[name]
    shown = dialect.show(desk.present)
    for key, value in shown.items():
        body = {key: value}
        merges = isinstance(dialect.table[key], MergedPart | MergedMap | Clicks | CampaignIds | ItemList)
        if merges and value and isinstance(value, dict):
            body = {key: {member: value[member] for member in data.draw(st.sets(st.sampled_from(sorted(value))))}}
        elif merges and value:
            body = {key: [data.draw(st.sampled_from(value))]}
        written = desk.patch(dialect, body)
        assert written.change is None, (body, written.change)
