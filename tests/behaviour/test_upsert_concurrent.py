"""Concurrent upserts of one new contact, to one process or two, in both dialects, create exactly one lead."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from lab.load_checks import inconsistencies, load_content
from lab.server import Client, Leadloop
from tests.support.dialects import DialectClient, api_of
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


def apis(processes: list[Client]) -> list[DialectClient]:
    """Both dialects of each process."""
    return [api_of(client, name) for client in processes for name in ("expad", "leadsail")]


def body(api: DialectClient, by: str, value: str, number: int) -> dict[str, Any]:
    """The contact, with a field of this call alone."""
    own = (
        {"fields": [{"id": f"f{number}", "value": "x"}]}
        if api.name == "expad"
        else {"questionnaire": {f"f{number}": "x"}, "country": "BR"}
    )
    return {**api.required(), **own, BY[by][api.name]: value}


def at_once(apis: list[DialectClient], by: str, values: list[str]) -> list[tuple[str, httpx.Response]]:
    def send(number: int) -> tuple[str, httpx.Response]:
        api = apis[number % len(apis)]
        answer = create(api, body(api, by, values[number % len(values)], number), prefer=f"upsert={by}")
        return lead_id(answer, api.name), answer

    with ThreadPoolExecutor(CALLS) as pool:
        return list(pool.map(send, range(CALLS)))


def test_one_lead_and_nothing_lost(processes: list[Client], by: str, server: Leadloop) -> None:
    client, all_apis = processes[0], apis(processes)
    answers = at_once(all_apis, by, SPELLINGS[by])
    assert {lead for lead, _ in answers} == lead_ids(client) and len(lead_ids(client)) == 1
    assert [ok(answer) for _, answer in answers].count(1) == 1, "one has created it"
    (lead,) = lead_ids(client)
    assert {field["id"] for field in client.get(lead)["fields"]} == {f"f{number}" for number in range(CALLS)}
    assert sorted(ok(answer) for _, answer in answers) == list(range(1, CALLS + 1)) and at(all_apis[0], lead) == CALLS
    assert inconsistencies(load_content(server.database, client.account_id)) == []


def test_each_contact_gets_a_lead_of_its_own(processes: list[Client], by: str) -> None:
    values = {
        "email": [f"ana{n}@example.com" for n in range(6)],
        "phone": [f"+55 11 98765-430{n}" for n in range(6)],
        "externalId": [f"crm-{n}" for n in range(6)],
    }[by]
    answers = at_once(apis(processes), by, values)
    for index in range(6):
        assert len({lead for lead, _ in answers[index::6]}) == 1
    assert lead_ids(processes[0]) == {lead for lead, _ in answers} and len(lead_ids(processes[0])) == 6


def test_a_lead_that_is_deleted_meanwhile_is_not_written_any_more(
    processes: list[Client], by: str, server: Leadloop
) -> None:
    client, all_apis = processes[0], apis(processes)
    lead = lead_id(create(all_apis[0], body(all_apis[0], by, SPELLINGS[by][0], CALLS)), "expad")
    with ThreadPoolExecutor(1) as pool:
        deleting = pool.submit(delete, processes[-1], lead)
        answers = at_once(all_apis, by, SPELLINGS[by])
    assert ok(deleting.result()) > 1
    records = load_content(server.database, client.account_id).records(lead)
    assert "/deleted_at_ms" in {field.field for field in records[-1].fields}, "the last thing that happened to it"
    others = lead_ids(client)
    assert len(others) <= 1 and {id for id, _ in answers} <= {lead, *others}
    written = {field["id"] for id in (lead, *others) for field in client.get(id)["fields"]}
    assert written == {f"f{number}" for number in range(CALLS + 1)}
