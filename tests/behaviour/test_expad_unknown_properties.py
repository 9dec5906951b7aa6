"""Unknown properties are ignored and named, at every depth; `Prefer: handling=strict` refuses them by name."""

from typing import Any

import pytest

from lab.server import Client
from tests.wire.expad_schema import OWNED
from tests.wire.expad_values import FULL

STRICT = {"Prefer": "handling=strict"}
UNKNOWN: list[tuple[dict[str, Any], str, str]] = [
    ({"stauts": "ACTIVE"}, "/stauts", "status"),
    ({"leadLossReason": {"id": "x"}}, "/leadLossReason", "leadLossReson"),
    ({"phone": "1"}, "/phone", "phoneNumber"),
    ({"Name": "X"}, "/Name", "name"),
    ({"unit": {"id": "u", "nome": "X"}}, "/unit/nome", "name"),
    ({"leadCart": {"leadProducts": [{"product": {"price": 1, "id": "x", "valeu": 1}}]}}, "", "value"),
    ({"activities": [{"id": "a", "isCompleted": True}]}, "/activities/0/isCompleted", "isComplete"),
    ({"tags": [{"name": "x", "colour": "red"}]}, "/tags/0/colour", "color"),
    ({"fields": [{"id": "f", "values": "x"}]}, "/fields/0/values", "value"),
    ({"lastMessage": {"id": "m", "contents": "x"}}, "/lastMessage/contents", "content"),
    ({"campaignIdData": {"ctwaclid": "x"}}, "/campaignIdData/ctwaclid", "ctwaClid"),
    ({"aiData": {"isactive": True}}, "/aiData/isactive", "isActive"),
    ({"dialog360Info": {"chanelId": "x"}}, "/dialog360Info/chanelId", "channelId"),
    ({"a/b~c": 1}, "/a~1b~0c", ""),
]


@pytest.mark.parametrize(("body", "pointer", "_"), UNKNOWN)
def test_an_unknown_property_is_ignored_and_named(client: Client, body: dict[str, Any], pointer: str, _: str) -> None:
    lead_id = client.new_lead()
    answer = client.patch(lead_id, {**body, "companyName": "Example"})
    assert not pointer or answer["ignored"] == [pointer]
    assert client.get(lead_id)["companyName"] == "Example"


@pytest.mark.parametrize(("body", "pointer", "nearest"), UNKNOWN)
def test_strict_refuses_it_with_the_nearest_name(
    client: Client, body: dict[str, Any], pointer: str, nearest: str
) -> None:
    lead_id = client.new_lead()
    answer = client.expad("PATCH", f"lead/{lead_id}", json={**body, "companyName": "Example"}, headers=STRICT)
    assert answer.status_code == 400
    said = " ".join(answer.json()["details"])
    assert pointer.rpartition("/")[2].replace("~1", "/").replace("~0", "~") in said
    assert f"did you mean {nearest}?" in said or not nearest
    assert client.get(lead_id)["companyName"] == ""


@pytest.mark.parametrize("name", OWNED)
def test_strict_refuses_what_only_the_server_writes(client: Client, name: str) -> None:
    lead_id = client.new_lead()
    answer = client.expad("PATCH", f"lead/{lead_id}", json={name: "other"}, headers=STRICT)
    assert answer.status_code == 400
    assert name in answer.json()["message"]


def test_strict_takes_the_lead_as_it_was_read(client: Client) -> None:
    lead_id = client.new_lead(**FULL)
    lead = client.get(lead_id)
    answer = client.patch(lead_id, lead, headers=STRICT)
    assert (answer["version"], answer["changed"]) == (1, [])


def test_strict_takes_what_is_known(client: Client) -> None:
    lead_id = client.new_lead()
    answer = client.expad("PATCH", f"lead/{lead_id}", json=FULL, headers=STRICT)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Preference-Applied"] == "handling=strict"
    assert answer.json()["ignored"] == []


def test_strict_holds_for_create_too(client: Client) -> None:
    answer = client.expad("POST", json={"name": "Ana", "emial": "x"}, headers=STRICT)
    assert answer.status_code == 400
    assert "did you mean email?" in answer.json()["message"]


def test_lenient_ignores_and_names(client: Client) -> None:
    lead_id = client.new_lead()
    answer = client.expad("PATCH", f"lead/{lead_id}", json={"x": 1}, headers={"Prefer": "handling=lenient"})
    assert answer.headers["Preference-Applied"] == "handling=lenient"
    assert answer.json()["ignored"] == ["/x"]


def test_what_a_create_ignores_is_named(client: Client) -> None:
    answer = client.expad("POST", json={"name": "Ana", "emial": "x", "id": "mine"})
    assert answer.status_code == 200
    assert answer.json()["ignored"] == ["/emial", "/id"]


def test_many_unknown_names_are_refused_without_delay(client: Client) -> None:
    body = {f"{'unknownProperty' * 10}{number}": 1 for number in range(1_000)}
    answer = client.expad("PATCH", f"lead/{client.new_lead()}", json=body, headers=STRICT)
    assert answer.status_code == 400
    assert len(answer.json()["details"]) == 50
    assert answer.elapsed.total_seconds() < 2
