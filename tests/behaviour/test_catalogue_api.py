"""Entries of the catalogue are created, read, updated and archived over HTTP."""

from typing import Any

import pytest

from lab.server import Client, Leadloop
from leadloop.core.catalogue.model import KINDS
from tests.support.catalogue import act, create, get, listed, update

MEMBERS: dict[str, dict[str, Any]] = {
    "departments": {"unitId": "u1"},
    "interests": {"unitId": "u1", "departmentId": "d1"},
    "products": {"value": 1250.5},
    "tags": {"color": "#ff0000"},
    "users": {
        "userId": "crm-7",
        "email": "ana@example.com",
        "phoneNumber": "11 98765-4321",
        "isRealUser": True,
        "globalAutoAttributionDisabled": True,
        "unitIds": ["u1", "u2"],
        "departmentIds": ["d1"],
        "interestIds": ["i1"],
        "weight": 3,
        "dailyCap": 20,
    },
}
"""The members of each kind beside the common ones."""
UNSET: dict[str, Any] = {"unitIds": [], "departmentIds": [], "interestIds": [], "weight": 1}


@pytest.mark.parametrize("kind", KINDS)
def test_an_entry_is_made_shown_changed_and_cleared(client: Client, kind: str) -> None:
    members = MEMBERS.get(kind, {})
    made = create(client, kind, id="x-1", name="Centro", **members)
    expected = {"id": "x-1", "kind": kind, "name": "Centro", **members, "managed": True, "archivedAt": None}
    assert made == {**expected, "createdAt": made["createdAt"], "updatedAt": made["updatedAt"]}
    assert made["createdAt"] == made["updatedAt"]
    assert get(client, kind, "x-1") == made
    changed = update(client, kind, "x-1", {"name": "Sul"})
    assert changed == {**made, "name": "Sul", "updatedAt": changed["updatedAt"]}
    cleared = update(client, kind, "x-1", dict.fromkeys(members))
    assert {name: cleared[name] for name in members} == {name: UNSET.get(name) for name in members}
    assert get(client, kind, "x-1") == cleared


@pytest.mark.parametrize("kind", KINDS)
def test_an_entry_that_was_read_can_be_sent_back(client: Client, kind: str) -> None:
    made = create(client, kind, name="Centro", **MEMBERS.get(kind, {}))
    assert update(client, kind, made["id"], made) == made
    assert update(client, kind, made["id"], {}) == made


def test_an_entry_without_an_id_is_given_one(client: Client) -> None:
    first, other = create(client, "units", name="Centro"), create(client, "units", name="Sul")
    assert first["id"] != other["id"]
    assert get(client, "units", first["id"]) == first


def test_entries_that_leads_added_are_listed_and_can_be_changed(client: Client) -> None:
    client.new_lead(unit={"id": "u1", "name": "Centro"}, tags=[{"name": "vip"}])
    learnt = get(client, "units", "u1")
    assert (learnt["name"], learnt["managed"]) == ("Centro", False)
    [tag] = listed(client, "tags")
    assert (tag["name"], tag["managed"]) == ("vip", False)
    changed = update(client, "tags", tag["id"], {"color": "red"})
    assert (changed["color"], changed["managed"]) == ("red", True)
    client.new_lead(tags=[{"name": "vip", "color": "blue"}])
    assert get(client, "tags", tag["id"]) == changed


def test_a_managed_entry_keeps_its_name(client: Client) -> None:
    client.new_lead(unit={"id": "u1", "name": "Centro"})
    update(client, "units", "u1", {"name": "Centro Histórico"})
    client.new_lead(unit={"id": "u1", "name": "Centro SP"})
    assert get(client, "units", "u1")["name"] == "Centro Histórico"


def test_an_entry_that_leads_added_can_be_given_an_id(client: Client) -> None:
    client.new_lead(unit={"name": "Centro"})
    made = create(client, "units", id="u1", name="Centro")
    assert listed(client, "units", archived="all") == [made]
    lead = client.get(client.new_lead(unit={"name": "Centro"}))
    assert (lead["unit"]["id"], lead["unit"]["name"]) == ("u1", "Centro")


def test_a_taken_id_or_name_is_refused(client: Client) -> None:
    create(client, "units", id="u1", name="Centro")
    client.new_lead(unit={"id": "u2", "name": "Sul"})
    for body, what in (
        ({"id": "u1", "name": "Norte"}, "u1 already has this id"),
        ({"id": "u9", "name": "Centro"}, "u1 already has this name"),
        ({"name": "Sul"}, "u2 already has this name"),
    ):
        answer = client.leadsail("POST", "catalogue/units", json=body)
        assert answer.status_code == 409
        assert what in answer.json()["error"]["message"]
        [detail] = answer.json()["error"]["details"]
        assert detail == f"{what.split()[-1]}: is already used by the entry {what.split()[0]}"
    answer = client.leadsail("PATCH", "catalogue/units/u2", json={"name": "Centro"})
    assert answer.status_code == 409
    assert [entry["name"] for entry in listed(client, "units")] == ["Centro", "Sul"]


def test_entries_that_differ_otherwise_may_share_a_name(client: Client) -> None:
    for unit in ("u1", "u2"):
        create(client, "departments", name="Vendas", unitId=unit)
        create(client, "users", name="João Silva", email=f"{unit}@example.com")
    assert len(listed(client, "departments")) == len(listed(client, "users")) == 2
    for kind, body in (
        ("departments", {"name": "Vendas", "unitId": "u2"}),
        ("departments", {"name": "Vendas"}),
        ("users", {"name": "Ana", "email": "U1@example.com"}),
    ):
        assert client.leadsail("POST", f"catalogue/{kind}", json=body).status_code == 409, body
    create(client, "users", id="ana", name="Ana", userId="a1")
    answer = client.leadsail("POST", "catalogue/users", json={"name": "Bia", "userId": "a1", "email": "b@example.com"})
    assert (answer.status_code, answer.json()["error"]["details"]) == (
        409,
        ["userId: is already used by the entry ana"],
    )


def test_creating_the_same_entry_again_returns_it(client: Client) -> None:
    body = {"id": "ana", "name": "Ana", "email": "ana@example.com", "unitIds": ["u1"]}
    made = create(client, "users", **body)
    for again in (body, {**body, "weight": 1}, {"id": "ana", "name": "Ana"}):
        answer = client.leadsail("POST", "catalogue/users", json=again)
        assert (answer.status_code, answer.json()["data"]) == (200, made)
    client.new_lead(leadAttributionUser={"id": "bia", "userName": "Bia"})
    for other in ({**body, "weight": 2}, {**body, "name": "Ana S."}, {"id": "bia", "name": "Bia"}):
        assert client.leadsail("POST", "catalogue/users", json=other).status_code == 409
    act(client, "users", "ana", "archive")
    assert client.leadsail("POST", "catalogue/users", json=body).status_code == 409


def test_an_entry_can_be_archived_and_restored(client: Client) -> None:
    made = create(client, "units", id="u1", name="Centro")
    archived = act(client, "units", "u1", "archive")
    assert archived["archivedAt"] is not None
    assert act(client, "units", "u1", "archive") == get(client, "units", "u1") == archived
    assert listed(client, "units") == []
    lead = client.get(client.new_lead(unit={"name": "Centro"}))
    assert lead["unit"]["id"] == ""
    restored = act(client, "units", "u1", "restore")
    assert restored == {**made, "updatedAt": restored["updatedAt"]}
    assert act(client, "units", "u1", "restore") == restored


def test_a_name_is_free_when_its_entry_is_archived(client: Client) -> None:
    create(client, "units", id="u1", name="Centro")
    act(client, "units", "u1", "archive")
    create(client, "units", id="u2", name="Centro")
    answer = client.leadsail("POST", "catalogue/units/u1/restore")
    assert (answer.status_code, "u2" in answer.json()["error"]["message"]) == (409, True)
    assert client.leadsail("POST", "catalogue/units", json={"id": "u1", "name": "Sul"}).status_code == 409


@pytest.mark.parametrize(
    ("kind", "body", "details"),
    [
        ("units", {}, ["name: is required"]),
        ("units", {"name": None}, ["name: is required"]),
        ("units", {"name": ""}, ["name: must not be empty"]),
        ("units", {"name": " Centro"}, ["name: must not be empty, and must not begin or end with a space"]),
        ("units", {"name": 7}, ["name: must be a string"]),
        (
            "units",
            {"name": "A", "id": "a\tb"},
            ["id: must not be blank, . or .., and must not contain control characters"],
        ),
        ("units", {"name": "A", "color": "red"}, ["color: is not a known field"]),
        ("tags", {"name": "A", "colour": "red"}, ["colour: is not a known field; did you mean color?"]),
        ("products", {"name": "A", "value": "much"}, ["value: must be a number"]),
        ("products", {"name": "A", "value": 1.2345678}, ["value: must not have more than 6 decimals"]),
        (
            "users",
            {"isRealUser": 1, "weight": 0, "dailyCap": -1, "unitIds": "u1", "interestIds": [".."]},
            ["isRealUser: ", "weight: must be 1", "dailyCap: must be 0", "unitIds: must be a list", "interestIds.0: "],
        ),
    ],
)
def test_invalid_values_are_refused_by_field(
    client: Client, kind: str, body: dict[str, Any], details: list[str]
) -> None:
    create(client, kind, id="x1", name="X")
    answers = [client.leadsail("POST", f"catalogue/{kind}", json=body)]
    if "id" not in body:
        answers.append(client.leadsail("PATCH", f"catalogue/{kind}/x1", json={"name": None, **body}))
    for answer in answers:
        assert answer.status_code == 400, answer.text
        problems = answer.json()["error"]["details"]
        assert all(any(problem.startswith(detail) for problem in problems) for detail in details), problems
    assert [entry["name"] for entry in listed(client, kind)] == ["X"]


@pytest.mark.parametrize(
    ("method", "path"), [("GET", ""), ("POST", ""), ("GET", "/x"), ("PATCH", "/x"), ("POST", "/x/archive")]
)
def test_an_unknown_kind_is_answered_with_the_known_ones(client: Client, method: str, path: str) -> None:
    answer = client.leadsail(method, f"catalogue/unit{path}", json={"name": "A"} if method != "GET" else None)
    assert answer.status_code == 404
    [detail] = answer.json()["error"]["details"]
    assert all(kind in detail for kind in KINDS)


@pytest.mark.parametrize("entry_id", ["%00", "%FF", "a%20b", "%ED%A0%80", "x" * 2_000])
def test_an_id_that_can_be_none_is_not_there(client: Client, entry_id: str) -> None:
    create(client, "units", id="u1", name="Centro")
    for method, path in (("GET", ""), ("PATCH", ""), ("POST", "/archive"), ("POST", "/restore")):
        answer = client.leadsail(method, f"catalogue/units/{entry_id}{path}", json={} if method == "PATCH" else None)
        assert answer.status_code == 404, answer.text


def test_an_entry_is_of_one_kind_and_one_account(client: Client, server: Leadloop) -> None:
    create(client, "units", id="u1", name="Centro")
    other = server.client()
    for who, kind in ((client, "tags"), (other, "units")):
        assert listed(who, kind) == []
        for method, path in (("GET", ""), ("PATCH", ""), ("POST", "/archive"), ("POST", "/restore")):
            body = {"name": "X"} if method == "PATCH" else None
            answer = who.leadsail(method, f"catalogue/{kind}/u1{path}", json=body)
            assert (answer.status_code, len(answer.json()["error"]["details"])) == (404, 1)
    create(other, "units", id="u1", name="Sul")
    other.close()
    assert get(client, "units", "u1")["name"] == "Centro"


def test_a_key_that_reads_leads_reads_the_catalogue_and_no_more(client: Client, server: Leadloop) -> None:
    create(client, "units", id="u1", name="Centro")
    reader = server.client(["leads:read"], client.account_id)
    assert get(reader, "units", "u1")["name"] == "Centro"
    for method, path, body in (
        ("POST", "catalogue/units", {"name": "Sul"}),
        ("PATCH", "catalogue/units/u1", {"name": "Sul"}),
        ("POST", "catalogue/units/u1/archive", None),
        ("PATCH", "attribution", {"enabled": True}),
    ):
        answer = reader.leadsail(method, path, json=body)
        assert (answer.status_code, "leads:write" in answer.text) == (403, True)
    reader.close()
