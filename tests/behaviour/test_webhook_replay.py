"""Replay sends the changes of a period again, or for the first time to a newer endpoint."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from lab.receiver import Receiver, WebhookRequest, poll, receiving, version_of, versions
from lab.server import Client, Leadloop
from lab.stores import with_store
from lab.webhooks import act, attempts, deliveries, subscribe
from leadloop.core.ids import new_id, stamp
from leadloop.core.leads.matching import Contact
from leadloop.core.leads.patch import LeadPatch
from leadloop.core.writes import use_cases
from leadloop.webhooks.ports import WebhookStore

pytestmark = pytest.mark.slow

DAY_MS = 86_400_000
LONG_AGO = "2020-01-01T00:00:00Z"


def ids(got: list[WebhookRequest]) -> list[str]:
    return [each.headers["webhook-id"] for each in got]


def iso(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1_000, UTC).isoformat(timespec="milliseconds")


def leads_made_at(server: Leadloop, account_id: str, *times_ms: int) -> list[str]:
    """Creates a lead for each time, in the order of the feed."""

    async def work(store: WebhookStore) -> list[str]:
        made = []
        for at_ms in times_ms:
            write = use_cases.plain(stamp(at_ms, f"req_{new_id(at_ms)}", "system", "cli"), account_id)
            made.append((await use_cases.create(store, write, lambda: LeadPatch(name="Ana"), Contact())).lead.id)
        return made

    return with_store(server.database, work)


def test_an_endpoint_created_later_gets_the_same_deliveries(owner: Client, receiver: Receiver) -> None:
    subscribe(owner, receiver)
    lead, other = owner.new_lead(), owner.new_lead()
    for n in range(3):
        owner.patch(lead, {"note": f"n{n}"})
    owner.leadsail("DELETE", f"leads/{other}")
    first = receiver.until(lambda got: len(got) == 6)
    with receiving() as late:
        endpoint = subscribe(owner, late)
        assert act(owner, endpoint, "replay", since=LONG_AGO) == {"replayed": 6, "examined": 6, "next": None}
        got = late.until(lambda got: len(got) == 6)
        assert versions(got, lead) == [1, 2, 3, 4]
        assert versions(got, other) == [1, 2]
        assert {each.headers["webhook-id"]: each.raw for each in got} == {
            each.headers["webhook-id"]: each.raw for each in first
        }
        made = poll(lambda: listed if len(listed := attempts(owner, endpoint)) == 6 else None)
        assert {each["trigger"] for each in made} == {"replay"}


def test_delivered_changes_are_delivered_again(owner: Client, receiver: Receiver) -> None:
    endpoint = subscribe(owner, receiver)
    lead_id = owner.new_lead()
    owner.patch(lead_id, {"note": "x"})
    receiver.until_version(lead_id, 2)
    poll(lambda: {delivery["state"] for delivery in deliveries(owner, endpoint)} == {"done"})
    assert act(owner, endpoint, "replay", since=LONG_AGO)["replayed"] == 2
    got = receiver.until(lambda got: len(got) == 4)
    assert ids(got)[:2] == ids(got)[2:]


@pytest.mark.parametrize(
    "narrowed",
    [
        {"stages": ["won"]},
        {"tags": ["vip"]},
        {"statuses": ["contacted"]},
        {"sources": ["GOOGLE"]},
        {"onlyFields": ["/expad/cpf"]},
        {"events": ["lead.deleted"]},
        {"stages": ["won"], "onlyFields": ["/expad/status"], "events": ["lead.updated"]},
    ],
    ids=str,
)
def test_a_replay_to_a_narrowed_endpoint_has_the_same_deliveries(
    owner: Client, receiver: Receiver, narrowed: dict[str, Any]
) -> None:
    then = subscribe(owner, receiver, **narrowed)
    lead, other = owner.new_lead(status="NEW"), owner.new_lead(status="won", source="GOOGLE", tags=[{"name": "vip"}])
    for stage in ("ACTIVE", "won", "NEW", "won"):
        owner.patch(lead, {"status": stage})
    owner.patch(lead, {"cpf": "1", "tags": [{"name": "vip"}]})
    owner.patch_leadsail(other, {"status": "contacted"})
    owner.patch_leadsail(other, {"tags": None, "detail": "x"})
    owner.patch(other, {"source": "META", "cpf": "2"})
    owner.leadsail("DELETE", f"leads/{lead}")
    listed = poll(lambda: deliveries(owner, then))
    with receiving() as late:
        endpoint = subscribe(owner, late, **narrowed)
        assert act(owner, endpoint, "replay", since=LONG_AGO)["replayed"] == len(listed)
        got = late.until(lambda got: len(got) == len(listed))
        assert sorted(ids(got)) == sorted(delivery["id"] for delivery in listed)


def test_a_range_is_kept_to(owner: Client, receiver: Receiver, sender: Leadloop) -> None:
    now_ms = time.time_ns() // 1_000_000
    begin_ms = now_ms - 40 * DAY_MS
    made = leads_made_at(sender, owner.account_id, *(begin_ms + n * DAY_MS for n in range(40)))
    endpoint = subscribe(owner, receiver)
    since, until = iso(begin_ms + 20 * DAY_MS), iso(begin_ms + 23 * DAY_MS)
    done = act(owner, endpoint, "replay", since=since, until=until)
    assert (done["replayed"], done["next"]) == (3, None)
    got = receiver.until(lambda got: len(got) == 3)
    assert sorted(version_of(each) for each in got) == sorted((lead_id, 1) for lead_id in made[20:23])
    assert act(owner, endpoint, "replay", since=iso(now_ms - DAY_MS // 2))["replayed"] == 0


def test_changes_committed_out_of_the_order_of_their_times_are_found(
    owner: Client, receiver: Receiver, sender: Leadloop
) -> None:
    begin_ms = time.time_ns() // 1_000_000 - 10 * DAY_MS
    times = [begin_ms + n * 10_000 + (-45_000 if n % 3 == 0 else 0) for n in range(60)]
    made = leads_made_at(sender, owner.account_id, *times)
    endpoint = subscribe(owner, receiver)
    since_ms, until_ms = begin_ms + 200_000, begin_ms + 400_000
    in_period = {lead_id for lead_id, at_ms in zip(made, times, strict=True) if since_ms <= at_ms < until_ms}
    done = act(owner, endpoint, "replay", since=iso(since_ms), until=iso(until_ms))
    assert done["replayed"] == len(in_period)
    got = receiver.until(lambda got: len(got) == len(in_period))
    assert {version_of(each)[0] for each in got} == in_period


def test_a_long_range_goes_on_at_a_cursor(owner: Client, receiver: Receiver, sender: Leadloop) -> None:
    now_ms = time.time_ns() // 1_000_000
    leads_made_at(sender, owner.account_id, *(now_ms - 2_000_000 + n * 1_000 for n in range(1_010)))
    endpoint = subscribe(owner, receiver)
    first = act(owner, endpoint, "replay", since=LONG_AGO)
    assert (first["replayed"], first["examined"]) == (1_000, 1_000)
    owner.new_lead()
    last = act(owner, endpoint, "replay", since=LONG_AGO, cursor=first["next"])
    assert (last["replayed"], last["examined"], last["next"]) == (10, 10, None), "what came after is told anyway"


def test_a_disabled_endpoint_takes_no_replay(owner: Client, receiver: Receiver) -> None:
    endpoint = subscribe(owner, receiver, state="disabled")
    answer = owner.leadsail("POST", f"webhooks/{endpoint['id']}/replay", json={"since": LONG_AGO})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "CONFLICT")
    assert "resume it first" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "since"),
        ({"since": "yesterday"}, "since"),
        ({"since": "2999-01-01T00:00:00Z"}, "since"),
        ({"since": LONG_AGO, "until": "soon"}, "until"),
        ({"since": LONG_AGO, "until": LONG_AGO}, "until"),
        ({"since": LONG_AGO, "cursor": "x"}, "cursor"),
        ({"since": LONG_AGO, "cursor": 7}, "cursor"),
        ({"since": LONG_AGO, "colour": "red"}, "colour"),
        ({"cursor": "1-2-3", "colour": "red"}, "colour"),
    ],
)
def test_invalid_values_are_refused_by_field(
    owner: Client, receiver: Receiver, body: dict[str, Any], field: str
) -> None:
    endpoint = subscribe(owner, receiver)
    answer = owner.leadsail("POST", f"webhooks/{endpoint['id']}/replay", json=body)
    assert answer.status_code == 400, answer.text
    (detail,) = answer.json()["error"]["details"]
    assert detail.startswith(f"{field}: ")
