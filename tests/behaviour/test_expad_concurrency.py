"""Concurrent updates: of different properties all are kept; of the same one the last wins; none is counted twice."""

from concurrent.futures import ThreadPoolExecutor

from lab.server import Client
from tests.wire.expad_values import TEXTS

NAMES = sorted(set(TEXTS) - {"source", "type", "status", "note", "address"})


def test_updates_of_different_properties_are_all_kept(client: Client) -> None:
    lead_id = client.new_lead()
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda name: client.patch(lead_id, {name: TEXTS[name]}), NAMES))
    assert sorted(answer["version"] for answer in answers) == list(range(2, len(NAMES) + 2))
    lead = client.get(lead_id)
    assert {name: lead[name] for name in NAMES} == {name: TEXTS[name] for name in NAMES}


def test_updates_of_the_same_property_leave_the_last(client: Client) -> None:
    lead_id = client.new_lead()
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda n: (client.patch(lead_id, {"companyName": str(n)})["version"], n), range(50)))
    assert client.get(lead_id)["companyName"] == str(max(answers)[1])


def test_items_appended_at_once_are_all_kept(client: Client) -> None:
    lead_id = client.new_lead()
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda n: client.patch(lead_id, {"fields": [{"id": str(n), "value": "x"}]}), range(50)))
    assert {field["id"] for field in client.get(lead_id)["fields"]} == {str(n) for n in range(50)}


def test_the_same_update_at_once_changes_something_once(client: Client) -> None:
    lead_id = client.new_lead()
    body = {"companyName": "X", "fields": [{"id": "a", "value": "1"}], "lastMessage": {"id": "m", "content": "x"}}
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: client.patch(lead_id, body), range(32)))
    assert {answer["version"] for answer in answers} == {2}
    assert sum(bool(answer["changed"]) for answer in answers) == 1
