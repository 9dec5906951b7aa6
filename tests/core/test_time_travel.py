"""Every past version of a lead can be read exactly, and restored."""

import asyncio
from typing import Any, cast

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from leadloop.core.changes import Change, FieldChange
from leadloop.core.errors import LeadNotFound, NoSuchVersion
from leadloop.core.leads.doc import encode
from leadloop.core.leads.fold import fold, unfold
from leadloop.core.leads.merge import ITEMS
from leadloop.core.leads.model import Lead, blank_lead
from leadloop.core.leads.parts import FormAnswer, Note
from leadloop.core.leads.revert import difference, restore_content
from leadloop.core.store import RECORD_BATCH, Store
from leadloop.core.writes import history
from tests.core.desk import ACCOUNT, DIALECTS, FIRST_MS, LEADSAIL_DIALECT, Desk
from tests.core.histories import FIRST, STEPS, Step, desk_with
from tests.support.examples import examples


class Past(Desk):
    """A desk that keeps every version of its lead."""

    def __init__(self, first: Step, steps: list[Step]) -> None:
        super().__init__()
        self.docs: list[bytes] = []
        self.create(DIALECTS[first[0]], first[1])
        for kind, body in [("", None), *steps]:
            if kind == "delete":
                self.delete()
            elif kind:
                self.patch(DIALECTS[kind], body)
            if len(self.docs) < len(self.records):
                self.docs.append(self.doc)

    async def of_lead(self, account_id: str, lead_id: str, after_version: int, limit: int) -> list[Change]:
        return self.records[after_version : after_version + min(limit, 2)]

    async def version_at(self, account_id: str, lead_id: str, at_ms: int) -> int:
        return sum(record.at_ms <= at_ms for record in self.records)

    def at_version(self, version: int) -> Lead:
        return asyncio.run(history.at_version(cast(Store, Present(self)), ACCOUNT, self.present.id, version))

    def at_time(self, at_ms: int) -> Lead:
        return asyncio.run(history.at_time(cast(Store, Present(self)), ACCOUNT, self.present.id, at_ms))


class Present:
    """A store that can only read."""

    def __init__(self, past: Past) -> None:
        self.leads, self.changes = self, past
        self._lead = past.present

    async def get(self, account_id: str, lead_id: str) -> Lead | None:
        return self._lead if lead_id == self._lead.id else None


def content(lead: Lead) -> bytes:
    return encode(structs.replace(lead, version=1, updated_at_ms=0))


def in_any_order(lead: Lead) -> bytes:
    """The content of the lead with its items sorted by their keys."""
    lists = {name: sorted(getattr(lead, name), key=lambda item: getattr(item, key)) for name, (_, key) in ITEMS.items()}
    return content(structs.replace(lead, **lists))


def record(lead: Lead, fields: list[FieldChange]) -> Change:
    """The record as a store returns it."""
    made = Change(
        account_id=lead.account_id,
        lead_id=lead.id,
        version=lead.version,
        at_ms=lead.updated_at_ms,
        actor="key:test",
        dialect="leadloop",
        request_id="req",
        fields=fields,
    )
    return msgspec.json.decode(msgspec.json.encode(made), type=Change)


@examples(60)
@given(first=FIRST, steps=st.lists(STEPS, max_size=5))
def test_every_version_is_read_as_it_was(first: Step, steps: list[Step]) -> None:
    past = Past(first, steps)
    for number, doc in enumerate(past.docs, 1):
        assert encode(past.at_version(number)) == doc
        assert encode(past.at_time(past.records[number - 1].at_ms)) == doc
        assert in_any_order(unfold(past.present, past.records, number)) == in_any_order(fold(past.records[:number]))


def test_what_there_never_was_is_not_found() -> None:
    past = Past(("expad", {"name": "Ana"}), [("expad", {"name": "Bia"})])
    for number in (0, 3):
        with pytest.raises(NoSuchVersion) as raised:
            past.at_version(number)
        assert raised.value.version == 2
    with pytest.raises(LeadNotFound):
        past.at_time(past.records[0].at_ms - 1)
    assert past.at_time(past.records[1].at_ms - 1).name == "Ana"
    assert past.at_time(past.records[1].at_ms + 10**9).name == "Bia"


def test_a_long_past_is_read_page_by_page() -> None:
    steps: list[Step] = [("leadsail", {"detail": str(number)}) for number in range(RECORD_BATCH + 10)]
    past = Past(("expad", {"name": "Ana"}), steps)
    assert past.at_version(RECORD_BATCH + 5).detail == str(RECORD_BATCH + 3)
    past.records.pop()
    assert past.at_version(past.present.version) == past.present, "the present one is not worked out"


@examples(100)
@given(first=FIRST, steps=st.lists(STEPS, min_size=1, max_size=5), data=st.data())
def test_going_back_and_forth_gives_the_lead_again(first: Step, steps: list[Step], data: st.DataObject) -> None:
    desk = desk_with((first, steps))
    now, log = desk.present, desk.records
    then = fold(log[: data.draw(st.integers(1, len(log)))])
    back = restore_content(now, then, desk.at_ms + data.draw(st.integers(-(10**6), 10**6)))
    assert (back.version, back.updated_at_ms >= now.updated_at_ms) == (now.version + 1, True)
    assert content(back) == content(then)
    log = [*log, record(back, difference(now, then))]
    assert encode(fold(log)) == encode(back)
    assert in_any_order(unfold(back, log, now.version)) == in_any_order(now)
    forth = restore_content(back, now, back.updated_at_ms)
    assert content(forth) == content(now)
    log = [*log, record(forth, difference(back, now))]
    assert encode(fold(log)) == encode(forth)
    assert in_any_order(unfold(forth, log, then.version)) == in_any_order(then)
    assert difference(now, forth) == difference(then, then) == []


def test_a_change_is_undone_in_the_pointers_in_which_it_was_made() -> None:
    steps: list[Step] = [
        (
            "leadsail",
            {
                "address": {"city": "Recife"},
                "customFields": {"plan": "gold", "a/b": None},
                "notes": [{"id": "n2", "text": "two"}],
                "tags": ["vip"],
                "detail": "x",
            },
        )
    ]
    past = Past(("expad", {"name": "Ana", "note": "one", "status": "ACTIVE"}), steps)
    undone = difference(past.present, past.at_version(1))
    made = past.records[1].fields
    swapped = [FieldChange(field.field, field.after, field.before) for field in made]
    assert sorted(record(past.present, undone).fields, key=str) == sorted(swapped, key=str)


KEYS = st.lists(st.sampled_from("abcdef"), unique=True, max_size=6)


def items(keys: list[str], texts: dict[str, str]) -> dict[str, Any]:
    notes = [Note(id=key, text=texts.get(key)) for key in keys]
    return {"notes": notes, "answers": [FormAnswer(key=key, value=bool(texts.get(key))) for key in keys]}


@examples(200)
@given(before=KEYS, after=KEYS, texts=st.dictionaries(st.sampled_from("abc"), st.text(max_size=1)))
def test_items_come_back_in_their_order(before: list[str], after: list[str], texts: dict[str, str]) -> None:
    begin = structs.replace(blank_lead(ACCOUNT, "b" * 24, FIRST_MS), version=1)
    now, then = structs.replace(begin, **items(before, {})), structs.replace(begin, **items(after, texts))
    log = [record(begin, []), record(structs.replace(now, version=2), difference(begin, now))]
    back = restore_content(structs.replace(now, version=2), then, FIRST_MS)
    fields = difference(now, then)
    assert encode(fold([*log, record(back, fields)])) == encode(back)
    kept = [key for key in before if key in after]
    in_order = kept + [key for key in after if key not in before] == after
    assert ("/notes" not in [field.field for field in fields]) == in_order


def test_a_list_in_another_order_is_recorded_whole() -> None:
    desk = Desk()
    desk.create(DIALECTS["expad"], {"name": "Ana"})
    desk.patch(LEADSAIL_DIALECT, {"notes": [{"id": key, "text": key} for key in "abc"]})
    desk.patch(LEADSAIL_DIALECT, {"notes": None})
    desk.patch(LEADSAIL_DIALECT, {"notes": [{"id": key, "text": key} for key in "cb"]})
    (field,) = difference(desk.present, fold(desk.records[:2]))
    assert (field.field, [note.id for note in field.before], [note.id for note in field.after]) == (
        "/notes",
        ["c", "b"],
        ["a", "b", "c"],
    )
