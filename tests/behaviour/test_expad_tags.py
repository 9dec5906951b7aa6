"""`tags`: the set is replaced; each tag is found by its id, else by its name, and keeps what was not sent of it."""

from typing import Any

import pytest

from lab.server import Client

VIP = {"id": "tag_1", "name": "VIP", "color": "#f00", "createdAt": 1_767_225_600_000}
HOT = {"id": "", "name": "Quente", "color": "red", "createdAt": 1_767_225_600_001}

CASES: dict[str, tuple[Any, list[dict[str, Any]]]] = {
    "replace the set": ([VIP], [VIP]),
    "none": ([], []),
    "null": (None, []),
    "by id alone": ([{"id": "tag_1"}, HOT], [VIP, HOT]),
    "by name alone": ([{"name": "VIP"}, {"name": "Quente"}], [VIP, HOT]),
    "by name, with an empty id": ([VIP, {"id": "", "name": "Quente"}], [VIP, HOT]),
    "another colour": ([{"id": "tag_1", "color": "#0f0"}, HOT], [{**VIP, "color": "#0f0"}, HOT]),
    "another name under the same id": ([{"id": "tag_1", "name": "V.I.P."}], [{**VIP, "name": "V.I.P."}]),
    "twice the same": ([VIP, HOT, VIP, {"name": "Quente"}], [VIP, HOT]),
    "another order": ([HOT, VIP], [VIP, HOT]),
}


def shown(client: Client, lead_id: str) -> list[dict[str, Any]]:
    tags = client.get(lead_id)["tags"]
    assert all(tag.pop("accountId") == client.account_id for tag in tags)
    return [dict(tag) for tag in tags]


@pytest.mark.parametrize(("sent", "expected"), CASES.values(), ids=CASES.keys())
def test_the_set(client: Client, sent: Any, expected: list[dict[str, Any]]) -> None:
    lead_id = client.new_lead(tags=[VIP, HOT])
    answer = client.patch(lead_id, {"tags": sent})
    assert shown(client, lead_id) == expected
    assert answer["changed"] == ([] if expected == [VIP, HOT] else ["/tags"])
    assert client.patch(lead_id, {"tags": sent})["version"] == answer["version"]


def test_a_new_one_gets_the_time_of_its_receipt(client: Client) -> None:
    lead_id = client.new_lead(tags=[VIP])
    client.patch(lead_id, {"tags": [VIP, {"name": "Novo"}]})
    first, second = shown(client, lead_id)
    assert first == VIP
    assert second["createdAt"] > VIP["createdAt"]


@pytest.mark.parametrize("tags", ["VIP", {"name": "VIP"}, ["VIP"], [None], [{"name": 5}], [{"id": "a\tb"}]])
def test_invalid_tags_are_refused(client: Client, tags: Any) -> None:
    answer = client.expad("PATCH", f"lead/{client.new_lead()}", json={"tags": tags})
    assert answer.status_code == 400
    assert "tags" in answer.json()["message"]
