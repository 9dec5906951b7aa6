"""The cost of folding and undoing depends on what the records change, not on the number of items in the lead. The
result is that of a plain reference implementation, which rebuilds every list for every field."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

import leadloop
from leadloop.core.changes import Change, FieldChange, pointer_parts
from leadloop.core.leads.doc import encode
from leadloop.core.leads.fold import Folding, fold, unfold
from leadloop.core.leads.merge import ITEMS
from leadloop.core.leads.model import Lead, blank_lead
from tests.core.desk import ACCOUNT, FIRST_MS
from tests.support.examples import examples

LEAD = "b" * 24
KEYS = st.sampled_from("abcde")
NOTES = st.none() | KEYS.map(lambda text: {"text": text})


def record(version: int, fields: list[FieldChange]) -> Change:
    return Change(
        account_id=ACCOUNT,
        lead_id=LEAD,
        version=version,
        at_ms=FIRST_MS + version,
        actor="key:test",
        dialect="leadloop",
        request_id="req",
        fields=fields,
    )


def note(key: str, value: dict[str, Any] | None) -> FieldChange:
    return FieldChange(f"/notes/{key}", None, value and {"id": key, **value})


def answer(key: str, value: int, before: int | None = None) -> FieldChange:
    old = None if before is None else {"key": key, "value": before}
    return FieldChange(f"/answers/{key}", old, {"key": key, "value": value})


def whole(keys: list[str]) -> FieldChange:
    return FieldChange("/notes", None, [{"id": key, "text": "whole"} for key in keys] or None)


FIELDS = st.one_of(
    st.builds(note, KEYS, NOTES),
    st.builds(whole, st.lists(KEYS, max_size=4)),
    st.builds(answer, KEYS, st.integers(0, 3)),
    st.builds(lambda key, text: FieldChange(f"/custom_fields/{key}", None, text), KEYS | st.just("a~1b"), st.text()),
    st.builds(lambda text: FieldChange("/address/city", None, text), st.none() | st.text(max_size=2)),
    st.builds(lambda text: FieldChange("/messages/m1", None, text), st.text(max_size=2)),
)


def rebuilt(doc: dict[str, Any], parts: list[str], value: Any) -> dict[str, Any]:
    """The reference implementation: a document with one more field set, every list rebuilt."""
    name, *rest = parts
    if name == "messages":
        return doc
    if rest and name in ITEMS:
        key = ITEMS[name][1]
        items = {item[key]: item for item in doc.get(name, ())} | {rest[0]: value}
        value = [item for item in items.values() if item is not None]
    elif rest:
        members = doc.get(name, {}) | {rest[0]: value}
        value = {member: text for member, text in members.items() if text is not None}
    return {key: held for key, held in {**doc, name: value}.items() if held not in (None, [], {})}


def by_reference(changes: list[Change]) -> Lead:
    doc = msgspec.to_builtins(blank_lead(ACCOUNT, LEAD, changes[0].at_ms))
    for change in changes:
        for field in change.fields:
            doc = rebuilt(doc, pointer_parts(field.field), field.after)
        doc |= {"version": change.version, "updated_at_ms": change.at_ms}
    return msgspec.convert(doc, Lead)


@examples(300)
@given(st.lists(st.lists(FIELDS, max_size=6), min_size=1, max_size=6))
def test_the_fold_is_that_of_the_reference_at_every_version(log: list[list[FieldChange]]) -> None:
    changes = [record(number, fields) for number, fields in enumerate(log, 1)]
    copy = msgspec.json.encode(changes)
    folding = Folding()
    for number, change in enumerate(changes, 1):
        folding.apply(change)
        expected = by_reference(changes[:number])
        assert folding.lead() == fold(changes[:number]) == expected
        assert encode(folding.lead()) == encode(expected)
    assert msgspec.json.encode(changes) == copy, "the records stay as they are"


def operations(work: Callable[[], object]) -> int:
    """The number of instructions of leadloop's own code that `work` takes: the same on every machine."""
    count, package = 0, str(Path(leadloop.__file__).parent)

    def trace(frame: FrameType, event: str, arg: object) -> Any:
        nonlocal count
        if not frame.f_code.co_filename.startswith(package):
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        count += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def log_of(items: int, versions: int) -> list[Change]:
    """A lead with this many answers, of which each later version changes one."""
    log = [record(1, [answer(str(number), 0) for number in range(items)])]
    for version in range(2, versions + 2):
        log.append(record(version, [answer("0", version, version - 1 if version > 2 else 0)]))
    return log


@pytest.mark.parametrize("versions", [20, 200])
def test_a_change_costs_the_same_on_a_lead_with_many_items(versions: int) -> None:
    def cost(items: int) -> tuple[int, int]:
        log = log_of(items, versions)
        now = fold(log)
        folding = operations(lambda: fold(log)) - operations(lambda: fold(log[:1]))
        undoing = operations(lambda: unfold(now, log, 1)) - operations(lambda: unfold(now, log, versions))
        return folding, undoing

    assert cost(1_000) == cost(10)


def test_each_hundred_versions_cost_the_same() -> None:
    def cost(versions: int) -> int:
        log = log_of(300, versions)
        return operations(lambda: fold(log))

    assert cost(300) - cost(200) == cost(200) - cost(100)


def test_undoing_gives_what_the_reference_gives() -> None:
    log = log_of(50, 40)
    now = fold(log)
    for version in (1, 2, 20, 41):
        then = by_reference(log[:version])
        assert unfold(now, log, version) == structs.replace(then, updated_at_ms=now.updated_at_ms)
