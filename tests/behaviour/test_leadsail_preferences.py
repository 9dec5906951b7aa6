"""The `Prefer` header through LeadSail (semantics section 3)."""

from typing import Any

import httpx
import pytest

from lab.server import Client, Leadloop
from tests.support.answers import FULL, UPDATED, refused, version


def _patch(client: Client, lead: str, prefer: str, body: dict[str, Any]) -> httpx.Response:
    return client.patch_leadsail(lead, body, headers={"Prefer": prefer})


@pytest.mark.parametrize(
    "prefer", ["return=representation", 'Return="Representation"', "foo; x=1, return=representation"]
)
def test_the_lead_comes_back_when_asked_for(client: Client, prefer: str) -> None:
    lead = client.new_leadsail_lead()
    answer = _patch(client, lead, prefer, {"detail": "x"})
    assert answer.status_code == 200
    assert answer.json() == {"success": True, "data": client.get_leadsail(lead)}
    assert answer.json()["data"]["detail"] == "x"
    assert answer.headers["Preference-Applied"] == "return=representation"


def test_the_lead_comes_back_from_a_create_beside_its_ids(client: Client) -> None:
    contact = {"firstName": "Mary", "lastName": "Jones", "email": "mary@example.com", "phone": "555-123-4567"}
    answer = client.leadsail("POST", json={"campaignId": "ABC", **contact}, headers={"Prefer": "return=representation"})
    assert answer.status_code == 201
    data = answer.json()["data"]
    assert data.pop("submissionId").startswith("sub_")
    assert data == client.get_leadsail(data["leadId"])


def test_by_default_and_with_minimal_there_is_no_data(client: Client) -> None:
    lead = client.new_leadsail_lead()
    answer = client.patch_leadsail(lead, {"detail": "x"})
    assert answer.json() == UPDATED and "Preference-Applied" not in answer.headers
    answer = _patch(client, lead, "return=minimal", {"detail": "y"})
    assert answer.json() == UPDATED
    assert answer.headers["Preference-Applied"] == "return=minimal"


def test_of_a_repeated_preference_the_first_counts_and_unknown_ones_are_ignored(client: Client) -> None:
    lead = client.new_leadsail_lead()
    answer = _patch(client, lead, "wait=5, return=minimal, return=representation, handling=odd", {})
    assert answer.json() == UPDATED
    assert answer.headers["Preference-Applied"] == "return=minimal"


def test_a_key_that_may_not_read_is_shown_nothing(client: Client, server: Leadloop) -> None:
    lead = client.new_leadsail_lead()
    writer = server.client(["leads:write"], client.account_id)
    answer = _patch(writer, lead, "return=representation", {"detail": "x"})
    writer.close()
    assert answer.json() == UPDATED
    assert "Preference-Applied" not in answer.headers


def test_strict_refuses_what_only_the_server_writes(client: Client) -> None:
    lead = client.new_leadsail_lead()
    sent = {"leadId": "lead_x", "createdAt": "2001-01-01T00:00:00Z", "updatedAt": None, "nickname": "M"}
    assert refused(_patch(client, lead, "handling=strict", sent)) == ["leadId", "createdAt", "updatedAt", "nickname"]
    answer = _patch(client, lead, "handling=strict", {"detail": "x"})
    assert answer.headers["Preference-Applied"] == "handling=strict"


def test_strict_takes_a_lead_as_it_was_read(client: Client) -> None:
    lead = client.new_leadsail_lead()
    client.patch_leadsail(lead, FULL)
    answer = _patch(client, lead, "handling=strict", client.get_leadsail(lead))
    assert (answer.json(), version(answer)) == (UPDATED, 2)


def test_lenient_ignores_and_names_what_it_does_not_know(client: Client) -> None:
    lead = client.new_leadsail_lead()
    sent = {
        "nickname": "M",
        "address": {"city": "Austin", "cty": "x"},
        "notes": [{"text": "x", "a/b~c": 1}],
        "leadId": 1,
    }
    answer = _patch(client, lead, "handling=lenient", sent)
    assert answer.json() == UPDATED
    assert answer.headers["Leadloop-Ignored"] == "/nickname, /address/cty, /notes/0/a~1b~0c, /leadId"
    assert answer.headers["Preference-Applied"] == "handling=lenient"
    shown = client.get_leadsail(lead)
    assert shown["address"] == {"city": "Austin"} and len(shown["notes"]) == 1
    assert refused(_patch(client, lead, "handling=lenient", {"nickname": 1, "country": "USA"})) == ["country"]


def test_ignored_names_that_no_header_can_hold(client: Client) -> None:
    lead = client.new_leadsail_lead()
    answer = _patch(client, lead, "handling=lenient", {"名": 1, "a, b": 1, "x\r\nSet-Cookie: a=b\t%": 1})
    assert answer.status_code == 200
    assert answer.headers["Leadloop-Ignored"] == "/%E5%90%8D, /a%2C%20b, /x%0D%0ASet-Cookie:%20a=b%09%25"
    assert "Set-Cookie" not in answer.headers


def test_more_ignored_names_than_a_header_can_hold(client: Client) -> None:
    lead = client.new_leadsail_lead()
    answer = _patch(client, lead, "handling=lenient", {f"{number:0256}": 1 for number in range(999)})
    assert answer.status_code == 200
    assert len(answer.headers["Leadloop-Ignored"]) < 8_000
    assert answer.headers["Leadloop-Ignored"].startswith(f"/{0:0256}, ")


def test_reading_and_deleting_honour_no_preference(client: Client) -> None:
    lead = client.new_leadsail_lead()
    for method in ("GET", "DELETE"):
        answer = client.leadsail(method, f"leads/{lead}", headers={"Prefer": "return=representation"})
        assert answer.status_code == 200
        assert "Preference-Applied" not in answer.headers
