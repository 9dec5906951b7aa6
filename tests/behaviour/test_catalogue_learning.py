"""Every write adds the entries that it names to the catalogue; known ones change nothing."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from lab.server import Client, Leadloop
from tests.support.catalogue import act, create, get, listed, update

ONES = {
    "unit": "units",
    "department": "departments",
    "interest": "interests",
    "leadLossReson": "loss-reasons",
    "leadActivityReason": "activity-reasons",
}


def named(kind: str, reference: dict[str, Any]) -> dict[str, Any]:
    """A body with a reference to an entry of the kind."""
    if kind == "products":
        return {"leadCart": {"leadProducts": [{"amount": 1, "product": reference}]}}
    if kind == "tags":
        return {"tags": [reference]}
    if kind in ("sources", "types"):
        own = "Source" if kind == "sources" else "Type"
        body = {own.lower(): reference["name"]}
        return body | ({f"customLead{own}Id": reference["id"]} if "id" in reference else {})
    if kind == "users":
        name = {"userName": reference["name"]} if "name" in reference else {}
        return {"leadAttributionUser": {**{k: v for k, v in reference.items() if k != "name"}, **name}}
    return {next(field for field, own in ONES.items() if own == kind): reference}


KINDS = [*ONES.values(), "users", "products", "tags", "sources", "types"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_reference_with_an_id_makes_an_entry(client: Client, kind: str) -> None:
    client.new_lead(**named(kind, {"id": "x1", "name": "Centro"}))
    [entry] = listed(client, kind)
    assert (entry["id"], entry["name"], entry["managed"], entry["archivedAt"]) == ("x1", "Centro", False, None)


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_alone_makes_one_entry_however_often_it_comes(client: Client, kind: str) -> None:
    for _ in range(2):
        client.new_lead(**named(kind, {"name": "Centro"}))
    client.patch(client.new_lead(), named(kind, {"name": "Centro"}))
    [entry] = listed(client, kind)
    assert entry["name"] == "Centro"
    assert get(client, kind, entry["id"]) == entry


@pytest.mark.parametrize("kind", KINDS)
def test_an_entry_of_a_mere_name_is_given_the_id_that_comes_later(client: Client, kind: str) -> None:
    client.new_lead(**named(kind, {"name": "Centro"}))
    [by_name] = listed(client, kind)
    client.new_lead(**named(kind, {"id": "x1", "name": "Centro"}))
    [entry] = listed(client, kind)
    assert (entry["id"], entry["createdAt"]) == ("x1", by_name["createdAt"])
    assert get(client, kind, by_name["id"])["id"] == "x1"


@pytest.mark.parametrize("kind", KINDS)
def test_a_known_id_with_another_name_renames_the_entry_unless_it_is_managed(client: Client, kind: str) -> None:
    client.new_lead(**named(kind, {"id": "x1", "name": "Centro"}))
    client.new_lead(**named(kind, {"id": "x1", "name": "Centro Sul"}))
    assert get(client, kind, "x1")["name"] == "Centro Sul"
    update(client, kind, "x1", {"name": "Nosso Centro"})
    client.new_lead(**named(kind, {"id": "x1", "name": "Centro"}))
    assert get(client, kind, "x1")["name"] == "Nosso Centro"
    assert len(listed(client, kind)) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_another_spelling_does_not_rename_an_entry_that_has_an_id(client: Client, kind: str) -> None:
    """A lead by which a mere name got the id looks the same as one that was sent with the id. If it renamed the entry,
    the spelling that came last would decide which of several entries with one name a later lead means."""
    client.new_lead(**named(kind, {"name": "feira"}))
    client.new_lead(**named(kind, {"id": "x1", "name": "Feira"}))
    for name in ("feira", "FEIRA "):
        lead = client.get(client.new_lead(**named(kind, {"name": name})))
        assert "'x1'" in str(lead) and (kind in ("sources", "types") or name in str(lead)), "as sent, with the id"
    [entry] = listed(client, kind)
    assert (entry["id"], entry["name"]) == ("x1", "Feira")
    client.new_lead(**named(kind, {"id": "x2", "name": "Feira"}))
    lead = client.get(client.new_lead(**named(kind, {"name": "Feira"})))
    assert "'x1'" not in str(lead) and "'x2'" not in str(lead), "the name of two"


@pytest.mark.parametrize("kind", KINDS)
def test_an_archived_entry_is_not_added_again(client: Client, kind: str) -> None:
    client.new_lead(**named(kind, {"name": "Centro"}))
    act(client, kind, listed(client, kind)[0]["id"], "archive")
    client.new_lead(**named(kind, {"name": "Centro"}))
    assert listed(client, kind) == []
    assert len(listed(client, kind, archived="all")) == 1


def test_members_that_are_unset_are_filled_by_later_writes(client: Client) -> None:
    client.new_lead(leadAttributionUser={"id": "u1", "userName": "Bia"})
    client.new_lead(leadAttributionUser={"id": "u1", "email": "bia@example.com", "isRealUser": True})
    client.new_lead(department={"id": "d1", "unitId": "u9"})
    client.new_lead(department={"id": "d1", "name": "Vendas"})
    user, department = get(client, "users", "u1"), get(client, "departments", "d1")
    assert (user["name"], user["email"], user["isRealUser"]) == ("Bia", "bia@example.com", True)
    assert (department["name"], department["unitId"]) == ("Vendas", "u9")


def test_managed_values_stay_and_missing_ones_are_filled(client: Client) -> None:
    create(client, "users", id="u1", name="Bia", email="bia@example.com")
    client.new_lead(leadAttributionUser={"id": "u1", "email": "other@example.com", "phoneNumber": "11 99999-0000"})
    user = get(client, "users", "u1")
    assert (user["email"], user["phoneNumber"]) == ("bia@example.com", "11 99999-0000")


def test_the_price_of_one_sale_is_not_the_price_of_the_product(client: Client) -> None:
    for value in (100, 90):
        client.new_lead(**named("products", {"id": "p1", "name": "Casa", "value": value}))
    assert get(client, "products", "p1")["value"] == 100


def test_tags_are_learnt_through_leadsail(client: Client) -> None:
    client.patch_leadsail(client.new_leadsail_lead(), {"tags": ["vip", "quente"]})
    assert [entry["name"] for entry in listed(client, "tags")] == ["quente", "vip"]


def test_users_of_activities_are_learnt(client: Client) -> None:
    client.new_lead(activities=[{"name": "Ligar", "attributionUser": {"id": "u1", "userName": "Bia"}}])
    assert get(client, "users", "u1")["name"] == "Bia"


def test_two_of_one_name_in_different_units_are_two(client: Client) -> None:
    for unit in ("a", "b"):
        client.new_lead(department={"name": "Vendas", "unitId": unit})
    assert sorted(entry["unitId"] for entry in listed(client, "departments")) == ["a", "b"]


def test_a_revert_teaches_too(client: Client) -> None:
    lead_id = client.new_lead(unit={"id": "u1", "name": "Centro"})
    client.patch(lead_id, {"unit": {"id": "u1", "name": "Centro Sul"}})
    assert get(client, "units", "u1")["name"] == "Centro Sul"
    assert client.leadsail("POST", f"leads/lead_{lead_id}/revert", json={"version": 1}).status_code == 200
    assert get(client, "units", "u1")["name"] == "Centro"


def test_an_upsert_teaches_too(client: Client) -> None:
    body = {"name": "Ana", "email": "ana@example.com"}
    for name in ("Centro", "Sul"):
        wanted = {**body, "unit": {"name": name}}
        answer = client.expad("POST", json=wanted, headers={"Prefer": "upsert=email"})
        assert answer.status_code == 200, answer.text
    assert [entry["name"] for entry in listed(client, "units")] == ["Centro", "Sul"]


@pytest.mark.parametrize(
    "more",
    [
        {"headers": {"If-Match": '"99"'}},
        {"json": {"unit": {"id": "u1"}, "email": 5}},
        {"headers": {"Prefer": "dry-run"}},
    ],
)
def test_requests_that_write_nothing_add_no_entries(client: Client, more: dict[str, Any]) -> None:
    lead_id = client.new_lead()
    client.expad("PATCH", f"lead/{lead_id}", **{"json": {"unit": {"id": "u1"}}, **more})
    assert listed(client, "units") == []


def test_another_account_learns_nothing(client: Client, server: Leadloop) -> None:
    client.new_lead(unit={"id": "u1", "name": "Centro"})
    other = server.client()
    assert listed(other, "units") == []
    assert other.get(other.new_lead(unit={"id": "u1"}))["unit"]["name"] == ""
    other.close()


def test_another_process_knows_at_once(client: Client, twin: Leadloop) -> None:
    second = client.at(twin)
    for n in range(5):
        here, there = (client, second) if n % 2 else (second, client)
        here.new_lead(unit={"id": f"u{n}", "name": f"Unidade {n}"})
        assert there.get(there.new_lead(unit={"name": f"Unidade {n}"}))["unit"]["id"] == f"u{n}"
    second.close()


def test_concurrent_writes_of_one_new_name_all_succeed_and_add_one_entry(processes: list[Client]) -> None:
    def write(n: int) -> None:
        body = {"unit": {"name": f"Unidade {n % 3}"}, "tags": [{"id": f"t{n % 4}", "name": f"Tag {n % 4}"}]}
        processes[n % len(processes)].new_lead(leadAttributionUser={"id": "u1", "userName": "Bia"}, **body)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(write, range(40)))
    client = processes[0]
    assert [len(listed(client, kind)) for kind in ("units", "tags", "users")] == [3, 4, 1]


def test_a_user_known_by_user_id_takes_a_new_e_mail_unless_it_is_managed(client: Client) -> None:
    client.new_lead(leadAttributionUser={"id": "ana", "userId": "a1", "userName": "Ana", "email": "old@example.com"})
    for n in range(2):
        user = {"userId": "a1", "email": f"new{n}@example.com"}
        lead = client.get(client.new_lead(leadAttributionUser=user))["leadAttributionUser"]
        assert (lead["id"], lead["userName"], lead["email"]) == ("ana", "Ana", user["email"])
        [entry] = listed(client, "users")
        assert entry["email"] == (user["email"] if n == 0 else "new0@example.com")
        update(client, "users", "ana", {"weight": 2})


@pytest.mark.parametrize("kind", ["sources", "types"])
def test_a_source_or_type_that_comes_in_another_case_is_not_renamed(client: Client, kind: str) -> None:
    for name in ("Feira", "feira", "FEIRA"):
        client.new_lead(**named(kind, {"name": name}))
    [entry] = listed(client, kind)
    assert (entry["name"], entry["updatedAt"]) == ("Feira", entry["createdAt"])


def test_values_that_are_too_long_add_no_entry(client: Client) -> None:
    long, most = "x" * 257, "x" * 256
    lead = client.get(client.new_lead(unit={"id": "u1", "name": long}, tags=[{"name": long}, {"name": most}]))
    assert lead["unit"]["name"] == long
    assert listed(client, "units") == []
    assert [entry["name"] for entry in listed(client, "tags")] == [most]
