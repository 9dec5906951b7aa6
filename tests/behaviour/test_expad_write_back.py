"""Whatever Get shows can be sent back whole: nothing changes, however the lead came to be as it is."""

from copy import deepcopy
from typing import Any

import pytest

from lab.server import Client
from tests.wire.expad_schema import LEAD, example
from tests.wire.expad_values import FULL

LEADSAIL = {
    "firstName": "mary ann",
    "lastName": "O'NEIL",
    "address": {"street": "1 Main St", "city": "Austin", "state": "TX"},
    "notes": [{"text": "one"}, {"text": "two"}],
    "questionnaire": [{"key": "q", "question": "?", "answer": {"deep": [1, 2.5, None]}}],
    "attribution": {"gclid": "x", "captureUrl": "https://x.example/", "params": {"utm_source": "google", "other": "1"}},
}


def full(client: Client) -> str:
    return client.new_lead(**FULL)


def published(client: Client) -> str:
    lead_id = client.new_lead()
    client.patch(lead_id, example())
    return lead_id


def of_leadsail(client: Client) -> str:
    made = client.new_leadsail_lead(**LEADSAIL)
    assert client.patch_leadsail(made, {"tags": ["vip", "hot"], "status": "signed"}).status_code == 200
    return made.removeprefix("lead_")


def bare(client: Client) -> str:
    return client.new_lead()


WAYS = [full, published, of_leadsail, bare]


@pytest.mark.parametrize("make", WAYS)
def test_the_whole_lead_sent_back_changes_nothing(client: Client, make: Any) -> None:
    lead_id = make(client)
    lead, leadsail = client.get(lead_id), client.get_leadsail(f"lead_{lead_id}")
    version = client.patch(lead_id, {})["version"]
    answer = client.patch(lead_id, lead)
    assert (answer["version"], answer["changed"]) == (version, [])
    assert client.get(lead_id) == lead
    assert client.get_leadsail(f"lead_{lead_id}") == leadsail


@pytest.mark.parametrize("make", WAYS)
def test_nor_does_each_property_alone(client: Client, make: Any) -> None:
    lead_id = make(client)
    lead = client.get(lead_id)
    for name in LEAD:
        assert client.patch(lead_id, {name: lead[name]})["changed"] == [], name


@pytest.mark.parametrize("make", WAYS)
def test_with_one_change_only_that_one_is_made(client: Client, make: Any) -> None:
    lead_id = make(client)
    lead = client.get(lead_id)
    answer = client.patch(lead_id, {**deepcopy(lead), "companyName": "Changed"})
    assert answer["changed"] == ["/companyName"]
    assert client.get(lead_id) == {**lead, "companyName": "Changed"}


@pytest.mark.parametrize("make", WAYS)
def test_with_one_more_item_in_each_list_the_others_stay(client: Client, make: Any) -> None:
    lead_id = make(client)
    lead = client.get(lead_id)
    more = deepcopy(lead)
    more["fields"].append({"id": "new field", "value": "1"})
    more["activities"].append({"id": "new-activity", "kind": "CALL"})
    more["tags"].append({"id": "new-tag", "name": "new"})
    more["conversionSteps"]["new"] = False
    answer = client.patch(lead_id, more)
    assert set(answer["changed"]) == {
        "/fields/new field",
        "/activities/new-activity",
        "/tags",
        "/conversionSteps/new",
    }
    after = client.get(lead_id)
    for name in ("fields", "activities", "tags"):
        assert after[name][:-1] == lead[name]
