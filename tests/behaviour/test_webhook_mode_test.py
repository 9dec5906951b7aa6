"""An account of mode test has webhooks to loopback only."""

import json
from collections.abc import Iterator

import pytest

from lab.receiver import Receiver
from lab.server import Client, Leadloop
from lab.webhooks import subscribe
from leadloop.core.keys import SCOPES


@pytest.fixture
def tester(sender: Leadloop) -> Iterator[Client]:
    """A key of an account of mode test, on a server that may send to loopback."""
    account = json.loads(sender.run("accounts", "create", "--name", "T", "--mode", "test", "--json"))["id"]
    options = ("--account", account, "--name", "k", "--scopes", ",".join(SCOPES), "--json")
    client = Client(sender.url, account, json.loads(sender.run("keys", "create", *options))["key"])
    yield client
    client.close()


def test_what_goes_outside_is_refused_and_loopback_is_sent(tester: Client, owner: Client, receiver: Receiver) -> None:
    outside = {"url": "https://receiver.invalid/hook"}
    refused = tester.leadsail("POST", "webhooks", json=outside)
    assert refused.status_code == 400 and "loopback" in refused.text
    endpoint = subscribe(tester, receiver)
    refused = tester.leadsail("PATCH", f"webhooks/{endpoint['id']}", json=outside)
    assert refused.status_code == 400 and "loopback" in refused.text
    lead = tester.new_leadsail_lead().removeprefix("lead_")
    assert receiver.until_version(lead, 1)
    assert owner.leadsail("POST", "webhooks", json=outside).status_code == 201
