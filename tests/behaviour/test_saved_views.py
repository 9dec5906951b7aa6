"""Saved views over HTTP: keys see, make, change and delete the shared ones of their account (own.md section 3)."""

from collections.abc import Iterator
from typing import Any

import pytest

from lab.server import Client, Leadloop
from leadloop.core.keys import SCOPES
from tests.support.members import audit, data

HOSTILE = "<script>alert(1)</script>\"'&"


@pytest.fixture
def owner(server: Leadloop) -> Iterator[Client]:
    owner = server.client(SCOPES)
    yield owner
    owner.close()


def create(client: Client, **body: Any) -> dict[str, Any]:
    return dict(data(client, "POST", "views", 201, json={"shared": True, **body}))


def refusal(client: Client, method: str, path: str, status: int, **body: Any) -> str:
    answer = client.leadsail(method, path, json=body)
    assert answer.status_code == status, answer.text
    return str(answer.text)


def test_a_view_is_made_shown_changed_and_deleted(owner: Client) -> None:
    made = create(owner, name=" Late ", search=" stage:NEW -has:user ", sort="created", columns=["name", "phone"])
    assert made == {
        "id": made["id"],
        "name": "Late",
        "search": "stage:NEW -has:user",
        "sort": "created",
        "columns": ["name", "phone"],
        "shared": True,
        "owner": f"key:{owner.key.split('_')[2]}",
    }
    plain = create(owner, name="All")
    assert (plain["search"], plain["sort"], plain["columns"]) == ("", "-date", [])
    assert data(owner, "GET", "views") == {"views": [made, plain], "nextCursor": None, "hasMore": False}
    changed = data(owner, "PATCH", f"views/{made['id']}", json={"name": HOSTILE, "sort": None, "columns": None})
    assert changed == {**made, "name": HOSTILE, "sort": "-date", "columns": []}
    assert data(owner, "PATCH", f"views/{made['id']}", json=changed) == changed, "what was read can be sent back"
    assert data(owner, "DELETE", f"views/{plain['id']}") is None
    assert data(owner, "GET", "views")["views"] == [changed]
    refusal(owner, "PATCH", f"views/{plain['id']}", 404, name="x")
    refusal(owner, "DELETE", f"views/{plain['id']}", 404)
    acts = [(action, made["id"]) for action in ("view.created", "view.changed")]
    assert acts == [entry for entry in audit(owner) if entry[1] == made["id"]]
    assert ("view.deleted", plain["id"]) in audit(owner)


def test_names_are_taken_in_any_spelling(owner: Client) -> None:
    first, second = create(owner, name="Café"), create(owner, name="Other")
    assert "another view has this name" in refusal(owner, "POST", "views", 409, name=" CAFE ", shared=True)
    refusal(owner, "PATCH", f"views/{second['id']}", 409, name="café")
    assert data(owner, "PATCH", f"views/{first['id']}", json={"name": "CAFÉ"})["name"] == "CAFÉ"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({}, "name: is required"),
        ({"name": None}, "name: "),
        ({"name": "  "}, "name: must have 1 to 200 printable characters"),
        ({"name": "x\u202e"}, "name: must have"),
        ({"name": "x" * 201}, "name: must have"),
        ({"name": "x", "search": "stage:NEW tagg:vip"}, "search: at character 11: no field has this name"),
        ({"name": "x", "search": "  -"}, "search: at character 3: "),
        ({"name": "x", "search": 'a "b'}, "search: at character 3: "),
        ({"name": "x", "search": "x" * 1_001}, "at most 1,000 characters"),
        ({"name": "x", "search": ["a"]}, "search: must be a string"),
        ({"name": "x", "sort": "name"}, "sort: must be one of"),
        ({"name": "x", "columns": ["a b"]}, "columns.0: must be the name of a column"),
        ({"name": "x", "columns": ["a"] * 41}, "columns: "),
        ({"name": "x", "shared": False}, "shared: must be true: only people have views of their own"),
        ({"name": "x", "colums": []}, "columns"),
    ],
)
def test_what_a_view_cannot_be(owner: Client, body: dict[str, Any], text: str) -> None:
    assert text in refusal(owner, "POST", "views", 400, **{"shared": True, **body})


def test_a_key_cannot_keep_a_view_for_itself(owner: Client) -> None:
    assert "only people" in refusal(owner, "POST", "views", 400, name="Mine")
    made = create(owner, name="Ours")
    assert "only people" in refusal(owner, "PATCH", f"views/{made['id']}", 400, shared=False)
    assert data(owner, "GET", "views")["views"] == [made]


def test_a_search_may_speak_of_whoever_uses_it(owner: Client) -> None:
    assert create(owner, name="Mine", search="user:me stage:NEW")["search"] == "user:me stage:NEW"


def test_a_repetition_makes_nothing(owner: Client) -> None:
    send = {"json": {"name": "Late", "shared": True}, "headers": {"Idempotency-Key": "k1"}}
    first, second = (owner.leadsail("POST", "views", **send) for _ in range(2))
    assert first.json() == second.json() and (first.status_code, second.status_code) == (201, 201)
    assert len(data(owner, "GET", "views")["views"]) == 1
    other = owner.leadsail("POST", "views", json={"name": "Other", "shared": True}, headers={"Idempotency-Key": "k1"})
    assert other.status_code == 422


def test_pages_together_are_the_whole_list(owner: Client) -> None:
    ids = [create(owner, name=f"View {number}")["id"] for number in range(5)]
    listed, cursor = list[str](), dict[str, str]()
    for size in (2, 2, 1):
        page = data(owner, "GET", "views", params={"limit": "2", **cursor})
        assert (len(page["views"]), page["hasMore"]) == (size, size == 2)
        listed += [view["id"] for view in page["views"]]
        cursor = {"cursor": page["nextCursor"]}
    assert sorted(listed) == sorted(ids) and listed == sorted(listed)
    assert owner.leadsail("GET", "views", params={"cursor": "x"}).status_code == 400


def test_reading_needs_one_scope_and_sharing_another(owner: Client, server: Leadloop) -> None:
    made = create(owner, name="Ours")
    reader = server.client(["leads:read"], owner.account_id)
    assert data(reader, "GET", "views")["views"] == [made]
    assert "account:manage" in refusal(reader, "POST", "views", 403, name="x", shared=True)
    assert "account:manage" in refusal(reader, "PATCH", f"views/{made['id']}", 403, name="x")
    refusal(reader, "DELETE", f"views/{made['id']}", 403)
    reader.close()
