"""A copy made from the change feed is judged record by record and field by field."""

from typing import Any

from proof.follower_copy import Source, copy_lead, count_values, judge

RECORDS: list[dict[str, Any]] = [
    {"leadId": "a", "version": 1, "fields": [{"field": "/detail", "after": "x"}, {"field": "/notes/n", "after": {}}]},
    {"leadId": "b", "version": 1, "fields": [{"field": "/customFields/k~1l", "after": 1}]},
    {"leadId": "a", "version": 2, "fields": [{"field": "/detail", "after": None}]},
    {"leadId": "a", "version": 3, "fields": [{"field": "/notes/n/text", "after": "called"}]},
    {"leadId": "b", "version": 2, "fields": [{"field": "/tags", "after": ["vip"]}]},
]
LEADS: dict[str, tuple[int, dict[str, Any]]] = {
    "a": (3, {"notes": [{"id": "m", "text": "no"}, {"id": "n", "text": "called"}], "updatedAt": "now"}),
    "b": (2, {"customFields": {"k/l": 1}, "tags": ["vip"]}),
}
FEED = [("a", 1), ("b", 1), ("a", 2), ("a", 3), ("b", 2)]
SOURCE = Source(FEED, LEADS, [("a", 2), ("b", 2)])


def test_the_whole_feed_makes_the_leads() -> None:
    assert judge(RECORDS, SOURCE) == []
    assert copy_lead(RECORDS, "a") == (3, {"detail": None, "notes": {"n": {"text": "called"}}})
    assert count_values(copy_lead(RECORDS, "a")[1]) == 2


def test_what_was_missed_or_told_twice_or_in_another_order_is_found() -> None:
    missed = judge([*RECORDS[:2], *RECORDS[3:]], SOURCE)
    assert "version 2 of a was never read" in missed and "acknowledged version 2 of a was never read" in missed
    assert "a: /detail is not as GET shows it" in missed
    assert "version 1 of a was read 2 times" in judge([RECORDS[0], *RECORDS], SOURCE)
    swapped = [RECORDS[1], RECORDS[0], *RECORDS[2:]]
    assert judge(swapped, SOURCE) == ["the feed was read in another order than it has"]
    assert "the copy of b is at version 1, the lead at 2" in judge(RECORDS[:-1], SOURCE)


def test_what_the_copy_has_otherwise_is_found() -> None:
    for name, value in (("customFields", {"k/l": 2}), ("customFields", {}), ("tags", ["vip", "new"])):
        shown = LEADS | {"b": (2, LEADS["b"][1] | {name: value})}
        path = "/customFields/k/l" if name == "customFields" else "/tags"
        assert judge(RECORDS, SOURCE._replace(leads=shown)) == [f"b: {path} is not as GET shows it"]
