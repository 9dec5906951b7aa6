"""Conflicts compare what the client sent, in its dialect's view: not stored values, nor derived ones."""

import pytest

from lab.server import Client
from tests.support.dialects import api_of
from tests.support.writes import at, conflict, conflicts, ok, patch

T1, T2 = "2026-01-01T00:00:00.000Z", "2026-01-02T00:00:00.000Z"


def test_a_status_moved_within_its_stage_does_not_meet_the_stage(client: Client) -> None:
    """Setting the stage changes the status, which the client did not send."""
    expad, lead = api_of(client, "expad"), client.new_lead()
    client.patch_leadsail(lead, {"status": "pending"})
    assert ok(patch(expad, lead, {"status": "ACTIVE"}, base=1)) == 3
    assert client.get_leadsail(lead)["status"] == "qualified"


def test_a_stage_moved_by_the_others_status_meets_the_stage(client: Client) -> None:
    expad, lead = api_of(client, "expad"), client.new_lead()
    client.patch_leadsail(lead, {"status": "contacted"})
    assert conflicts(patch(expad, lead, {"status": "LOST"}, base=1), "expad") == {
        "/status": conflict("NEW", "ACTIVE", "LOST")
    }
    assert ok(patch(expad, lead, {"status": "ACTIVE"}, base=1)) == 2
    assert client.get_leadsail(lead)["status"] == "contacted"
    assert ok(patch(expad, lead, {"status": "new"}, base=1)) == 2


def test_a_status_whose_stage_stands_for_it(client: Client) -> None:
    leadsail, lead = api_of(client, "leadsail"), client.new_lead()
    client.patch(lead, {"status": "Em negociação"})
    assert ok(patch(leadsail, lead, {"status": "contacted"}, base=1)) == 3
    client.patch(lead, {"status": "LOST"})
    by_field = conflicts(patch(leadsail, lead, {"status": "accepted"}, base=3), "leadsail")
    assert by_field == {"/status": conflict("contacted", "rejected", "accepted")}


def test_each_half_of_a_name(client: Client) -> None:
    leadsail, lead = api_of(client, "leadsail"), client.new_lead(name="Ana Souza")
    client.patch_leadsail(lead, {"lastName": "Lima"})
    assert ok(patch(leadsail, lead, {"firstName": "Bia", "lastName": "Souza"}, base=1)) == 3
    assert client.get(lead)["name"] == "Bia Lima"


def test_a_whole_name_and_its_halves(client: Client) -> None:
    expad, leadsail, lead = (
        api_of(client, "expad"),
        api_of(client, "leadsail"),
        client.new_lead(name="Ana Souza"),
    )
    client.patch_leadsail(lead, {"lastName": "Lima"})
    by_field = conflicts(patch(expad, lead, {"name": "Ana Clara Souza"}, base=1), "expad")
    assert by_field == {"/name": conflict("Ana Souza", "Ana Lima", "Ana Clara Souza")}
    assert ok(patch(expad, lead, {"name": "Ana Lima"}, base=1)) == 2
    assert ok(patch(expad, lead, {"name": "Ana Souza"}, base=1)) == 2
    client.patch(lead, {"name": "Bia Reis"})
    by_field = conflicts(patch(leadsail, lead, {"lastName": "Souza"}, base=2), "leadsail")
    assert by_field == {"/lastName": conflict("Lima", "Reis", "Souza")}


@pytest.mark.parametrize(("field", "wrong"), [("phone", "123"), ("email", "no e-mail")])
def test_unchanged_values_are_dropped_before_validation(client: Client, field: str, wrong: str) -> None:
    """LeadSail refuses such a value, except when it is sent back unchanged."""
    leadsail, expad_name = api_of(client, "leadsail"), {"phone": "phoneNumber", "email": "email"}[field]
    lead = client.new_lead(**{expad_name: wrong})
    read = client.get_leadsail(lead)
    assert read[field] == wrong
    good = {"phone": "555-123-4567", "email": "ana@example.com"}[field]
    client.patch(lead, {expad_name: good})
    assert ok(patch(leadsail, lead, {**read, "detail": "mine"}, base=1)) == 3
    assert client.get_leadsail(lead)[field] == good and client.get_leadsail(lead)["detail"] == "mine"


def test_a_null_where_the_dialect_takes_none_is_still_refused(client: Client) -> None:
    leadsail, lead = api_of(client, "leadsail"), client.new_leadsail_lead()
    client.patch_leadsail(lead, {"detail": "theirs"})
    answer = patch(leadsail, lead, {"email": None}, base=1)
    assert answer.status_code == 400 and "email" in answer.text


def test_the_last_contact_is_checked_on_the_current_lead(client: Client) -> None:
    """The lead had two contacts at the base; now clearing this one would leave none."""
    expad, lead = api_of(client, "expad"), client.new_lead(email="ana@example.com")
    client.patch(lead, {"email": None})
    answer = patch(expad, lead, {"name": None}, base=1)
    assert answer.status_code == 400 and "name" in answer.text
    assert client.get(lead)["name"] == "Ana Souza"


def test_a_note_shown_in_place_of_a_pinned_one(client: Client) -> None:
    expad, lead = (
        api_of(client, "expad"),
        client.new_leadsail_lead(notes=[{"id": "n1", "text": "One", "createdAt": T1}]),
    )
    read = client.get(lead)
    client.patch_leadsail(lead, {"notes": [{"id": "n2", "text": "Two", "createdAt": T2}]})
    assert ok(patch(expad, lead, {**read, "cpf": "mine"}, base=1)) == 3
    assert client.get(lead)["note"] == "Two"
    assert [note["id"] for note in client.get_leadsail(lead)["notes"]] == ["n1", "n2"], "nothing was pinned"


def test_a_pinned_note_of_both(client: Client) -> None:
    expad, lead = api_of(client, "expad"), client.new_lead(note="One")
    client.patch_leadsail(lead, {"notes": [{"id": "note", "text": "theirs"}]})
    by_field = conflicts(patch(expad, lead, {"note": "mine"}, base=1), "expad")
    assert by_field == {"/note": conflict("One", "theirs", "mine")}
    assert ok(patch(expad, lead, {"note": "theirs"}, base=1)) == 2
    assert client.get(lead)["note"] == "theirs"


def test_an_address_text_and_its_parts(client: Client) -> None:
    leadsail, lead = (
        api_of(client, "leadsail"),
        client.new_leadsail_lead(address={"street": "1 Main", "city": "Austin"}),
    )
    read = client.get_leadsail(lead)
    client.patch(lead, {"address": "Rua das Flores, 12"})
    assert ok(patch(leadsail, lead, {**read, "detail": "mine"}, base=1)) == 3
    assert client.get_leadsail(lead)["address"] == {"street": "Rua das Flores, 12"}
    by_field = conflicts(patch(leadsail, lead, {"address": {"street": "1 Main", "city": "Waco"}}, base=1), "leadsail")
    assert by_field == {"/address/city": conflict("Austin", None, "Waco")}
    assert client.get(lead)["address"] == "Rua das Flores, 12"


def test_parts_of_an_address_and_its_text(client: Client) -> None:
    expad, lead = api_of(client, "expad"), client.new_lead(address="Rua das Flores, 12")
    client.patch_leadsail(lead, {"address": {"city": "Recife"}})
    assert ok(patch(expad, lead, {"address": "Rua das Flores, 12"}, base=1)) == 2
    by_field = conflicts(patch(expad, lead, {"address": "Rua Nova, 1"}, base=1), "expad")
    assert by_field == {"/address": conflict("Rua das Flores, 12", "Rua das Flores, 12, Recife", "Rua Nova, 1")}
    assert client.get_leadsail(lead)["address"] == {"street": "Rua das Flores, 12", "city": "Recife"}


def test_an_address_cleared_in_the_other_form(client: Client) -> None:
    """The cleared value is stored in another field than the one that a write sets."""
    expad, leadsail = api_of(client, "expad"), api_of(client, "leadsail")
    lead = client.new_lead(address="Rua das Flores, 12")
    client.patch(lead, {"cpf": "theirs"})
    assert ok(patch(leadsail, lead, {"address": {"street": None}}, base=1)) == 3
    assert "address" not in client.get_leadsail(lead) and client.get(lead)["address"] == ""
    for sent in ({"address": None}, {"address": {"street": None, "zip": "1"}}):
        lead = client.new_lead(address="Rua das Flores, 12")
        client.patch(lead, {"address": "Rua Nova, 1"})
        by_field = conflicts(patch(leadsail, lead, sent, base=1), "leadsail")
        assert by_field["/address/street"] == conflict("Rua das Flores, 12", "Rua Nova, 1", None)
        assert ok(patch(leadsail, lead, sent, base=2)) == 3
    lead = client.new_leadsail_lead(address={"street": "1 Main", "city": "Austin"})
    client.patch(lead, {"cpf": "theirs"})
    assert ok(patch(expad, lead, {"address": None}, base=1)) == 3
    assert "address" not in client.get_leadsail(lead)


def test_a_custom_source_keeps_the_id_that_is_sent_with_it(client: Client) -> None:
    expad, lead = api_of(client, "expad"), client.new_lead(source="Radio", customLeadSourceId="src-1")
    read = client.get(lead)
    client.patch(lead, {"cpf": "theirs"})
    assert ok(patch(expad, lead, {**read, "source": "Radio FM"}, base=1)) == 3
    assert client.get(lead)["customLeadSourceId"] == "src-1"
    assert list(conflicts(patch(expad, lead, {"source": "TV"}, base=2), "expad")) == ["/source"]


def test_a_source_that_was_derived(client: Client) -> None:
    expad, lead = api_of(client, "expad"), client.new_leadsail_lead()
    read = client.get(lead)
    assert read["source"] == "API"
    client.patch_leadsail(lead, {"attribution": {"gclid": "g"}})
    assert client.get(lead)["source"] == "GOOGLE"
    assert ok(patch(expad, lead, {**read, "cpf": "mine"}, base=1)) == 3
    assert client.get(lead)["source"] == "GOOGLE"


def test_writing_back_an_older_read_does_not_restore_a_deleted_lead(client: Client) -> None:
    expad, lead = api_of(client, "expad"), client.new_lead()
    read = client.get(lead)
    assert client.leadsail("DELETE", f"leads/{lead}").status_code == 200
    assert ok(patch(expad, lead, {**read, "cpf": "mine"}, base=1)) == 3
    assert client.get(lead)["markedForDeletion"] is True
    assert ok(patch(expad, lead, {"markedForDeletion": True}, base=1)) == 3
    assert ok(patch(expad, lead, {"markedForDeletion": False}, base=3)) == 4
    assert at(expad, lead) == 4 and client.get(lead)["markedForDeletion"] is False


def test_the_last_message_hidden_while_another_came(client: Client) -> None:
    expad, lead = api_of(client, "expad"), client.new_lead(lastMessage={"id": "m1", "content": "One"})
    client.patch(lead, {"lastMessage": {"id": "m2", "content": "Two"}})
    assert list(conflicts(patch(expad, lead, {"lastMessage": None}, base=1), "expad")) == ["/lastMessage"]
    assert client.get(lead)["lastMessage"]["id"] == "m2"
    assert ok(patch(expad, lead, {"lastMessage": None}, base=2)) == 3


def test_a_derived_value_that_changed_is_a_conflict_too(client: Client) -> None:
    """Nothing is stored in these fields, but the values that the dialect derives for them have changed."""
    expad, lead = (
        api_of(client, "expad"),
        client.new_leadsail_lead(notes=[{"id": "n1", "text": "One", "createdAt": T1}]),
    )
    client.patch_leadsail(lead, {"notes": [{"id": "n2", "text": "Two", "createdAt": T2}]})
    client.patch_leadsail(lead, {"attribution": {"gclid": "g"}})
    by_field = conflicts(patch(expad, lead, {"note": "mine", "source": "FACEBOOK"}, base=1), "expad")
    assert by_field == {"/note": conflict("One", "Two", "mine"), "/source": conflict("API", "GOOGLE", "FACEBOOK")}


def test_tags_by_name_and_by_id(client: Client) -> None:
    leadsail, lead = (
        api_of(client, "leadsail"),
        client.new_lead(tags=[{"id": "t1", "name": "VIP", "color": "red"}]),
    )
    client.patch(lead, {"tags": [{"id": "t1", "color": "blue"}]})
    assert client.get_leadsail(lead)["tags"] == ["VIP"], "LeadSail shows no change"
    assert ok(patch(leadsail, lead, {"tags": ["VIP", "Late"]}, base=1)) == 3
    assert [(tag["name"], tag["color"]) for tag in client.get(lead)["tags"]] == [("VIP", "blue"), ("Late", "")]
