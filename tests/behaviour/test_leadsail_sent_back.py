"""What LeadSail shows can be sent back without changing anything (semantics section 1)."""

from typing import Any

import pytest

from lab.server import Client
from tests.support.answers import FULL, UPDATED, version


def _sends_back(client: Client, lead: str) -> None:
    before = client.leadsail("GET", f"leads/{lead}")
    answer = client.patch_leadsail(lead, before.json()["data"])
    assert (answer.status_code, answer.json()) == (200, UPDATED), answer.text
    assert answer.headers["ETag"] == before.headers["ETag"]
    after = client.leadsail("GET", f"leads/{lead}")
    assert (after.content, after.headers["ETag"]) == (before.content, before.headers["ETag"])


def test_a_full_lead(client: Client) -> None:
    lead = client.new_leadsail_lead()
    client.patch_leadsail(lead, FULL)
    _sends_back(client, lead)


def test_a_new_lead(client: Client) -> None:
    _sends_back(client, client.new_leadsail_lead())


def test_a_deleted_lead(client: Client) -> None:
    lead = client.new_leadsail_lead()
    client.leadsail("DELETE", f"leads/{lead}")
    _sends_back(client, lead)
    ignored = client.patch_leadsail(lead, client.get_leadsail(lead)).headers["Leadloop-Ignored"]
    assert ignored == "/leadId, /createdAt, /updatedAt, /deletedAt"


@pytest.mark.parametrize(
    "body",
    [
        {"name": "", "phoneNumber": "1"},
        {"email": "not an address", "phoneNumber": "12", "name": " x "},
        {"startUrl": "no url", "referrer": "none either", "utmSource": "x"},
        {"address": "Rua das Flores, 12"},
        {"note": "pinned"},
        {"status": "Em visita"},
        {"fields": [{"id": "q" * 256, "name": "Q", "value": "a" * 65536}]},
        {"tags": [{"id": "t1"}, {"id": "t2", "name": "two", "color": "#fff"}, {"name": "three"}]},
    ],
    ids=lambda body: next(iter(body)),
)
def test_a_lead_that_was_written_through_expad(client: Client, body: dict[str, Any]) -> None:
    """Even if LeadSail's own rules would refuse the stored value."""
    _sends_back(client, client.new_lead(**{"email": "ana@example.com", **body}))


def test_part_of_what_is_shown_beside_a_change(client: Client) -> None:
    lead = client.new_lead(email="not an address", startUrl="no url")
    shown = client.get_leadsail(lead)
    shown["attribution"]["gclid"] = "g"
    answer = client.patch_leadsail(lead, {**shown, "detail": "x"})
    assert (answer.json(), version(answer)) == (UPDATED, 2)
    after = client.get_leadsail(lead)
    assert after.pop("updatedAt") >= shown.pop("updatedAt")
    assert after == {**shown, "detail": "x"}


def test_an_item_of_what_is_shown_beside_a_new_one(client: Client) -> None:
    lead = client.new_leadsail_lead()
    client.patch_leadsail(lead, FULL)
    shown = client.get_leadsail(lead)
    sent = {name: [*shown[name], {"id": "new", "text": "x"}] for name in ("notes",)}
    sent["questionnaire"] = [{"key": "new", "answer": 1}, *shown["questionnaire"]]
    assert version(client.patch_leadsail(lead, sent)) == 3
    after = client.get_leadsail(lead)
    assert after["notes"][:-1] == shown["notes"] and after["notes"][-1]["text"] == "x"
    assert after["questionnaire"] == [*shown["questionnaire"], {"key": "new", "answer": 1}]
