"""`note` is the pinned note, else the newest; writing it pins it."""

import pytest

from lab.server import Client


def test_it_reads_back_and_stands_among_the_notes_of_leadsail(client: Client) -> None:
    lead_id = client.new_lead(note="Prefere manhã")
    assert client.get(lead_id)["note"] == "Prefere manhã"
    (note,) = client.get_leadsail(f"lead_{lead_id}")["notes"]
    assert (note["id"], note["text"]) == ("note", "Prefere manhã")


def test_without_a_pinned_one_the_newest_shows(client: Client) -> None:
    made = client.new_leadsail_lead()
    old = {"id": "n1", "text": "older", "createdAt": "2026-01-01T00:00:00Z"}
    new = {"id": "n2", "text": "newer", "createdAt": "2026-01-02T00:00:00Z"}
    client.patch_leadsail(made, {"notes": [new, old]})
    assert client.get(made)["note"] == "newer"


def test_writing_pins_and_later_notes_do_not_replace_it(client: Client) -> None:
    made = client.new_leadsail_lead(notes=[{"id": "n1", "text": "first"}])
    assert client.patch(made, {"note": "pinned"})["changed"] == ["/note"]
    client.patch_leadsail(made, {"notes": [{"id": "n2", "text": "later"}]})
    assert client.get(made)["note"] == "pinned"
    assert [note["id"] for note in client.get_leadsail(made)["notes"]] == ["n1", "note", "n2"]


def test_writing_again_changes_the_pinned_one(client: Client) -> None:
    lead_id = client.new_lead(note="one")
    client.patch(lead_id, {"note": "two"})
    assert client.get(lead_id)["note"] == "two"
    assert len(client.get_leadsail(f"lead_{lead_id}")["notes"]) == 1


@pytest.mark.parametrize("cleared", ["", None])
def test_clearing_pins_too_and_hides_the_empty_note_in_leadsail(client: Client, cleared: str | None) -> None:
    made = client.new_leadsail_lead(notes=[{"id": "n1", "text": "first"}])
    assert client.patch(made, {"note": cleared})["changed"] == ["/note"]
    assert client.get(made)["note"] == ""
    assert [note["id"] for note in client.get_leadsail(made)["notes"]] == ["n1"]
    assert client.patch(made, {"note": cleared})["changed"] == []


@pytest.mark.parametrize("cleared", ["", None])
def test_clearing_a_lead_without_notes_is_no_change(client: Client, cleared: str | None) -> None:
    assert client.patch(client.new_lead(), {"note": cleared})["changed"] == []


def test_the_shown_text_sent_back_is_no_change_and_pins_nothing(client: Client) -> None:
    made = client.new_leadsail_lead(notes=[{"id": "n1", "text": "first"}])
    assert client.patch(made, {"note": "first"})["changed"] == []
    client.patch_leadsail(made, {"notes": [{"id": "n2", "text": "second"}]})
    assert client.get(made)["note"] == "second"


def test_the_text_of_an_older_note_is_no_change(client: Client) -> None:
    notes = [{"id": "n1", "text": "old", "createdAt": 1_767_225_600_000}, {"id": "n2", "text": "new"}]
    made = client.new_leadsail_lead(notes=notes)
    assert client.patch(made, {"note": "old"})["changed"] == []


def test_a_long_one(client: Client) -> None:
    text = "ã" * 32 * 1024
    assert client.get(client.new_lead(note=text))["note"] == text
    assert client.expad("PATCH", f"lead/{client.new_lead()}", json={"note": text + "x"}).status_code == 400
