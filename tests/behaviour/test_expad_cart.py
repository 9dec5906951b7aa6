"""`leadCart` is replaced; lines and the cart add up exactly, and a total that the client sent is kept."""

import json
from decimal import Decimal
from typing import Any

import pytest

from lab.server import Client


def line(amount: Any = None, price: Any = None, value: Any = None, product: str = "p") -> dict[str, Any]:
    made: dict[str, Any] = {
        "amount": amount,
        "product": {"id": product, "name": product, "value": price},
        "value": value,
    }
    made["product"] = {name: member for name, member in made["product"].items() if member is not None}
    return {name: member for name, member in made.items() if member is not None}


def put(client: Client, lead_id: str, lines: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return client.patch(lead_id, {"leadCart": {"leadProducts": lines, **more}})


def totals(client: Client, lead_id: str) -> tuple[list[Any], Any]:
    cart = json.loads(client.expad("GET", f"lead/{lead_id}").text, parse_float=Decimal)["leadCart"]
    return [Decimal(line["value"]) for line in cart["leadProducts"]], Decimal(cart["value"])


SUMS: dict[str, tuple[list[dict[str, Any]], list[str]]] = {
    "a line's default is amount times price": ([line(2, 10.5)], ["21"]),
    "a total of its own is kept": ([line(2, 10.5, 20)], ["20"]),
    "a total of zero is kept": ([line(2, 10.5, 0)], ["0"]),
    "several lines": ([line(2, 10.5), line(1, 0.1, product="q"), line(3, 0.2, product="r")], ["21", "0.1", "0.6"]),
    "the same product twice": ([line(1, 5), line(2, 5)], ["5", "10"]),
    "fractions of an amount": ([line(0.333333, 3)], ["0.999999"]),
    "a hundred and one tenths": ([line(0.1, 0.1)], ["0.01"]),
    "less than a millionth is rounded": ([line(0.000001, 0.5)], ["0"]),
    "without a price there is nothing to add": ([line(2)], ["0"]),
    "no amount is one": ([line(None, 5)], ["5"]),
    "an amount of zero": ([line(0, 5)], ["0"]),
    "no amount, and a total of its own": ([line(None, 5, 4)], ["4"]),
    "a price without a product": ([{"amount": 2, "product": {"value": 10}}], ["20"]),
    "a price without a product, and a total of its own": (
        [{"amount": 2, "product": {"value": 10}, "value": 15}],
        ["15"],
    ),
    "nothing but a total": ([{"value": 7}], ["7"]),
    "lines of zeros are left out": ([line(0, 0, 0, ""), {}, line(1, 5)], ["5"]),
    "negative": ([line(-1, 5)], ["-5"]),
}


@pytest.mark.parametrize(("lines", "expected"), SUMS.values(), ids=SUMS.keys())
def test_what_lines_and_cart_add_up_to(client: Client, lines: list[dict[str, Any]], expected: list[str]) -> None:
    lead_id = client.new_lead()
    version = put(client, lead_id, lines)["version"]
    values, total = totals(client, lead_id)
    assert values == [Decimal(value) for value in expected]
    assert total == sum(map(Decimal, expected))
    assert put(client, lead_id, lines)["version"] == version


@pytest.mark.parametrize("absent", [{}, {"amount": None}])
def test_an_absent_amount_is_one_and_shown_so(client: Client, absent: dict[str, Any]) -> None:
    lead_id = client.new_lead(leadCart={"leadProducts": [{"product": {"id": "p", "value": 5}, **absent}]})
    (line,) = client.get(lead_id)["leadCart"]["leadProducts"]
    assert (line["amount"], line["value"]) == (1, 5)
    client.patch(lead_id, {"status": "COMPLETE"})
    period = {"from": "2000-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"}
    (row,) = client.expad("GET", "insights", params=period).json()["productPerformances"]
    assert (row["count"], row["saleValue"]) == (1, 5)


def test_a_product_without_id_and_name_is_none(client: Client) -> None:
    lead_id = client.new_lead(leadCart={"leadProducts": [{"amount": 2, "product": {"id": "", "value": 10}}]})
    assert client.get(lead_id)["leadCart"]["leadProducts"] == [{"amount": 2, "product": None, "value": 20}]


def test_a_sent_cart_value_is_ignored_and_named_where_there_are_lines(client: Client) -> None:
    lead_id = client.new_lead()
    answer = put(client, lead_id, [line(2, 10)], value=999)
    assert answer["ignored"] == ["/leadCart/value"]
    assert totals(client, lead_id)[1] == 20


def test_without_lines_the_cart_value_is_kept_as_sent(client: Client) -> None:
    lead_id = client.new_lead()
    answer = client.patch(lead_id, {"leadCart": {"value": 12.34}})
    assert answer["ignored"] == []
    assert client.get(lead_id)["leadCart"] == {"leadProducts": [], "value": 12.34}


@pytest.mark.parametrize("lines", [None, []])
def test_a_cart_whose_lines_go_can_still_be_read(client: Client, lines: Any) -> None:
    lead_id = client.new_lead(leadCart={"leadProducts": [line(1, 5)]})
    client.patch(lead_id, {"leadCart": {"leadProducts": lines, "value": 7}})
    assert client.get(lead_id)["leadCart"] == {"leadProducts": [], "value": 7}
    client.patch(lead_id, {"leadCart": {"leadProducts": lines}})
    assert client.get(lead_id)["leadCart"] is None


def test_the_cart_is_replaced_not_merged(client: Client) -> None:
    lead_id = client.new_lead(leadCart={"leadProducts": [line(1, 5), line(1, 6, product="q")]})
    put(client, lead_id, [line(1, 6, product="q")])
    assert totals(client, lead_id) == ([6], 6)


CHANGES: dict[str, tuple[dict[str, Any], str]] = {
    "the amount": ({"amount": 3}, "30"),
    "the price": ({"product": {"id": "p", "name": "p", "value": 20}}, "40"),
    "nothing that counts": ({"product": {"id": "p", "name": "renamed", "value": 10}}, "20"),
    "the total as well": ({"amount": 3, "value": 25}, "25"),
}


@pytest.mark.parametrize(("change", "expected"), CHANGES.values(), ids=CHANGES.keys())
def test_a_total_sent_back_as_shown_follows_amount_and_price(
    client: Client, change: dict[str, Any], expected: str
) -> None:
    lead_id = client.new_lead(leadCart={"leadProducts": [line(1, 1, product="q"), line(2, 10)]})
    lines = client.get(lead_id)["leadCart"]["leadProducts"]
    lines[1] |= change
    put(client, lead_id, lines)
    values, total = totals(client, lead_id)
    assert values == [Decimal(1), Decimal(expected)]
    assert total == sum(values)


def test_it_follows_when_the_lines_change_places_too(client: Client) -> None:
    lead_id = client.new_lead(leadCart={"leadProducts": [line(1, 1, product="q"), line(2, 10)]})
    first, second = client.get(lead_id)["leadCart"]["leadProducts"]
    put(client, lead_id, [{**second, "amount": 5}, first])
    assert totals(client, lead_id)[0] == [50, 1]


def test_a_discount_that_was_kept_is_kept_when_sent_back(client: Client) -> None:
    lead_id = client.new_lead(leadCart={"leadProducts": [line(2, 10, 15)]})
    shown = client.get(lead_id)["leadCart"]
    assert client.patch(lead_id, {"leadCart": shown})["changed"] == []
    put(client, lead_id, [*shown["leadProducts"], line(1, 1, product="new")])
    assert totals(client, lead_id) == ([15, 1], 16)


HUGE = 9_000_000_000_000


@pytest.mark.parametrize(
    "lines", [[line(HUGE, HUGE)], [line(1, HUGE, product=str(number)) for number in range(3)], [line(-HUGE, HUGE)]]
)
def test_a_sum_that_is_out_of_range_is_refused_by_name(client: Client, lines: list[dict[str, Any]]) -> None:
    lead_id = client.new_lead()
    answer = client.expad("PATCH", f"lead/{lead_id}", json={"leadCart": {"leadProducts": lines}})
    assert answer.status_code == 400, answer.text
    assert "leadCart" in answer.json()["message"]
    assert client.expad("POST", json={"name": "A", "leadCart": {"leadProducts": lines}}).status_code == 400
    assert client.get(lead_id)["leadCart"] is None


@pytest.mark.parametrize(
    "cart", [5, "x", [], {"leadProducts": {"a": 1}}, {"leadProducts": [5]}, {"leadProducts": [None]}, {"value": "much"}]
)
def test_invalid_carts_are_refused(client: Client, cart: Any) -> None:
    answer = client.expad("PATCH", f"lead/{client.new_lead()}", json={"leadCart": cart})
    assert answer.status_code == 400
    assert "leadCart" in answer.json()["message"]
