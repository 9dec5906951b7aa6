"""POST /leads: required fields, accepted fields, and how values are normalized (leadsail.md section 2)."""

import re
from typing import Any

import httpx
import pytest

from lab.server import Client
from tests.support.answers import FULL, details, refused, version

REQUIRED: dict[str, Any] = {
    "campaignId": "ABC",
    "firstName": "Mary",
    "lastName": "Jones",
    "email": "mary@example.com",
    "phone": "(555) 123-4567",
}
OPTIONAL = ["country", "address", "timezone", "timezoneSource", "flags", "notes", "questionnaire", "attribution"]
OPTIONAL += ["compliance"]

NAMES = {
    "  mary  ": "Mary",
    "mary ann": "Mary Ann",
    "MARY-ANN": "Mary-Ann",
    "o'neil": "O'Neil",
    "O'NEIL": "O'Neil",
    "McDonald": "McDonald",
    "JOSÉ da SILVA": "José Da Silva",
    "émile": "Émile",
    "van der Berg": "Van Der Berg",
    "x": "X",
    "名前": "名前",
}


def _post(client: Client, **body: Any) -> httpx.Response:
    return client.leadsail("POST", json=body)


def test_the_required_fields_are_enough(client: Client) -> None:
    answer = _post(client, **REQUIRED)
    assert answer.status_code == 201
    assert answer.json().keys() == {"success", "data"} and answer.json()["success"] is True
    data = answer.json()["data"]
    assert data.keys() == {"leadId", "submissionId"}
    assert re.fullmatch("lead_[0-9a-f]{24}", data["leadId"]) and re.fullmatch("sub_.+", data["submissionId"])
    assert version(answer) == 1
    shown = client.get_leadsail(data["leadId"])
    times = {name: shown[name] for name in ("createdAt", "updatedAt")}
    assert times["createdAt"] == times["updatedAt"]
    rest = {name: value for name, value in REQUIRED.items() if name != "campaignId"}
    campaign = {"campaignId": "ABC"}
    assert shown == {"leadId": data["leadId"], "campaign": campaign, **rest, "status": "new", **times}


@pytest.mark.parametrize("field", REQUIRED)
def test_each_required_field_is_missed_by_name(client: Client, field: str) -> None:
    without = {name: value for name, value in REQUIRED.items() if name != field}
    assert refused(_post(client, **without)) == [field]
    for blank in (None, ""):
        assert refused(_post(client, **without, **{field: blank})) == [field]


def test_everything_that_is_missing_or_wrong_comes_at_once(client: Client) -> None:
    assert sorted(refused(_post(client))) == sorted(REQUIRED)
    answer = _post(client, firstName=1, email="x", country="usa", tags=["x"])
    assert sorted(refused(answer)) == sorted([*REQUIRED, "country", "tags"])


def test_nothing_is_created_where_something_is_refused(client: Client) -> None:
    _post(client, **REQUIRED, country="usa")
    assert client.leadsail("GET").json()["data"]["leads"] == []


def test_every_optional_field_is_taken(client: Client) -> None:
    sent = {name: FULL[name] for name in OPTIONAL}
    answer = _post(client, **REQUIRED, **sent)
    assert answer.status_code == 201, answer.text
    shown = client.get_leadsail(answer.json()["data"]["leadId"])
    assert {name: shown[name] for name in OPTIONAL} == sent
    assert _post(client, **REQUIRED, **dict.fromkeys(OPTIONAL)).status_code == 201


@pytest.mark.parametrize(
    "field", ["dateOfBirth", "customFields", "status", "detail", "tags", "submissionCount", "approval"]
)
def test_fields_of_patch_alone_are_refused(client: Client, field: str) -> None:
    assert refused(_post(client, **REQUIRED, **{field: FULL[field]})) == [field]


@pytest.mark.parametrize("field", ["firstName", "lastName"])
def test_names_are_trimmed_and_capitalised(client: Client, field: str) -> None:
    for sent, shown in NAMES.items():
        lead = _post(client, **{**REQUIRED, field: sent}).json()["data"]["leadId"]
        assert client.get_leadsail(lead)[field] == shown
    assert refused(_post(client, **{**REQUIRED, field: "  "})) == [field]


def test_a_patch_keeps_names_and_e_mail_as_sent(client: Client) -> None:
    lead = _post(client, **REQUIRED).json()["data"]["leadId"]
    sent = {"firstName": " mary-ANN ", "lastName": "JONES", "email": "Mary@Example.COM"}
    client.patch_leadsail(lead, sent)
    shown = client.get_leadsail(lead)
    assert {name: shown[name] for name in sent} == sent


def test_the_e_mail_is_lower_cased(client: Client) -> None:
    lead = _post(client, **{**REQUIRED, "email": "Mary.JONES@Example.COM"}).json()["data"]["leadId"]
    assert client.get_leadsail(lead)["email"] == "mary.jones@example.com"


def test_a_phone_is_ten_characters_of_those_that_are_dialled(client: Client) -> None:
    dialled = ("5551234567", "+1 (555) 123-4567", "555.123.4567", "+-(). 1234", "0123456789" * 4)
    spaced = [
        f"555{space}123{space}4567" for space in "\t\n\r\u00a0\u1680\u2000\u2009\u2028\u2029\u202f\u205f\u3000\ufeff"
    ]
    for phone in (*dialled, *spaced):
        lead = _post(client, **{**REQUIRED, "phone": phone}).json()["data"]["leadId"]
        assert client.get_leadsail(lead)["phone"] == phone
    for wrong in ("555123456", "555-CALL-NOW", "5551234567x8", "555/123/4567", "٥٥٥١٢٣٤٥٦٧", 5551234567):
        assert refused(_post(client, **{**REQUIRED, "phone": wrong})) == ["phone"]


def test_a_country_is_two_capital_letters(client: Client) -> None:
    assert _post(client, **REQUIRED, country="BR").status_code == 201
    for country in ("br", "Br", "B", "BRA", "B1", "ÇÃ", "BR\n", ""):
        assert refused(_post(client, **REQUIRED, country=country)) == ["country"]


def test_the_questionnaire_is_an_object_or_an_array(client: Client) -> None:
    answers = {"filing_for": "self", "debts": [1, {"a": 2.5}], "none": False}
    items = [{"key": key, "answer": answer} for key, answer in answers.items()]
    for questionnaire in (answers, items):
        lead = _post(client, **REQUIRED, questionnaire=questionnaire).json()["data"]["leadId"]
        assert client.get_leadsail(lead)["questionnaire"] == items
    nothing: list[Any] = [{}, [], None]
    for empty in nothing:
        lead = _post(client, **REQUIRED, questionnaire=empty).json()["data"]["leadId"]
        assert "questionnaire" not in client.get_leadsail(lead)
    for wrong in ("x", 1, True):
        assert refused(_post(client, **REQUIRED, questionnaire=wrong)) == ["questionnaire"]
    assert len(details(_post(client, **REQUIRED, questionnaire={"k" * 256: 1, "": 2, "x": "a" * 65537}))) == 2


def test_notes_are_an_array_here(client: Client) -> None:
    assert refused(_post(client, **REQUIRED, notes="Call after five")) == ["notes"]
    lead = _post(client, **REQUIRED, notes=[{"text": "Call after five"}, {"text": "Twice"}]).json()["data"]["leadId"]
    assert [note["text"] for note in client.get_leadsail(lead)["notes"]] == ["Call after five", "Twice"]


def test_the_same_contact_twice_is_two_leads(client: Client) -> None:
    ids = {_post(client, **REQUIRED).json()["data"]["leadId"] for _ in range(2)}
    assert len(ids) == 2
