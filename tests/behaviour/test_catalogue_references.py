"""A client's references are resolved in the catalogue, by id, else by name; unset members are filled."""

from typing import Any

import pytest

from lab.server import Client
from tests.behaviour.test_catalogue_learning import KINDS, ONES, named
from tests.support.catalogue import act, create, listed, update
from tests.wire.expad_values import FULL


def shown(client: Client, lead_id: str, kind: str) -> dict[str, Any]:
    """The lead's reference of a kind, as Expad shows it."""
    lead = client.get(lead_id)
    if kind == "products":
        return dict(lead["leadCart"]["leadProducts"][0]["product"])
    if kind == "tags":
        return dict(lead["tags"][0])
    if kind in ("sources", "types"):
        return {"id": lead[f"customLead{kind.title()[:-1]}Id"]}
    if kind == "users":
        user = lead["leadAttributionUser"]
        return {**user, "name": user["userName"]}
    return dict(lead[next(field for field, own in ONES.items() if own == kind)])


def refer(client: Client, kind: str, reference: dict[str, Any]) -> dict[str, Any]:
    return shown(client, client.new_lead(**named(kind, reference)), kind)


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_brings_the_id_that_a_manager_gave(client: Client, kind: str) -> None:
    create(client, kind, id="x1", name="Centro")
    assert refer(client, kind, {"name": "Centro"})["id"] == "x1"


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_brings_the_id_that_a_client_gave(client: Client, kind: str) -> None:
    client.new_lead(**named(kind, {"id": "x1", "name": "Centro"}))
    assert refer(client, kind, {"name": "Centro"})["id"] == "x1"


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("sources", "types")])
def test_a_name_alone_fills_no_id(client: Client, kind: str) -> None:
    for _ in range(2):
        assert refer(client, kind, {"name": "Centro"})["id"] == ""


def test_an_entry_with_only_a_name_fills_nothing_until_it_is_updated(client: Client) -> None:
    client.new_lead(
        tags=[{"name": "vip", "color": "#f00"}], leadAttributionUser={"userName": "Bia", "phoneNumber": "1"}
    )
    assert refer(client, "tags", {"name": "vip"})["color"] == ""
    assert refer(client, "users", {"name": "Bia"})["phoneNumber"] == ""
    [tag] = listed(client, "tags")
    update(client, "tags", tag["id"], {"color": "#00f"})
    tag_shown = refer(client, "tags", {"name": "vip"})
    assert (tag_shown["id"], tag_shown["color"]) == ("", "#00f")


@pytest.mark.parametrize("kind", ["sources", "types"])
def test_a_source_or_type_of_the_accounts_own_keeps_the_id_made_of_its_name(client: Client, kind: str) -> None:
    first, second = (refer(client, kind, {"name": "Feira"})["id"] for _ in range(2))
    assert first == second != ""


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("sources", "types")])
def test_an_id_brings_the_name(client: Client, kind: str) -> None:
    create(client, kind, id="x1", name="Centro")
    assert refer(client, kind, {"id": "x1"})["name"] == "Centro"
    assert refer(client, kind, {"id": "x1", "name": ""})["name"] == "Centro"


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("sources", "types")])
def test_sent_values_are_stored_unchanged(client: Client, kind: str) -> None:
    create(client, kind, id="x1", name="Centro")
    sent = refer(client, kind, {"id": "x1", "name": "centro velho"})
    assert (sent["id"], sent["name"]) == ("x1", "centro velho")


@pytest.mark.parametrize("kind", KINDS)
def test_leads_keep_the_name_that_was_stored_with_them(client: Client, kind: str) -> None:
    create(client, kind, id="x1", name="Centro")
    lead_id = client.new_lead(**named(kind, {"name": "Centro"}))
    before = client.get(lead_id)
    update(client, kind, "x1", {"name": "Centro Novo"})
    assert client.get(lead_id) == before


@pytest.mark.parametrize("kind", KINDS)
def test_an_archived_one_is_found_by_its_id_alone(client: Client, kind: str) -> None:
    create(client, kind, id="x1", name="Centro")
    act(client, kind, "x1", "archive")
    assert refer(client, kind, {"name": "Centro"})["id"] != "x1"
    if kind not in ("sources", "types"):
        assert refer(client, kind, {"id": "x1"})["name"] == "Centro"
    act(client, kind, "x1", "restore")
    assert refer(client, kind, {"name": "Centro"})["id"] == "x1"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("name", "is_match"), [("centro", True), ("CENTRO ", True), ("Centró", False), ("Centr", False)]
)
def test_a_name_in_any_spelling_is_a_match_and_accents_count(
    client: Client, kind: str, name: str, is_match: bool
) -> None:
    create(client, kind, id="x1", name="Centro")
    assert (refer(client, kind, {"name": name})["id"] == "x1") is is_match


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_again_is_no_change(client: Client, kind: str) -> None:
    create(client, kind, id="x1", name="Centro")
    for body in (named(kind, {"name": "Centro"}), named(kind, {"id": "x1", "name": "Centro"})):
        lead_id = client.new_lead(**body)
        before = client.get(lead_id)
        update(client, kind, "x1", {"name": "Outro"})
        update(client, kind, "x1", {"name": "Centro"})
        for _ in range(2):
            assert client.patch(lead_id, body)
        assert client.get(lead_id) == before
        assert len(client.leadsail("GET", f"leads/lead_{lead_id}/changes").json()["data"]["changes"]) == 1


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("sources", "types")])
def test_later_catalogue_values_do_not_change_a_lead_that_is_sent_the_same_again(client: Client, kind: str) -> None:
    lead_id = client.new_lead(**named(kind, {"id": "x1", "name": "Centro"}))
    before = client.get(lead_id)
    client.new_lead(**named(kind, {"id": "x1", "name": "Centro Sul"}))
    client.patch(lead_id, named(kind, {"id": "x1"}))
    assert client.get(lead_id) == before


def test_a_name_that_is_given_an_id_later_changes_a_repeated_patch_once(client: Client) -> None:
    lead_id = client.new_lead()
    body = {"unit": {"name": "Centro"}, "department": {"name": "Vendas", "unitId": "x1"}}
    versions = []
    for n in range(4):
        client.patch(lead_id, body)
        versions.append(len(client.leadsail("GET", f"leads/lead_{lead_id}/changes").json()["data"]["changes"]))
        if n == 1:
            create(client, "units", id="x1", name="Centro")
            client.patch(lead_id, {"unit": None})
    assert versions == [2, 2, 4, 4]
    assert client.get(lead_id)["unit"]["id"] == "x1"


def test_the_published_example_sent_twice_changes_something_once(client: Client) -> None:
    lead_id = client.new_lead()
    for _ in range(2):
        client.patch(lead_id, FULL)
    changes = client.leadsail("GET", f"leads/lead_{lead_id}/changes").json()["data"]["changes"]
    assert len(changes) == 2


def test_a_user_is_found_by_e_mail_then_by_name(client: Client) -> None:
    create(client, "users", id="u1", name="Bia", email="bia@example.com", userId="b", isRealUser=True)
    create(client, "users", id="u2", name="Caio", email="caio@example.com")
    bia = refer(client, "users", {"email": "bia@example.com"})
    assert (bia["id"], bia["userId"], bia["userName"], bia["isRealUser"]) == ("u1", "b", "Bia", True)
    assert refer(client, "users", {"name": "Caio"})["email"] == "caio@example.com"
    both = refer(client, "users", {"email": "bia@example.com", "name": "Caio"})
    assert (both["id"], both["userName"]) == ("u1", "Caio")


def test_the_same_name_with_contradicting_members_is_another_entry(client: Client) -> None:
    create(client, "users", id="u1", name="Bia", email="bia@example.com")
    other = refer(client, "users", {"name": "Bia", "email": "other@example.com"})
    assert (other["id"], other["email"]) == ("", "other@example.com")
    create(client, "departments", id="d1", name="Vendas", unitId="a")
    create(client, "departments", id="d2", name="Vendas", unitId="b")
    assert refer(client, "departments", {"name": "Vendas", "unitId": "b"})["id"] == "d2"
    assert refer(client, "departments", {"name": "Vendas", "unitId": "c"})["id"] == ""


def test_departments_and_interests_say_where_they_belong(client: Client) -> None:
    create(client, "departments", id="d1", name="Vendas", unitId="u1")
    create(client, "interests", id="i1", name="Casa", unitId="u1", departmentId="d1")
    assert refer(client, "departments", {"name": "Vendas"})["unitId"] == "u1"
    interest = refer(client, "interests", {"id": "i1"})
    assert (interest["name"], interest["unitId"], interest["departmentId"]) == ("Casa", "u1", "d1")


def test_a_product_brings_its_price_into_the_cart(client: Client) -> None:
    create(client, "products", id="p1", name="Casa", value=250.5)
    lines = [{"amount": 2, "product": {"name": "Casa"}}, {"amount": 1, "product": {"id": "p1", "value": 200}}]
    cart = client.get(client.new_lead(leadCart={"leadProducts": lines}))["leadCart"]
    products = [line["product"] for line in cart["leadProducts"]]
    assert products == [{"id": "p1", "name": "Casa", "value": 250.5}, {"id": "p1", "name": "Casa", "value": 200}]
    assert cart["value"] == 701


def test_a_tag_brings_its_id_and_its_colour_and_keeps_when_it_came(client: Client) -> None:
    lead_id = client.new_lead(tags=[{"name": "vip", "createdAt": 1_767_225_600_000}])
    create(client, "tags", id="t1", name="vip", color="#f00")
    client.patch(lead_id, {"tags": [{"name": "vip"}, {"name": "novo"}]})
    vip, new = client.get(lead_id)["tags"]
    assert (vip["id"], vip["color"], vip["createdAt"]) == ("t1", "#f00", 1_767_225_600_000)
    assert (new["id"], new["name"]) == ("", "novo")


def test_a_tag_that_the_lead_has_keeps_its_name_and_colour_there(client: Client) -> None:
    lead_id = client.new_lead(tags=[{"id": "t1", "name": "vip", "color": "#f00"}])
    update(client, "tags", "t1", {"name": "VIP", "color": "#00f"})
    client.patch(lead_id, {"tags": [{"id": "t1"}, {"id": "t2", "name": "novo"}]})
    assert [(tag["name"], tag["color"]) for tag in client.get(lead_id)["tags"]] == [("vip", "#f00"), ("novo", "")]


def test_tags_of_leadsail_resolve_too(client: Client) -> None:
    create(client, "tags", id="t1", name="vip", color="#f00")
    lead_id = client.new_leadsail_lead()
    client.patch_leadsail(lead_id, {"tags": ["vip", "novo"]})
    tags = client.get(lead_id.removeprefix("lead_"))["tags"]
    assert [(tag["id"], tag["name"], tag["color"]) for tag in tags] == [("t1", "vip", "#f00"), ("", "novo", "")]
    assert client.get_leadsail(lead_id)["tags"] == ["vip", "novo"]


def test_nothing_of_it_makes_a_request_fail(client: Client) -> None:
    for n in range(3):
        create(client, "units", id=f"u{n}", name=f"Centro {n}")
        act(client, "units", f"u{n}", "archive")
    create(client, "units", id="u3", name="Centro 0")
    assert refer(client, "units", {"name": "Centro 0"})["id"] == "u3"
    assert refer(client, "units", {"name": "Centro 1"})["id"] == ""
    assert refer(client, "units", {"id": "nobody", "name": "Centro 0"})["id"] == "nobody"


def test_a_department_and_an_interest_are_those_of_the_leads_unit(client: Client) -> None:
    for n in (1, 2):
        create(client, "departments", id=f"d{n}", name="Vendas", unitId=f"u{n}")
        create(client, "interests", id=f"i{n}", name="Casa", departmentId=f"d{n}")
    create(client, "units", id="u2", name="Sul")
    body = {"department": {"name": "Vendas"}, "interest": {"name": "Casa"}}
    for unit in ({"id": "u2"}, {"name": "Sul"}):
        lead = client.get(client.new_lead(unit=unit, **body))
        assert (lead["department"]["id"], lead["department"]["unitId"], lead["interest"]["id"]) == ("d2", "u2", "i2")
    lead_id = client.new_lead(unit={"id": "u2"})
    client.patch(lead_id, body)
    assert client.get(lead_id)["interest"]["id"] == "i2"
    for elsewhere in (None, {"id": "u3"}, {"name": "Norte"}):
        lead = client.get(client.new_lead(unit=elsewhere, **body))
        assert (lead["department"]["id"], lead["department"]["unitId"], lead["interest"]["id"]) == ("", "", "")


def test_a_department_that_was_learnt_beside_one_unit_is_not_that_of_another(client: Client) -> None:
    client.new_lead(unit={"id": "u1"}, department={"id": "d1", "name": "Vendas"})
    for unit, department in (("u2", ""), ("u1", "d1"), ("u2", "")):
        lead = client.get(client.new_lead(unit={"id": unit}, department={"name": "Vendas"}))
        assert lead["department"]["id"] == department
    assert sorted(entry["unitId"] for entry in listed(client, "departments")) == ["u1", "u2"]
    by_id = client.get(client.new_lead(unit={"id": "u2"}, department={"id": "d1"}))
    assert (by_id["department"]["name"], by_id["department"]["unitId"]) == ("Vendas", "")


def test_a_department_of_no_unit_stays_one_of_all(client: Client) -> None:
    create(client, "departments", id="d1", name="Vendas")
    for unit in ("u1", "u2"):
        lead = client.get(client.new_lead(unit={"id": unit}, department={"name": "Vendas"}))
        assert (lead["department"]["id"], lead["department"]["unitId"]) == ("d1", "")
    assert len(listed(client, "departments")) == 1


def test_an_ambiguous_reference_fills_nothing(client: Client) -> None:
    for n in (1, 2):
        create(client, "users", id=f"a{n}", name="Ana", email=f"a{n}@example.com")
        client.new_lead(unit={"id": f"u{n}", "name": "Centro"})
    ana = refer(client, "users", {"name": "Ana", "phoneNumber": "1"})
    assert (ana["id"], ana["email"]) == ("", "")
    assert [entry["phoneNumber"] for entry in listed(client, "users")] == [None, None]
    assert refer(client, "units", {"name": "Centro"})["id"] == ""
    act(client, "units", "u1", "archive")
    assert refer(client, "units", {"name": "Centro"})["id"] == "u2"
