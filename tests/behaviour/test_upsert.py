"""`Prefer: upsert=…` on POST: the one lead that matches is updated, and where none does a new one is made."""

from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest

from lab.load_checks import load_content
from lab.server import Client, Leadloop
from tests.support.dialects import Face, face, fields, lines
from tests.support.writes import (
    BY,
    CREATED,
    EXTRA,
    applied,
    at,
    create,
    delete,
    lead_id,
    lead_ids,
    ok,
    patch,
    planned,
    refusal,
    replayed,
    told,
)

VALUES = {"email": "ana@example.com", "phone": "+55 11 98765-4321", "externalId": "crm-7"}
OTHER_VALUES = {"email": "bia@example.com", "phone": "+55 21 91234-5678", "externalId": "crm-8"}


@pytest.fixture(params=sorted(BY))
def by(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def contact(one: Face, values: Mapping[str, str] = VALUES, /, **more: Any) -> dict[str, Any]:
    """A body that creates a lead with all three, and more."""
    return {**one.required(), **{BY[by][one.name]: value for by, value in values.items()}, **more}


def upsert(one: Face, by: str, body: dict[str, Any], **given: Any) -> httpx.Response:
    return create(one, body, prefer=f"upsert={by}", **given)


def test_where_none_matches_one_is_made(one: Face, by: str) -> None:
    answer = upsert(one, by, contact(one))
    plain = create(one, contact(one, OTHER_VALUES))
    assert answer.status_code == plain.status_code == CREATED[one.name] and ok(answer) == 1
    assert answer.json().keys() == plain.json().keys()
    assert one.name != "expad" or answer.json()["messge"] == plain.json()["messge"]
    assert len(lead_ids(one.client)) == 2


def test_where_one_matches_it_is_updated(one: Face, by: str) -> None:
    lead = lead_id(create(one, contact(one)), one.name)
    create(one, contact(one, OTHER_VALUES))
    patch(one, lead, {one.long_text: "kept"})
    answer = upsert(one, by, contact(one, {by: VALUES[by]}, **EXTRA[one.name]))
    assert answer.status_code == 200 and lead_id(answer, one.name) == lead
    shown = one.shown(lead)
    assert EXTRA[one.name].items() <= shown.items() and shown[one.long_text] == "kept"
    assert len(lead_ids(one.client)) == 2


def test_the_answer_is_like_that_of_a_create(one: Face, by: str) -> None:
    created = upsert(one, by, contact(one))
    updated = upsert(one, by, contact(one, **EXTRA[one.name]))
    again = upsert(one, by, contact(one, **EXTRA[one.name]))
    assert [ok(answer) for answer in (created, updated, again)] == [1, 2, 2]
    assert [answer.status_code for answer in (updated, again)] == [200, 200]
    assert updated.json().keys() == again.json().keys() == created.json().keys()
    for answer in (updated, again):
        assert applied(answer) == {f"upsert={by}"}
    if one.name == "expad":
        assert updated.json()["messge"] == "Lead updated" and again.json()["messge"] == "Nothing to change"
        told = {name: value for name, value in again.json().items() if name not in ("leadId", "messge")}
        assert told == one.shown(again.json()["leadId"])
    else:
        assert updated.json() == again.json() == created.json()


def test_the_lead_comes_along_when_asked_for(client: Client) -> None:
    one = face(client, "leadsail")
    upsert(one, "email", contact(one))
    answer = create(one, contact(one, **EXTRA["leadsail"]), prefer="upsert=email, return=representation")
    data = answer.json()["data"]
    assert data.pop("submissionId").startswith("sub_") and data == one.shown(data["leadId"])


def test_null_clears_and_absent_leaves(client: Client) -> None:
    one = face(client, "expad")
    lead = lead_id(create(one, {"name": "Ana", "email": "ana@example.com", "cpf": "1", "cnpj": "2"}), "expad")
    answer = upsert(one, "email", {"email": "ana@example.com", "cpf": None})
    shown = client.get(lead)
    assert ok(answer) == 2 and (shown["name"], shown["cpf"], shown["cnpj"]) == ("Ana", "", "2")


def test_an_email_is_found_in_any_case(one: Face) -> None:
    lead = lead_id(create(one, contact(one)), one.name)
    for spelling in ("ANA@Example.com", "ana@EXAMPLE.COM"):
        assert lead_id(upsert(one, "email", contact(one, {"email": spelling})), one.name) == lead
    assert lead_ids(one.client) == {lead}


def test_an_external_id_is_found_as_it_is(one: Face) -> None:
    lead = lead_id(create(one, contact(one)), one.name)
    name = BY["externalId"][one.name]
    for other in ("CRM-7", "crm-7 ", "crm", "x" * 256):
        assert lead_id(upsert(one, "externalId", contact(one, {}, **{name: other})), one.name) != lead
    assert len(lead_ids(one.client)) == 5 and ok(upsert(one, "externalId", contact(one))) == 1


def test_one_lead_is_found_from_both_dialects(client: Client, by: str) -> None:
    expad, leadsail = face(client, "expad"), face(client, "leadsail")
    first = lead_id(upsert(expad, by, contact(expad)), "expad")
    assert lead_id(upsert(leadsail, by, contact(leadsail)), "leadsail") == first
    assert lead_id(upsert(expad, by, contact(expad, cpf="1")), "expad") == first
    assert lead_ids(client) == {first}


def test_expad_keeps_an_external_id_and_does_not_show_it(client: Client) -> None:
    lead = client.new_lead(externalId="crm-7")
    assert "externalId" not in client.get(lead) and len(client.get(lead)) == 72
    assert client.get_leadsail(lead)["clientLeadId"] == "crm-7"
    answer = client.patch(lead, {"externalId": "crm-8"}, headers={"Prefer": "handling=strict"})
    assert (answer["version"], answer["changed"], answer["ignored"]) == (2, ["/externalId"], [])
    assert client.patch(lead, {"externalId": "crm-8"})["version"] == 2
    assert client.patch(lead, {"externalId": None})["version"] == 3
    assert "clientLeadId" not in client.get_leadsail(lead)


def test_several_that_match_are_named_newest_first(one: Face, by: str) -> None:
    made = [lead_id(create(one, contact(one)), one.name) for _ in range(22)]
    prefix = "" if one.name == "expad" else "lead_"
    answer = upsert(one, by, contact(one, **EXTRA[one.name]))
    found = refusal(answer, one.name, 409, "candidates")
    newest_first = sorted(made, reverse=True)
    assert found == [prefix + lead for lead in newest_first[:20]]
    assert len(lead_ids(one.client)) == 22 and {at(one, lead) for lead in made} == {1}
    for lead in newest_first[:-1]:
        delete(one.client, lead)
    assert lead_id(upsert(one, by, contact(one)), one.name) == newest_first[-1]


def test_only_who_may_read_is_told_who_matches(one: Face, by: str, writer: Client) -> None:
    for _ in range(2):
        create(one, contact(one))
    lines(upsert(Face(writer, *one[1:]), by, contact(one)), one.name, 409)


def test_a_deleted_lead_does_not_match(one: Face, by: str) -> None:
    deleted = lead_id(create(one, contact(one)), one.name)
    delete(one.client, deleted)
    answer = upsert(one, by, contact(one))
    assert answer.status_code == CREATED[one.name] and lead_id(answer, one.name) != deleted
    assert at(one, deleted) == 2


def test_another_accounts_lead_does_not_match(one: Face, by: str, server: Leadloop) -> None:
    other = server.client()
    theirs = Face(other, *one[1:])
    lead = lead_id(create(theirs, contact(theirs)), one.name)
    assert lead_id(upsert(one, by, contact(one)), one.name) != lead
    assert at(theirs, lead) == 1
    other.close()


def test_what_it_is_found_by_must_be_sent(one: Face, by: str) -> None:
    lead, name = lead_id(create(one, contact(one)), one.name), BY[by][one.name]
    wrongs: list[Any] = [None, "", 7, [], {"x": 1}]
    for wrong in wrongs:
        assert name in fields(upsert(one, by, contact(one, **{name: wrong})), one.name)
    body = contact(one)
    del body[name]
    assert name in fields(upsert(one, by, body), one.name)
    assert lead_ids(one.client) == {lead} and at(one, lead) == 1


@pytest.mark.parametrize("other", ["cpf", "id", "Email address", "clientLeadId", "phoneNumber", "", "true"])
def test_what_it_can_not_be_found_by_is_refused(one: Face, other: str) -> None:
    lead = lead_id(create(one, contact(one)), one.name)
    for prefer in (f"upsert={other}", f'upsert="{other}"', "upsert"):
        assert fields(create(one, contact(one), prefer=prefer), one.name) == ["Prefer"]
    assert lead_ids(one.client) == {lead} and at(one, lead) == 1


def test_fields_that_can_not_be_taken_are_refused(one: Face, by: str) -> None:
    wrong: dict[str, Any] = {"callDuration": "x"} if one.name == "expad" else {"country": "usa"}
    for _ in ("none matches", "one matches"):
        assert fields(upsert(one, by, contact(one, **wrong)), one.name) == list(wrong)
        create(one, contact(one))
    assert len(lead_ids(one.client)) == 2


def test_under_a_key_it_is_done_once(one: Face, by: str) -> None:
    body = contact(one)
    name, item = ("activities", {"name": "call"}) if one.name == "expad" else ("notes", {"text": "called"})
    for key, expected in (("k1", 1), ("k2", 2)):
        first = upsert(one, by, {**body, name: [item]}, key=key)
        again = upsert(one, by, {**body, name: [item]}, key=key)
        assert (ok(first), replayed(first), replayed(again)) == (expected, False, True)
        assert told(again) == told(first)
    lines(upsert(one, by, body, key="k2"), one.name, 422)
    (lead,) = lead_ids(one.client)
    assert len(one.shown(lead)[name]) == 2 and at(one, lead) == 2


def test_a_dry_run_tells_which_it_would_be(one: Face, by: str, server: Leadloop) -> None:
    dry = f"upsert={by}, dry-run"
    assert f"/{BY[by][one.name]}" in planned(create(one, contact(one), prefer=dry), one.name)
    lead = lead_id(create(one, contact(one)), one.name)
    before = load_content(server.database, one.client.account_id)
    found = planned(create(one, contact(one, **EXTRA[one.name]), prefer=dry), one.name)
    assert list(found) == [f"/{name}" for name in EXTRA[one.name]]
    assert load_content(server.database, one.client.account_id) == before
    create(one, contact(one))
    refusal(create(one, contact(one), prefer=dry), one.name, 409, "candidates")
    assert at(one, lead) == 1


def test_without_it_the_same_contact_twice_is_two_leads(one: Face) -> None:
    """The control."""
    for prefer in ("return=minimal", "handling=lenient"):
        create(one, contact(one), prefer=prefer)
    assert len(lead_ids(one.client)) == 2


Change = Callable[[Client, str], Any]
LEAVES: list[Change] = [
    lambda client, lead: client.patch(lead, {"email": "other@example.com", "phoneNumber": "1", "externalId": "x"}),
    lambda client, lead: client.patch(lead, {"email": None, "phoneNumber": None, "externalId": None}),
    lambda client, lead: client.patch(lead, {"markedForDeletion": True}),
]


@pytest.mark.parametrize("leave", LEAVES)
def test_only_what_the_lead_has_now_counts(one: Face, by: str, leave: Change) -> None:
    lead = lead_id(create(one, contact(one)), one.name)
    leave(one.client, lead)
    assert lead_id(upsert(one, by, contact(one)), one.name) != lead
