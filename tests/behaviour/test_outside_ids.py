"""Ids of other systems are any text of 1 to 256 bytes without control characters, wherever a lead has one."""

from typing import Any
from urllib.parse import quote

import httpx
import pytest

from lab.receiver import Receiver
from lab.server import Client, Leadloop
from lab.webhooks import deliveries, subscribe
from tests.support.answers import refused, version
from tests.support.catalogue import page
from tests.support.feed import records

IDS = [
    *("wamid.HBgLNTUxMTk5OTk5OTk5FQIAERgSQw==", "auth0|64af00", "KIT-5.5/KW", "São Paulo", "a~b/c~1", "50%25", "a,b"),
    *("lead_65f0c0ffee0000000000aa01", "-x", "…", "a b", "é" * 128, "x" * 256, '"', "archive", "?#&=+", "\\", "'; --"),
]
WRONG = [" ", "\u00a0\ufeff", ".", "..", "a\nb", "a\tb", "a\x7f", "a\x85", "é" * 129, "x" * 257]


def expad_body(item_id: str) -> dict[str, Any]:
    """An Expad lead with the id in every field that accepts one."""
    user = {"id": item_id, "userId": item_id, "userName": "Ana"}
    return {
        "lastMessage": {"id": item_id, "content": "x", "createdAt": 1_767_225_600_000, "file": {"id": item_id}},
        "activities": [
            {"id": item_id, "attributionUser": user, "referenceLead": {"leadId": item_id, "attributionUser": user}}
        ],
        "fields": [{"id": item_id, "name": "N", "value": "v"}],
        "tags": [{"id": item_id, "name": "T"}],
        "leadAttributionUser": user,
        "unit": {"id": item_id, "name": "U"},
        "department": {"id": item_id, "name": "D", "unitId": item_id},
        "interest": {"id": item_id, "name": "I", "unitId": item_id, "departmentId": item_id},
        "leadLossReson": {"id": item_id, "name": "L"},
        "leadActivityReason": {"id": item_id, "name": "A"},
        "leadCart": {"leadProducts": [{"product": {"id": item_id, "name": "P", "value": 2}}]},
        "customLeadSourceId": item_id,
        "customLeadTypeId": item_id,
    }


PLACES = [
    *("lastMessage.id", "lastMessage.file.id", "activities.0.id", "activities.0.attributionUser.id"),
    *("activities.0.attributionUser.userId", "activities.0.referenceLead.leadId", "fields.0.id", "tags.0.id"),
    *("activities.0.referenceLead.attributionUser.id", "activities.0.referenceLead.attributionUser.userId"),
    *("leadAttributionUser.id", "leadAttributionUser.userId", "unit.id", "department.id", "department.unitId"),
    *("interest.id", "interest.unitId", "interest.departmentId", "leadLossReson.id", "leadActivityReason.id"),
    *("leadCart.leadProducts.0.product.id", "customLeadSourceId", "customLeadTypeId"),
]
ITEMS = ("activities", "fields")


def at(value: Any, place: str) -> Any:
    for part in place.split("."):
        value = value[int(part)] if isinstance(value, list) else value[part]
    return value


def escaped(item_id: str) -> str:
    return item_id.replace("~", "~0").replace("/", "~1")


@pytest.mark.parametrize("item_id", IDS)
def test_everywhere_in_an_expad_lead(client: Client, item_id: str) -> None:
    lead_id, body = client.new_lead(), expad_body(item_id)
    answer = client.patch(lead_id, body)
    assert {f"/{name}/{escaped(item_id)}" for name in ITEMS} <= set(answer["changed"])
    lead = client.get(lead_id)
    assert {place: at(lead, place) for place in PLACES} == dict.fromkeys(PLACES, item_id)
    assert client.patch(lead_id, body)["changed"] == []
    assert client.patch(lead_id, lead)["changed"] == []
    changed = {field["field"] for field in records(client)[-1]["fields"]}
    assert {f"/expad/activities/{escaped(item_id)}", f"/questionnaire/{escaped(item_id)}"} <= changed
    client.patch(lead_id, {"activities": [{"id": item_id, "name": "renamed"}]})
    assert [activity["name"] for activity in client.get(lead_id)["activities"]] == ["renamed"]
    assert client.expad("GET", f"lead/{lead_id}?asOf=2").json()["activities"] == lead["activities"]


@pytest.mark.parametrize("wrong", WRONG)
def test_malformed_ids_are_refused_everywhere_at_once(client: Client, wrong: str) -> None:
    lead_id = client.new_lead()
    answer = client.expad("PATCH", f"lead/{lead_id}", json=expad_body(wrong))
    assert answer.status_code == 400
    assert {line.partition(": ")[0] for line in answer.json()["details"]} == set(PLACES)
    assert wrong.strip(" .") == "" or wrong not in answer.text


def test_a_name_is_no_id(client: Client) -> None:
    """Without an id the name becomes the key, whatever it contains."""
    lead_id = client.new_lead(fields=[{"name": "Qual o seu nome?\n", "value": "Ana"}])
    (field,) = client.get(lead_id)["fields"]
    assert field["id"] == "Qual o seu nome?\n"
    assert client.patch(lead_id, {"fields": [{**field, "value": "Bia"}]})["changed"] == ["/fields/Qual o seu nome?\n"]


@pytest.mark.parametrize("item_id", IDS)
def test_notes_of_leadsail(client: Client, item_id: str) -> None:
    lead = client.new_leadsail_lead()
    note = {"id": item_id, "text": "Hello"}
    assert version(client.patch_leadsail(lead, {"notes": [note]})) == 2
    assert version(client.patch_leadsail(lead, {"notes": [note]})) == 2
    assert [note["id"] for note in client.get_leadsail(lead)["notes"]] == [item_id]
    assert [field["field"] for field in records(client)[-1]["fields"]] == [f"/notes/{escaped(item_id)}"]
    dry = client.patch_leadsail(lead, {"notes": [{"id": item_id, "text": "Bye"}]}, headers={"Prefer": "dry-run"})
    assert [change["field"] for change in dry.json()["data"]["changed"]] == [f"/notes/{escaped(item_id)}"]


@pytest.mark.parametrize("wrong", WRONG)
def test_malformed_note_ids_are_refused(client: Client, wrong: str) -> None:
    lead = client.new_leadsail_lead()
    assert refused(client.patch_leadsail(lead, {"notes": [{"id": wrong, "text": "x"}]})) == ["notes.0.id"]


@pytest.mark.parametrize("item_id", ["KIT-5.5/KW", "a~b", "50%,x", "São Paulo"])
def test_a_base_version_compares_items_with_such_ids(client: Client, item_id: str) -> None:
    lead = client.new_leadsail_lead(notes=[{"id": item_id, "text": "One"}])
    client.patch_leadsail(lead, {"notes": [{"id": item_id, "text": "Two"}]})
    answer = client.patch_leadsail(
        lead, {"notes": [{"id": item_id, "text": "Three"}]}, headers={"Leadloop-Base-Version": "1"}
    )
    (conflict,) = answer.json()["error"]["conflicts"]
    assert conflict["field"] == f"/notes/{escaped(item_id)}"
    assert [conflict[when]["text"] for when in ("base", "now", "sent")] == ["One", "Two", "Three"]


@pytest.mark.parametrize("item_id", ["KIT-5.5/KW", "a~b", "São Paulo"])
def test_webhooks_of_one_item_alone(owner: Client, receiver: Receiver, item_id: str) -> None:
    endpoint = subscribe(owner, receiver, onlyFields=[f"/notes/{escaped(item_id)}"])
    lead = owner.new_leadsail_lead(notes=[{"id": item_id, "text": "One"}, {"id": "other", "text": "One"}])
    owner.patch_leadsail(lead, {"notes": [{"id": "other", "text": "Two"}]})
    owner.patch_leadsail(lead, {"notes": [{"id": item_id, "text": "Two"}]})
    assert [delivery["version"] for delivery in deliveries(owner, endpoint) if delivery["event"] == "lead.updated"] == [
        3
    ]


@pytest.mark.parametrize("item_id", IDS)
def test_lists_and_insights_find_them(client: Client, item_id: str) -> None:
    lead_id = client.new_lead(**expad_body(item_id))
    client.new_lead(unit={"id": "other"}, tags=[{"id": "other"}])
    for name in ("attributionUserId", "unitId", "departmentId", "interestId", "tagId"):
        leads = client.expad("GET", "lead", params={name: item_id}).json()["leads"]
        assert [lead["id"] for lead in leads] == [lead_id], name
    period = {"from": "2000-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"}
    quoted = '"' + item_id.replace('"', '""') + '"'
    for name in ("user", "unit", "department", "interest", "tag", "product", "source"):
        answer = client.leadsail("GET", "insights", params={**period, name: quoted, "measures": "leads"})
        assert answer.json()["data"]["total"] == {"leads": 1}, (name, answer.text)
    six = client.expad("GET", "insights", params={**period, "source": item_id}).json()
    assert sum(row["value"] for row in six["statusPerformances"]) == 1


@pytest.mark.parametrize("item_id", IDS)
@pytest.mark.parametrize("kind", ["products", "units"])
def test_an_entry_is_reached_by_percent_encoding(client: Client, kind: str, item_id: str) -> None:
    client.new_lead(**expad_body(item_id))
    path = f"catalogue/{kind}/{quote(item_id, safe='')}"
    shown = client.leadsail("GET", path)
    assert shown.status_code == 200 and shown.json()["data"]["id"] == item_id, shown.text
    assert client.leadsail("PATCH", path, json={"name": "New"}).json()["data"]["name"] == "New"
    assert client.leadsail("POST", f"{path}/archive").json()["data"]["archivedAt"]
    assert client.leadsail("POST", f"{path}/restore").json()["data"]["archivedAt"] is None
    assert client.leadsail("GET", f"{path}/").json()["data"]["id"] == item_id


@pytest.mark.parametrize("item_id", IDS)
def test_an_entry_is_made_with_one(client: Client, item_id: str) -> None:
    made = client.leadsail("POST", "catalogue/users", json={"id": item_id, "name": "Ana", "unitIds": [item_id]})
    assert made.status_code == 201, made.text
    shown = client.leadsail("GET", f"catalogue/users/{quote(item_id, safe='')}").json()["data"]
    assert (shown["id"], shown["unitIds"]) == (item_id, [item_id])


@pytest.mark.parametrize("wrong", WRONG)
def test_an_entry_is_not_created_with_a_malformed_id(client: Client, wrong: str) -> None:
    answer = client.leadsail("POST", "catalogue/users", json={"id": wrong, "name": "Ana", "unitIds": [wrong]})
    assert refused(answer) == ["id", "unitIds.0"]


@pytest.mark.parametrize("nothing", ["%2E", "%2e%2e", "%20", "%C2%A0", "%EF%BB%BF"])
@pytest.mark.parametrize("more", ["", "/archive", "/restore"])
def test_dots_and_blanks_in_the_path_are_refused(client: Client, nothing: str, more: str) -> None:
    url = httpx.URL(client.url, raw_path=f"/api/v1/catalogue/products/{nothing}{more}".encode())
    answer = client.http.request("POST" if more else "GET", url)
    assert refused(answer) == ["id"]


@pytest.mark.parametrize("unknown", ["x%2Farchive", "%2F", "a%2Fb%2Fc", "%00", "a%0Ab", "x" * 300, "%2525"])
def test_an_entry_that_there_is_not(client: Client, unknown: str) -> None:
    client.leadsail("POST", "catalogue/products", json={"id": "x", "name": "X"})
    assert client.leadsail("GET", f"catalogue/products/{unknown}").status_code == 404


def test_pages_of_the_catalogue_go_on_behind_them(client: Client) -> None:
    for item_id in IDS:
        client.leadsail("POST", "catalogue/products", json={"id": item_id, "name": item_id})
    ids: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = page(client, "products", limit=2, cursor=cursor)
        ids += [entry["id"] for entry in answer["entries"]]
        cursor = answer["nextCursor"]
    assert sorted(ids) == sorted(IDS)


def test_commands_take_them(client: Client, server: Leadloop) -> None:
    for item_id in ("KIT-5.5/KW", "São Paulo", "a,b"):
        server.run("catalogue", "create", "units", "--account", client.account_id, "--id", item_id, "--name", item_id)
        assert item_id in server.run("catalogue", "show", "units", item_id, "--account", client.account_id)
    server.run(
        *("catalogue", "create", "users", "--account", client.account_id, "--id", "ana", "--name", "Ana"),
        *("--unit-ids", '"a,b",São Paulo'),
    )
    shown = client.leadsail("GET", "catalogue/users/ana").json()["data"]
    assert shown["unitIds"] == ["a,b", "São Paulo"]
