"""Notes through LeadSail: appended, or found by id and merged."""

import re
import time
from datetime import datetime
from typing import Any

from lab.server import Client
from tests.support.answers import UPDATED, refused, version

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def _notes(client: Client, lead: str) -> list[dict[str, Any]]:
    return list(client.get_leadsail(lead).get("notes", []))


def _write(client: Client, lead: str, *notes: dict[str, Any]) -> int:
    answer = client.patch_leadsail(lead, {"notes": list(notes)})
    assert answer.json() == UPDATED, answer.text
    return version(answer)


def test_a_text_alone_is_a_note_with_an_id_and_a_time(client: Client) -> None:
    lead = client.new_leadsail_lead()
    _write(client, lead, {"text": "Hello"})
    (note,) = _notes(client, lead)
    assert note.keys() == {"id", "text", "createdAt"} and note["text"] == "Hello"
    assert re.fullmatch("[0-9a-f]{24}", note["id"]) and INSTANT.fullmatch(note["createdAt"])
    assert abs(datetime.fromisoformat(note["createdAt"]).timestamp() - time.time()) < 60


def test_notes_without_an_id_append_each_time(client: Client) -> None:
    lead = client.new_leadsail_lead()
    _write(client, lead, {"text": "Same"}, {"text": "Same"})
    assert _write(client, lead, {"text": "Same"}) == 3
    notes = _notes(client, lead)
    assert [note["text"] for note in notes] == ["Same"] * 3
    assert len({note["id"] for note in notes}) == 3


def test_a_repeat_of_a_note_with_an_id_changes_nothing(client: Client) -> None:
    lead = client.new_leadsail_lead()
    note = {"id": "n1", "text": "Hello", "createdAt": "2026-01-01T00:00:00Z", "createdBy": "Bob"}
    assert _write(client, lead, note) == 2
    assert _write(client, lead, note) == 2
    assert _write(client, lead, {"id": "n1"}) == 2
    assert _notes(client, lead) == [{**note, "createdAt": "2026-01-01T00:00:00.000Z"}]


def test_the_same_id_merges_by_member(client: Client) -> None:
    lead = client.new_leadsail_lead()
    _write(client, lead, {"id": "n1", "text": "One", "createdAt": 1}, {"id": "n2", "text": "Two", "createdAt": 2})
    assert _write(client, lead, {"id": "n1", "createdBy": "Bob"}, {"id": "n2", "text": "Zwei"}) == 3
    assert _notes(client, lead) == [
        {"id": "n1", "text": "One", "createdAt": "1970-01-01T00:00:00.001Z", "createdBy": "Bob"},
        {"id": "n2", "text": "Zwei", "createdAt": "1970-01-01T00:00:00.002Z"},
    ]
    _write(client, lead, {"id": "n1", "createdBy": None, "text": "Uno"})
    assert _notes(client, lead)[0] == {"id": "n1", "text": "Uno", "createdAt": "1970-01-01T00:00:00.001Z"}


def test_two_items_of_one_id_in_one_body_are_one_note(client: Client) -> None:
    lead = client.new_leadsail_lead()
    _write(client, lead, {"id": "n1", "text": "One"}, {"id": "n1", "createdBy": "Bob"}, {"text": "Other"})
    first, other = _notes(client, lead)
    assert (first["id"], first["text"], first["createdBy"], other["text"]) == ("n1", "One", "Bob", "Other")
    assert _write(client, lead, {"id": "n1", "text": "Two"}, {"id": "n1", "text": "One"}) == 2


def test_null_removes_all_notes(client: Client) -> None:
    lead = client.new_leadsail_lead(notes=[{"text": "One"}, {"text": "Two"}])
    assert client.patch_leadsail(lead, {"notes": None}).json() == UPDATED
    assert _notes(client, lead) == []


def test_a_note_may_be_long(client: Client) -> None:
    lead = client.new_leadsail_lead()
    _write(client, lead, {"id": "n1", "text": "é" * 32768})
    assert _notes(client, lead)[0]["text"] == "é" * 32768
    answer = client.patch_leadsail(lead, {"notes": [{"id": "n1", "text": "é" * 32768 + "x"}]})
    assert refused(answer) == ["notes.0.text"]


def test_malformed_notes_are_refused_by_their_place(client: Client) -> None:
    lead = client.new_leadsail_lead()
    wrong: list[Any] = [{"text": "fine"}, "text", {"text": 1}, {"id": 7, "text": "x"}, {"id": "", "text": "x"}, None]
    wrong += [{"createdBy": "Bob"}, {"id": "new"}, {"text": "x", "createdAt": "soon"}, ["text"]]
    wrong += [{"id": [], "text": "x"}, {"id": "new", "text": None}]
    expected = ["1", "2.text", "3.id", "4.id", "5", "6.text", "7.text", "8.createdAt", "9", "10.id", "11.text"]
    assert refused(client.patch_leadsail(lead, {"notes": wrong})) == [f"notes.{place}" for place in expected]
    assert refused(client.patch_leadsail(lead, {"notes": {"text": "x"}})) == ["notes"]
    assert refused(client.patch_leadsail(lead, {"notes": "x"})) == ["notes"]
    assert _notes(client, lead) == []
