"""`lastMessage`: appends to the conversation, by id when given; Get shows the one with the greatest `createdAt`."""

import itertools
import re
import time
from typing import Any

import pytest

from lab.server import Client
from tests.wire.expad_values import MESSAGE, lacks

AT = 1_767_225_600_000


def message(number: int, **more: Any) -> dict[str, Any]:
    return {"id": f"m{number}", "content": f"text {number}", "createdAt": AT + number, **more}


def send(client: Client, lead_id: str, sent: dict[str, Any]) -> list[str]:
    changed: list[str] = client.patch(lead_id, {"lastMessage": sent})["changed"]
    return changed


def shown(client: Client, lead_id: str) -> Any:
    lead = client.get(lead_id)
    assert lead["hasLeadMessages"] is (lead["lastMessage"] is not None)
    return lead["lastMessage"]


def test_one_message_reads_back_as_sent(client: Client) -> None:
    lead_id = client.new_lead()
    assert shown(client, lead_id) is None
    assert send(client, lead_id, MESSAGE) == ["/lastMessage"]
    assert list(lacks(MESSAGE, shown(client, lead_id))) == []
    assert shown(client, lead_id)["leadId"] == lead_id


@pytest.mark.parametrize("order", list(itertools.permutations([1, 2, 3])))
def test_whatever_the_order_of_arrival_the_newest_is_shown(client: Client, order: tuple[int, ...]) -> None:
    lead_id = client.new_lead()
    for index, number in enumerate(order, 1):
        assert send(client, lead_id, message(number)) == ["/lastMessage"]
        assert shown(client, lead_id)["id"] == f"m{max(order[:index])}"


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_repeated_one_changes_nothing_be_it_old_or_new(client: Client, number: int) -> None:
    lead_id = client.new_lead()
    for each in (1, 2, 3):
        send(client, lead_id, message(each))
    before = client.get(lead_id)
    assert send(client, lead_id, message(number)) == []
    assert client.patch(lead_id, {})["version"] == 4
    assert client.get(lead_id) == before


def test_a_known_one_merges_by_member(client: Client) -> None:
    lead_id = client.new_lead()
    send(client, lead_id, MESSAGE)
    assert send(client, lead_id, {"id": MESSAGE["id"], "content": "edited"}) == ["/lastMessage"]
    assert list(lacks({**MESSAGE, "content": "edited"}, shown(client, lead_id))) == []


def test_an_old_one_that_is_edited_is_no_news_to_what_is_shown(client: Client) -> None:
    lead_id = client.new_lead()
    for each in (1, 2):
        send(client, lead_id, message(each))
    assert send(client, lead_id, {"id": "m1", "content": "edited"}) == ["/lastMessage"]
    assert shown(client, lead_id)["content"] == "text 2"
    assert send(client, lead_id, {"id": "m1", "content": "edited"}) == []


def test_the_shown_one_that_moves_back_in_time_gives_way(client: Client) -> None:
    lead_id = client.new_lead()
    for each in (1, 2, 3):
        send(client, lead_id, message(each))
    send(client, lead_id, {"id": "m3", "createdAt": AT})
    assert shown(client, lead_id)["id"] == "m2"
    send(client, lead_id, {"id": "m1", "createdAt": AT + 9})
    assert shown(client, lead_id)["id"] == "m1"


def test_without_an_id_each_is_one_more_received_now(client: Client) -> None:
    lead_id = client.new_lead()
    ids = set()
    for _ in range(3):
        assert send(client, lead_id, {"content": "again"}) == ["/lastMessage"]
        last = shown(client, lead_id)
        assert re.fullmatch("[0-9a-f]{24}", last["id"])
        assert abs(last["createdAt"] - time.time() * 1_000) < 60_000
        ids.add(last["id"])
        time.sleep(0.005)
    assert len(ids) == 3


def test_a_message_that_comes_with_the_lead(client: Client) -> None:
    lead_id = client.new_lead(lastMessage=message(2))
    assert shown(client, lead_id)["id"] == "m2"
    send(client, lead_id, message(1))
    assert shown(client, lead_id)["id"] == "m2"
    assert send(client, lead_id, message(2)) == []


def test_a_nested_part_is_replaced_or_cleared(client: Client) -> None:
    lead_id = client.new_lead()
    send(client, lead_id, MESSAGE)
    send(client, lead_id, {"id": MESSAGE["id"], "audio": {"url": "https://x.example/b"}, "file": None})
    last = shown(client, lead_id)
    assert last["audio"] == {"hasTranscription": False, "transcription": "", "url": "https://x.example/b"}
    assert last["file"] is None
    assert list(lacks(MESSAGE["contact"], last["contact"])) == []


def test_null_clears_what_is_shown(client: Client) -> None:
    lead_id = client.new_lead(lastMessage=message(1))
    client.patch(lead_id, {"lastMessage": None})
    assert shown(client, lead_id) is None


@pytest.mark.parametrize(
    "sent",
    ["hello", [], {"content": 5}, {"id": "a\tb", "content": "x"}, {"audio": "x"}, {"file": {"sizeBytes": "big"}}],
)
def test_invalid_messages_are_refused(client: Client, sent: Any) -> None:
    answer = client.expad("PATCH", f"lead/{client.new_lead()}", json={"lastMessage": sent})
    assert answer.status_code == 400
    assert "lastMessage" in answer.json()["message"]


def test_an_old_message_beside_another_change_is_still_kept(client: Client) -> None:
    lead_id = client.new_lead(lastMessage=message(2))
    answer = client.patch(lead_id, {"lastMessage": message(1), "companyName": "X"})
    assert set(answer["changed"]) == {"/lastMessage", "/companyName"}
    assert send(client, lead_id, message(1)) == []
