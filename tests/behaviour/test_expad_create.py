"""Create: the defaults, the answer, and that everything of the published example may be sent along."""

import re
import time

import pytest

from lab.server import Client
from tests.wire.expad_schema import LEAD, problems

ID = re.compile(r"[0-9a-f]{24}")


def test_the_answer_is_the_lead_with_its_id_and_messge(client: Client) -> None:
    answer = client.expad("POST", json={"name": "Ana Souza"})
    assert answer.status_code == 200
    assert answer.headers["ETag"] == '"1"'
    body = answer.json()
    assert set(body) == {*LEAD, "leadId", "messge"}
    assert ID.fullmatch(body["leadId"]) and body["id"] == body.pop("leadId")
    assert isinstance(body.pop("messge"), str)
    assert problems(body, "Lead") == []
    assert body == client.get(body["id"])


def test_the_defaults(client: Client) -> None:
    lead = client.get(client.new_lead())
    assert (lead["source"], lead["type"], lead["status"]) == ("CUSTOM", "LEAD_TYPE_UNSPECIFIED", "NEW")
    assert lead["accountId"] == client.account_id
    assert abs(lead["createdDate"] - time.time() * 1_000) < 60_000
    assert abs(lead["leadDate"] - time.time() * 1_000) < 60_000


def test_ids_are_ordered_by_time(client: Client) -> None:
    made = []
    for _ in range(5):
        made.append(client.new_lead())
        time.sleep(0.002)
    assert made == sorted(made) and len(set(made)) == 5


@pytest.mark.parametrize("name", ["id", "accountId", "createdDate", "duplicate", "deletedAt", "hasLeadCalls"])
def test_what_the_server_writes_is_ignored(client: Client, name: str) -> None:
    answer = client.expad("POST", json={"name": "Ana", name: 7})
    assert answer.status_code == 200
    assert answer.json()[name] != 7


def test_the_same_body_twice_makes_two_leads(client: Client) -> None:
    assert client.new_lead(email="a@example.com") != client.new_lead(email="a@example.com")


@pytest.mark.parametrize("status", ["lost", "COMPLETE", "Em negociação"])
def test_a_status_of_its_own(client: Client, status: str) -> None:
    lead = client.get(client.new_lead(status=status))
    assert lead["status"] == (status if "ç" in status else status.upper())


def test_a_refused_create_leaves_nothing(client: Client) -> None:
    assert client.expad("POST", json={"name": "Ana", "callDuration": "x"}).status_code == 400
    assert client.expad("GET").json()["total"] == 0
