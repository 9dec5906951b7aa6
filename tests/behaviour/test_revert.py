"""`POST /api/v1/leads/{leadId}/revert`: the lead gets the content of a version again, as a new change."""

from typing import Any

import pytest

from lab.load_checks import inconsistencies, load_content
from lab.server import Client, Leadloop
from tests.support.answers import version
from tests.support.dialects import JSON, DialectClient, api_of, fields, lines
from tests.support.writes import (
    EVERYTHING,
    NOBODY,
    applied,
    conflicts,
    delete,
    ok,
    patch,
    planned,
    replayed,
    revert,
    same,
)

Shown = tuple[dict[str, Any], dict[str, Any]]


@pytest.fixture
def lead(client: Client) -> str:
    """A lead at version 4: created with all LeadSail fields, then given all Expad fields, then cleared of most."""
    made = client.new_leadsail_lead()
    client.patch_leadsail(made, EVERYTHING["leadsail"])
    client.patch(made, EVERYTHING["expad"])
    cleared: dict[str, Any] = {
        "notes": None,
        "questionnaire": None,
        "tags": [],
        "customFields": None,
        "address": None,
        "detail": "4",
    }
    assert ok(client.patch_leadsail(made, {**cleared, "attribution": None, "firstName": "Bia"})) == 4
    return made.removeprefix("lead_")


def shown(client: Client, lead: str) -> Shown:
    """In both dialects, without the time of the last change."""
    leadsail = client.get_leadsail(lead)
    return client.get(lead), {name: value for name, value in leadsail.items() if name != "updatedAt"}


def test_the_lead_has_the_content_of_the_version(client: Client, lead: str, server: Leadloop) -> None:
    """Reverts to every version and back to the last, and compares the content in both dialects."""
    views: dict[int, Shown] = {4: shown(client, lead)}
    now = 4
    for number in (1, 2, 3):
        answer = revert(client, lead, {"version": number})
        now += 1
        assert answer.status_code == 200
        assert answer.json() == {"success": True, "data": {"leadId": f"lead_{lead}", "version": now}}
        assert answer.headers["ETag"] == f'"{now}"'
        views[number] = shown(client, lead)
    assert views[1][1]["firstName"] == "Mary" and views[2][1]["firstName"] == "Zoë" and "notes" not in views[1][1]
    for number in (4, 2, 1, 3, 4, 1):
        revert(client, lead, {"version": number})
        assert same(list(shown(client, lead)), list(views[number])), number
    assert inconsistencies(load_content(server.database, client.account_id)) == []


def test_each_step_undone_one_by_one(client: Client) -> None:
    api, lead = api_of(client, "expad"), client.new_lead()
    views = [shown(client, lead)]
    for name, value in EVERYTHING["expad"].items():
        patch(api, lead, {name: value})
        views.append(shown(client, lead))
    for number in range(len(views), 0, -1):
        revert(client, lead, {"version": number})
        assert same(list(shown(client, lead)), list(views[number - 1])), number


def test_to_the_present_version_nothing_changes(client: Client, lead: str) -> None:
    for body in ({"version": 4}, {"version": 4.0}):
        answer = revert(client, lead, body)
        assert answer.json()["data"] == {"leadId": f"lead_{lead}", "version": 4} and version(answer) == 4


def test_to_a_version_of_the_same_content_nothing_changes(client: Client) -> None:
    lead = client.new_lead()
    client.patch(lead, {"cpf": "1"})
    client.patch(lead, {"cpf": None})
    assert ok(revert(client, lead, {"version": 1})) == 3
    assert ok(revert(client, lead, {"version": 2})) == 4
    assert ok(revert(client, lead, {"version": 2})) == 4


def test_it_is_a_change_like_any_other(client: Client, server: Leadloop) -> None:
    lead = client.new_lead()
    client.patch(lead, {"cpf": "1", "email": "a@example.com"})
    answer = revert(client, lead, {"version": 1})
    record = load_content(server.database, client.account_id).records(lead)[-1]
    assert (record.version, record.request_id) == (3, answer.headers["X-Request-Id"])
    undone = {field.field: (field.before, field.after) for field in record.fields}
    assert undone == {"/cpf": ("1", None), "/email": ("a@example.com", None)}
    assert client.expad("GET", params={"email": "a@example.com"}).json()["leads"] == []
    revert(client, lead, {"version": 2})
    assert [lead["id"] for lead in client.expad("GET", params={"email": "a@example.com"}).json()["leads"]] == [lead]


def test_a_deleted_lead_and_one_that_was_deleted(client: Client) -> None:
    lead = client.new_lead()
    assert ok(delete(client, lead)) == 2
    assert ok(revert(client, lead, {"version": 1})) == 3
    assert client.get(lead)["markedForDeletion"] is False and client.expad("GET").json()["total"] == 1
    assert ok(revert(client, lead, {"version": 2})) == 4
    assert client.get(lead)["markedForDeletion"] is True and client.expad("GET").json()["total"] == 0


def test_the_lead_is_returned_when_requested(client: Client, lead: str) -> None:
    answer = revert(client, lead, {"version": 2}, prefer="return=representation")
    assert answer.json() == {"success": True, "data": client.get_leadsail(lead)}
    assert applied(answer) == {"return=representation"} and version(answer) == 5


def test_who_may_not_read_is_not_shown_it(lead: str, writer: Client) -> None:
    answer = revert(writer, lead, {"version": 2}, prefer="return=representation")
    assert answer.json()["data"] == {"leadId": f"lead_{lead}", "version": 5} and applied(answer) == set()
    answer = revert(writer, lead, {"version": 1}, prefer="dry-run")
    changed = answer.json()["data"]["changed"]
    assert changed and all(field.keys() == {"field"} for field in changed)


WRONG: list[Any] = [None, 0, -1, 5, 2**31, 2**63 - 1, 1.5, "1", True, [], {}, ""]


@pytest.mark.parametrize("wrong", WRONG, ids=repr)
def test_unknown_versions_are_refused(client: Client, lead: str, wrong: Any) -> None:
    assert fields(revert(client, lead, {"version": wrong}), "leadsail") == ["version"]
    assert client.leadsail("GET", f"leads/{lead}").headers["ETag"] == '"4"'


def test_a_version_is_needed_and_nothing_else(client: Client, lead: str) -> None:
    assert fields(revert(client, lead, {}), "leadsail") == ["version"]
    assert fields(revert(client, lead, {"version": 1, "versoin": 2}), "leadsail") == ["versoin"]
    assert sorted(fields(revert(client, lead, {"a/b": 1}), "leadsail")) == ["a/b", "version"]
    for raw in ("", "{", "[]", "1", "null"):
        answer = client.leadsail("POST", f"leads/{lead}/revert", content=raw, headers=JSON)
        assert fields(answer, "leadsail") == ["body"]
    lines(client.leadsail("POST", f"leads/{lead}/revert", content='{"version": 1}'), "leadsail", 415)
    assert client.leadsail("GET", f"leads/{lead}").headers["ETag"] == '"4"'


def test_only_leads_of_the_keys_account_can_be_reverted(client: Client, lead: str, server: Leadloop) -> None:
    other, reader = server.client(), server.client(["leads:read"], client.account_id)
    for unknown in (NOBODY, "none", f"lead_{NOBODY}"):
        lines(revert(client, unknown, {"version": 1}), "leadsail", 404)
    lines(revert(other, lead, {"version": 1}), "leadsail", 404)
    lines(revert(other, lead, {"version": 1}, if_match=7), "leadsail", 404)
    lines(revert(reader, lead, {"version": 1}), "leadsail", 403)
    lines(client.leadsail("POST", f"leads/{lead}/revert", headers={"X-API-Key": "x"}), "leadsail", 401)
    other.close()
    reader.close()
    assert ok(revert(client, f"lead_{lead}", {"version": 1})) == 5


def test_only_post_reverts(client: Client, lead: str) -> None:
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        answer = client.leadsail(method, f"leads/{lead}/revert")
        lines(answer, "leadsail", 405)
        assert answer.headers["Allow"] == "POST"


def test_an_unknown_lead_and_a_moved_one_come_before_the_version(client: Client, lead: str) -> None:
    for wrong in (99, 0):
        lines(revert(client, NOBODY, {"version": wrong}), "leadsail", 404)
        lines(revert(client, lead, {"version": wrong}, if_match=1), "leadsail", 412)


def test_a_dry_run(client: Client, lead: str, server: Leadloop) -> None:
    before = load_content(server.database, client.account_id)
    plan = planned(revert(client, lead, {"version": 3}, prefer="dry-run"), "leadsail")
    assert load_content(server.database, client.account_id) == before
    assert {"/detail": ("4", "Asked for a quote"), "/firstName": ("Bia", "Ana")}.items() <= plan.items()
    assert "/customFields/plan" in plan and "/tags" in plan
    assert planned(revert(client, lead, {"version": 4}, prefer="dry-run"), "leadsail") == {}
    assert fields(revert(client, lead, {"version": 9}, prefer="dry-run"), "leadsail") == ["version"]
    lines(revert(client, lead, {"version": 3}, prefer="dry-run", if_match=1), "leadsail", 412)


def test_with_an_idempotency_key_it_is_done_once(client: Client, lead: str) -> None:
    first = revert(client, lead, {"version": 1}, key="k")
    client.patch(lead, {"cpf": "9"})
    again = revert(client, lead, {"version": 1}, key="k")
    assert replayed(again) and again.content == first.content and client.get(lead)["cpf"] == "9"
    lines(revert(client, lead, {"version": 2}, key="k"), "leadsail", 422)
    lines(revert(client, lead, {"version": 99}, key="k"), "leadsail", 422)


def test_with_a_base_version_it_undoes_no_unseen_change(client: Client) -> None:
    api, lead = DialectClient(client, "leadsail", "clientLeadId", "detail"), client.new_leadsail_lead(country="US")
    patch(api, lead, {"country": "BR"})
    patch(api, lead, {"detail": "theirs"})
    assert list(conflicts(revert(client, lead, {"version": 1}, base=2), "leadsail")) == ["/detail"]
    assert client.get_leadsail(lead)["detail"] == "theirs"
    assert ok(revert(client, lead, {"version": 1}, base=3)) == 4
    assert fields(revert(client, lead, {"version": 1}, base=9), "leadsail") == ["Leadloop-Base-Version"]
