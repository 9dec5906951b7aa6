"""Values in other currencies than the account's count as sales and are never added to its own."""

from typing import Any

from lab.server import Client, Leadloop
from tests.behaviour.test_insights_arrays import insights, new
from tests.behaviour.test_insights_free import breakdown
from tests.support.accounts import set_options

MEASURES = "leads,sales,value,averageTicket"
ANA = {"id": "u1", "userName": "Ana"}


def cart(value: float) -> dict[str, Any]:
    return {"leadProducts": [{"amount": 2, "value": value, "product": {"id": "p1", "name": "Painel"}}]}


def other(**values: int) -> list[dict[str, Any]]:
    """The values in other currencies, in whole units."""
    return [{"currency": c, "value": value, "valueMicros": value * 1_000_000} for c, value in sorted(values.items())]


def sell(client: Client) -> list[str]:
    return [
        new(client, status="COMPLETE", leadAttributionUser=ANA, leadCart=cart(value), **more)
        for value, more in (
            (100, {}),
            (50, {"saleValue": 40}),
            (7, {"currency": "USD"}),
            (8, {"currency": "usd", "saleValue": 9}),
            (6, {"currency": "EUR"}),
        )
    ]


def figures(client: Client, **query: str) -> dict[str, Any]:
    return dict(breakdown(client, measures=MEASURES, **query))


def arrays(client: Client) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the six arrays say of Ana and of the panel."""
    answer = insights(client)
    [user], [product] = answer["attributionUserPerformances"], answer["productPerformances"]
    assert answer["statusPerformances"] == [{"key": "COMPLETE", "value": user["leadCount"]}]
    members = ("leadCount", "saleCount", "saleValueMicros", "otherCurrencies")
    return {name: user[name] for name in members if name in user}, product


def test_other_currencies_stand_apart_in_the_six_arrays(server: Leadloop, client: Client) -> None:
    set_options(server, client, currency="BRL")
    sell(client)
    user, product = arrays(client)
    assert user == {
        "leadCount": 5,
        "saleCount": 5,
        "saleValueMicros": 140_000_000,
        "otherCurrencies": other(EUR=6, USD=16),
    }
    panel = {"id": "p1", "name": "Painel", "count": 10, "saleValue": 150}
    assert product == {**panel, "otherCurrencies": other(EUR=6, USD=15)}


def test_and_in_free_insights_where_the_average_is_that_of_the_accounts_sales(server: Leadloop, client: Client) -> None:
    set_options(server, client, currency="BRL")
    sell(client)
    new(client, currency="USD", saleValue=1_000)
    total = {"leads": 6, "sales": 5, "value": 140, "valueMicros": 140_000_000, "averageTicket": 70}
    assert figures(client)["total"] == {**total, "otherCurrencies": other(EUR=6, USD=16)}
    by_user = figures(client, groupBy="user")["groups"]
    assert [group.get("otherCurrencies") for group in by_user] == [other(EUR=6, USD=16), None]
    by_product = figures(client, groupBy="product")["groups"]
    assert [(group["value"], group.get("otherCurrencies")) for group in by_product] == [
        (150, other(EUR=6, USD=15)),
        (0, None),
    ]


def test_an_account_without_a_currency_has_a_value_of_its_own_too(client: Client) -> None:
    sell(client)
    user, _ = arrays(client)
    assert (user["saleValueMicros"], user["otherCurrencies"]) == (140_000_000, other(EUR=6, USD=16))


def test_what_was_another_currency_is_the_accounts_once_it_has_this_one(server: Leadloop, client: Client) -> None:
    sell(client)
    set_options(server, client, currency="USD")
    user, product = arrays(client)
    assert (user["saleValueMicros"], user["otherCurrencies"]) == (156_000_000, other(EUR=6))
    assert (product["saleValue"], product["otherCurrencies"]) == (165, other(EUR=6))
    total = figures(client)["total"]
    assert (total["value"], total["otherCurrencies"], total["averageTicket"]) == (156, other(EUR=6), 39)
    set_options(server, client, currency="BRL")
    assert figures(client)["total"]["otherCurrencies"] == other(EUR=6, USD=16)


def test_a_change_of_the_currency_moves_the_value(client: Client) -> None:
    lead_id = new(client, status="COMPLETE", leadAttributionUser=ANA, leadCart=cart(5))
    assert arrays(client)[0]["saleValueMicros"] == 5_000_000
    client.patch(lead_id, {"currency": "USD"})
    user, product = arrays(client)
    assert (user["saleValueMicros"], user["otherCurrencies"]) == (0, other(USD=5))
    assert (product["saleValue"], product["count"], product["otherCurrencies"]) == (0, 2, other(USD=5))
    client.patch(lead_id, {"currency": None})
    assert "otherCurrencies" not in arrays(client)[0]


def test_a_comparison_shows_the_change_of_each_currency(client: Client) -> None:
    for date, value in ((1_768_435_200_000, 9), (1_768_435_200_000 - 31 * 86_400_000, 4)):
        client.new_lead(status="COMPLETE", leadDate=date, saleValue=value, currency="USD")
    total = figures(client, compare="previous")["total"]
    assert total["otherCurrencies"] == other(USD=9)
    assert total["previous"]["otherCurrencies"] == other(USD=4)
    assert total["change"]["otherCurrencies"] == other(USD=5)
    assert total["change"]["valueMicros"] == 0
