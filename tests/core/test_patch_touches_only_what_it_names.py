"""A patch changes the fields that it names and, beyond them, only documented effects; in both dialects."""

from collections.abc import Iterator
from typing import Any

from hypothesis import given

from leadloop.api.expad.wire.answers import AnswerList
from leadloop.api.expad.wire.special import CampaignIds
from leadloop.api.item_lists import ItemList
from leadloop.api.leadsail.wire.special import Clicks
from leadloop.api.properties import MergedMap, MergedPart, Property
from tests.core.desk import DIALECTS, Desk, Dialect
from tests.core.histories import HISTORIES, History, desk_with
from tests.support.examples import examples
from tests.support.strategies import EXPAD, LEADSAIL, Body, bodies

CALLS = ("callId", "callStatus", "callAudioUrl", "callDuration")
IDS = tuple(name for name in EXPAD if name.startswith(("google", "facebook")))
CLICKS = ("leadsail.attribution", "expad.startUrl", "expad.formId", "expad.callId", "expad.campaignIdData")
UTM = tuple(f"expad.{name}" for name in EXPAD if name.startswith("utm"))

FOLLOWS: tuple[tuple[tuple[str, ...], tuple[str, ...], str], ...] = (
    (("expad.name",), ("leadsail.firstName", "leadsail.lastName"), "a name is split at its first space"),
    (("leadsail.firstName", "leadsail.lastName"), ("expad.name",), "the halves are joined again"),
    (("expad.status",), ("leadsail.status",), "a stage moves a status of another group"),
    (("leadsail.status",), ("expad.status",), "a status moves a stage of another group"),
    (("expad.markedForDeletion",), ("expad.deletedAt", "leadsail.deletedAt"), "deleting stamps the time"),
    (("expad.email", "expad.phoneNumber"), ("expad.duplicate",), "counted when the lead's own contact is written"),
    (("leadsail.email", "leadsail.phone"), ("expad.duplicate",), "counted when the lead's own contact is written"),
    (("expad.leadAttributionUser",), ("expad.hasAttributionUser",), "tells of it"),
    (tuple(f"expad.{name}" for name in CALLS), ("expad.hasLeadCalls",), "tells of them"),
    (("expad.lastMessage",), ("expad.hasLeadMessages",), "tells of it"),
    (("expad.googleLeadId", "expad.facebookLeadId"), ("expad.campaignIdData",), "tells of them"),
    ((*CLICKS, *(f"expad.{name}" for name in IDS)), ("expad.source",), "a source nobody wrote is derived from ids"),
    (("expad.source",), ("expad.customLeadSourceId",), "an unknown text becomes a custom source"),
    (("expad.type",), ("expad.customLeadTypeId",), "an unknown text becomes a custom type"),
    (("expad.conversionSteps",), ("expad.conversionStepTimestamps",), "a step that turns true is stamped"),
    (("leadsail.deleteQuestionnaireKeys",), ("leadsail.questionnaire", "expad.fields"), "those answers go"),
    (tuple(f"expad.{name}" for name in EXPAD), ("leadsail.updatedAt",), "the time of the last change"),
    (tuple(f"leadsail.{name}" for name in LEADSAIL), ("leadsail.updatedAt",), "the time of the last change"),
)
"""Other properties that may change, in either dialect, when a property is written; and why."""

TABLES = {"expad": EXPAD, "leadsail": LEADSAIL}


def overlap(first: Property, other: Property) -> bool:
    """Whether two properties are views of the same stored fields."""
    for a in first.covers:
        for b in other.covers:
            if a == b or (a.endswith("/") and b.startswith(a)) or (b.endswith("/") and a.startswith(b)):
                return True
    return False


def allowed(written: str, named: set[str]) -> set[str]:
    """The properties that may change when `named` are written through the dialect `written`."""
    marked = {f"{written}.{name}" for name in named}
    names = set(marked)
    for dialect, table in TABLES.items():
        for name, seen in table.items():
            if any(overlap(TABLES[written][property], seen) for property in named if property in TABLES[written]):
                names.add(f"{dialect}.{name}")
    for causes, effects, _ in FOLLOWS:
        if marked & set(causes):
            names |= set(effects)
    return names


def looks(desk: Desk) -> Body:
    """The lead in both dialects, as `dialect.property` → value."""
    shown = {name: dialect.show(desk.present) for name, dialect in DIALECTS.items()}
    return {f"{dialect}.{name}": value for dialect, whole in shown.items() for name, value in whole.items()}


def unnamed_parts(field: Property, sent: Any, before: Any, after: Any) -> Iterator[tuple[Any, Any]]:
    """The members, keys and items that a body of a merging property does not name: before and after."""
    if isinstance(field, ItemList) and isinstance(sent, list):
        yield from unnamed_items(field, sent, before or [], after or [])
    elif isinstance(field, MergedPart | MergedMap | Clicks | CampaignIds) and isinstance(sent, dict):
        before, after = before or {}, after or {}
        for name in (before.keys() | after.keys()) - sent.keys():
            if not (isinstance(field, CampaignIds) and name.startswith("has")) and (before and after):
                yield before.get(name), after.get(name)
        if isinstance(field, Clicks) and isinstance(sent.get("params"), dict):
            yield from unnamed_parts(Clicks._PARAMS, sent["params"], before.get("params"), after.get("params"))


def unnamed_items(field: ItemList, sent: list[Any], before: list[Any], after: list[Any]) -> Iterator[tuple[Any, Any]]:
    key = field._key
    named = {item.get(key) for item in sent}
    if isinstance(field, AnswerList):
        names = {item.get("name") for item in sent}
        named |= names | {item[key] for item in before if item["name"] in names}
    old, new = ({item[key]: item for item in items} for items in (before, after))
    for item_key in old.keys() - named:
        yield old[item_key], new.get(item_key)
    for item_key in old.keys() & new.keys() & named:
        members = set().union(*(item for item in sent if item_key in (item.get(key), item.get("name"))))
        for member in old[item_key].keys() - members if not isinstance(field, AnswerList) else ():
            yield old[item_key][member], new[item_key].get(member)


def check(dialect: Dialect, history: History, body: Body) -> None:
    desk = desk_with(history)
    before = looks(desk)
    effective = desk.patch(dialect, body).change is not None
    after = looks(desk)
    different = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert different <= allowed(dialect.name, set(body))
    if not effective:
        assert before == after
    for name, sent in body.items():
        marked = f"{dialect.name}.{name}"
        for old, new in unnamed_parts(dialect.table[name], sent, before.get(marked), after.get(marked)):
            assert old == new, name


@examples(80)
@given(history=HISTORIES, body=bodies(EXPAD))
def test_an_expad_patch(history: History, body: Body) -> None:
    check(DIALECTS["expad"], history, body)


@examples(80)
@given(history=HISTORIES, body=bodies(LEADSAIL))
def test_a_leadsail_patch(history: History, body: Body) -> None:
    check(DIALECTS["leadsail"], history, body)


def test_the_table_names_properties_only() -> None:
    names = {f"{dialect}.{name}" for dialect, table in TABLES.items() for name in table}
    for causes, effects, reason in FOLLOWS:
        assert set(causes) | set(effects) <= names and reason
