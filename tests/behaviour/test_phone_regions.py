"""In which country a phone is read that does not say it: the lead's, the account's, else the dialect's."""

from typing import Any

import httpx

from lab.server import Client, Leadloop
from tests.support.dialects import face
from tests.support.writes import at, create, lead_id, ok, patch

BRAZILIAN, AMERICAN = "(21) 2555-0100", "(212) 555-0100"
BOTH = "212 555 0100"
"""A landline of Rio in Brazil, a number of New York in the United States."""


def found(client: Client, **query: str) -> set[str]:
    return {lead["id"] for lead in client.expad("GET", params=query).json()["leads"]}


def upsert(client: Client, name: str, **body: str) -> httpx.Response:
    one = face(client, name)
    return create(one, {**one.required(), **body}, prefer="upsert=phone")


def test_each_dialect_has_a_country_of_its_own(client: Client) -> None:
    rio = lead_id(upsert(client, "expad", phoneNumber=BOTH), "expad")
    new_york = lead_id(upsert(client, "leadsail", phone=BOTH), "leadsail")
    assert rio != new_york
    assert lead_id(upsert(client, "expad", phoneNumber="+55 21 2555-0100"), "expad") == rio
    assert lead_id(upsert(client, "expad", phoneNumber="+1 212 555 0100"), "expad") == new_york
    assert found(client, phoneNumber=BOTH) == {rio} and found(client, phoneNumber="+12125550100") == {new_york}


def test_an_account_has_one(server: Leadloop) -> None:
    client = server.client(country="US")
    try:
        lead = lead_id(upsert(client, "expad", phoneNumber=BOTH), "expad")
        assert lead_id(upsert(client, "leadsail", phone="+1 212 555 0100"), "leadsail") == lead
        assert found(client, phoneNumber=AMERICAN) == {lead} == found(client, search=f'phone:"{AMERICAN}"')
        rio = lead_id(upsert(client, "leadsail", phone=BOTH, country="BR"), "leadsail")
        assert rio != lead and found(client, phoneNumber="+55 21 2555-0100") == {rio}
    finally:
        client.close()


def test_another_country_of_the_lead_reads_its_phone_again(client: Client) -> None:
    one = face(client, "leadsail")
    lead = lead_id(upsert(client, "leadsail", phone=BOTH), "leadsail")
    assert found(client, phoneNumber="+12125550100") == {lead}
    assert ok(patch(one, lead, {"country": "BR"})) == 2
    assert found(client, phoneNumber="+12125550100") == set() and found(client, phoneNumber=BRAZILIAN) == {lead}
    assert found(client, search=f'phone:"{BRAZILIAN}"') == {lead}
    assert ok(patch(one, lead, {"country": None})) == 3
    assert found(client, phoneNumber="+12125550100") == {lead} and found(client, phoneNumber=BRAZILIAN) == set()


def test_a_country_says_nothing_of_a_phone_that_says_its_own(client: Client) -> None:
    one = face(client, "leadsail")
    lead = lead_id(upsert(client, "leadsail", phone="+1 212 555 0100"), "leadsail")
    assert ok(patch(one, lead, {"country": "BR"})) == 2
    assert found(client, phoneNumber="+12125550100") == {lead}


def test_other_changes_leave_it_as_it_was_read(client: Client) -> None:
    """Also through the other dialect, and sent again."""
    lead = lead_id(upsert(client, "leadsail", phone=BOTH), "leadsail")
    client.patch(lead, {"companyName": "Example", "phoneNumber": BOTH})
    assert found(client, phoneNumber="+12125550100") == {lead}
    client.patch(lead, {"phoneNumber": BRAZILIAN})
    assert found(client, phoneNumber="+552125550100") == {lead}


def test_nobody_is_told_of_it(client: Client) -> None:
    """Neither dialect, nor the change feed: it is a part of the phone."""
    one = face(client, "leadsail")
    lead = lead_id(upsert(client, "leadsail", phone=BOTH), "leadsail")
    answer = patch(one, lead, {"country": "BR"}, prefer="return=representation")
    assert "region" not in answer.text.lower()
    assert "region" not in client.http.get(f"/v1/account/{client.account_id}/lead/{lead}").text.lower()
    changes: list[Any] = client.leadsail("GET", f"leads/{lead}/changes").json()["data"]["changes"]
    assert [field["field"] for field in changes[-1]["fields"]] == ["/country"]
    dry = patch(one, lead, {"country": "US"}, prefer="dry-run").json()["data"]
    assert [change["field"] for change in dry["changed"]] == ["/country"]
    assert at(one, lead) == 2


def test_duplicates_are_counted_by_what_is_read(client: Client) -> None:
    upsert(client, "leadsail", phone=BOTH)
    rio = client.get(lead_id(upsert(client, "expad", phoneNumber=BRAZILIAN), "expad"))
    assert rio["duplicate"] == 0
    twin = client.expad(
        "POST", content=b'{"phoneNumber": "+1 212-555-0100"}', headers={"Content-Type": "application/json"}
    )
    assert twin.json()["duplicate"] == 1
