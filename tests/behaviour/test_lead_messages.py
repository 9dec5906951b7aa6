"""The conversation with a lead, newest first, in pages."""

from typing import Any

import pytest

from lab.server import Client

AT = 1_767_225_600_000


def say(client: Client, lead_id: str, *numbers: int, **more: Any) -> None:
    for number in numbers:
        message = {"id": f"m{number}", "content": f"text {number}", "createdAt": AT + number, **more}
        client.patch(lead_id, {"lastMessage": message})


def page(client: Client, lead_id: str, **query: Any) -> dict[str, Any]:
    answer = client.leadsail("GET", f"leads/lead_{lead_id}/messages", params=query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["data"])


def test_all_messages_are_listed_newest_first(client: Client) -> None:
    lead_id = client.new_lead()
    assert page(client, lead_id) == {"messages": [], "nextCursor": None, "hasMore": False}
    say(client, lead_id, 2, 3, 1)
    messages = page(client, lead_id)["messages"]
    assert [message["content"] for message in messages] == ["text 3", "text 2", "text 1"]
    assert messages[0] == client.get(lead_id)["lastMessage"]


def test_pages_together_are_the_whole_conversation(client: Client) -> None:
    lead_id = client.new_lead()
    say(client, lead_id, *range(4), createdAt=AT)
    say(client, lead_id, 5)
    whole, parts, cursor = page(client, lead_id)["messages"], [], dict[str, str]()
    for size in (2, 2, 1):
        part = page(client, lead_id, limit=2, **cursor)
        assert (len(part["messages"]), part["hasMore"]) == (size, size == 2)
        parts += part["messages"]
        cursor = {"cursor": part["nextCursor"]}
    assert parts == whole
    assert len({message["id"] for message in whole}) == 5


@pytest.mark.parametrize(
    "query",
    [
        {"cursor": "x"},
        {"cursor": "WzEwMDAwMDAwMDAwMDAwMDAwMDAwLCJtIl0"},
        {"cursor": "WzEsIlx1MDAwMCJd"},
        {"limit": "0"},
    ],
)
def test_invalid_parameters_are_refused_by_name(client: Client, query: dict[str, str]) -> None:
    answer = client.leadsail("GET", f"leads/lead_{client.new_lead()}/messages", params=query)
    assert answer.status_code == 400
    assert next(iter(query)) in answer.text


@pytest.mark.parametrize("lead_id", ["0" * 24, "x"])
def test_a_lead_that_does_not_exist_has_none(client: Client, lead_id: str) -> None:
    assert client.leadsail("GET", f"leads/lead_{lead_id}/messages").status_code == 404
