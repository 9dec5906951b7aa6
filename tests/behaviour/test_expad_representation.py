"""`Prefer: return=representation` answers an update with the lead beside `messge`."""

import pytest

from lab.server import Client, Leadloop
from tests.wire.expad_schema import LEAD

WHOLE = {"Prefer": "return=representation"}


def test_the_answer_is_the_lead_and_messge(client: Client) -> None:
    lead_id = client.new_lead()
    answer = client.expad("PATCH", f"lead/{lead_id}", json={"status": "active"}, headers=WHOLE)
    assert answer.headers["Preference-Applied"] == "return=representation"
    body = answer.json()
    assert set(body) == {*LEAD, "messge"}
    assert isinstance(body.pop("messge"), str)
    assert body == client.get(lead_id)
    assert answer.headers["ETag"] == '"2"'


def test_also_where_nothing_changes(client: Client) -> None:
    lead_id = client.new_lead()
    body = client.patch(lead_id, {}, headers=WHOLE)
    del body["messge"]
    assert body == client.get(lead_id)


@pytest.mark.parametrize("headers", [{}, {"Prefer": "return=minimal"}, {"Prefer": "wait=5"}])
def test_without_it_the_answer_is_short(client: Client, headers: dict[str, str]) -> None:
    answer = client.expad("PATCH", f"lead/{client.new_lead()}", json={"status": "active"}, headers=headers)
    assert set(answer.json()) == {"messge", "message", "leadId", "version", "changed", "ignored"}
    assert "representation" not in answer.headers.get("Preference-Applied", "")


def test_preferences_come_together(client: Client) -> None:
    headers = {"Prefer": "handling=strict, return=representation"}
    answer = client.expad("PATCH", f"lead/{client.new_lead()}", json={"status": "active"}, headers=headers)
    assert {part.strip() for part in answer.headers["Preference-Applied"].split(",")} == {
        "handling=strict",
        "return=representation",
    }
    assert answer.json()["status"] == "ACTIVE"


def test_a_key_that_may_not_read_is_not_shown_the_lead(server: Leadloop, client: Client) -> None:
    lead_id = client.new_lead(email="ana@example.com")
    writer = server.client(["leads:write"], client.account_id)
    answer = writer.expad("PATCH", f"lead/{lead_id}", json={"status": "active"}, headers=WHOLE)
    writer.close()
    assert answer.status_code == 200
    assert "ana@example.com" not in answer.text
