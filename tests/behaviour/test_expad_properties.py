"""Each of the 72 properties: absent leaves it, null clears it, a value sets it; the server's own are never taken."""

import json
import random
from typing import Any

import pytest

from lab.server import Client
from tests.wire.expad_schema import LEAD, OWNED, problems, zero
from tests.wire.expad_values import FULL, lacks

CLEARED_TO = {"status": "NEW", "markedForDeletion": False}
"""What null leaves where it is not the zero of the type. The source is asked of the ids that are left."""

WRITABLE = sorted(set(LEAD) - set(OWNED))


def test_the_fixture_has_a_value_for_each_writable_property() -> None:
    assert len(LEAD) == 72
    assert sorted(FULL) == WRITABLE


def test_a_full_lead_reads_back_as_sent(client: Client) -> None:
    lead_id = client.new_lead()
    answer = client.patch(lead_id, FULL)
    lead = client.get(lead_id)
    assert answer["ignored"] == []
    assert list(lacks(FULL, lead)) == []
    assert problems(lead, "Lead") == []


def test_a_lead_created_full_reads_back_as_sent(client: Client) -> None:
    lead_id = client.new_lead(**FULL)
    assert list(lacks(FULL, client.get(lead_id))) == []


def test_unset_properties_show_their_zeros(client: Client) -> None:
    lead = client.get(client.new_lead(name="Ana"))
    set_by_create = {"id", "accountId", "name", "source", "type", "status", "createdDate", "leadDate"}
    assert problems(lead, "Lead") == []
    for name in LEAD.keys() - set_by_create:
        assert (name, lead[name]) == (name, zero(LEAD[name]))


@pytest.mark.parametrize("name", sorted(set(WRITABLE) - {"markedForDeletion"}))
def test_a_value_sets_and_null_clears_this_property_alone(client: Client, name: str) -> None:
    lead_id = client.new_lead(name="Ana Souza", email="first@example.com", phoneNumber="1", type="CALL", source="API")
    before = client.get(lead_id)
    answer = client.patch(lead_id, {name: FULL[name]})
    after = client.get(lead_id)
    assert answer["changed"]
    assert {path.split("/")[1] for path in answer["changed"]} <= {name} | TOLD_BY.get(name, set())
    assert list(lacks(FULL[name], after[name])) == []
    assert _rest(before, name) == _rest(after, name)
    assert client.patch(lead_id, {name: FULL[name]})["version"] == answer["version"]

    cleared = client.patch(lead_id, {name: None})
    assert cleared["version"] == answer["version"] + 1
    last = client.get(lead_id)
    expected = {"leadDate": last["createdDate"], "source": "CUSTOM", "type": "LEAD_TYPE_UNSPECIFIED"} | CLEARED_TO
    assert last[name] == expected.get(name, zero(LEAD[name]))
    assert _rest(last, name) == _rest(before, name)
    assert client.patch(lead_id, {name: None})["version"] == cleared["version"]


def test_an_update_of_one_property_leaves_the_rest_of_a_full_lead_as_it_is(client: Client) -> None:
    """Absent: every property but one is left out of the patch."""
    lead_id = client.new_lead(**FULL)
    before = client.get(lead_id)
    for name in WRITABLE:
        client.patch(lead_id, {name: None})
        after = client.get(lead_id)
        for other in set(LEAD) - {name, "deletedAt"} - TOLD_BY.get(name, set()):
            assert (name, other, after[other]) == (name, other, before[other])
        client.patch(lead_id, {name: FULL[name]})
        assert client.get(lead_id)[name] == before[name], name


TOLD_BY = {
    "callId": {"hasLeadCalls"},
    "leadAttributionUser": {"hasAttributionUser"},
    "lastMessage": {"hasLeadMessages"},
    "googleLeadId": {"campaignIdData"},
    "facebookLeadId": {"campaignIdData"},
    "conversionSteps": {"conversionStepTimestamps"},
}
"""What else moves with a property: the server's own view of it, and the stamps of steps."""


@pytest.mark.parametrize("seed", range(5))
def test_the_servers_own_properties_are_never_taken_whatever_is_sent(client: Client, seed: int) -> None:
    rng = random.Random(seed)
    lead_id = client.new_lead(**FULL)
    before = client.get(lead_id)
    for name in OWNED:
        answer = client.patch(lead_id, {name: _random(rng)})
        assert (answer["version"], answer["changed"], answer["ignored"]) == (1, [], [f"/{name}"])
    assert client.get(lead_id) == before


@pytest.mark.parametrize("seed", range(3))
def test_nor_are_the_members_that_are_the_servers(client: Client, seed: int) -> None:
    rng = random.Random(seed)
    lead_id = client.new_lead(**FULL)
    before = client.get(lead_id)
    body = {
        "campaignIdData": {name: _random(rng) for name in ("hasCtwaClid", "hasFacebookLeadId", "hasGoogleLeadId")},
        "activities": [{"id": "act_1", "accountId": _random(rng), "leadId": _random(rng)}],
        "fields": [{"id": "budget", "leadId": _random(rng)}],
        "lastMessage": {"id": "wamid_1", "leadId": _random(rng)},
        "unit": {**FULL["unit"], "accountId": _random(rng)},
        "department": {**FULL["department"], "accountId": _random(rng)},
        "interest": {**FULL["interest"], "accountId": _random(rng)},
        "leadAttributionUser": {**FULL["leadAttributionUser"], "accountId": _random(rng)},
        "tags": [{**tag, "accountId": _random(rng)} for tag in FULL["tags"]],
    }
    answer = client.patch(lead_id, body)
    assert (answer["version"], answer["changed"]) == (1, [])
    assert set(answer["ignored"]) == {
        "/campaignIdData/hasCtwaClid",
        "/campaignIdData/hasFacebookLeadId",
        "/campaignIdData/hasGoogleLeadId",
        "/activities/0/accountId",
        "/activities/0/leadId",
        "/fields/0/leadId",
        "/lastMessage/leadId",
        "/unit/accountId",
        "/department/accountId",
        "/interest/accountId",
        "/leadAttributionUser/accountId",
        "/tags/0/accountId",
        "/tags/1/accountId",
    }
    assert client.get(lead_id) == before


def _random(rng: random.Random) -> Any:
    """Any JSON; never what is shown."""
    made: list[Any] = [
        rng.choice("abc") * rng.randrange(30, 40),
        rng.randrange(2, 2**40),
        rng.random(),
        [1, "x"],
        {"x": rng.randrange(9)},
    ]
    return rng.choice(made)


def _rest(lead: dict[str, Any], name: str) -> str:
    """The lead without one property and what the server tells of it."""
    affected = {name} | TOLD_BY.get(name, set()) | ({"hasLeadCalls"} if name.startswith("call") else set())
    return json.dumps({other: value for other, value in lead.items() if other not in affected}, sort_keys=True)
