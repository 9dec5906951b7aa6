"""The base of a write is computed before its transaction: writes in between do not change it, and the transaction
itself reads no history."""

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from leadloop.core.errors import Conflict
from leadloop.core.ids import new_id, stamp
from leadloop.core.leads.doc import encode
from leadloop.core.leads.fold import Folding, Unfolding, fold
from leadloop.core.leads.model import Lead, blank_lead
from leadloop.core.leads.patch import LeadPatch
from leadloop.core.store import Store
from leadloop.core.writes import base, history, use_cases
from leadloop.core.writes.unit import Unit
from tests.core.desk import ACCOUNT, DIALECTS, FIRST_MS, Desk
from tests.core.histories import HISTORIES, History, Step
from tests.core.test_base_version_property import MINE, THEIRS
from tests.support.examples import examples

T = TypeVar("T")


class Raced(Desk):
    """Another client's writes commit between the reads of a write and its transaction."""

    def __init__(self) -> None:
        super().__init__()
        self.in_between: list[Step] = []
        self.units: list[Unit[object]] = []

    async def write(self, unit: Unit[T]) -> T:
        steps, self.in_between = self.in_between, []
        for name, body in steps:
            self.patch(DIALECTS[name], body)
        self.units.append(cast(Unit[object], unit))
        return await super().write(unit)


def outcome(history: History, before: list[Step], between: list[Step], mine: Step) -> tuple[object, ...]:
    (first, body), steps = history
    desk = Raced()
    desk.create(DIALECTS[first], body)
    for name, step in steps:
        desk.delete() if name == "delete" else desk.patch(DIALECTS[name], step)
    read = desk.present.version
    for name, step in before:
        desk.patch(DIALECTS[name], step)
    ends_at_ms = desk.at_ms + 1_000 * (len(between) + 1)
    desk.in_between = between
    try:
        result = desk.patch(DIALECTS[mine[0]], mine[1], read)
    except Conflict as error:
        return "conflict", sorted(error.fields), desk.present.version
    desk.at_ms = ends_at_ms
    changed = result.change and sorted(field.field for field in result.change.fields)
    return "written", changed, desk.present.version


@examples(60)
@given(history=HISTORIES, theirs=THEIRS, mine=MINE, data=st.data())
def test_a_race_ends_as_if_the_others_had_been_first(
    history: History, theirs: list[Step], mine: Step, data: st.DataObject
) -> None:
    split = data.draw(st.integers(0, len(theirs)))
    assert outcome(history, theirs[:split], theirs[split:], mine) == outcome(history, theirs, [], mine)


def test_the_transaction_reads_no_history_but_for_a_message() -> None:
    desk = Raced()
    desk.create(DIALECTS["expad"], {"name": "Ana"})
    for number in range(3):
        desk.patch(DIALECTS["expad"], {"note": f"n{number}"})
    desk.patch(DIALECTS["expad"], {"companyName": "Mine"}, base_version=1)
    assert desk.units[-1].history_after is None and not desk.units[-1].needs_more_than_lead
    message = {"id": "m1", "content": "Hello"}
    desk.patch(DIALECTS["expad"], {"lastMessage": message}, base_version=1)
    assert desk.units[-1].history_after == 5, "only what comes after the version that was read"


def test_a_message_of_others_is_a_conflict_whenever_it_came() -> None:
    message = {"id": "m1", "content": "Theirs"}
    mine = {"lastMessage": {"id": "m1", "content": "Mine"}}
    for split in (0, 1):
        desk = Raced()
        desk.create(DIALECTS["expad"], {"name": "Ana"})
        theirs: list[Step] = [("expad", {"lastMessage": message})]
        for name, step in theirs[:split]:
            desk.patch(DIALECTS[name], step)
        desk.in_between = theirs[split:]
        with pytest.raises(Conflict) as raised:
            desk.patch(DIALECTS["expad"], mine, base_version=1)
        assert "/messages/m1" in raised.value.fields


class Large(Desk):
    """A lead with many answers, all of which each version changes."""

    def __init__(self, versions: int, items: int) -> None:
        super().__init__()
        lead: Lead = blank_lead(ACCOUNT, new_id(FIRST_MS), FIRST_MS + 1)
        for version in range(1, versions + 1):
            answers = [{"key": f"k{number}", "value": version} for number in range(items)]
            by = stamp(FIRST_MS + version, f"req_{version}", "key:test", "leadsail")
            saved = use_cases.change(lead, LeadPatch(name="Ana", answers=answers), by)
            assert saved is not None
            lead = saved.lead
            self.records.append(saved.change)
        self.stored = lead


@pytest.mark.parametrize(("items", "is_large"), [(5, False), (600, True)])
def test_much_is_folded_and_undone_in_another_thread(
    monkeypatch: pytest.MonkeyPatch, items: int, is_large: bool
) -> None:
    threads: set[str] = set()

    def noting(method: Callable[..., object]) -> Callable[..., object]:
        def noted(*arguments: object) -> object:
            threads.add(threading.current_thread().name)
            return method(*arguments)

        return noted

    for kind, names in ((Folding, ("apply", "lead")), (Unfolding, ("undo", "lead"))):
        for name in names:
            monkeypatch.setattr(kind, name, noting(getattr(kind, name)))
    desk = Large(25, items)
    store, lead = cast(Store, desk), desk.present

    async def run() -> tuple[Lead, Lead]:
        prepared = await base.load_base(store, ACCOUNT, lead.id, 2)
        assert prepared is not None and prepared.read_version == 25
        return await history.at_version(store, ACCOUNT, lead.id, 2), prepared.lead

    then, undone = asyncio.run(run())
    assert (threading.current_thread().name not in threads) == is_large
    monkeypatch.undo()
    assert encode(then) == encode(fold(desk.records[:2]))
    assert structs.replace(undone, updated_at_ms=then.updated_at_ms) == then
