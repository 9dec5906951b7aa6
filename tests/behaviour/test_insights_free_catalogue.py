"""Free Insights and the funnel group and find by what the catalogue takes for one thing, under its present name."""

from typing import Any

import pytest

from lab.server import Client, Leadloop
from tests.behaviour.test_catalogue_learning import named
from tests.support.catalogue import act, create, listed, update

EVER = {"from": "2020-01-01", "to": "2100-01-01"}
NOBODY = {"id": None, "userId": None, "email": None, "name": None}
KINDS = {
    "user": "users",
    "unit": "units",
    "department": "departments",
    "interest": "interests",
    "tag": "tags",
    "product": "products",
    "lossReason": "loss-reasons",
}


def groups(client: Client, by: str, **query: str) -> list[tuple[Any, int]]:
    """The key and the leads of each."""
    answer = client.leadsail("GET", "insights", params={**EVER, "groupBy": by, "measures": "leads", **query})
    assert answer.status_code == 200, answer.text
    return [(group["key"][by], group["leads"]) for group in answer.json()["data"]["groups"]]


def key(by: str, thing_id: str | None, name: str | None, **more: str) -> dict[str, str | None]:
    return {**(NOBODY if by == "user" else {}), "id": thing_id, "name": name, **more}


def check_keys_find_their_groups(client: Client, by: str) -> None:
    """What a group is shown with, used as a filter, finds its leads and no others, here and in the funnel."""
    for shown, leads in groups(client, by):
        for text in filter(None, (shown or {}).values()):
            assert groups(client, by, **{by: text}) == [(shown, leads)]
            answer = client.leadsail("GET", "insights/funnel", params={**EVER, by: text})
            assert answer.json()["data"]["leads"] == leads


@pytest.mark.parametrize(("by", "kind"), KINDS.items())
def test_a_managed_name_is_shown(client: Client, by: str, kind: str) -> None:
    for name in ("Old", "Older"):
        client.new_lead(**named(kind, {"id": "t1", "name": name}))
    update(client, kind, "t1", {"name": "New"})
    client.new_lead(**named(kind, {"id": "t1", "name": "Newest"}))
    client.new_lead(**named(kind, {"name": "Other"}))
    assert groups(client, by) == [(key(by, "t1", "New"), 3), (key(by, None, "Other"), 1)]
    check_keys_find_their_groups(client, by)
    assert groups(client, by, **{by: "older"}) == [(key(by, "t1", "New"), 1)]


@pytest.mark.parametrize(("by", "kind"), KINDS.items())
@pytest.mark.parametrize("archived", [False, True])
def test_an_entry_named_before_it_had_an_id_is_one_group(client: Client, by: str, kind: str, archived: bool) -> None:
    for reference in ({"name": "Casa"}, {"id": "t1", "name": "Casa"}, {"id": "t1"}):
        client.new_lead(**named(kind, reference))
    if archived:
        act(client, kind, "t1", "archive")
    client.new_lead(**named(kind, {"name": "Casa"}))
    assert groups(client, by) == [(key(by, "t1", "Casa"), 4)]
    check_keys_find_their_groups(client, by)


@pytest.mark.parametrize(("by", "word"), [("source", "GOOGLE"), ("type", "FORM")])
def test_sources_and_types_of_the_account_s_own_are_entries_and_the_others_words(
    client: Client, by: str, word: str
) -> None:
    for said in ("Feira", "Feira", "Feira", word, word, "Stand"):
        client.new_lead(**{by: said})
    create(client, f"{by}s", id="s1", name="Feira")
    update(client, f"{by}s", "s1", {"name": "Expo"})
    stand = next(entry for entry in listed(client, f"{by}s") if entry["name"] == "Stand")
    assert groups(client, by) == [(key(by, "s1", "Expo"), 3), (key(by, None, word), 2), (key(by, None, "Stand"), 1)]
    check_keys_find_their_groups(client, by)
    assert groups(client, by, **{by: stand["id"]}) == [(key(by, None, "Stand"), 1)]


def test_departments_of_one_name_in_different_units_are_different(client: Client) -> None:
    for unit, leads in (("u1", 3), ("u2", 2)):
        create(client, "departments", id=f"d-{unit}", name="Vendas", unitId=unit)
        for _ in range(leads):
            client.new_lead(department={"name": "Vendas", "unitId": unit})
    client.new_lead(department={"id": "d-u2", "name": "Sales"})
    client.new_lead(department={"id": "d-u2"})
    assert groups(client, "department") == [
        (key("department", "d-u2", "Vendas"), 4),
        (key("department", "d-u1", "Vendas"), 3),
    ]
    assert groups(client, "department", department="d-u1") == [(key("department", "d-u1", "Vendas"), 3)]
    assert [leads for _, leads in groups(client, "department", department="vendas")] == [4, 3]


def test_a_user_known_by_e_mail_and_then_by_id_is_one(client: Client) -> None:
    client.new_lead(leadAttributionUser={"email": "bia@example.com"})
    client.new_lead(leadAttributionUser={"email": "BIA@example.com", "userName": "Bia"})
    assert groups(client, "user") == [(key("user", None, "Bia", email="BIA@example.com"), 2)]
    client.new_lead(leadAttributionUser={"id": "u1", "userId": "7", "userName": "Bia", "email": "bia@example.com"})
    client.new_lead(leadAttributionUser={"userId": "7"})
    client.new_lead(leadAttributionUser={"id": "u2", "userName": "Bia"})
    shown = key("user", "u1", "Bia", userId="7", email="bia@example.com")
    assert groups(client, "user") == [(shown, 4), (key("user", "u2", "Bia"), 1)]
    assert groups(client, "user", user="u1") == [(shown, 4)]


def test_a_lead_that_names_a_thing_twice_is_in_its_group_once(client: Client) -> None:
    lines = [{"product": {"name": "Casa"}, "value": 5}, {"product": {"id": "t1"}, "value": 7}]
    tags = [{"name": "Casa"}, {"id": "t1"}]
    client.new_lead(status="COMPLETE", tags=tags, leadCart={"leadProducts": lines})
    for by in ("tag", "product"):
        assert sum(shown is not None for shown, _ in groups(client, by)) == 2
        client.new_lead(**named(KINDS[by], {"id": "t1", "name": "Casa"}))
        assert (key(by, "t1", "Casa"), 2) in groups(client, by)
    query = {**EVER, "groupBy": "product", "measures": "value", "product": "t1"}
    (group,) = client.leadsail("GET", "insights", params=query).json()["data"]["groups"]
    assert group["value"] == 12


def test_another_account_s_catalogue_says_nothing(client: Client, server: Leadloop) -> None:
    other = server.client()
    for account in (client, other):
        account.new_lead(unit={"id": "u1", "name": "Centro"})
    update(other, "units", "u1", {"name": "Norte"})
    assert groups(client, "unit") == [(key("unit", "u1", "Centro"), 1)]
    assert groups(other, "unit") == [(key("unit", "u1", "Norte"), 1)]
    assert groups(client, "unit", unit="norte") == []
    other.close()


@pytest.mark.parametrize("kind", ["departments", "interests"])
def test_things_of_one_name_are_told_apart_by_the_unit_of_the_lead(client: Client, kind: str) -> None:
    for unit, leads in (("u1", 1), ("u2", 2)):
        for _ in range(leads):
            client.new_lead(unit={"id": unit}, **named(kind, {"name": "Vendas"}))
    by = kind.removesuffix("s")
    assert groups(client, by) == [(key(by, None, "Vendas"), 2), (key(by, None, "Vendas"), 1)]
    for unit in ("u1", "u2"):
        create(client, kind, id=f"x-{unit}", name="Vendas", unitId=unit)
    assert groups(client, by) == [(key(by, "x-u2", "Vendas"), 2), (key(by, "x-u1", "Vendas"), 1)]
