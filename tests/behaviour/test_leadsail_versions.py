"""Every lead answer carries the version as `ETag`; it grows by one with each effective change, and only then."""

import time
from datetime import datetime

from lab.server import Client
from tests.support.answers import FULL, version


def test_every_answer_about_a_lead_carries_it(client: Client) -> None:
    lead = client.new_leadsail_lead()
    path = f"leads/{lead}"
    assert version(client.leadsail("GET", path)) == 1
    assert version(client.patch_leadsail(lead, {"detail": "x"})) == 2
    assert version(client.patch_leadsail(lead, {"detail": "y"}, headers={"Prefer": "return=representation"})) == 3
    assert version(client.leadsail("GET", path)) == 3
    assert version(client.leadsail("DELETE", path)) == 4
    assert version(client.leadsail("GET", path)) == 4


def test_it_grows_by_one_for_each_effective_change(client: Client) -> None:
    lead = client.new_leadsail_lead()
    for number, (field, value) in enumerate(FULL.items(), 2):
        assert version(client.patch_leadsail(lead, {field: value})) == number, field
        assert version(client.patch_leadsail(lead, {field: value})) == number, field
    assert version(client.patch_leadsail(lead, FULL)) == len(FULL) + 1


def test_a_refused_change_does_not_count(client: Client) -> None:
    lead = client.new_leadsail_lead()
    client.patch_leadsail(lead, {"detail": "x", "country": "USA"})
    client.patch_leadsail(lead, {"detail": "x", "leadId": "y"}, headers={"Prefer": "handling=strict"})
    assert version(client.leadsail("GET", f"leads/{lead}")) == 1


def test_updated_at_moves_with_it(client: Client) -> None:
    lead = client.new_leadsail_lead()
    before = client.get_leadsail(lead)
    time.sleep(0.005)
    client.patch_leadsail(lead, {})
    assert client.get_leadsail(lead)["updatedAt"] == before["updatedAt"]
    client.patch_leadsail(lead, {"detail": "x"})
    after = client.get_leadsail(lead)
    assert after["createdAt"] == before["createdAt"] == before["updatedAt"] < after["updatedAt"]
    assert abs(datetime.fromisoformat(after["updatedAt"]).timestamp() - time.time()) < 60


def test_lists_carry_none(client: Client) -> None:
    client.new_leadsail_lead()
    assert "ETag" not in client.leadsail("GET").headers
