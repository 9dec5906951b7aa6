"""An upsert finds a phone in any spelling, and never alters what is stored."""

import pytest

from lab.server import Client
from tests.support.dialects import DialectClient, api_of, fields
from tests.support.writes import EXTRA, PHONE, at, create, lead_id, lead_ids, ok

SPELLINGS = [
    "+55 11 98765-4321",
    "(11) 98765-4321",
    "11987654321",
    "5511987654321",
    "+55 (11) 8765-4321",
    "11 8765-4321",
    "+551187654321",
    "+55.11.98765.4321",
]
"""Spellings of one Brazilian mobile number, with and without its ninth digit."""
LANDLINE = ["+55 11 3333-4444", "(11) 3333-4444", "551133334444"]
OTHERS = ["+55 11 98765-4322", "+55 21 98765-4321", "+1 119 876 5432", "+351 912 345 678"]


def body(api: DialectClient, phone: str) -> dict[str, str]:
    """In LeadSail, phones without a country are American unless the body says otherwise."""
    country = {} if api.name == "expad" else {"country": "BR"}
    return {**api.required(), **country, PHONE[api.name]: phone}


def find(api: DialectClient, phone: str) -> str:
    return lead_id(create(api, body(api, phone), prefer="upsert=phone"), api.name)


@pytest.mark.parametrize("numbers", [SPELLINGS, LANDLINE], ids=["mobile", "landline"])
def test_all_spellings_are_one_number(api: DialectClient, numbers: list[str]) -> None:
    for stored in numbers:
        lead = lead_id(create(api, body(api, stored)), api.name)
        assert {find(api, phone) for phone in numbers} == {lead}
        api.client.leadsail("DELETE", f"leads/{lead}")


def test_another_number_is_another_lead(api: DialectClient) -> None:
    lead = find(api, SPELLINGS[0])
    others = [find(api, phone) for phone in OTHERS]
    assert len({lead, *others}) == len(OTHERS) + 1 and at(api, lead) == 1


def test_the_same_text_changes_nothing(api: DialectClient) -> None:
    for phone in SPELLINGS:
        lead = lead_id(create(api, body(api, phone)), api.name)
        answer = create(api, body(api, phone), prefer="upsert=phone")
        assert (lead_id(answer, api.name), ok(answer)) == (lead, 1)
        api.client.leadsail("DELETE", f"leads/{lead}")


def test_another_spelling_leaves_the_stored_number(api: DialectClient) -> None:
    lead = find(api, SPELLINGS[0])
    for phone in SPELLINGS[1:]:
        assert find(api, phone) == lead
        assert api.shown(lead)[PHONE[api.name]] == SPELLINGS[0] and at(api, lead) == 1


def test_a_country_says_how_a_number_without_one_is_read(client: Client) -> None:
    api = api_of(client, "leadsail")
    american = {**body(api, "(212) 555-0123"), "country": "US"}
    lead = lead_id(create(api, american), "leadsail")
    for phone in ("+1 212 555 0123", "212.555.0123"):
        answer = create(api, {**american, "phone": phone}, prefer="upsert=phone")
        assert lead_id(answer, "leadsail") == lead
    assert find(api, "+1 (212) 555-0123") == lead, "the country in it does not make the number another"
    assert api.shown(lead)["country"] == "BR" and find(api, "+1 212 555 0123") == lead
    brazilian = {**american, "country": "BR"}
    assert lead_id(create(api, brazilian, prefer="upsert=phone"), "leadsail") != lead


def test_without_a_country_leadsail_reads_american_numbers(client: Client) -> None:
    api = api_of(client, "leadsail")
    american = {**api.required(), "phone": "(212) 555-0123"}
    lead = lead_id(create(api, american, prefer="upsert=phone"), "leadsail")
    assert lead_id(create(api, {**american, "phone": "+1 212 555 0123"}, prefer="upsert=phone"), "leadsail") == lead
    assert lead_id(create(api, {**american, "phone": "0012125550123"}, prefer="upsert=phone"), "leadsail") == lead
    assert find(api_of(client, "expad"), "(21) 2555-0123") != lead


@pytest.mark.parametrize("phone", ["0055 11 98765-4321", "5511987654321@s.whatsapp.net", "5511987654321:12@c.us"])
def test_a_number_with_a_country_code_is_read_the_same_in_both_dialects(client: Client, phone: str) -> None:
    expad, leadsail = api_of(client, "expad"), api_of(client, "leadsail")
    lead = find(expad, phone)
    assert find(expad, "+55 11 98765-4321") == lead and find(expad, "11 8765-4321") == lead
    assert find(leadsail, "+55 (11) 98765-4321") == lead


def test_a_lead_written_through_the_other_dialect(client: Client) -> None:
    expad, leadsail = api_of(client, "expad"), api_of(client, "leadsail")
    lead = find(expad, "(11) 98765-4321")
    assert find(leadsail, "+55 11 8765-4321") == lead
    assert client.get(lead)["phoneNumber"] == "(11) 98765-4321"
    assert find(expad, "11987654321") == lead


def test_a_landline_and_a_mobile_are_two_people(api: DialectClient) -> None:
    """In either order of arrival: for an upsert, `duplicate`, the filter and searches."""
    pairs = [("11 4112-0031", "11 94112-0031"), ("(82) 99113-1050", "82 3113-1050"), ("21 92555-0100", "21 2555-0100")]
    for first, second in pairs:
        leads = [find(api, first), find(api, second), find(api, first), find(api, second)]
        assert leads[0] != leads[1] and leads[:2] == leads[2:]
        assert api.name != "expad" or [api.shown(lead)["duplicate"] for lead in leads[:2]] == [0, 0]
        for phone, lead in zip((first, second), leads, strict=False):
            for query in ({"phoneNumber": phone}, {"search": phone}, {"search": f'phone:"{phone}"'}):
                assert [shown["id"] for shown in api.client.expad("GET", params=query).json()["leads"]] == [lead]
            leads = api.client.leadsail("GET", params={"search": phone}).json()["data"]["leads"]
            assert [shown["leadId"] for shown in leads] == [f"lead_{lead}"]
    assert find(api, "82 9113-1050") == find(api, "+55 82 99113-1050")


@pytest.mark.parametrize(
    "phone",
    [
        *("none", "?", " ", "12345", "+", "٠", "0000000000", "123456", "99999999999", "4112-0031"),
        *("120363041234567890@g.us", "10 4112-0031"),
    ],
)
def test_an_invalid_phone_finds_nobody(api: DialectClient, phone: str) -> None:
    """It must not match all leads without a phone or with another invalid one."""
    client = api.client
    leads = [client.new_lead(), client.new_lead(phoneNumber=phone), client.new_lead(phoneNumber="none")]
    answer = create(api, {**body(api, phone), **EXTRA[api.name]}, prefer="upsert=phone")
    assert PHONE[api.name] in fields(answer, api.name)
    assert lead_ids(client) == set(leads) and {at(api, lead) for lead in leads} == {1}
    assert [client.get(lead)["duplicate"] for lead in leads] == [0, 0, 0]
    assert client.expad("GET", params={"phoneNumber": phone}).json()["total"] == 0


@pytest.mark.parametrize(
    "email",
    [
        *(" ", "\t", "x" * 400 + "@example.com", "sem email", "-", "n/a", "null", "0", "@", "\u200b", "@example.com"),
        *("ana@", "Ana <ana@example.com>", "ana@example.com, bia@example.com", "none"),
    ],
)
def test_an_invalid_email_finds_nobody(api: DialectClient, email: str) -> None:
    client = api.client
    leads = [client.new_lead(), client.new_lead(email=email), client.new_lead(email=email)]
    answer = create(api, {**api.required(), "email": email, **EXTRA[api.name]}, prefer="upsert=email")
    assert "email" in fields(answer, api.name)
    assert lead_ids(client) == set(leads) and {at(api, lead) for lead in leads} == {1}
    assert [client.get(lead)["duplicate"] for lead in leads] == [0, 0, 0]
    assert client.expad("GET", params={"email": email}).json()["total"] == 0
