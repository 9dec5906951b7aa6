"""Writing from a base version, where a field has members: each is compared by itself (semantics section 3)."""

from typing import Any, NamedTuple

import pytest

from lab.server import Client
from tests.support.dialects import api_of
from tests.support.writes import at, conflict, conflicts, full, ok, patch, same
from tests.wire.expad_values import lacks


class Case(NamedTuple):
    """A field with two members, `a` and `b`. Somebody else changed `a`; this write changes `b`."""

    field: str
    a: str
    theirs: Any
    b: str
    mine: Any
    inside: str = ""
    """The member that contains these members, if they are nested."""

    def of(self, lead: dict[str, Any]) -> dict[str, Any]:
        return dict(lead[self.field][self.inside] if self.inside else lead[self.field])

    def body(self, lead: dict[str, Any], member: str, value: Any) -> dict[str, Any]:
        """The field as it was read, with one member changed."""
        members = {**self.of(lead), member: value}
        return {self.field: {**lead[self.field], self.inside: members} if self.inside else members}


CASES = {
    "expad": [
        Case("aiData", "hasCollectedData", False, "isActive", True),
        Case("dialog360Info", "channelId", "theirs", "name", "mine"),
        Case("conversionSteps", "visit", False, "contract signed", True),
        Case("conversionStepTimestamps", "visit", 1_767_225_600_111, "call", 1_767_225_600_222),
    ],
    "leadsail": [
        Case("address", "street", "theirs", "city", "mine"),
        Case("attribution", "gclid", "theirs", "fbclid", "mine"),
        Case("attribution", "utm_source", "theirs", "x/y~z", "mine", "params"),
        Case("compliance", "tcpaText", "theirs", "partner", {"ids": [2, 1]}),
        Case("customFields", "plan", ["theirs"], "tree", {"a": [None, []]}),
        Case("flags", "isTest", False, "own", False),
        Case("approval", "decidedBy", "theirs", "reason", "mine"),
        Case("campaign", "name", "theirs", "offerName", "mine"),
    ],
}
EACH = [pytest.param(name, case, id=f"{name} {case.field} {case.a}") for name in CASES for case in CASES[name]]


@pytest.mark.parametrize(("name", "case"), EACH)
def test_members_changed_by_each_are_all_kept(client: Client, name: str, case: Case) -> None:
    api = api_of(client, name)
    lead = full(api)
    read = api.shown(lead)
    assert ok(patch(api, lead, case.body(read, case.a, case.theirs))) == 3
    assert ok(patch(api, lead, {**read, **case.body(read, case.b, case.mine)}, base=2)) == 4
    assert same(case.of(api.shown(lead)), {**case.of(read), case.a: case.theirs, case.b: case.mine})


@pytest.mark.parametrize(("name", "case"), EACH)
def test_a_member_added_by_each_too(client: Client, name: str, case: Case) -> None:
    """The field was unset at the base."""
    api = api_of(client, name)
    lead = api.new()
    members = [{case.a: case.theirs}, {case.b: case.mine}]
    for number, each in enumerate(members, 2):
        body = {case.field: {case.inside: each} if case.inside else each}
        assert ok(patch(api, lead, body, base=1)) == number
    assert {**members[0], **members[1]}.items() <= case.of(api.shown(lead)).items()


Clash = tuple[str, dict[str, Any], dict[str, Any], dict[str, Any], dict[str, dict[str, Any]]]

CLASHES: list[Clash] = [
    (
        "leadsail",
        {"address": {"city": "Austin", "zip": "1"}},
        {"address": {"city": "Dallas"}},
        {"address": {"city": "Waco", "zip": "2"}},
        {"/address/city": conflict("Austin", "Dallas", "Waco")},
    ),
    (
        "leadsail",
        {"attribution": {"params": {"a/b~c": "1"}, "gclid": "g"}},
        {"attribution": {"params": {"a/b~c": "2"}, "gclid": None}},
        {"attribution": {"params": {"a/b~c": "3"}, "gclid": "h"}},
        {"/attribution/params/a~1b~0c": conflict("1", "2", "3"), "/attribution/gclid": conflict("g", None, "h")},
    ),
    (
        "leadsail",
        {"customFields": {"": True, "gone": {"a": [1]}}},
        {"customFields": {"": 1, "gone": None}},
        {"customFields": {"": False, "gone": {"a": [2]}}},
        {"/customFields/": conflict(True, 1, False), "/customFields/gone": conflict({"a": [1]}, None, {"a": [2]})},
    ),
    (
        "leadsail",
        {"flags": {"isTest": True}},
        {"flags": {"isTest": None, "new": True}},
        {"flags": {"new": False}},
        {"/flags/new": conflict(None, True, False)},
    ),
    (
        "leadsail",
        {"approval": {"decidedAt": "2026-01-01T00:00:00Z"}},
        {"approval": {"decidedAt": "2026-01-02T00:00:00Z"}},
        {"approval": {"decidedAt": None}},
        {"/approval/decidedAt": conflict("2026-01-01T00:00:00.000Z", "2026-01-02T00:00:00.000Z", None)},
    ),
    (
        "leadsail",
        {"tags": ["a"], "repostedTo": ["x"]},
        {"tags": ["a", "b"], "repostedTo": []},
        {"tags": ["a", "c"], "repostedTo": ["x", "z"]},
        {"/tags": conflict(["a"], ["a", "b"], ["a", "c"]), "/repostedTo": conflict(["x"], None, ["x", "z"])},
    ),
    (
        "expad",
        {"dialog360Info": {"name": "a", "unreadCount": 1}},
        {"dialog360Info": {"name": "b"}},
        {"dialog360Info": {"name": "c", "unreadCount": 2}},
        {"/dialog360Info/name": conflict("a", "b", "c")},
    ),
    (
        "expad",
        {"conversionStepTimestamps": {"visit": 1_767_225_600_000}},
        {"conversionStepTimestamps": {"visit": 1_767_225_600_001}},
        {"conversionStepTimestamps": {"visit": 1_767_225_600_002}},
        {"/conversionStepTimestamps/visit": conflict(1_767_225_600_000, 1_767_225_600_001, 1_767_225_600_002)},
    ),
    (
        "expad",
        {"campaignIdData": {"ctwaClid": "a"}, "utmSource": "a", "startUrl": "a"},
        {"campaignIdData": {"ctwaClid": "b"}, "utmSource": "b", "startUrl": "b"},
        {"campaignIdData": {"ctwaClid": "c"}, "utmSource": "c", "startUrl": "c"},
        {field: conflict("a", "b", "c") for field in ("/campaignIdData/ctwaClid", "/utmSource", "/startUrl")},
    ),
    (
        "expad",
        {"saleValue": 10.5, "googleCampaignId": 2**63 - 1, "leadDate": 1_767_225_600},
        {"saleValue": 11, "googleCampaignId": None, "leadDate": 1_767_225_601},
        {"saleValue": 12, "googleCampaignId": 2**63 - 2, "leadDate": 1_767_225_602_000},
        {
            "/saleValue": conflict(10.5, 11, 12),
            "/googleCampaignId": conflict(2**63 - 1, 0, 2**63 - 2),
            "/leadDate": conflict(1_767_225_600_000, 1_767_225_601_000, 1_767_225_602_000),
        },
    ),
]


@pytest.mark.parametrize(("name", "base", "theirs", "mine", "expected"), CLASHES)
def test_a_member_changed_by_both_is_a_conflict(
    client: Client,
    name: str,
    base: dict[str, Any],
    theirs: dict[str, Any],
    mine: dict[str, Any],
    expected: dict[str, dict[str, Any]],
) -> None:
    api = api_of(client, name)
    lead = api.new()
    assert ok(patch(api, lead, base)) == 2
    assert ok(patch(api, lead, theirs)) == 3
    before = api.shown(lead)
    by_field = conflicts(patch(api, lead, mine, base=2), name)
    assert same(by_field, expected), by_field
    assert api.shown(lead) == before and at(api, lead) == 3
    assert ok(patch(api, lead, theirs, base=2)) == 3, "what is sent is what they made of it"


WHOLE: dict[str, list[Any]] = {
    "unit": [{"id": "u1", "name": "One"}, {"id": "u1", "name": "First"}, {"id": "u2", "name": "Two"}],
    "leadAttributionUser": [{"id": "a"}, {"id": "b"}, {"id": "c"}],
    "leadLossReson": [{"id": "l", "name": "Price"}, None, {"id": "m", "name": "Time"}],
    "tags": [
        [{"id": "t1", "name": "VIP"}],
        [{"id": "t2", "name": "Late"}],
        [{"id": "t1"}, {"id": "t3", "name": "New"}],
    ],
    "leadCart": [
        {"leadProducts": [{"amount": 1, "product": {"id": "p", "value": 5}}]},
        {"leadProducts": [{"amount": 2, "product": {"id": "p", "value": 5}}]},
        {"leadProducts": [{"amount": 3, "product": {"id": "p", "value": 5}}]},
    ],
}
"""Expad's fields that are replaced as a whole: the value at the base, theirs, and the one sent."""


@pytest.mark.parametrize("field", WHOLE)
def test_fields_that_are_replaced_as_a_whole_are_compared_as_a_whole(client: Client, field: str) -> None:
    api = api_of(client, "expad")
    base, theirs, mine = WHOLE[field]
    lead = client.new_lead(**{field: base})
    read = client.get(lead)
    assert ok(patch(api, lead, {field: theirs})) == 2
    now = client.get(lead)
    assert ok(patch(api, lead, {**read, "cpf": "mine"}, base=1)) == 3
    assert client.get(lead)[field] == now[field]
    by_field = conflicts(patch(api, lead, {field: mine}, base=1), "expad")
    sent = by_field[f"/{field}"]["sent"]
    assert same(by_field, {f"/{field}": conflict(read[field], now[field], sent)}), by_field
    assert list(lacks(mine, sent)) == []
    assert ok(patch(api, lead, {field: now[field]}, base=1)) == 3
    assert ok(patch(api, lead, {field: mine}, base=3)) == 4


def test_an_object_cleared_as_a_whole_clears_each_member(client: Client) -> None:
    api = api_of(client, "leadsail")
    for name, members in {
        "address": ("city", "zip"),
        "customFields": ("a", "b"),
        "attribution": ("gclid", "fbc"),
    }.items():
        lead = api.new()
        patch(api, lead, {name: dict.fromkeys(members, "1")})
        patch(api, lead, {name: {members[0]: "2"}})
        by_field = conflicts(patch(api, lead, {name: None}, base=2), "leadsail")
        assert all(field.startswith(f"/{name}") for field in by_field)
        assert api.shown(lead)[name] == {members[0]: "2", members[1]: "1"}
        patch(api, lead, {name: {members[0]: "1"}})
        assert ok(patch(api, lead, {name: None}, base=2)) == 5
        assert name not in api.shown(lead)


def test_true_is_not_one(client: Client) -> None:
    api = api_of(client, "leadsail")
    lead = api.new()
    patch(api, lead, {"customFields": {"a": True}})
    patch(api, lead, {"customFields": {"a": 1}})
    assert ok(patch(api, lead, {"customFields": {"a": True}}, base=2)) == 3
    assert ok(patch(api, lead, {"customFields": {"a": 1}}, base=2)) == 3
    assert api.shown(lead)["customFields"]["a"] == 1 and api.shown(lead)["customFields"]["a"] is not True
    by_field = conflicts(patch(api, lead, {"customFields": {"a": False}}, base=2), "leadsail")
    assert same(by_field["/customFields/a"], conflict(True, 1, False))
