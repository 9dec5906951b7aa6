"""Insights group by catalogue entry, under its current name."""

from typing import Any

import pytest

from lab.server import Client
from tests.behaviour.test_catalogue_learning import named
from tests.support.catalogue import act, create, listed, update

PERIOD = {"from": "2020-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"}


def insights(client: Client, **query: str) -> dict[str, Any]:
    answer = client.expad("GET", "insights", params={**PERIOD, **query})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def users(client: Client) -> list[tuple[str, str, int]]:
    """Id, name, leads."""
    rows = insights(client)["attributionUserPerformances"]
    return sorted((row["id"], row["name"], row["leadCount"]) for row in rows)


def sources(client: Client) -> dict[str, int]:
    return {row["key"]: row["value"] for row in insights(client)["sourcePerformances"]}


def products(client: Client) -> list[tuple[str, str, float]]:
    rows = insights(client)["productPerformances"]
    return sorted((row["id"], row["name"], row["count"]) for row in rows)


def test_a_user_has_the_name_of_the_catalogue(client: Client) -> None:
    client.new_lead(leadAttributionUser={"id": "u1", "userName": "Bia"})
    update(client, "users", "u1", {"name": "Beatriz", "email": "bia@example.com"})
    [shown] = insights(client)["attributionUserPerformances"]
    assert (shown["name"], shown["attributionUser"]["email"]) == ("Beatriz", "bia@example.com")
    assert users(client) == [("u1", "Beatriz", 1)]


def test_a_user_known_by_id_by_e_mail_or_by_name_is_one(client: Client) -> None:
    for user in ({"userName": "Bia"}, {"email": "bia@example.com"}):
        client.new_lead(leadAttributionUser=user)
    assert users(client) == [("", "", 1), ("", "Bia", 1)]
    act(client, "users", next(entry["id"] for entry in listed(client, "users") if not entry.get("name")), "archive")
    create(client, "users", id="u1", name="Bia", email="bia@example.com")
    client.new_lead(leadAttributionUser={"id": "u1"})
    assert users(client) == [("u1", "Bia", 3)]


def test_a_name_that_a_thing_had_once_still_is_its_name(client: Client) -> None:
    client.new_lead(source="Feira")
    client.new_lead(status="COMPLETE", **named("products", {"name": "Casa"}))
    update(client, "sources", listed(client, "sources")[0]["id"], {"name": "Feira de 2026"})
    update(client, "products", listed(client, "products")[0]["id"], {"name": "Casa grande"})
    assert sources(client) == {"Feira de 2026": 1, "CUSTOM": 1}
    assert products(client) == [("", "Casa grande", 1)]


@pytest.mark.parametrize("archived", [False, True])
def test_an_entry_named_before_it_had_an_id_is_the_same_entry(client: Client, archived: bool) -> None:
    client.new_lead(source="Feira")
    client.new_lead(status="COMPLETE", source="GOOGLE", **named("products", {"name": "Casa"}))
    create(client, "sources", id="s1", name="Feira")
    create(client, "products", id="p1", name="Casa")
    client.new_lead(source="Feira")
    client.new_lead(status="COMPLETE", source="GOOGLE", **named("products", {"id": "p1"}))
    if archived:
        act(client, "sources", "s1", "archive")
        act(client, "products", "p1", "archive")
    assert sources(client) == {"Feira": 2, "GOOGLE": 2}
    assert products(client) == [("p1", "Casa", 2)]


def test_a_source_is_found_by_its_present_name_and_its_id(client: Client) -> None:
    client.new_lead(source="Feira")
    create(client, "sources", id="s1", name="Feira")
    update(client, "sources", "s1", {"name": "Expo"})
    for source in ("s1", "expo"):
        assert insights(client, source=source)["sourcePerformances"] == [{"key": "Expo", "value": 1}]
    assert insights(client, source="Feira")["sourcePerformances"] == []
