"""Upserts of one new contact at once, to one process or to two, in both dialects: exactly one lead comes of it."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from lab.load_checks import inconsistencies, load_content
from lab.server import Client, Leadloop
from tests.support.dialects import Face, face
from tests.support.writes import BY, at, create, delete, lead_id, lead_ids, ok

pytestmark = pytest.mark.slow

CALLS = 24
SPELLINGS = {
    "email": ["ana@example.com", "Ana@Example.com", "ANA@EXAMPLE.COM"],
    "phone": ["+55 11 98765-4321", "(11) 98765-4321", "11 8765-4321"],
    "externalId": ["crm-7"],
}


@pytest.fixture(params=sorted(BY))
def by(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def faces(processes: list[Client]) -> list[Face]:
    """Both dialects of each process."""
    return [face(client, name) for client in processes for name in ("expad", "leadsail")]


def body(one: Face, by: str, value: str, number: int) -> dict[str, Any]:
    """The contact, with something of its own to add."""
    own = (
        {"fields": [{"id": f"f{number}", "value": "x"}]}
        if one.name == "expad"
        else {"questionnaire": {f"f{number}": "x"}, "country": "BR"}
    )
    return {**one.required(), **own, BY[by][one.name]: value}


def at_once(ones: list[Face], by: str, values: list[str]) -> list[tuple[str, httpx.Response]]:
    def send(number: int) -> tuple[str, httpx.Response]:
        one = ones[number % len(ones)]
        answer = create(one, body(one, by, values[number % len(values)], number), prefer=f"upsert={by}")
        return lead_id(answer, one.name), answer

    with ThreadPoolExecutor(CALLS) as pool:
        return list(pool.map(send, range(CALLS)))


def test_one_lead_and_nothing_lost(processes: list[Client], by: str, server: Leadloop) -> None:
    client, ones = processes[0], faces(processes)
    found = at_once(ones, by, SPELLINGS[by])
    assert {lead for lead, _ in found} == lead_ids(client) and len(lead_ids(client)) == 1
    assert [ok(answer) for _, answer in found].count(1) == 1, "one has created it"
    (lead,) = lead_ids(client)
    assert {field["id"] for field in client.get(lead)["fields"]} == {f"f{number}" for number in range(CALLS)}
    assert sorted(ok(answer) for _, answer in found) == list(range(1, CALLS + 1)) and at(ones[0], lead) == CALLS
    assert inconsistencies(load_content(server.database, client.account_id)) == []


def test_each_contact_gets_a_lead_of_its_own(processes: list[Client], by: str) -> None:
    values = {
        "email": [f"ana{n}@example.com" for n in range(6)],
        "phone": [f"+55 11 98765-430{n}" for n in range(6)],
        "externalId": [f"crm-{n}" for n in range(6)],
    }[by]
    found = at_once(faces(processes), by, values)
    for index in range(6):
        assert len({lead for lead, _ in found[index::6]}) == 1
    assert lead_ids(processes[0]) == {lead for lead, _ in found} and len(lead_ids(processes[0])) == 6


def test_a_lead_that_is_deleted_meanwhile_is_not_written_any_more(
    processes: list[Client], by: str, server: Leadloop
) -> None:
    client, ones = processes[0], faces(processes)
    lead = lead_id(create(ones[0], body(ones[0], by, SPELLINGS[by][0], CALLS)), "expad")
    with ThreadPoolExecutor(1) as pool:
        deleting = pool.submit(delete, processes[-1], lead)
        found = at_once(ones, by, SPELLINGS[by])
    assert ok(deleting.result()) > 1
    records = load_content(server.database, client.account_id).records(lead)
    assert "/deleted_at_ms" in {field.field for field in records[-1].fields}, "the last thing that happened to it"
    others = lead_ids(client)
    assert len(others) <= 1 and {id for id, _ in found} <= {lead, *others}
    written = {field["id"] for id in (lead, *others) for field in client.get(id)["fields"]}
    assert written == {f"f{number}" for number in range(CALLS + 1)}
