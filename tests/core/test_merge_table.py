"""The merge table: every field of a patch has a rule, every field of a lead is in it, and each rule behaves as
documented."""

from typing import Any

import pytest
from msgspec import UNSET, structs

from leadloop.core.changes import FieldChange
from leadloop.core.errors import InvalidFields
from leadloop.core.ids import Stamp
from leadloop.core.leads.merge import ITEMS, PARTS, MergeResult, merge
from leadloop.core.leads.model import COLLECTION_LIMIT, Lead, blank_lead
from leadloop.core.leads.parts import Address, FormAnswer, Note, Tag
from leadloop.core.leads.patch import MERGE_TABLE, LeadPatch, Rule

SERVER_OWNED = {
    "format": "the shape's number",
    "account_id": "whose lead it is, told by the key",
    "id": "made on creation",
    "version": "counts the changes",
    "created_at_ms": "the time of creation",
    "updated_at_ms": "the time of the last change",
    "phone_region": "recorded by the change that writes the phone",
    "deleted_at_ms": "stamped by the command `deleted`",
    "last_message": "the newest of the conversation, written by the command `message`",
}
COMMANDS = {"deleted", "pinned_note", "removed_answers", "message"}
NOW_MS = 1_700_000_000_000
STAMP = Stamp(NOW_MS + 1, b"entropy", "req_1", "key:test", "test")


def lead(**fields: Any) -> Lead:
    return structs.replace(blank_lead("a" * 24, "b" * 24, NOW_MS), version=1, **fields)


def merged(present: Lead, **patch: Any) -> MergeResult:
    return merge(present, LeadPatch(**patch), STAMP)


def test_every_field_of_a_patch_has_a_rule() -> None:
    assert set(MERGE_TABLE) == set(LeadPatch.__struct_fields__)
    assert all(isinstance(rule, Rule) for rule in MERGE_TABLE.values())


def test_every_field_of_a_lead_is_in_the_table_or_owned_by_the_server() -> None:
    commands = {name for name, rule in MERGE_TABLE.items() if rule is Rule.COMMAND}
    assert commands == COMMANDS
    assert set(Lead.__struct_fields__) == (set(MERGE_TABLE) - commands) | set(SERVER_OWNED)
    assert not set(SERVER_OWNED) & set(MERGE_TABLE)


def test_parts_and_items_know_their_types() -> None:
    assert set(PARTS) == {name for name, rule in MERGE_TABLE.items() if rule is Rule.MEMBERS}
    assert set(ITEMS) == {name for name, rule in MERGE_TABLE.items() if rule is Rule.ITEMS}


def test_no_field_of_a_patch_has_a_default() -> None:
    assert all(getattr(LeadPatch(), name) is UNSET for name in MERGE_TABLE)


@pytest.mark.parametrize("name", sorted(set(MERGE_TABLE) - COMMANDS - {"duplicate"}))
def test_a_field_that_is_cleared_although_unset_is_no_change(name: str) -> None:
    present = lead()
    assert merged(present, **{name: None}) == MergeResult(present, [], None)


def test_replace_sets_clears_and_leaves() -> None:
    present = lead(email="a@x.test", cpf="1")
    assert merged(present, email="b@x.test").lead.email == "b@x.test"
    assert merged(present, email=None).lead.email is None
    assert merged(present, email="b@x.test").lead.cpf == "1"
    assert merged(present, email=None).fields == [FieldChange("/email", "a@x.test", None)]


def test_members_are_merged_and_removed_one_by_one() -> None:
    present = lead(address=Address(street="S", city="C"))
    result = merged(present, address={"city": None, "zip": "1"})
    assert result.lead.address == Address(street="S", zip="1")
    assert result.fields == [FieldChange("/address/city", "C", None), FieldChange("/address/zip", None, "1")]
    assert merged(present, address={"city": None, "street": None}).lead.address is None
    assert merged(present, address=None).lead.address is None
    assert merged(present, address={}).lead is present


def test_keys_are_merged_and_removed_one_by_one() -> None:
    present = lead(custom_fields={"a": 1, "b": 2})
    result = merged(present, custom_fields={"b": None, "c": {"d": None}})
    assert result.lead.custom_fields == {"a": 1, "c": {"d": None}}
    assert [field.field for field in result.fields] == ["/custom_fields/b", "/custom_fields/c"]
    assert merged(present, custom_fields=None).lead.custom_fields == {}
    assert merged(present, custom_fields={}).lead is present


def test_true_is_not_one() -> None:
    assert merged(lead(custom_fields={"a": 1}), custom_fields={"a": True}).lead.custom_fields == {"a": True}
    answers = [FormAnswer(key="q", value=[0])]
    assert merged(lead(answers=answers), answers=[{"key": "q", "value": [False]}]).fields


def test_items_are_upserted_by_id_and_merged_by_member() -> None:
    present = lead(notes=[Note(id="a", text="A", created_by="x"), Note(id="b", text="B")])
    result = merged(present, notes=[{"id": "a", "text": "A2"}, {"text": "new"}])
    assert result.lead.notes[:2] == [Note(id="a", text="A2", created_by="x"), Note(id="b", text="B")]
    assert result.lead.notes[2] == Note(id=result.lead.notes[2].id, text="new", created_at_ms=STAMP.at_ms)
    assert [field.field for field in result.fields] == ["/notes/a", f"/notes/{result.lead.notes[2].id}"]
    assert merged(present, notes=[]).lead is present
    assert merged(present, notes=None).lead.notes == []


def test_answers_are_upserted_by_key_and_removed_after_the_upsert() -> None:
    present = lead(answers=[FormAnswer(key="q", label="Q", value=1)])
    assert merged(present, answers=[{"key": "q", "value": 2}]).lead.answers == [FormAnswer(key="q", label="Q", value=2)]
    assert merged(present, answers=[{"key": "r"}], removed_answers=["q", "r", "s"]).lead.answers == []


def test_the_set_of_tags_is_replaced_and_known_ones_keep_what_they_have() -> None:
    present = lead(tags=[Tag(id="1", name="A", color="red"), Tag(id="2", name="B")])
    assert merged(present, tags=[{"name": "A"}]).lead.tags == [Tag(id="1", name="A", color="red")]
    assert merged(present, tags=[{"id": "2"}, {"id": "1"}]).lead is present
    assert merged(present, tags=[]).lead.tags == []


def test_a_command_becomes_fields() -> None:
    assert merged(lead(), deleted=True).lead.deleted_at_ms == STAMP.at_ms
    assert merged(lead(deleted_at_ms=5), deleted=True).lead.deleted_at_ms == 5
    assert merged(lead(deleted_at_ms=5), deleted=False).lead.deleted_at_ms is None
    assert merged(lead(), pinned_note="x").lead.notes == [Note(id="note", text="x", created_at_ms=STAMP.at_ms)]


@pytest.mark.parametrize(
    "patch",
    [
        {"custom_fields": {str(number): 1 for number in range(COLLECTION_LIMIT + 1)}},
        {"answers": [{"key": str(number)} for number in range(COLLECTION_LIMIT + 1)]},
    ],
)
def test_a_collection_does_not_grow_over_its_limit(patch: dict[str, Any]) -> None:
    with pytest.raises(InvalidFields):
        merged(lead(), **patch)


def test_a_change_moves_the_version_by_one_and_the_time_never_back() -> None:
    present = lead(updated_at_ms=NOW_MS + 1_000)
    result = merged(present, email="a@x.test", phone="1").lead
    assert (result.version, result.updated_at_ms) == (2, NOW_MS + 1_000)
    assert merged(lead(), email="a@x.test").lead.updated_at_ms == STAMP.at_ms
