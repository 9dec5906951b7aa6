"""`Prefer: upsert=…` on POST updates the one lead that matches, or creates one."""

from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest

from lab.load_checks import load_content
from lab.server import Client, Leadloop
from tests.support.dialects import DialectClient, api_of, fields, lines
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
    repeated_parts,
    replayed,
)

VALUES = {"email": "ana@example.com", "phone": "+55 11 98765-4321", "externalId": "crm-7"}
OTHER_VALUES = {"email": "bia@example.com", "phone": "+55 21 91234-5678", "externalId": "crm-8"}


@pytest.fixture(params=sorted(BY))
def by(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def contact(api: DialectClient, values: Mapping[str, str] = VALUES, /, **more: Any) -> dict[str, Any]:
    """A body that creates a lead with all three, and more."""
    return {**api.required(), **{BY[by][api.name]: value for by, value in values.items()}, **more}


def upsert(api: DialectClient, by: str, body: dict[str, Any], **options: Any) -> httpx.Response:
    return create(api, body, prefer=f"upsert={by}", **options)


def test_without_a_match_a_lead_is_created(api: DialectClient, by: str) -> None:
    answer = upsert(api, by, contact(api))
    plain = create(api, contact(api, OTHER_VALUES))
    assert answer.status_code == plain.status_code == CREATED[api.name] and ok(answer) == 1
    assert answer.json().keys() == plain.json().keys()
    assert api.name != "expad" or answer.json()["messge"] == plain.json()["messge"]
    assert len(lead_ids(api.client)) == 2


def test_a_single_match_is_updated(api: DialectClient, by: str) -> None:
    lead = lead_id(create(api, contact(api)), api.name)
    create(api, contact(api, OTHER_VALUES))
    patch(api, lead, {api.long_text: "kept"})
    answer = upsert(api, by, contact(api, {by: VALUES[by]}, **EXTRA[api.name]))
    assert answer.status_code == 200 and lead_id(answer, api.name) == lead
    shown = api.shown(lead)
    assert EXTRA[api.name].items() <= shown.items() and shown[api.long_text] == "kept"
    assert len(lead_ids(api.client)) == 2


def test_a_lead_that_exists_needs_only_the_field_to_match_by(api: DialectClient, by: str) -> None:
    """The members that a new lead requires keep their values."""
    lead = lead_id(create(api, contact(api)), api.name)
    before, only = api.shown(lead), {BY[by][api.name]: VALUES[by]}
    for body, version in ((only, 1), ({**only, **EXTRA[api.name]}, 2)):
        dry = planned(upsert(api, f"{by}, dry-run", body), api.name)
        assert list(dry) == [f"/{name}" for name in body if name not in only]
        answers = [upsert(api, by, body, key=f"k{version}") for _ in range(2)]
        assert [(answer.status_code, lead_id(answer, api.name), ok(answer)) for answer in answers] == [
            (200, lead, version)
        ] * 2
        assert replayed(answers[1])
    after = api.shown(lead)
    for shown in (before, after):
        shown.pop("updatedAt", None)
    assert after == {**before, **EXTRA[api.name]}


def test_a_lead_that_does_not_exist_needs_the_others_too(client: Client, by: str) -> None:
    api = api_of(client, "leadsail")
    only = {BY[by]["leadsail"]: VALUES[by]}
    assert fields(upsert(api, by, only), "leadsail") == [name for name in api.required() if name not in only]
    assert lead_ids(client) == set()


def test_the_answer_is_like_that_of_a_create(api: DialectClient, by: str) -> None:
    created = upsert(api, by, contact(api))
    updated = upsert(api, by, contact(api, **EXTRA[api.name]))
    again = upsert(api, by, contact(api, **EXTRA[api.name]))
    assert [ok(answer) for answer in (created, updated, again)] == [1, 2, 2]
    assert [answer.status_code for answer in (updated, again)] == [200, 200]
    assert updated.json().keys() == again.json().keys() == created.json().keys()
    for answer in (updated, again):
        assert applied(answer) == {f"upsert={by}"}
    if api.name == "expad":
        assert updated.json()["messge"] == "Lead updated" and again.json()["messge"] == "Nothing to change"
        lead_shown = {name: value for name, value in again.json().items() if name not in ("leadId", "messge")}
        assert lead_shown == api.shown(again.json()["leadId"])
    else:
        assert updated.json() == again.json() == created.json()


def test_the_lead_is_returned_when_requested(client: Client) -> None:
    api = api_of(client, "leadsail")
    upsert(api, "email", contact(api))
    answer = create(api, contact(api, **EXTRA["leadsail"]), prefer="upsert=email, return=representation")
    data = answer.json()["data"]
    assert data.pop("submissionId").startswith("sub_") and data == api.shown(data["leadId"])


def test_null_clears_and_absent_leaves(client: Client) -> None:
    api = api_of(client, "expad")
    lead = lead_id(create(api, {"name": "Ana", "email": "ana@example.com", "cpf": "1", "cnpj": "2"}), "expad")
    answer = upsert(api, "email", {"email": "ana@example.com", "cpf": None})
    shown = client.get(lead)
    assert ok(answer) == 2 and (shown["name"], shown["cpf"], shown["cnpj"]) == ("Ana", "", "2")


def test_an_email_is_found_in_any_case(api: DialectClient) -> None:
    lead = lead_id(create(api, contact(api)), api.name)
    for spelling in ("ANA@Example.com", "ana@EXAMPLE.COM"):
        assert lead_id(upsert(api, "email", contact(api, {"email": spelling})), api.name) == lead
    assert lead_ids(api.client) == {lead}


def test_an_external_id_matches_exactly(api: DialectClient) -> None:
    lead = lead_id(create(api, contact(api)), api.name)
    name = BY["externalId"][api.name]
    for other in ("CRM-7", "crm-7 ", "crm", "x" * 256):
        assert lead_id(upsert(api, "externalId", contact(api, {}, **{name: other})), api.name) != lead
    assert len(lead_ids(api.client)) == 5 and ok(upsert(api, "externalId", contact(api))) == 1


def test_one_lead_is_found_from_both_dialects(client: Client, by: str) -> None:
    expad, leadsail = api_of(client, "expad"), api_of(client, "leadsail")
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


def test_several_that_match_are_named_newest_first(api: DialectClient, by: str) -> None:
    made = [lead_id(create(api, contact(api)), api.name) for _ in range(22)]
    prefix = "" if api.name == "expad" else "lead_"
    answer = upsert(api, by, contact(api, **EXTRA[api.name]))
    candidates = refusal(answer, api.name, 409, "candidates")
    newest_first = sorted(made, reverse=True)
    assert candidates == [prefix + lead for lead in newest_first[:20]]
    assert len(lead_ids(api.client)) == 22 and {at(api, lead) for lead in made} == {1}
    for lead in newest_first[:-1]:
        delete(api.client, lead)
    assert lead_id(upsert(api, by, contact(api)), api.name) == newest_first[-1]


def test_only_keys_that_may_read_see_the_matches(api: DialectClient, by: str, writer: Client) -> None:
    for _ in range(2):
        create(api, contact(api))
    lines(upsert(DialectClient(writer, *api[1:]), by, contact(api)), api.name, 409)


def test_a_deleted_lead_does_not_match(api: DialectClient, by: str) -> None:
    deleted = lead_id(create(api, contact(api)), api.name)
    delete(api.client, deleted)
    answer = upsert(api, by, contact(api))
    assert answer.status_code == CREATED[api.name] and lead_id(answer, api.name) != deleted
    assert at(api, deleted) == 2


def test_another_accounts_lead_does_not_match(api: DialectClient, by: str, server: Leadloop) -> None:
    other = server.client()
    theirs = DialectClient(other, *api[1:])
    lead = lead_id(create(theirs, contact(theirs)), api.name)
    assert lead_id(upsert(api, by, contact(api)), api.name) != lead
    assert at(theirs, lead) == 1
    other.close()


def test_the_field_to_match_by_is_required(api: DialectClient, by: str) -> None:
    lead, name = lead_id(create(api, contact(api)), api.name), BY[by][api.name]
    wrongs: list[Any] = [None, "", 7, [], {"x": 1}]
    for wrong in wrongs:
        assert name in fields(upsert(api, by, contact(api, **{name: wrong})), api.name)
    body = contact(api)
    del body[name]
    assert name in fields(upsert(api, by, body), api.name)
    assert lead_ids(api.client) == {lead} and at(api, lead) == 1


@pytest.mark.parametrize("other", ["cpf", "id", "Email address", "clientLeadId", "phoneNumber", "", "true"])
def test_unknown_fields_to_match_by_are_refused(api: DialectClient, other: str) -> None:
    lead = lead_id(create(api, contact(api)), api.name)
    for prefer in (f"upsert={other}", f'upsert="{other}"', "upsert"):
        assert fields(create(api, contact(api), prefer=prefer), api.name) == ["Prefer"]
    assert lead_ids(api.client) == {lead} and at(api, lead) == 1


def test_fields_that_cannot_be_taken_are_refused(api: DialectClient, by: str) -> None:
    wrong: dict[str, Any] = {"callDuration": "x"} if api.name == "expad" else {"country": "usa"}
    for _ in ("none matches", "one matches"):
        assert fields(upsert(api, by, contact(api, **wrong)), api.name) == list(wrong)
        create(api, contact(api))
    assert len(lead_ids(api.client)) == 2


def test_with_an_idempotency_key_it_is_done_once(api: DialectClient, by: str) -> None:
    body = contact(api)
    name, item = ("activities", {"name": "call"}) if api.name == "expad" else ("notes", {"text": "called"})
    for key, expected in (("k1", 1), ("k2", 2)):
        first = upsert(api, by, {**body, name: [item]}, key=key)
        again = upsert(api, by, {**body, name: [item]}, key=key)
        assert (ok(first), replayed(first), replayed(again)) == (expected, False, True)
        assert repeated_parts(again) == repeated_parts(first)
    lines(upsert(api, by, body, key="k2"), api.name, 422)
    (lead,) = lead_ids(api.client)
    assert len(api.shown(lead)[name]) == 2 and at(api, lead) == 2


def test_a_dry_run_plans_the_create_or_the_update(api: DialectClient, by: str, server: Leadloop) -> None:
    dry = f"upsert={by}, dry-run"
    assert f"/{BY[by][api.name]}" in planned(create(api, contact(api), prefer=dry), api.name)
    lead = lead_id(create(api, contact(api)), api.name)
    before = load_content(server.database, api.client.account_id)
    plan = planned(create(api, contact(api, **EXTRA[api.name]), prefer=dry), api.name)
    assert list(plan) == [f"/{name}" for name in EXTRA[api.name]]
    assert load_content(server.database, api.client.account_id) == before
    create(api, contact(api))
    refusal(create(api, contact(api), prefer=dry), api.name, 409, "candidates")
    assert at(api, lead) == 1


def test_without_upsert_the_same_contact_twice_is_two_leads(api: DialectClient) -> None:
    """The control: without upsert there are two leads."""
    for prefer in ("return=minimal", "handling=lenient"):
        create(api, contact(api), prefer=prefer)
    assert len(lead_ids(api.client)) == 2


Change = Callable[[Client, str], Any]
LEAVES: list[Change] = [
    lambda client, lead: client.patch(lead, {"email": "other@example.com", "phoneNumber": "1", "externalId": "x"}),
    lambda client, lead: client.patch(lead, {"email": None, "phoneNumber": None, "externalId": None}),
    lambda client, lead: client.patch(lead, {"markedForDeletion": True}),
]


@pytest.mark.parametrize("leave", LEAVES)
def test_only_the_leads_current_values_match(api: DialectClient, by: str, leave: Change) -> None:
    lead = lead_id(create(api, contact(api)), api.name)
    leave(api.client, lead)
    assert lead_id(upsert(api, by, contact(api)), api.name) != lead
