"""Only an e-mail of the form local@domain identifies a salesperson. Others go by their name, in the catalogue and the
Insights."""

from typing import Any

import pytest

from lab.server import Client
from tests.behaviour.test_insights_free_catalogue import check_keys_find_their_groups, groups, key
from tests.behaviour.test_names_one_comparison import arrays, users
from tests.support.catalogue import create, get, listed, update

NO_ADDRESS = ("n/a", "-", "sem email", "null", "0", "@", "\u200b")
NOBODY = ("", "Sem atribuição", 2, 0)


def sale(client: Client, value: int, **user: str) -> str:
    return client.new_lead(status="COMPLETE", saleValue=value, leadAttributionUser=user)


def entries(client: Client) -> list[tuple[Any, Any]]:
    return sorted((str(entry.get("name")), str(entry.get("email"))) for entry in listed(client, "users"))


@pytest.mark.parametrize("email", NO_ADDRESS)
def test_two_names_beside_one_text_that_is_no_address_are_two_users(client: Client, email: str) -> None:
    ids = [sale(client, 5, userName="Ana", email=email), sale(client, 7, userName="Bia", email=email)]
    ids += [sale(client, 1, userName="ana ", email=email.upper()), sale(client, 2, userName="Bia")]
    assert entries(client) == [("Ana", email), ("Bia", email)]
    assert users(client) == [("", "Ana", 2, 6_000_000), ("", "Bia", 2, 9_000_000)]
    assert groups(client, "user") == [(key("user", None, "Ana"), 2), (key("user", None, "Bia"), 2)]
    check_keys_find_their_groups(client, "user")
    assert groups(client, "user", user=email) == []
    shown = [client.get(lead_id)["leadAttributionUser"]["email"] for lead_id in ids]
    assert shown == [email, email, email.upper(), ""], "a lead shows what was sent"


def test_a_change_through_either_dialect_keeps_them_apart(client: Client) -> None:
    lead_id = client.new_leadsail_lead().removeprefix("lead_")
    client.patch(lead_id, {"leadAttributionUser": {"userName": "Ana", "email": "n/a"}})
    sale(client, 3, userName="Bia", email="n/a")
    answer = client.leadsail("PATCH", f"leads/lead_{lead_id}", json={"status": "accepted"})
    assert answer.status_code == 200, answer.text
    client.patch(lead_id, {"saleValue": 4, "leadAttributionUser": {"userName": "Ana", "email": "-"}})
    assert users(client) == [("", "Ana", 1, 4_000_000), ("", "Bia", 1, 3_000_000)]
    client.patch(lead_id, {"leadAttributionUser": {"userName": "Bia", "email": "-"}})
    assert users(client) == [("", "Bia", 2, 7_000_000)]
    assert groups(client, "user") == [(key("user", None, "Bia"), 2)]
    assert entries(client) == [("Ana", "n/a"), ("Bia", "n/a")]


def test_an_address_identifies_in_any_case_and_with_any_name(client: Client) -> None:
    sale(client, 5, userName="Ana", email="Ana@x.test")
    sale(client, 7, userName="Ana Souza", email=" ANA@X.TEST ")
    sale(client, 1, email="ana@x.test")
    [entry] = listed(client, "users")
    assert entry["name"] == "Ana Souza"
    assert users(client) == [("", "Ana Souza", 3, 13_000_000)]
    [(shown, leads)] = groups(client, "user")
    assert (shown["name"], leads) == ("Ana Souza", 3)
    check_keys_find_their_groups(client, "user")
    assert groups(client, "user", user="aNa@x.test") == [(shown, 3)]


def test_an_address_completes_a_user_and_a_text_that_is_none_replaces_none(client: Client) -> None:
    for email in ("n/a", "Ana@x.test", "-", ""):
        sale(client, 1, userName="Ana", email=email)
    assert entries(client) == [("Ana", "Ana@x.test")]
    sale(client, 1, userName="Ana", email="other@x.test")
    assert entries(client) == [("Ana", "Ana@x.test"), ("Ana", "other@x.test")], "another address is another person"
    sale(client, 9, userName="Ana", email="n/a")
    assert len(entries(client)) == 2, "this could be either of them"


def test_a_user_with_neither_an_address_nor_a_name_is_nobody(client: Client) -> None:
    lead_id = client.new_lead(leadAttributionUser={"email": "n/a"})
    client.new_lead(leadAttributionUser={"email": "-", "phoneNumber": "11 98765-4321"})
    assert client.get(lead_id)["leadAttributionUser"]["email"] == "n/a"
    assert listed(client, "users") == []
    assert users(client) == [NOBODY]
    assert groups(client, "user") == [(None, 2)]
    for user in ({"id": "u1", "email": "n/a"}, {"userId": "7", "email": "n/a"}):
        client.new_lead(leadAttributionUser=user)
    assert len(listed(client, "users")) == 2
    assert users(client) == [("", "", 1, 0), NOBODY, ("u1", "", 1, 0)]
    check_keys_find_their_groups(client, "user")
    assert groups(client, "user", user="n/a") == []


def test_users_with_ids_are_found_by_id_and_by_name(client: Client) -> None:
    create(client, "users", id="u1", name="Ana", email="n/a")
    create(client, "users", id="u2", name="Bia", email="n/a")
    answer = client.leadsail("POST", "catalogue/users", json={"id": "u3", "name": "Ana", "email": "-"})
    assert answer.status_code == 409 and '"name: ' in answer.text, answer.text
    lead_id = sale(client, 5, userName="Bia", email="n/a")
    assert client.get(lead_id)["leadAttributionUser"]["id"] == "u2"
    sale(client, 1, id="u1", userName="Ana", email="n/a")
    assert users(client) == [("u1", "Ana", 1, 1_000_000), ("u2", "Bia", 1, 5_000_000)]
    assert groups(client, "user") == [(key("user", "u1", "Ana"), 1), (key("user", "u2", "Bia"), 1)]
    check_keys_find_their_groups(client, "user")
    [shown] = [row for row in arrays(client)["attributionUserPerformances"] if row["id"] == "u2"]
    assert shown["attributionUser"]["email"] == "n/a", "the arrays show a user as the catalogue has it"
    update(client, "users", "u2", {"email": "bia@x.test"})
    assert get(client, "users", "u2")["email"] == "bia@x.test"
    sale(client, 2, email="BIA@x.test")
    assert ("u2", "Bia", 2, 7_000_000) in users(client)
