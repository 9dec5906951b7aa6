"""Expad's one note and LeadSail's list of them (semantics section 1)."""

from typing import Any

import pytest

from lab.server import Client
from tests.support.answers import version


def _texts(client: Client, lead: str) -> list[str]:
    return [note["text"] for note in client.get_leadsail(lead).get("notes", [])]


def _add(client: Client, lead: str, *notes: dict[str, Any]) -> int:
    answer = client.patch_leadsail(lead, {"notes": list(notes)})
    assert answer.status_code == 200, answer.text
    return version(answer)


def _pin(client: Client, lead: str, text: str | None) -> int:
    return int(client.patch(lead, {"note": text})["version"])


def test_expads_note_is_the_pinned_one(client: Client) -> None:
    for lead in (client.new_lead(note="Hello"), client.new_lead()):
        _pin(client, lead, "Hello")
        (note,) = client.get_leadsail(lead)["notes"]
        assert (note["id"], note["text"]) == ("note", "Hello")
        assert note.keys() == {"id", "text", "createdAt"}


def test_without_a_pinned_note_expad_shows_the_newest(client: Client) -> None:
    lead = client.new_leadsail_lead()
    assert client.get(lead)["note"] == ""
    _add(client, lead, {"text": "New", "createdAt": 2_000}, {"text": "Old", "createdAt": 1_000})
    assert client.get(lead)["note"] == "New"
    _add(client, lead, {"text": "Now"})
    assert client.get(lead)["note"] == "Now"


def test_a_pinned_note_stays_whatever_comes_later(client: Client) -> None:
    lead = client.new_lead(note="Pinned")
    _add(client, lead, {"text": "Later"})
    assert client.get(lead)["note"] == "Pinned"
    assert _texts(client, lead) == ["Pinned", "Later"]


def test_writing_pins_and_leaves_the_others(client: Client) -> None:
    lead = client.new_leadsail_lead(notes=[{"text": "One"}, {"text": "Two"}])
    _pin(client, lead, "Pinned")
    _pin(client, lead, "Pinned again")
    assert _texts(client, lead) == ["One", "Two", "Pinned again"]
    assert client.get(lead)["note"] == "Pinned again"


def test_a_text_that_any_note_has_is_no_change(client: Client) -> None:
    lead = client.new_leadsail_lead(notes=[{"text": "One", "createdAt": 1}, {"text": "Two", "createdAt": 2}])
    for text in ("Two", "One"):
        assert _pin(client, lead, text) == 1
    assert client.get(lead)["note"] == "Two"


@pytest.mark.parametrize("empty", [None, ""])
def test_clearing_pins_an_empty_note_that_leadsail_hides(client: Client, empty: str | None) -> None:
    lead = client.new_leadsail_lead(notes=[{"text": "One"}])
    assert _pin(client, lead, empty) == 2
    assert client.get(lead)["note"] == ""
    assert _texts(client, lead) == ["One"]
    assert _pin(client, lead, empty) == 2
    _add(client, lead, {"text": "Two"})
    assert client.get(lead)["note"] == ""
    _pin(client, lead, "Back")
    assert client.get(lead)["note"] == "Back"
    assert sorted(_texts(client, lead)) == ["Back", "One", "Two"]


def test_clearing_where_there_is_none_is_no_change(client: Client) -> None:
    lead = client.new_leadsail_lead()
    assert _pin(client, lead, "") == 1
    _add(client, lead, {"text": "One"})
    assert client.get(lead)["note"] == "One"


def test_clearing_a_pinned_note(client: Client) -> None:
    lead = client.new_lead(note="Pinned")
    _pin(client, lead, None)
    assert client.get(lead)["note"] == ""
    assert "notes" not in client.get_leadsail(lead)


def test_leadsail_can_change_and_pin_by_the_id_note(client: Client) -> None:
    lead = client.new_lead(note="Pinned")
    _add(client, lead, {"id": "note", "text": "Changed"})
    assert client.get(lead)["note"] == "Changed"
    other = client.new_leadsail_lead(notes=[{"id": "note", "text": "Pinned", "createdAt": 1}, {"text": "Newer"}])
    assert client.get(other)["note"] == "Pinned"


def test_leadsail_removes_them_all(client: Client) -> None:
    lead = client.new_leadsail_lead(notes=[{"text": "One"}])
    _pin(client, lead, "Pinned")
    client.patch_leadsail(lead, {"notes": None})
    assert client.get(lead)["note"] == ""
    assert "notes" not in client.get_leadsail(lead)


def test_sending_back_the_shown_note_pins_nothing(client: Client) -> None:
    lead = client.new_leadsail_lead(notes=[{"text": "One"}])
    assert client.patch(lead, client.get(lead))["version"] == 1
    _add(client, lead, {"text": "Two"})
    assert client.get(lead)["note"] == "Two"
