"""Reads the change feed, and finds the fields of its records in a lead."""

from collections.abc import Iterator
from typing import Any

import httpx

from lab.server import Client
from leadloop.core.changes import pointer_parts

Record = dict[str, Any]
RECORD = {"leadId", "version", "at", "actor", "dialect", "requestId", "fields"}
KEYS = ("id", "key")


def feed(client: Client, path: str = "changes", **query: Any) -> dict[str, Any]:
    """One page: its records, `nextCursor` and `hasMore`."""
    answer = client.leadsail("GET", path, params=query)
    assert answer.status_code == 200, answer.text
    data = answer.json()["data"]
    assert answer.json() == {"success": True, "data": data}
    assert data.keys() == {"changes", "nextCursor", "hasMore"}
    assert all(record.keys() == RECORD for record in data["changes"])
    assert isinstance(data["nextCursor"], str) and data["nextCursor"]
    return dict(data)


def pages(client: Client, path: str = "changes", **query: Any) -> Iterator[list[Record]]:
    """All records, from the beginning or from the cursor `after`."""
    while True:
        page = feed(client, path, **query)
        yield page["changes"]
        query["after"] = page["nextCursor"]
        if not page["hasMore"]:
            return


def records(client: Client, path: str = "changes", **query: Any) -> list[Record]:
    return [record for page in pages(client, path, **query) for record in page]


def end(client: Client) -> str:
    """The cursor at the end of the feed."""
    page = feed(client, limit=1_000)
    while page["hasMore"]:
        page = feed(client, limit=1_000, after=page["nextCursor"])
    return str(page["nextCursor"])


def values_by_field(record: Record) -> dict[str, tuple[Any, Any]]:
    """Field → value before and after; checks that no field occurs twice."""
    assert all(field.keys() == {"field", "before", "after"} for field in record["fields"])
    fields = {field["field"]: (field["before"], field["after"]) for field in record["fields"]}
    assert len(fields) == len(record["fields"]), record
    return fields


def at(shown: Any, field: str) -> Any:
    """The value at a pointer of the feed, in which items are named by id or key; `None` if there is none."""
    for part in pointer_parts(field):
        if isinstance(shown, list):
            shown = next((item for item in shown if part in [item.get(key) for key in KEYS]), None)
        else:
            shown = shown.get(part) if isinstance(shown, dict) else None
    return shown


def refusal(answer: httpx.Response) -> list[str]:
    """The fields that a 400 names."""
    assert answer.status_code == 400, answer.text
    error = answer.json()["error"]
    assert error["code"] == "VALIDATION_ERROR"
    return [line.partition(": ")[0] for line in error["details"]]
