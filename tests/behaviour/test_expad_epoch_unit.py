"""The unit in which times are shown is a setting; both units are read, whichever is shown."""

from collections.abc import Iterator

import pytest

from lab.server import Client, Leadloop, running
from tests.conftest import new_database
from tests.support.feed import records, values_by_field
from tests.wire.expad_values import FULL

AT = 1_767_225_600_123


@pytest.fixture(scope="module")
def showing_seconds(
    engine: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Leadloop]:
    database = new_database(engine, tmp_path_factory.mktemp("seconds"), request)
    with running(Leadloop(engine, database, options=["--expad-epoch-unit", "s"])) as server:
        yield server


@pytest.fixture
def seconds(showing_seconds: Leadloop) -> Iterator[Client]:
    client = showing_seconds.client()
    yield client
    client.close()


def test_all_times_are_shown_in_seconds(seconds: Client) -> None:
    lead = seconds.get(seconds.new_lead(**FULL))
    activity = lead["activities"][0]
    times = [lead["leadDate"], lead["createdDate"], lead["navStartedAt"], lead["navEndedAt"]]
    times += [activity["createdAt"], activity["completedAt"], activity["dueAt"], lead["lastMessage"]["createdAt"]]
    times += [lead["tags"][0]["createdAt"], lead["conversionStepTimestamps"]["visit"]]
    times += [lead["dialog360Info"]["lastLeadMessageAt"]]
    assert all(1_700_000_000 < at < 10_000_000_000 for at in times)
    assert lead["callDuration"] == FULL["callDuration"]


def test_sent_back_as_shown_nothing_changes_and_no_millisecond_is_lost(seconds: Client) -> None:
    lead_id = seconds.new_lead(**FULL)
    lead = seconds.get(lead_id)
    assert seconds.patch(lead_id, lead)["changed"] == []
    lead["tags"].append({"name": "new"})
    lead["activities"][0]["name"] = "renamed"
    seconds.patch(lead_id, lead)
    after = seconds.get(lead_id)
    assert after["tags"][0] == lead["tags"][0]
    assert seconds.patch(lead_id, {"tags": [*FULL["tags"], {"name": "new"}]})["changed"] == []
    assert (
        seconds.patch(lead_id, {"activities": [{"id": "act_1", "dueAt": FULL["activities"][0]["dueAt"]}]})["changed"]
        == []
    )


@pytest.mark.parametrize("sent", [AT, AT // 1_000, str(AT)])
def test_both_units_are_read(seconds: Client, sent: object) -> None:
    assert seconds.get(seconds.new_lead(navStartedAt=sent))["navStartedAt"] == AT // 1_000


def test_deletion_too(seconds: Client) -> None:
    lead_id = seconds.new_lead(markedForDeletion=True)
    assert 1_700_000_000 < seconds.get(lead_id)["deletedAt"] < 10_000_000_000


def test_the_change_feed_too(seconds: Client) -> None:
    lead_id = seconds.new_lead(navStartedAt=AT)
    fields = values_by_field(records(seconds)[0])
    assert fields["/expad/navStartedAt"] == (None, seconds.get(lead_id)["navStartedAt"]) == (None, AT // 1_000)
