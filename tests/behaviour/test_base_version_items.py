"""Writing from a base version, where a field is a list: items are compared by id or key (semantics section 3)."""

import time
from typing import Any

import pytest

from lab.server import Client
from tests.support.dialects import DialectClient, api_of
from tests.support.writes import at, conflict, conflicts, ok, patch, same

T1, T2 = "2026-01-01T00:00:00.000Z", "2026-01-02T00:00:00.000Z"


class List:
    """One list of a dialect: how an item is written, and the member that identifies it."""

    def __init__(self, dialect: str, field: str, key: str, text: str, **more: Any) -> None:
        self.dialect, self.field, self.key, self.text, self._more = dialect, field, key, text, more

    def item(self, key: str, text: str) -> dict[str, Any]:
        return {self.key: key, self.text: text, **self._more}

    def texts(self, lead: dict[str, Any]) -> dict[str, Any]:
        return {item[self.key]: item[self.text] for item in lead.get(self.field) or []}

    def lead(self, client: Client) -> tuple[DialectClient, str]:
        """With two items at version 2."""
        api = api_of(client, self.dialect)
        lead = api.new()
        assert ok(patch(api, lead, {self.field: [self.item("a", "A"), self.item("b", "B")]})) == 2
        return api, lead


LISTS = [
    List("leadsail", "notes", "id", "text", createdAt=T1),
    List("leadsail", "questionnaire", "key", "answer"),
    List("expad", "fields", "id", "value", name="Q"),
    List("expad", "activities", "id", "name", createdAt=1_767_225_600_000),
]


@pytest.fixture(params=LISTS, ids=lambda kind: kind.field)
def kind(request: pytest.FixtureRequest) -> List:
    kind: List = request.param
    return kind


def change(items: list[dict[str, Any]], kind: List, **texts: str) -> list[dict[str, Any]]:
    """The items as they were read, some with another text."""
    return [{**item, kind.text: texts.get(item[kind.key], item[kind.text])} for item in items]


def test_different_items_changed_by_both_are_all_kept(client: Client, kind: List) -> None:
    api, lead = kind.lead(client)
    read = api.shown(lead)
    patch(api, lead, {kind.field: [kind.item("a", "theirs"), kind.item("c", "theirs too")]})
    mine = [*change(read[kind.field], kind, b="mine"), kind.item("d", "mine too")]
    assert ok(patch(api, lead, {**read, kind.field: mine}, base=2)) == 4
    assert kind.texts(api.shown(lead)) == {"a": "theirs", "b": "mine", "c": "theirs too", "d": "mine too"}


def test_the_same_item_changed_by_both_is_a_conflict(client: Client, kind: List) -> None:
    api, lead = kind.lead(client)
    read = api.shown(lead)[kind.field]
    patch(api, lead, {kind.field: [kind.item("a", "theirs")]})
    now = api.shown(lead)[kind.field]
    mine = [*change(read, kind, a="mine", b="mine"), kind.item("c", "mine")]
    by_field = conflicts(patch(api, lead, {kind.field: mine}, base=2), kind.dialect)
    assert same(by_field, {f"/{kind.field}/a": conflict(read[0], now[0], mine[0])}), by_field
    assert api.shown(lead)[kind.field] == now and at(api, lead) == 3, "nothing is written, not even a new item"


def test_the_same_item_added_by_both(client: Client, kind: List) -> None:
    api, lead = kind.lead(client)
    theirs = {kind.field: [kind.item("c", "theirs")]}
    patch(api, lead, theirs)
    assert ok(patch(api, lead, theirs, base=2)) == 3
    by_field = conflicts(patch(api, lead, {kind.field: [kind.item("c", "mine")]}, base=2), kind.dialect)
    (conflict,) = by_field.values()
    assert list(by_field) == [f"/{kind.field}/c"] and conflict["base"] is None
    assert (conflict["now"][kind.text], conflict["sent"][kind.text]) == ("theirs", "mine")


def test_a_retry_of_what_was_added_or_changed(client: Client) -> None:
    """A retry of new items succeeds, although the server has added times to them."""
    bodies: list[tuple[str, dict[str, Any]]] = [
        ("leadsail", {"notes": [{"id": "c", "text": "mine"}]}),
        ("leadsail", {"tags": ["a", "b"]}),
        ("expad", {"activities": [{"id": "c", "name": "mine"}]}),
        ("expad", {"tags": [{"id": "a"}, {"name": "b"}]}),
        ("expad", {"lastMessage": {"id": "m", "content": "mine"}}),
        ("expad", {"conversionSteps": {"visit": True}}),
        ("expad", {"note": "mine"}),
        ("expad", {"source": "Radio", "type": "Walk-in"}),
        ("expad", {"markedForDeletion": True}),
    ]
    for dialect, body in bodies:
        api = api_of(client, dialect)
        lead = api.new()
        assert ok(patch(api, lead, body, base=1)) == 2
        time.sleep(0.002)
        assert ok(patch(api, lead, body, base=1)) == 2, body
        assert ok(patch(api, lead, {**body, "name" if dialect == "expad" else "lastName": "Other"}, base=1)) == 3, body


def test_an_item_removed_by_somebody_else_does_not_come_back(client: Client, kind: List) -> None:
    api, lead = kind.lead(client)
    read = api.shown(lead)
    patch(api, lead, {kind.field: None})
    assert ok(patch(api, lead, {**read, api.text: "mine"}, base=2)) == 4
    assert kind.texts(api.shown(lead)) == {}
    by_field = conflicts(patch(api, lead, {kind.field: change(read[kind.field], kind, a="mine")}, base=2), kind.dialect)
    (conflict,) = by_field.values()
    assert list(by_field) == [f"/{kind.field}/a"] and conflict["now"] is None
    assert (conflict["base"][kind.text], conflict["sent"][kind.text]) == ("A", "mine")
    assert kind.texts(api.shown(lead)) == {}


def test_all_removed_while_somebody_changed_one(client: Client, kind: List) -> None:
    api, lead = kind.lead(client)
    patch(api, lead, {kind.field: [kind.item("a", "theirs")]})
    by_field = conflicts(patch(api, lead, {kind.field: None}, base=2), kind.dialect)
    assert len(by_field) == 1 and next(iter(by_field)).startswith(f"/{kind.field}")
    assert kind.texts(api.shown(lead)) == {"a": "theirs", "b": "B"}


def test_an_empty_list_conflicts_with_nothing(client: Client, kind: List) -> None:
    api, lead = kind.lead(client)
    patch(api, lead, {kind.field: [kind.item("a", "theirs")]})
    assert ok(patch(api, lead, {kind.field: []}, base=2)) == 3


def test_a_change_to_another_member_of_the_item_is_never_lost(client: Client) -> None:
    """They changed the text, this write changes its author: their text must survive in either case."""
    api = api_of(client, "leadsail")
    lead = api.new()
    patch(api, lead, {"notes": [{"id": "a", "text": "A", "createdBy": "B", "createdAt": T1}]})
    patch(api, lead, {"notes": [{"id": "a", "text": "theirs"}]})
    answer = patch(api, lead, {"notes": [{"id": "a", "text": "A", "createdBy": "mine", "createdAt": T1}]}, base=2)
    assert list(conflicts(answer, "leadsail")) == ["/notes/a"]
    assert api.shown(lead)["notes"] == [{"id": "a", "text": "theirs", "createdBy": "B", "createdAt": T1}]


def test_a_note_without_an_id_is_appended(client: Client) -> None:
    api, lead = LISTS[0].lead(client)
    read = api.shown(lead)
    patch(api, lead, {"notes": [{"text": "theirs"}]})
    assert ok(patch(api, lead, {**read, "notes": [*read["notes"], {"text": "mine"}]}, base=2)) == 4
    assert [note["text"] for note in api.shown(lead)["notes"]] == ["A", "B", "theirs", "mine"]


def test_removing_an_answer_that_somebody_changed(client: Client) -> None:
    api, lead = LISTS[1].lead(client)
    patch(api, lead, {"questionnaire": [{"key": "a", "answer": "theirs"}]})
    by_field = conflicts(patch(api, lead, {"deleteQuestionnaireKeys": ["a", "b"]}, base=2), "leadsail")
    assert list(by_field) == ["/questionnaire/a"]
    conflict = by_field["/questionnaire/a"]
    assert (conflict["base"]["answer"], conflict["now"]["answer"], conflict["sent"]) == ("A", "theirs", None)
    assert ok(patch(api, lead, {"deleteQuestionnaireKeys": ["b"]}, base=2)) == 4
    assert ok(patch(api, lead, {"deleteQuestionnaireKeys": ["b", "never there"]}, base=2)) == 4
    assert LISTS[1].texts(api.shown(lead)) == {"a": "theirs"}


def test_removing_a_field_that_somebody_changed(client: Client) -> None:
    api, lead = LISTS[2].lead(client)
    patch(api, lead, {"fields": [{"id": "a", "value": "theirs"}]})
    by_field = conflicts(patch(api, lead, {"fields": [{"id": "a", "value": None}]}, base=2), "expad")
    assert list(by_field) == ["/fields/a"]
    assert (by_field["/fields/a"]["base"]["value"], by_field["/fields/a"]["now"]["value"]) == ("A", "theirs")
    for version in (4, 4):
        assert ok(patch(api, lead, {"fields": [{"id": "b", "value": None}]}, base=2)) == version
    assert LISTS[2].texts(api.shown(lead)) == {"a": "theirs"}


def test_a_field_found_by_its_name(client: Client) -> None:
    api = api_of(client, "expad")
    lead = client.new_lead(fields=[{"id": "f1", "name": "Budget", "value": "1"}])
    patch(api, lead, {"fields": [{"id": "f1", "value": "2"}]})
    by_field = conflicts(patch(api, lead, {"fields": [{"name": "Budget", "value": "3"}]}, base=1), "expad")
    assert list(by_field) == ["/fields/f1"]
    assert ok(patch(api, lead, {"fields": [{"name": "Budget", "value": "1"}]}, base=1)) == 2
    assert ok(patch(api, lead, {"fields": [{"name": "Budget", "value": "2"}]}, base=1)) == 2


def test_a_field_that_is_called_otherwise_now(client: Client) -> None:
    """At the base the name meant one item, now it means another: neither may be overwritten unseen."""
    api = api_of(client, "expad")
    lead = client.new_lead(fields=[{"id": "f1", "name": "Budget", "value": "1"}])
    patch(api, lead, {"fields": [{"id": "f1", "name": "Old"}, {"id": "f2", "name": "Budget", "value": "theirs"}]})
    now = client.get(lead)["fields"]
    answer = patch(api, lead, {"fields": [{"name": "Budget", "value": "mine"}]}, base=1)
    assert set(conflicts(answer, "expad")) <= {"/fields/f1", "/fields/f2"}
    assert client.get(lead)["fields"] == now


def test_messages_of_both_are_in_the_conversation(client: Client) -> None:
    api = api_of(client, "expad")
    first = {"id": "m1", "content": "Hello", "createdAt": 1_767_225_600_000}
    lead = client.new_lead(lastMessage=first)
    read = client.get(lead)
    patch(api, lead, {"lastMessage": {"id": "m2", "content": "theirs", "createdAt": 1_767_225_600_001}})
    assert ok(patch(api, lead, {**read, "cpf": "mine"}, base=1)) == 3
    assert client.get(lead)["lastMessage"]["id"] == "m2"
    mine = {"id": "m3", "content": "mine", "createdAt": 1_767_225_600_002}
    assert ok(patch(api, lead, {"lastMessage": mine}, base=1)) == 4
    assert client.get(lead)["lastMessage"]["id"] == "m3"


def test_the_same_message_changed_by_both(client: Client) -> None:
    api = api_of(client, "expad")
    lead = client.new_lead(lastMessage={"id": "m1", "content": "Hello", "createdAt": 1_767_225_600_000})
    patch(api, lead, {"lastMessage": {"id": "m1", "content": "theirs"}})
    by_field = conflicts(patch(api, lead, {"lastMessage": {"id": "m1", "content": "mine"}}, base=1), "expad")
    assert len(by_field) == 1 and next(iter(by_field)).startswith("/lastMessage")
    assert client.get(lead)["lastMessage"]["content"] == "theirs"
    assert ok(patch(api, lead, {"lastMessage": {"id": "m1", "content": "theirs"}}, base=1)) == 2
    assert ok(patch(api, lead, {"lastMessage": {"id": "m1", "content": "Hello"}}, base=1)) == 2
