"""Managers and leads add entries concurrently, through one process or two: one entry for each name, and no change is
lost."""

from concurrent.futures import ThreadPoolExecutor

from lab.server import Client
from tests.support.catalogue import get, listed

CALLS = 12


def test_concurrent_creations_make_one_entry(processes: list[Client]) -> None:
    def create(number: int) -> int:
        client = processes[number % len(processes)]
        return client.leadsail("POST", "catalogue/units", json={"name": "Centro"}).status_code

    with ThreadPoolExecutor(CALLS) as pool:
        statuses = sorted(pool.map(create, range(CALLS)))
    assert statuses == [201] + [409] * (CALLS - 1)
    assert len(listed(processes[0], "units")) == 1


def test_changes_of_different_members_are_all_kept(processes: list[Client]) -> None:
    processes[0].new_lead(leadAttributionUser={"id": "ana", "userName": "Ana"})
    members = {"userId": "crm-7", "email": "a@example.com", "phoneNumber": "1", "isRealUser": True, "weight": 2}
    members |= {"unitIds": ["u1"], "departmentIds": ["d1"], "interestIds": ["i1"], "dailyCap": 3}
    names = list(members)

    def update(number: int) -> int:
        client, name = processes[number % len(processes)], names[number]
        return client.leadsail("PATCH", "catalogue/users/ana", json={name: members[name]}).status_code

    with ThreadPoolExecutor(len(names)) as pool:
        assert set(pool.map(update, range(len(names)))) == {200}
    for client in processes:
        entry = get(client, "users", "ana")
        assert {name: entry[name] for name in names} == members


def test_leads_and_managers_agree_on_one_entry(processes: list[Client]) -> None:
    """The leads and the manager add Centro at once, in any order: the result is one entry."""

    def call(number: int) -> int:
        client = processes[number % len(processes)]
        if number == CALLS // 2:
            return client.leadsail("POST", "catalogue/units", json={"id": "u1", "name": "Centro"}).status_code
        return client.expad("POST", json={"name": "Ana", "unit": {"name": "Centro"}}).status_code

    with ThreadPoolExecutor(CALLS) as pool:
        assert sorted(pool.map(call, range(CALLS))) == [200] * (CALLS - 1) + [201]
    [entry] = listed(processes[-1], "units", archived="all")
    assert (entry["id"], entry["managed"]) == ("u1", True)
