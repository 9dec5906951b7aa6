"""The country of a phone without a country code: the lead's, the account's, else the dialect's."""

from typing import Any

import httpx

from lab.server import Client, Leadloop
from tests.support.dialects import api_of
from tests.support.writes import at, create, lead_id, ok, patch

BRAZILIAN, AMERICAN = "(21) 2555-0100", "(212) 555-0100"
BOTH = "212 555 0100"
"""A landline of Rio in Brazil, a number of New York in the United States."""


def find_leads(client: Client, **query: str) -> set[str]:
    return {lead["id"] for lead in client.expad("GET", params=query).json()["leads"]}


def upsert(client: Client, name: str, **body: str) -> httpx.Response:
    api = api_of(client, name)
    return create(api, {**api.required(), **body}, prefer="upsert=phone")


def test_each_dialect_has_a_country_of_its_own(client: Client) -> None:
    rio = lead_id(upsert(client, "expad", phoneNumber=BOTH), "expad")
    new_york = lead_id(upsert(client, "leadsail", phone=BOTH), "leadsail")
    assert rio != new_york
    assert lead_id(upsert(client, "expad", phoneNumber="+55 21 2555-0100"), "expad") == rio
    assert lead_id(upsert(client, "expad", phoneNumber="+1 212 555 0100"), "expad") == new_york
    assert find_leads(client, phoneNumber=BOTH) == {rio} and find_leads(client, phoneNumber="+12125550100") == {
        new_york
    }


def test_an_account_has_one(server: Leadloop) -> None:
    client = server.client(country="US")
    try:
        lead = lead_id(upsert(client, "expad", phoneNumber=BOTH), "expad")
        assert lead_id(upsert(client, "leadsail", phone="+1 212 555 0100"), "leadsail") == lead
        assert find_leads(client, phoneNumber=AMERICAN) == {lead} == find_leads(client, search=f'phone:"{AMERICAN}"')
        rio = lead_id(upsert(client, "leadsail", phone=BOTH, country="BR"), "leadsail")
        assert rio != lead and find_leads(client, phoneNumber="+55 21 2555-0100") == {rio}
    finally:
        client.close()


def test_another_country_of_the_lead_reads_its_phone_again(client: Client) -> None:
    api = api_of(client, "leadsail")
    lead = lead_id(upsert(client, "leadsail", phone=BOTH), "leadsail")
    assert find_leads(client, phoneNumber="+12125550100") == {lead}
    assert ok(patch(api, lead, {"country": "BR"})) == 2
    assert find_leads(client, phoneNumber="+12125550100") == set() and find_leads(client, phoneNumber=BRAZILIAN) == {
        lead
    }
    assert find_leads(client, search=f'phone:"{BRAZILIAN}"') == {lead}
    assert ok(patch(api, lead, {"country": None})) == 3
    assert (
        find_leads(client, phoneNumber="+12125550100") == {lead} and find_leads(client, phoneNumber=BRAZILIAN) == set()
    )


def test_a_country_says_nothing_of_a_phone_that_says_its_own(client: Client) -> None:
    api = api_of(client, "leadsail")
    lead = lead_id(upsert(client, "leadsail", phone="+1 212 555 0100"), "leadsail")
    assert ok(patch(api, lead, {"country": "BR"})) == 2
    assert find_leads(client, phoneNumber="+12125550100") == {lead}


def test_other_changes_leave_it_as_it_was_read(client: Client) -> None:
    """Also through the other dialect, and sent again."""
    lead = lead_id(upsert(client, "leadsail", phone=BOTH), "leadsail")
    client.patch(lead, {"companyName": "Example", "phoneNumber": BOTH})
    assert find_leads(client, phoneNumber="+12125550100") == {lead}
    client.patch(lead, {"phoneNumber": BRAZILIAN})
    assert find_leads(client, phoneNumber="+552125550100") == {lead}


def test_the_region_is_never_shown(client: Client) -> None:
    """Neither dialect nor the change feed shows it: it is a part of the phone."""
    api = api_of(client, "leadsail")
    lead = lead_id(upsert(client, "leadsail", phone=BOTH), "leadsail")
    answer = patch(api, lead, {"country": "BR"}, prefer="return=representation")
    assert "region" not in answer.text.lower()
    assert "region" not in client.http.get(f"/v1/account/{client.account_id}/lead/{lead}").text.lower()
    changes: list[Any] = client.leadsail("GET", f"leads/{lead}/changes").json()["data"]["changes"]
    assert [field["field"] for field in changes[-1]["fields"]] == ["/country"]
    dry = patch(api, lead, {"country": "US"}, prefer="dry-run").json()["data"]
    assert [change["field"] for change in dry["changed"]] == ["/country"]
    assert at(api, lead) == 2


def test_duplicates_are_counted_by_the_parsed_number(client: Client) -> None:
    upsert(client, "leadsail", phone=BOTH)
    rio = client.get(lead_id(upsert(client, "expad", phoneNumber=BRAZILIAN), "expad"))
    assert rio["duplicate"] == 0
    twin = client.expad(
        "POST", content=b'{"phoneNumber": "+1 212-555-0100"}', headers={"Content-Type": "application/json"}
    )
    assert twin.json()["duplicate"] == 1
