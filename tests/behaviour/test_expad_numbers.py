"""Numbers: 64-bit ids exact, money exact to 6 decimals, numeric strings taken, everything else refused by name."""

import json
from decimal import Decimal
from typing import Any

import pytest

from lab.server import Client

GOOGLE = ("googleCampaignId", "googleAdgroupId", "googleCreativeId", "googleFormId")
JSON = {"Content-Type": "application/json"}


def patch_raw(client: Client, lead_id: str, raw: str) -> int:
    return client.expad("PATCH", f"lead/{lead_id}", content=raw, headers=JSON).status_code


def get_exact(client: Client, lead_id: str) -> dict[str, Any]:
    """The lead with its fractions as written on the wire."""
    lead: dict[str, Any] = json.loads(client.expad("GET", f"lead/{lead_id}").text, parse_float=Decimal)
    return lead


@pytest.mark.parametrize("name", GOOGLE)
@pytest.mark.parametrize("form", ["{}", '"{}"'])
def test_an_id_of_64_bits_is_exact_as_number_or_text(client: Client, name: str, form: str) -> None:
    lead_id = client.new_lead()
    for number in (2**63 - 1, -(2**63), 2**53 + 1, 9_007_199_254_740_995, 1):
        assert patch_raw(client, lead_id, f'{{"{name}": {form.format(number)}}}') == 200
        assert f'"{name}":{number}' in client.expad("GET", f"lead/{lead_id}").text.replace(" ", "")


@pytest.mark.parametrize("raw", ["1.0", "1e0", "10e-1", "1.000", '"1"'])
def test_a_whole_number_in_another_spelling_is_one(client: Client, raw: str) -> None:
    lead_id = client.new_lead()
    assert patch_raw(client, lead_id, f'{{"callDuration": {raw}}}') == 200
    assert get_exact(client, lead_id)["callDuration"] == 1


@pytest.mark.parametrize("name", [*GOOGLE, "callDuration"])
def test_what_is_no_whole_number_is_refused_by_name(client: Client, name: str) -> None:
    lead_id = client.new_lead()
    too_large = ("9223372036854775808", '"9223372036854775808"', "-9223372036854775809", "1e19")
    for raw in (*too_large, "1.5", "true", '"x"', '""', '"1 "', "[1]", "{}"):
        answer = client.expad("PATCH", f"lead/{lead_id}", content=f'{{"{name}": {raw}}}', headers=JSON)
        assert answer.status_code == 400, raw
        assert name in answer.json()["message"]


MONEY = ["0.000001", "1234.567891", "0.1", "-0.5", "100", "9007199254740.993001", "9223372036854.775807"]


@pytest.mark.parametrize("text", MONEY)
@pytest.mark.parametrize("form", ["{}", '"{}"'])
def test_money_is_exact_as_number_or_text(client: Client, text: str, form: str) -> None:
    lead_id = client.new_lead()
    money = form.format(text)
    product = f'{{"id": "p", "value": {money}}}'
    cart = f'{{"leadProducts": [{{"amount": 1, "product": {product}, "value": {money}}}]}}'
    assert patch_raw(client, lead_id, f'{{"saleValue": {money}, "leadCart": {cart}}}') == 200
    lead = get_exact(client, lead_id)
    line = lead["leadCart"]["leadProducts"][0]
    shown = [lead["saleValue"], lead["leadCart"]["value"], line["value"], line["product"]["value"]]
    assert shown == [Decimal(text)] * 4
    assert not any(isinstance(value, str) for value in shown)


@pytest.mark.parametrize("text", ["1.50", "1.500000", "15e-1", "0.0000015e6"])
def test_the_same_money_in_another_spelling_is_no_change(client: Client, text: str) -> None:
    lead_id = client.new_lead(saleValue=1.5)
    assert patch_raw(client, lead_id, f'{{"saleValue": {text}}}') == 200
    lead = get_exact(client, lead_id)
    assert lead["saleValue"] == Decimal("1.5")
    assert client.expad("GET", f"lead/{lead_id}").headers["ETag"] == '"1"'


@pytest.mark.parametrize(
    "raw", ["0.0000001", '"0.0000001"', "9223372036854.775808", "true", '"x"', '""', '"1,5"', "[]"]
)
@pytest.mark.parametrize(
    "body",
    [
        '{{"saleValue": {}}}',
        '{{"leadCart": {{"leadProducts": [{{"amount": {}, "value": 1}}]}}}}',
        '{{"leadCart": {{"leadProducts": [{{"value": {}, "amount": 1}}]}}}}',
    ],
)
def test_what_is_no_money_is_refused_by_name(client: Client, raw: str, body: str) -> None:
    lead_id = client.new_lead()
    answer = client.expad("PATCH", f"lead/{lead_id}", content=body.format(raw), headers=JSON)
    assert answer.status_code == 400
    assert body.split('"')[1] in answer.json()["message"]


@pytest.mark.parametrize("raw", ["0.0000001", "true", '"x"'])
def test_nor_is_it_the_value_of_a_cart(client: Client, raw: str) -> None:
    answer = client.expad(
        "PATCH", f"lead/{client.new_lead()}", content=f'{{"leadCart": {{"value": {raw}}}}}', headers=JSON
    )
    assert answer.status_code == 400 and "leadCart" in answer.json()["message"]


@pytest.mark.parametrize("raw", ["NaN", "Infinity", "-Infinity", "1e400", "-1e400", "01", "+1", ".5", "1."])
def test_what_json_has_no_number_for_is_refused(client: Client, raw: str) -> None:
    lead_id = client.new_lead()
    assert patch_raw(client, lead_id, f'{{"saleValue": {raw}}}') == 400
    assert client.get(lead_id)["saleValue"] == 0


def test_small_numbers_with_large_exponents_are_taken_or_refused_at_once(client: Client) -> None:
    lead_id = client.new_lead()
    assert patch_raw(client, lead_id, '{"saleValue": 1e-999999999}') == 400
    assert patch_raw(client, lead_id, '{"callDuration": 1e-999999999}') == 400
    assert patch_raw(client, lead_id, '{"callDuration": 1e999999999}') == 400
    assert patch_raw(client, lead_id, '{"callDuration": 0e999999999}') in (200, 400)
