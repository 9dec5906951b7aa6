"""The account's change feed: each effective change once and in order (semantics section 9)."""

from datetime import datetime

import pytest

from lab.server import Client, Leadloop
from tests.support.dialects import REQUEST_ID
from tests.support.feed import end, feed, records, refusal, values_by_field


def test_a_new_account_has_an_empty_feed_with_a_cursor(client: Client) -> None:
    page = feed(client)
    assert (page["changes"], page["hasMore"]) == ([], False)
    assert feed(client, after=page["nextCursor"]) == page


def test_the_feed_has_every_change_of_both_dialects_in_order(client: Client) -> None:
    lead = client.new_lead()
    other = client.new_leadsail_lead()
    client.patch(lead, {"cpf": "1"})
    client.patch_leadsail(lead, {"detail": "x"})
    client.leadsail("DELETE", f"leads/{other}")
    client.patch(other, {"markedForDeletion": False})
    feed_records = records(client)
    assert [(record["leadId"], record["version"], record["dialect"]) for record in feed_records] == [
        (f"lead_{lead}", 1, "expad"),
        (other, 1, "leadsail"),
        (f"lead_{lead}", 2, "expad"),
        (f"lead_{lead}", 3, "leadsail"),
        (other, 2, "leadsail"),
        (other, 3, "expad"),
    ]
    deleted_at = feed_records[4]["at"]
    assert values_by_field(feed_records[4]) == {"/deletedAt": (None, deleted_at)}
    assert values_by_field(feed_records[5]) == {"/deletedAt": (deleted_at, None)}


def test_a_record_says_who_when_and_which_request(client: Client) -> None:
    lead = client.new_lead()
    answer = client.patch_leadsail(lead, {"detail": "novo"})
    record = records(client)[-1]
    assert record["actor"] == f"key:{client.key.split('_')[2]}"
    assert REQUEST_ID.fullmatch(record["requestId"]) and record["requestId"] == answer.headers["X-Request-Id"]
    assert record["at"] == client.get_leadsail(lead)["updatedAt"]
    assert datetime.fromisoformat(record["at"]).utcoffset() is not None
    assert values_by_field(record) == {"/detail": (None, "novo")}


def test_writes_without_effect_leave_no_record(client: Client) -> None:
    lead = client.new_lead()
    for _ in range(3):
        client.patch_leadsail(lead, {"detail": "x", "tags": ["a"]})
    client.patch(lead, {})
    client.patch(lead, {"cpf": "2"}, headers={"Prefer": "dry-run"})
    client.patch_leadsail(lead, {"country": "nowhere"})
    assert [record["version"] for record in records(client)] == [1, 2]


def test_a_cursor_continues_with_new_changes(client: Client) -> None:
    lead = client.new_lead()
    cursor = end(client)
    assert feed(client, after=cursor)["changes"] == []
    client.patch_leadsail(lead, {"detail": "x"})
    page = feed(client, after=cursor)
    assert [record["version"] for record in page["changes"]] == [2]
    assert feed(client, after=cursor) == page, "a cursor can be used again"
    assert feed(client, after=page["nextCursor"])["changes"] == []


@pytest.mark.parametrize("cursor", ["x", "0", "1", "-1", "e30", "W10", "bnVsbA", "%00", "é", "lead_" + "0" * 24])
def test_malformed_cursors_are_refused(client: Client, cursor: str) -> None:
    client.new_lead()
    assert refusal(client.leadsail("GET", f"changes?after={cursor}")) == ["after"]


def test_a_cursor_of_another_feed_is_refused(client: Client, server: Leadloop) -> None:
    lead = client.new_lead()
    other = server.client()
    for _ in range(2):
        other.new_lead()
    for cursor in (end(other), feed(client, f"leads/{lead}/changes")["nextCursor"]):
        assert refusal(client.leadsail("GET", "changes", params={"after": cursor})) == ["after"]
    other.close()


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=x", "limit=-1", "limit=1.5", "wait=x", "wait=-1", "wait=1.5", "full=yes", "full=1"]
)
def test_invalid_parameters_are_named(client: Client, query: str) -> None:
    assert refusal(client.leadsail("GET", f"changes?{query}")) == [query.partition("=")[0]]


def test_changes_is_not_read_as_a_lead_id(client: Client) -> None:
    answer = client.leadsail("GET", "changes")
    assert "ETag" not in answer.headers
    assert client.leadsail("POST", "changes", json={}).status_code == 405
    assert client.leadsail("GET", "changes/").json() == answer.json()
