"""`leadloop webhooks`: listing deliveries and attempts, and queueing deliveries again, from the command line."""

from typing import Any

from lab.receiver import Receiver, poll, version_of
from lab.webhooks import page, subscribe
from tests.cli.webhooks import Webhooks

LONG_AGO = "2020-01-01T00:00:00Z"


def finished(webhooks: Webhooks, endpoint: dict[str, Any], count: int, *options: str) -> list[dict[str, Any]]:
    """The deliveries, newest first, once so many are finished."""

    def read() -> list[dict[str, Any]]:
        listed = webhooks("deliveries", endpoint["id"], *options, "--json").json
        return listed if sum(delivery["state"] != "pending" for delivery in listed) == count else []

    return list(poll(read))


def test_lists_are_those_of_the_api(webhooks: Webhooks, receiver: Receiver) -> None:
    endpoint = subscribe(webhooks.owner, receiver)
    lead_id = webhooks.owner.new_lead()
    webhooks.owner.patch(lead_id, {"note": "x"})
    listed = finished(webhooks, endpoint, 2)
    assert listed == page(webhooks.owner, endpoint, "deliveries")["deliveries"]
    made = webhooks("attempts", endpoint["id"], "--json").json
    assert made == page(webhooks.owner, endpoint, "attempts")["attempts"]
    assert webhooks("deliveries", endpoint["id"], "--limit", "1", "--json").json == listed[:1]
    rows = webhooks("deliveries", endpoint["id"]).out.splitlines()
    assert (len(rows), rows[1].split()[:5]) == (
        3,
        [listed[0]["id"], f"lead_{lead_id}", "2", "lead.updated", listed[0]["changedAt"]],
    )
    rows = webhooks("attempts", endpoint["id"]).out.splitlines()
    assert (len(rows), rows[2].split()[1:6]) == (3, [f"lead_{lead_id}", "1", "1", "change", "200"])


def test_there_may_be_nothing_to_list(webhooks: Webhooks, receiver: Receiver) -> None:
    endpoint = subscribe(webhooks.owner, receiver, events=["webhook.test"])
    for verb in ("deliveries", "attempts"):
        done = webhooks(verb, endpoint["id"])
        assert (done.code, done.out.startswith("no"), webhooks(verb, endpoint["id"], "--json").json) == (0, True, [])


def test_one_delivery_is_sent_again(webhooks: Webhooks, receiver: Receiver) -> None:
    endpoint = subscribe(webhooks.owner, receiver)
    webhooks.owner.new_lead()
    (delivery,) = finished(webhooks, endpoint, 1)
    assert webhooks("resend", endpoint["id"], delivery["id"]).out == "it will be sent again\n"
    first, second = receiver.until(lambda got: len(got) == 2)
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == delivery["id"]
    unknown = webhooks("resend", endpoint["id"], "evt_x")
    assert (unknown.code, unknown.out, "no such delivery" in unknown.err) == (1, "", True)


def test_what_failed_is_sent_again(webhooks: Webhooks, receiver: Receiver) -> None:
    receiver.answering = lambda got, before: 200 if before else 500
    endpoint = subscribe(webhooks.owner, receiver, attempts=1)
    for _ in range(3):
        webhooks.owner.new_lead()
    failed = finished(webhooks, endpoint, 3, "--failed")
    since = failed[-1]["changedAt"]
    assert webhooks("recover", endpoint["id"], "--since", since, "--json").json == {"recovered": 3}
    receiver.until(lambda got: len(got) == 6)
    poll(lambda: webhooks("deliveries", endpoint["id"], "--failed", "--json").json == [])
    for wrong in (LONG_AGO, "yesterday", "2999-01-01"):
        done = webhooks("recover", endpoint["id"], "--since", wrong)
        assert (done.code, done.out, done.err.startswith("leadloop: --since ")) == (1, "", True)


def test_a_range_is_replayed_to_a_newer_endpoint(webhooks: Webhooks, receiver: Receiver) -> None:
    lead_id = webhooks.owner.new_lead()
    webhooks.owner.patch(lead_id, {"note": "x"})
    first, _ = webhooks.owner.leadsail("GET", f"leads/lead_{lead_id}/changes").json()["data"]["changes"]
    endpoint = subscribe(webhooks.owner, receiver, events=["lead.updated"], onlyFields=["/notes"])
    done = webhooks("replay", endpoint["id"], "--since", first["at"])
    assert (done.code, done.out) == (0, "1 of 2 changes will be sent\n")
    (got,) = receiver.until(lambda got: len(got) == 1)
    assert version_of(got) == (lead_id, 2)
    none = webhooks("replay", endpoint["id"], "--since", LONG_AGO, "--until", "2020-01-02", "--json").json
    assert none["replayed"] == 0
    done = webhooks("replay", endpoint["id"], "--since", LONG_AGO, "--until", LONG_AGO)
    assert (done.code, done.err) == (1, "leadloop: --until must be after since\n")
