"""`source` and `type`: a set of names in any case; any other text is a custom one; a source can be told by ids."""

from typing import Any

import pytest

from lab.server import Client

SOURCES = (
    *("CUSTOM", "GOOGLE", "FACEBOOK", "INSTAGRAM", "WHATSAPP", "WEBSITE", "PHONE", "EMAIL", "ORGANIC", "REFERRAL"),
    *("DIRECT", "API", "IMPORT", "MANUAL"),
)
TYPES = ("CUSTOM", "FORM", "CALL", "MESSAGE", "CHAT", "LEAD_AD", "MANUAL", "IMPORT")


@pytest.mark.parametrize("source", SOURCES)
def test_a_source_in_any_case(client: Client, source: str) -> None:
    for spelling in (source, source.lower(), source.title()):
        assert client.get(client.new_lead(source=spelling))["source"] == source
    lead_id = client.new_lead(source="GOOGLE" if source != "GOOGLE" else "API")
    client.patch(lead_id, {"source": source.lower()})
    assert client.get(lead_id)["source"] == source


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("prefix", ["", "LEAD_TYPE_"])
def test_a_type_in_either_form_and_any_case(client: Client, name: str, prefix: str) -> None:
    lead_id = client.new_lead()
    client.patch(lead_id, {"type": prefix + name})
    assert client.get(lead_id)["type"] == prefix + name
    lead_id = client.new_lead(type=(prefix + name).lower())
    assert client.get(lead_id)["type"] == prefix + name


@pytest.mark.parametrize("text", ["Feira de Noivas", "string", "TikTok", "Indicação 🙂", "GOOGLE ADS"])
def test_any_other_text_becomes_a_custom_one_never_an_error(client: Client, text: str) -> None:
    created = client.get(client.new_lead(source=text, type=text))
    lead_id = client.new_lead(source="GOOGLE", type="FORM")
    client.patch(lead_id, {"source": text, "type": text})
    updated = client.get(lead_id)
    for lead in (created, updated):
        assert lead["source"] == "CUSTOM"
        assert lead["type"] in ("CUSTOM", "LEAD_TYPE_CUSTOM")
        assert lead["customLeadSourceId"] and lead["customLeadTypeId"]
    assert created["customLeadSourceId"] == updated["customLeadSourceId"]
    assert created["customLeadTypeId"] == updated["customLeadTypeId"]
    assert client.patch(lead_id, {"source": text, "type": text})["version"] == 2


def test_two_custom_sources_are_two(client: Client) -> None:
    ids = {client.get(client.new_lead(source=name))["customLeadSourceId"] for name in ("Feira", "Rádio", "feira")}
    assert len(ids) == 2


def test_a_custom_id_that_is_sent_along_is_kept(client: Client) -> None:
    own = {"source": "Feira", "customLeadSourceId": "src-1", "type": "Visita", "customLeadTypeId": "type-1"}
    for lead_id in (client.new_lead(**own), client.new_lead(**dict(reversed(own.items())))):
        lead = client.get(lead_id)
        assert (lead["customLeadSourceId"], lead["customLeadTypeId"]) == ("src-1", "type-1")
        assert client.patch(lead_id, own)["version"] == 1


DERIVED: list[tuple[dict[str, Any], str]] = [
    ({}, "CUSTOM"),
    *(({name: "1"}, "GOOGLE") for name in ("googleLeadId", "googleCampaignId", "googleAdgroupId")),
    *(({name: 1}, "GOOGLE") for name in ("googleCreativeId", "googleFormId")),
    *(({name: "1"}, "FACEBOOK") for name in ("facebookLeadId", "facebookFormId", "facebookPageId", "facebookAdId")),
    ({"facebookAdgroupId": "1"}, "FACEBOOK"),
    ({"campaignIdData": {"ctwaClid": "x"}}, "WHATSAPP"),
    ({"formId": "f"}, "WEBSITE"),
    ({"startUrl": "https://x.example/"}, "WEBSITE"),
    ({"callId": "c"}, "PHONE"),
    ({"callId": "c", "formId": "f"}, "WEBSITE"),
    ({"formId": "f", "campaignIdData": {"ctwaClid": "x"}}, "WHATSAPP"),
    ({"campaignIdData": {"ctwaClid": "x"}, "facebookLeadId": "1"}, "FACEBOOK"),
    ({"facebookLeadId": "1", "googleFormId": 1}, "GOOGLE"),
    ({"utmSource": "google", "referrer": "https://google.com/"}, "CUSTOM"),
    ({"googleCampaignId": 0, "facebookLeadId": "", "formId": "", "callId": None}, "CUSTOM"),
    ({"campaignIdData": {"ctwaClid": ""}, "startUrl": ""}, "CUSTOM"),
]


@pytest.mark.parametrize(("ids", "source"), DERIVED)
def test_a_create_without_a_source_gets_it_from_its_ids(client: Client, ids: dict[str, Any], source: str) -> None:
    for none in ({}, {"source": None}, {"source": ""}):
        assert client.get(client.new_lead(**ids, **none))["source"] == source


def test_a_sent_source_beats_the_ids(client: Client) -> None:
    assert client.get(client.new_lead(googleLeadId="x", source="PHONE"))["source"] == "PHONE"


@pytest.mark.parametrize(
    ("attribution", "source"),
    [
        ({"gclid": "x"}, "GOOGLE"),
        ({"gbraid": "x"}, "GOOGLE"),
        ({"wbraid": "x"}, "GOOGLE"),
        ({"fbclid": "x"}, "FACEBOOK"),
        ({"fbc": "x"}, "FACEBOOK"),
        ({"fbp": "x"}, "FACEBOOK"),
        ({"fbp": "x", "gclid": "x"}, "GOOGLE"),
        ({"captureUrl": "https://x.example/"}, "WEBSITE"),
        ({"ttclid": "x"}, "API"),
        ({}, "API"),
    ],
)
def test_a_lead_of_leadsail_shows_the_source_of_its_clicks(
    client: Client, attribution: dict[str, Any], source: str
) -> None:
    lead_id = client.new_leadsail_lead(attribution=attribution).removeprefix("lead_")
    lead = client.get(lead_id)
    assert (lead["source"], lead["type"]) == (source, "LEAD_TYPE_UNSPECIFIED")
    assert client.patch(lead_id, {"source": source})["changed"] == []


@pytest.mark.parametrize("cleared", [None, ""])
def test_clearing_the_source_of_a_lead_without_one_is_no_change(client: Client, cleared: str | None) -> None:
    made = client.new_leadsail_lead()
    assert client.patch(made, {"source": cleared})["changed"] == []
    assert client.get(made)["source"] == "API"


def test_another_custom_one_under_the_same_id_is_a_change_that_is_named(client: Client) -> None:
    own = {"source": "Feira", "customLeadSourceId": "src-1", "type": "Visita", "customLeadTypeId": "type-1"}
    lead_id = client.new_lead(**own)
    answer = client.patch(lead_id, {**own, "source": "Rádio", "customLeadSourceId": "src-2", "type": "Chegada"})
    assert {"/source", "/type"} <= set(answer["changed"])


@pytest.mark.parametrize("name", ["source", "type"])
@pytest.mark.parametrize("value", [5, 0, False, True, [], {}])
def test_invalid_values_are_refused(client: Client, name: str, value: object) -> None:
    for method, path in (("PATCH", f"lead/{client.new_lead()}"), ("POST", "lead")):
        answer = client.expad(method, path, json={"email": "x", name: value})
        assert answer.status_code == 400
        assert name in answer.json()["message"]
