"""Webhook endpoints are created, read, updated and deleted; their secrets are shown once and stored sealed."""

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from lab import databases
from lab.server import Client, Leadloop
from leadloop.core.keys import SCOPES
from leadloop.webhooks.endpoints import ENDPOINT_LIMIT

URL = "https://receiver.invalid/hook"
CREDENTIAL = "Bearer sesame-4711"


@pytest.fixture
def owner(server: Leadloop) -> Iterator[Client]:
    owner = server.client(["webhooks:manage", "leads:read"])
    yield owner
    owner.close()


def create(owner: Client, **body: Any) -> dict[str, Any]:
    answer = owner.leadsail("POST", "webhooks", json={"url": URL, **body})
    assert answer.status_code == 201, answer.text
    return dict(answer.json()["data"])


def get(owner: Client, endpoint_id: str) -> dict[str, Any]:
    answer = owner.leadsail("GET", f"webhooks/{endpoint_id}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["data"])


def update(owner: Client, endpoint_id: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = owner.leadsail("PATCH", f"webhooks/{endpoint_id}", json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["data"])


def act(owner: Client, endpoint_id: str, verb: str) -> dict[str, Any]:
    answer = owner.leadsail("POST", f"webhooks/{endpoint_id}/{verb}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["data"])


def listed(owner: Client) -> list[dict[str, Any]]:
    answer = owner.leadsail("GET", "webhooks")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["data"]["webhooks"])


def rows(server: Leadloop, account_id: str) -> str:
    """The account's rows of endpoints, as stored."""
    query = "SELECT doc, health, secrets FROM webhook_endpoints WHERE account_id = $1"
    return repr(databases.rows(server.database, query, account_id))


def test_a_new_endpoint_has_defaults_and_a_secret(owner: Client) -> None:
    made = create(owner)
    secret = made.pop("secret")
    assert secret.startswith("whsec_")
    assert len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) == 32
    assert made["url"] == URL
    assert made["events"] == ["lead.created", "lead.updated", "lead.deleted"]
    assert (made["body"], made["order"], made["state"]) == ("standard", "per_lead", "active")
    assert (made["timeoutSeconds"], made["attempts"]) == (15, 10)
    assert get(owner, made["id"]) == made
    assert listed(owner) == [made]


def test_the_secret_is_shown_once(owner: Client) -> None:
    made = create(owner)
    shown = [get(owner, made["id"]), *listed(owner), update(owner, made["id"], {"description": "x"})]
    shown += [act(owner, made["id"], verb) for verb in ("pause", "resume")]
    for shown_endpoint in shown:
        assert "secret" not in shown_endpoint
        assert "whsec_" not in str(shown_endpoint)


def test_rotating_gives_another_secret_once(owner: Client) -> None:
    made = create(owner)
    first, second = (act(owner, made["id"], "rotate") for _ in range(2))
    assert len({made["secret"], first["secret"], second["secret"]}) == 3
    assert "secret" not in get(owner, made["id"])


def test_header_values_are_masked_and_can_be_sent_back(owner: Client, server: Leadloop) -> None:
    made = create(owner, headers={"Authorization": CREDENTIAL})
    assert made["headers"] == {"Authorization": "********"}
    before = rows(server, owner.account_id)
    assert update(owner, made["id"], get(owner, made["id"])) == get(owner, made["id"])
    assert rows(server, owner.account_id) == before
    changed = update(owner, made["id"], {"headers": {**made["headers"], "X-Team": "sales"}})
    assert changed["headers"] == {"Authorization": "********", "X-Team": "********"}


def test_secrets_and_header_values_are_sealed_in_the_database(owner: Client, server: Leadloop) -> None:
    made = create(owner, headers={"Authorization": CREDENTIAL})
    rotated = act(owner, made["id"], "rotate")
    update(owner, made["id"], {"headers": {"Authorization": "********", "X-Token": CREDENTIAL + "2"}})
    stored = rows(server, owner.account_id)
    assert made["id"] in stored
    for text in ("whsec_", CREDENTIAL, made["secret"].removeprefix("whsec_"), rotated["secret"].removeprefix("whsec_")):
        assert text not in stored


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"url": None}, "/url"),
        ({"url": "http://receiver.invalid/"}, "/url"),
        ({"url": "https://127.0.0.1/"}, "/url"),
        ({"url": "https://169.254.169.254/latest"}, "/url"),
        ({"url": 7}, "/url"),
        ({"events": []}, "/events"),
        ({"events": ["lead.created", "lead.eaten"]}, "/events/1"),
        ({"body": "xml"}, "/body"),
        ({"onlyFields": ["status"]}, "/onlyFields/0"),
        ({"onlyFields": ["/status", "/stage"]}, "/onlyFields/1"),
        ({"onlyFields": ["/expad/status/x"]}, "/onlyFields/0"),
        ({"headers": {"webhook-id": "x"}}, "/headers/webhook-id"),
        ({"headers": {"X-Line": "a\r\nb"}}, "/headers/X-Line"),
        ({"timeoutSeconds": 16}, "/timeoutSeconds"),
        ({"attempts": 0}, "/attempts"),
        ({"order": "any"}, "/order"),
        ({"inFlight": 65}, "/inFlight"),
        ({"ratePerSecond": 0}, "/ratePerSecond"),
        ({"state": "paused"}, "/state"),
        ({"colour": "red"}, "/colour"),
    ],
)
def test_invalid_values_are_refused_by_field(owner: Client, body: dict[str, Any], field: str) -> None:
    made = create(owner)
    before = get(owner, made["id"])
    creating = owner.leadsail("POST", "webhooks", json={"url": URL, **body})
    updating = owner.leadsail("PATCH", f"webhooks/{made['id']}", json=body)
    for answer in (creating, updating):
        assert answer.status_code in (400, 422), answer.text
        assert field in answer.text or field.lstrip("/").replace("/", ".") in answer.text
    assert listed(owner) == [before]


def test_every_pointer_of_the_change_feed_can_be_filtered_by(owner: Client, server: Leadloop) -> None:
    """Including the parents of a pointer, and members below it."""
    names = ["/status", "/expad/status", "/address", "/address/city", "/expad", "/notes/abc", "/customFields/a/b"]
    names += ["/tags", "/expad/tags", "/attribution/params/utm_source", "/expad/conversionSteps/visited"]
    assert create(owner, onlyFields=names)["onlyFields"] == names
    writer = server.client(SCOPES)
    lead_id = writer.new_leadsail_lead(address={"city": "Recife"})
    writer.patch_leadsail(lead_id, {"tags": ["vip"], "customFields": {"a": 1}, "notes": [{"text": "n"}]})
    body = {"status": "ACTIVE", "saleValue": 1, "leadAttributionUser": {"id": "u"}}
    writer.patch(lead_id.removeprefix("lead_"), body)
    changes = writer.leadsail("GET", f"leads/{lead_id}/changes").json()["data"]["changes"]
    pointers = list(dict.fromkeys(field["field"] for change in changes for field in change["fields"]))
    assert {"/address/city", "/tags", "/expad/saleValue"} <= set(pointers)
    assert create(owner, onlyFields=pointers)["onlyFields"] == pointers
    writer.close()


def test_an_endpoint_needs_an_address(owner: Client) -> None:
    answer = owner.leadsail("POST", "webhooks", json={})
    assert answer.status_code in (400, 422)
    assert "url" in answer.text


def test_an_update_leaves_absent_properties(owner: Client) -> None:
    made = create(owner, body="expad", stages=["LEAD"], description="first", timeoutSeconds=5)
    changed = update(owner, made["id"], {"description": "second"})
    differing = ("description", "updatedAt", "secret")
    assert {n: v for n, v in changed.items() if n not in differing} == {
        n: v for n, v in made.items() if n not in differing
    }
    assert changed["description"] == "second"
    assert get(owner, made["id"]) == changed


def test_null_restores_the_default(owner: Client) -> None:
    default = create(owner)
    special = {"body": "expad", "order": "unordered", "attempts": 3, "ratePerSecond": 5, "headers": {"X-A": "b"}}
    made = create(owner, **special, onlyFields=["/status"], events=["NewLead"])
    names = (*special, "onlyFields", "events")
    changed = update(owner, made["id"], dict.fromkeys(names))
    assert {name: changed[name] for name in names} == {name: default[name] for name in names}


def test_pausing_and_resuming_show_in_the_state(owner: Client) -> None:
    made = create(owner)
    paused = act(owner, made["id"], "pause")
    assert (paused["state"], paused["stateReason"]) == ("disabled", "asked")
    assert get(owner, made["id"]) == paused
    resumed = act(owner, made["id"], "resume")
    assert (resumed["state"], resumed["stateReason"]) == ("active", None)
    assert get(owner, made["id"]) == resumed
    assert update(owner, made["id"], {"state": "disabled"})["state"] == "disabled"
    assert get(owner, made["id"])["state"] == "disabled"


def test_pausing_changes_only_the_state(owner: Client) -> None:
    made = create(owner, description="CRM", headers={"Authorization": CREDENTIAL})
    for verb in ("pause", "resume"):
        done = act(owner, made["id"], verb)
        differing = ("state", "stateReason", "stateSince", "secret")
        assert {n: v for n, v in done.items() if n not in differing} == {
            n: v for n, v in made.items() if n not in differing
        }


def test_a_deleted_endpoint_is_gone(owner: Client) -> None:
    made, other = create(owner), create(owner)
    assert owner.leadsail("DELETE", f"webhooks/{made['id']}").status_code == 200
    for method, path in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/rotate"), ("GET", "/attempts")):
        body = {"description": "x"} if method == "PATCH" else None
        answer = owner.leadsail(method, f"webhooks/{made['id']}{path}", json=body)
        assert answer.status_code == 404, answer.text
    assert [endpoint["id"] for endpoint in listed(owner)] == [other["id"]]


def test_an_account_has_a_limited_number(owner: Client) -> None:
    made = [create(owner)["id"] for _ in range(ENDPOINT_LIMIT)]
    answer = owner.leadsail("POST", "webhooks", json={"url": URL})
    assert answer.status_code == 409
    assert str(ENDPOINT_LIMIT) in answer.text
    assert {endpoint["id"] for endpoint in listed(owner)} == set(made)
    owner.leadsail("DELETE", f"webhooks/{made[0]}")
    create(owner)


def test_another_account_sees_none_of_it(owner: Client, server: Leadloop) -> None:
    made = create(owner)
    other = server.client(SCOPES)
    assert listed(other) == []
    assert other.leadsail("GET", f"webhooks/{made['id']}").status_code == 404
    assert other.leadsail("DELETE", f"webhooks/{made['id']}").status_code == 404
    other.close()
    assert len(listed(owner)) == 1


def test_other_scopes_are_not_enough(owner: Client, server: Leadloop) -> None:
    made = create(owner)
    other = server.client([scope for scope in SCOPES if scope != "webhooks:manage"], owner.account_id)
    for method, path in (("GET", "webhooks"), ("POST", "webhooks"), ("GET", f"webhooks/{made['id']}")):
        answer = other.leadsail(method, path, json={"url": URL} if method == "POST" else None)
        assert answer.status_code == 403
        assert "webhooks:manage" in answer.text
    other.close()
