"""Insights: the six arrays, what stands in each, and what a sale is."""

from decimal import Decimal
from typing import Any

import httpx
import msgspec
import pytest

from lab.server import Client
from tests.support.insights import ARRAYS

PERIOD = {"from": "2026-01-01T00:00:00Z", "to": "2026-02-01T00:00:00Z"}
JAN_15 = 1_768_435_200_000
EXACT = msgspec.json.Decoder(float_hook=Decimal)


def insights(client: Client, **query: str) -> dict[str, Any]:
    answer = client.expad("GET", "insights", params={**PERIOD, **query})
    assert answer.status_code == 200, answer.text
    arrays: dict[str, Any] = EXACT.decode(answer.content)
    return arrays


def new(client: Client, **body: Any) -> str:
    return client.new_lead(leadDate=JAN_15, **body)


def counts(answer: dict[str, Any], name: str) -> dict[str, int]:
    values = {element["key"]: element["value"] for element in answer[f"{name}Performances"]}
    assert len(values) == len(answer[f"{name}Performances"])
    return values


def users(answer: dict[str, Any]) -> dict[str, tuple[int, int, int]]:
    """By name: leads, sales and their value in micros."""
    rows = answer["attributionUserPerformances"]
    return {row["userName"]: (row["leadCount"], row["saleCount"], row["saleValueMicros"]) for row in rows}


def test_without_leads_all_six_arrays_are_there_and_empty(client: Client) -> None:
    answer = insights(client)
    assert answer == {name: [] for name in ARRAYS}
    assert "sales" not in answer


def test_one_lead_is_in_every_array(client: Client) -> None:
    user = {"id": "u1", "userId": "uid1", "userName": "Bia", "email": "bia@example.com", "isRealUser": True}
    product = {"amount": 1.5, "product": {"id": "p1", "name": "Apartamento", "value": 100.000001}}
    new(
        client,
        status="COMPLETE",
        source="google",
        type="FORM",
        googleLeadId="g1",
        leadAttributionUser=user,
        leadCart={"leadProducts": [product]},
        saleValue=1234.567891,
    )
    shown = {"accountId": client.account_id, "phoneNumber": "", "globalAutoAttributionDisabled": False, **user}
    assert insights(client) == {
        "attributionUserPerformances": [
            {
                "attributionUser": shown,
                "id": "u1",
                "userId": "uid1",
                "userName": "Bia",
                "name": "Bia",
                "leadCount": 1,
                "saleCount": 1,
                "saleValueMicros": 1_234_567_891,
            }
        ],
        "productPerformances": [
            {"id": "p1", "name": "Apartamento", "count": Decimal("1.5"), "saleValue": Decimal("150.000002")}
        ],
        "statusPerformances": [{"key": "COMPLETE", "value": 1}],
        "sourcePerformances": [{"key": "GOOGLE", "value": 1}],
        "typePerformances": [{"key": "FORM", "value": 1}],
        "campaignProviderPerformances": [{"key": "GOOGLE", "value": 1}],
    }


def test_numbers_are_json_integers(client: Client) -> None:
    new(client, status="COMPLETE", saleValue=0.1)
    text = client.expad("GET", "insights", params=PERIOD).text
    assert '"leadCount":1,"saleCount":1,"saleValueMicros":100000}' in text


def test_leads_without_a_user_form_one_entry(client: Client) -> None:
    new(client)
    new(client, leadAttributionUser={"isRealUser": True, "phoneNumber": "1"})
    [entry] = insights(client)["attributionUserPerformances"]
    assert entry["attributionUser"] == {
        "accountId": client.account_id,
        "email": "",
        "globalAutoAttributionDisabled": False,
        "id": "",
        "isRealUser": False,
        "phoneNumber": "",
        "userId": "",
        "userName": "Sem atribuição",
    }
    assert entry["userName"] == entry["name"] == "Sem atribuição"
    assert (entry["id"], entry["userId"], entry["leadCount"]) == ("", "", 2)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"id": "u1", "userName": "Bia", "email": "a@x.test"}, {"id": "u1", "userName": "Bia Lima"}),
        ({"userId": "u1", "userName": "Bia"}, {"userId": "u1", "userName": "Bia Lima"}),
        ({"email": "a@x.test", "userName": "Bia"}, {"email": "a@x.test", "userName": "Bia Lima"}),
    ],
)
def test_a_user_is_shown_as_the_newest_lead_has_it(client: Client, first: Any, second: Any) -> None:
    new(client, leadAttributionUser=first)
    new(client, leadAttributionUser=second, status="COMPLETE", saleValue=2)
    assert users(insights(client)) == {"Bia Lima": (2, 1, 2_000_000)}


def test_users_with_only_a_name_are_grouped_by_it(client: Client) -> None:
    for name in ("Bia", "Bia", "bia"):
        new(client, leadAttributionUser={"userName": name})
    new(client, leadAttributionUser={"id": "Bia", "userName": "Other"})
    assert users(insights(client)) == {"Bia": (3, 0, 0), "Other": (1, 0, 0)}, "in any case"


@pytest.mark.parametrize(
    ("body", "micros"),
    [
        ({"saleValue": 10, "leadCart": {"value": 3}}, 10_000_000),
        ({"leadCart": {"value": 3.25}}, 3_250_000),
        ({"leadCart": {"leadProducts": [{"amount": 2, "product": {"name": "A", "value": 1.5}}]}}, 3_000_000),
        ({"saleValue": 0, "leadCart": {"value": 4}}, 4_000_000),
        ({"saleValue": -1}, -1_000_000),
        ({}, 0),
    ],
)
def test_the_value_of_a_sale(client: Client, body: dict[str, Any], micros: int) -> None:
    for status in ("COMPLETE", "complete", "ACTIVE", "LOST", "COMPLETED"):
        new(client, status=status, **body)
    assert users(insights(client)) == {"Sem atribuição": (5, 2, 2 * micros)}


def test_sums_larger_than_64_bits_are_exact(client: Client) -> None:
    for _ in range(3):
        new(client, status="COMPLETE", saleValue=9_223_372_036_854)
    new(client, status="COMPLETE", saleValue=0.000001)
    assert users(insights(client)) == {"Sem atribuição": (4, 4, 27_670_116_110_562_000_001)}


def test_products_are_counted_in_sales_only(client: Client) -> None:
    def cart(*lines: tuple[Any, Any, Any]) -> dict[str, Any]:
        return {"leadProducts": [{"amount": n, "product": product, "value": value} for n, product, value in lines]}

    house, car = {"id": "p1", "name": "Casa"}, {"name": "Carro"}
    sold = new(client, status="COMPLETE", leadCart=cart((1, house, 10), (0.5, car, 3), (2, house, 20)))
    renamed, other = {"id": "p1", "name": "Casa grande"}, {"name": "carro"}
    new(client, status="COMPLETE", leadCart=cart((1, renamed, 0.1), (1, other, 1)))
    new(client, status="COMPLETE", leadCart=cart((9, {"value": 1}, 9)))
    new(client, status="ACTIVE", leadCart=cart((7, renamed, 7)))
    house_sold = {"id": "p1", "name": "Casa grande", "count": 4, "saleValue": Decimal("30.1")}
    assert insights(client)["productPerformances"] == [
        house_sold,
        {"id": "", "name": "Carro", "count": Decimal("1.5"), "saleValue": 4},
    ]
    client.patch(sold, {"status": "LOST"})
    assert insights(client)["productPerformances"][1:] == [
        {"id": "p1", "name": "Casa grande", "count": 1, "saleValue": Decimal("0.1")}
    ]
    client.patch(sold, {"status": "COMPLETE", "leadCart": cart((1, car, 8))})
    assert insights(client)["productPerformances"][0] == {"id": "", "name": "Carro", "count": 2, "saleValue": 9}


def test_each_lead_counts_once_under_its_status_in_any_spelling(client: Client) -> None:
    for status in ("NEW", "new", "ACTIVE", "Em negociação", "em negociação"):
        new(client, status=status)
    arrays = insights(client)
    assert counts(arrays, "status") == {"NEW": 2, "ACTIVE": 1, "Em negociação": 2}
    assert arrays["statusPerformances"][0] == {"key": "Em negociação", "value": 2}


def test_sources_and_types_custom_ones_as_they_were_written_first(client: Client) -> None:
    for source in ("GOOGLE", "google", "Feira", "FEIRA ", "CUSTOM"):
        new(client, source=source)
    for kind in ("FORM", "LEAD_TYPE_FORM", "Visita", "VISITA", "LEAD_TYPE_CUSTOM"):
        new(client, source="PHONE", type=kind)
    arrays = insights(client)
    assert counts(arrays, "source") == {"GOOGLE": 2, "Feira": 2, "CUSTOM": 1, "PHONE": 5}
    assert counts(arrays, "type") == {"LEAD_TYPE_UNSPECIFIED": 5, "FORM": 2, "Visita": 2, "CUSTOM": 1}


@pytest.mark.parametrize(
    ("body", "provider"),
    [
        ({"googleLeadId": "g"}, "GOOGLE"),
        ({"googleCampaignId": 1}, "GOOGLE"),
        ({"facebookLeadId": "f"}, "FACEBOOK"),
        ({"googleLeadId": "g", "facebookLeadId": "f"}, "GOOGLE"),
        ({"source": "GOOGLE"}, "NONE"),
        ({"campaignIdData": {"ctwaClid": "c"}}, "NONE"),
        ({}, "NONE"),
    ],
)
def test_the_provider_of_a_campaign(client: Client, body: dict[str, Any], provider: str) -> None:
    new(client, **body)
    assert counts(insights(client), "campaignProvider") == {provider: 1}


def test_a_click_id_from_leadsail_decides_the_provider(client: Client) -> None:
    lead_id = client.new_leadsail_lead(attribution={"gclid": "abc", "fbclid": "def"})
    client.patch(lead_id, {"leadDate": JAN_15})
    assert counts(insights(client), "campaignProvider") == {"GOOGLE": 1}


def test_deleted_leads_are_not_counted_until_they_are_restored(client: Client) -> None:
    body: dict[str, Any] = {"status": "COMPLETE", "leadCart": {"leadProducts": [{"amount": 1, "product": {"id": "p"}}]}}
    through_expad, through_leadsail = new(client, **body), new(client, **body)
    before = insights(client)
    client.patch(through_expad, {"markedForDeletion": True})
    assert client.leadsail("DELETE", f"leads/lead_{through_leadsail}").status_code == 200
    assert insights(client) == {name: [] for name in ARRAYS}
    for lead_id in (through_expad, through_leadsail):
        client.patch(lead_id, {"markedForDeletion": False})
    assert insights(client) == before


def test_changes_are_counted_at_once(client: Client) -> None:
    lead_id = new(client, leadAttributionUser={"id": "u1", "userName": "Bia"})
    client.patch(lead_id, {"status": "ACTIVE", "cpf": "1"})
    assert client.patch_leadsail(lead_id, {"status": "accepted"}).status_code == 200
    client.patch(lead_id, {"saleValue": 5, "leadAttributionUser": {"id": "u2", "userName": "Rui"}})
    arrays = insights(client)
    assert counts(arrays, "status") == {"COMPLETE": 1}
    assert users(arrays) == {"Rui": (1, 1, 5_000_000)}


def test_another_accounts_leads_are_never_counted(client: Client, server: Any) -> None:
    new(client)
    other = server.client()
    assert insights(other) == {name: [] for name in ARRAYS}
    other.close()


def test_an_answer_has_no_etag_and_a_trailing_slash_is_fine(client: Client) -> None:
    answer: httpx.Response = client.expad("GET", "insights/", params=PERIOD)
    assert answer.status_code == 200 and "etag" not in answer.headers
