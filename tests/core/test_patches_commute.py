"""Patches of different merge groups commute: the lead is the same, whichever of the two comes first.

So writers that change different things need no knowledge of each other.
"""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from leadloop.core.leads import effects
from leadloop.core.leads.model import Lead
from leadloop.core.leads.patch import MERGE_TABLE
from tests.core.desk import DIALECTS
from tests.core.histories import HISTORIES, TELL_THE_SOURCE, History, desk_with
from tests.support.examples import examples
from tests.support.strategies import EXPAD, LEADSAIL, RELATED, Body, property_values

CORE_GROUPS = [
    {"name", "first_name", "last_name"},
    {"address", "address_text"},
    {"stage", "status"},
    {"steps", "step_times_ms"},
    {"notes", "pinned_note"},
    {"answers", "removed_answers"},
    {"custom_source_name", "custom_source_id", "custom_type_name", "custom_type_id"},
]
"""Groups of fields that affect each other, by their names in the core."""

REACHABLE_GROUP = {"name", "email", "phoneNumber", "firstName", "lastName", "phone"}
"""The last of these cannot be cleared in Expad."""
WRITES_MANY = {"utmCampaign", "utmContent", "utmMedium", "utmSource", "utmTerm", "attribution"}
"""Of `params`, LeadSail writes any number of keys."""
DIALECT_GROUPS = [
    {"source", "customLeadSourceId"} | TELL_THE_SOURCE | WRITES_MANY,
    REACHABLE_GROUP,
    {"status"},
    {"type", "customLeadTypeId"},
    {"note", "notes"},
    {"fields", "questionnaire", "deleteQuestionnaireKeys"},
    {"conversionSteps", "conversionStepTimestamps"},
]


def group_of(name: str) -> str:
    for group in DIALECT_GROUPS:
        if name in group:
            return min(group)
    return name


def test_every_effect_stays_within_one_group() -> None:
    for triggers, _ in effects._EFFECTS:
        assert len(triggers) == 1 or any(triggers <= group for group in CORE_GROUPS), triggers
    assert set().union(*CORE_GROUPS) <= MERGE_TABLE.keys()


VALUES = {
    dialect: {name: property_values(property, identified=True) for name, property in table.items()}
    for dialect, table in (("expad", EXPAD), ("leadsail", LEADSAIL))
}


@st.composite
def two_patches(draw: st.DrawFn) -> list[tuple[str, Body]]:
    """Two patches, each in either dialect, that have no group in common."""
    taken: set[str] = set()
    patches: list[tuple[str, Body]] = []
    for _ in range(2):
        dialect = draw(st.sampled_from(sorted(VALUES)))
        free = [name for name in VALUES[dialect] if group_of(name) not in taken]
        related = [sorted(group) for group in RELATED if group <= set(free)]
        names = draw(
            st.lists(st.sampled_from(free), unique=True, min_size=1, max_size=3)
            | st.sampled_from(related).flatmap(st.permutations)
        )
        taken |= {group_of(name) for name in names}
        patches.append((dialect, {name: draw(VALUES[dialect][name]) for name in names}))
    return patches


def after(history: History, patches: list[tuple[str, Body]], order: tuple[int, int]) -> Lead:
    desk = desk_with(history)
    begin_ms = desk.at_ms
    for index in order:
        dialect, body = patches[index]
        desk.at_ms = begin_ms + index  # a request keeps its stamp, whenever it runs
        desk.patch(DIALECTS[dialect], body)
    return desk.present


@examples(60)
@given(history=HISTORIES, patches=two_patches())
def test_patches_of_different_groups_commute(history: History, patches: list[tuple[str, Any]]) -> None:
    assert after(history, patches, (0, 1)) == after(history, patches, (1, 0))


def test_patches_of_one_group_do_not() -> None:
    patches = [("expad", {"cpf": "1"}), ("expad", {"cpf": "2"})]
    history: History = (("expad", {"name": "Ana"}), [])
    first, other = after(history, patches, (0, 1)), after(history, patches, (1, 0))
    assert first != other
    assert structs.replace(first, cpf=None) == structs.replace(other, cpf=None)


def test_the_table_of_groups_names_properties_only() -> None:
    assert set().union(*DIALECT_GROUPS) <= EXPAD.keys() | LEADSAIL.keys()
