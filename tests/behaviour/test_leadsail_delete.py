"""DELETE is soft: it hides a lead from the lists of both dialects, and keeps it."""

import re

from lab.server import Client
from tests.support.answers import UPDATED, version


def test_deleting_answers_without_data_and_twice_changes_nothing(client: Client) -> None:
    lead = client.new_leadsail_lead()
    for _ in range(2):
        answer = client.leadsail("DELETE", f"leads/{lead}")
        assert (answer.status_code, answer.json(), version(answer)) == (200, UPDATED, 2)


def test_a_deleted_lead_shows_since_when(client: Client) -> None:
    lead = client.new_leadsail_lead()
    before = client.get_leadsail(lead)
    client.leadsail("DELETE", f"leads/{lead}")
    after = client.get_leadsail(lead)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", after["deletedAt"])
    assert after["deletedAt"] == after["updatedAt"] >= before["updatedAt"]
    assert {**before, "deletedAt": after["deletedAt"], "updatedAt": after["updatedAt"]} == after
    client.leadsail("DELETE", f"leads/{lead}")
    assert client.get_leadsail(lead) == after


def test_a_deleted_lead_leaves_both_lists(client: Client) -> None:
    gone, kept = client.new_leadsail_lead(), client.new_leadsail_lead()
    client.leadsail("DELETE", f"leads/{gone}")
    assert [lead["leadId"] for lead in client.leadsail("GET").json()["data"]["leads"]] == [kept]
    leads = client.leadsail("GET", f"leads?search={gone}").json()["data"]["leads"]
    assert leads == []
    listed = client.expad("GET").json()
    assert [lead["id"] for lead in listed["leads"]] == [kept.removeprefix("lead_")] and listed["total"] == 1


def test_a_deleted_lead_can_still_be_changed(client: Client) -> None:
    lead = client.new_leadsail_lead()
    client.leadsail("DELETE", f"leads/{lead}")
    answer = client.patch_leadsail(lead, {"detail": "asked to be removed"})
    assert (answer.json(), version(answer)) == (UPDATED, 3)
    assert client.get_leadsail(lead)["detail"] == "asked to be removed"
    assert client.leadsail("GET").json()["data"]["leads"] == []


def test_a_lead_that_is_not_there_cannot_be_deleted(client: Client) -> None:
    for lead in ("lead_00000000000000000000000a", "00000000000000000000000a", "lead_", "x"):
        assert client.leadsail("DELETE", f"leads/{lead}").status_code == 404
