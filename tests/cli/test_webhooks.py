"""`leadloop webhooks`: endpoints created, shown, updated, tested and deleted from the command line."""

import pytest

from lab.receiver import Receiver, receiving
from lab.webhooks import is_signed
from tests.cli.webhooks import Webhooks

URL = "https://receiver.invalid/hook"


def test_a_secret_is_shown_once_and_alone_on_stdout(webhooks: Webhooks) -> None:
    done = webhooks("create", "--url", URL)
    secret = done.out.rstrip("\n")
    assert (done.code, secret.startswith("whsec_"), len(secret.split())) == (0, True, 1)
    assert "whsec_" not in done.err and URL in done.err
    made = webhooks.listed()[-1]
    rotated = webhooks("rotate", made["id"])
    assert rotated.out.startswith("whsec_") and rotated.out != done.out
    for shown in (
        webhooks("list"),
        webhooks("list", "--json"),
        webhooks("show", made["id"]),
        webhooks("pause", made["id"]),
    ):
        assert (shown.code, "whsec_" in shown.out + shown.err) == (0, False)
    as_json = webhooks.create("--url", URL)
    assert as_json["secret"].startswith("whsec_") and as_json["url"] == URL


def test_every_setting_is_an_option(webhooks: Webhooks) -> None:
    settings = {
        "events": ["lead.created", "LeadUpdated"],
        "body": "expad",
        "description": "to the CRM",
        "onlyFields": ["/status", "/address/city"],
        "stages": ["ACTIVE", "my stage"],
        "statuses": ["contacted"],
        "sources": ["GOOGLE"],
        "tags": ["vip", "t1"],
        "timeoutSeconds": 5,
        "attempts": 3,
        "order": "unordered",
        "ratePerSecond": 2.5,
        "inFlight": 64,
    }
    options = ["--events", "lead.created, LeadUpdated", "--body", "expad", "--description", "to the CRM"]
    options += ["--only-fields", "/status,/address/city", "--stages", "ACTIVE,my stage", "--statuses", "contacted"]
    options += ["--sources", "google", "--tags", "vip,t1", "--timeout-seconds", "5", "--attempts", "3"]
    options += ["--order", "unordered", "--rate-per-second", "2.5", "--in-flight", "64"]
    headers = ["--header", "Authorization: Bearer sesame: open", "--header", "X-Team: sales"]
    made = webhooks.create("--url", URL, *options, *headers)
    assert {name: made[name] for name in settings} == settings
    assert made["headers"] == {"Authorization": "********", "X-Team": "********"}
    assert made.pop("secret")
    assert webhooks("show", made["id"], "--json").json == made
    assert webhooks.listed()[-1] == made
    table = webhooks("show", made["id"]).out
    assert "lead.created, LeadUpdated" in table and "X-Team: ********" in table and "sesame" not in table


def test_an_update_leaves_omitted_options(webhooks: Webhooks) -> None:
    made = webhooks.create("--url", URL, "--stages", "LEAD", "--header", "X-A: b", "--attempts", "3")
    done = webhooks(
        "update", made["id"], "--description", "CRM", "--header", "X-A: ********", "--header", "X-B: c", "--json"
    )
    changed = done.json
    assert (changed["description"], changed["stages"], changed["attempts"]) == ("CRM", ["LEAD"], 3)
    assert changed["headers"].keys() == {"X-A", "X-B"}
    changed = webhooks("update", made["id"], "--stages", "", "--header", "", "--attempts", "", "--json").json
    assert (changed["stages"], changed["headers"], changed["attempts"]) == ([], {}, 10)
    assert changed["description"] == "CRM"


def test_invalid_values_are_refused_by_option(webhooks: Webhooks) -> None:
    before = webhooks.listed()
    options = ["--timeout-seconds", "16", "--attempts", "many", "--events", "lead.created,lead.eaten"]
    done = webhooks("create", "--url", "http://169.254.169.254/", *options, "--header", "webhook-id: 1")
    assert (done.code, done.out, len(done.err.splitlines())) == (1, "", 1)
    for said in ("--url must not", "--timeout-seconds must be", "--attempts must be", "--events (2) must be"):
        assert said in done.err
    assert "--header (webhook-id) is written by leadloop" in done.err
    assert webhooks("create").err.startswith("leadloop: --url is required")
    assert webhooks("create", "--url", URL, "--header", "x").err == 'leadloop: --header takes "Name: value"\n'
    assert webhooks.listed() == before


def test_a_test_shows_its_result(webhooks: Webhooks, receiver: Receiver) -> None:
    made = webhooks.create("--url", receiver.url)
    done = webhooks("test", made["id"])
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("delivered after ") and " ms: 200 from 127.0.0.1" in done.out
    (got,) = receiver.got
    assert got.body["type"] == "webhook.test" and is_signed(got, made["secret"])
    result = webhooks("test", made["id"], "--json").json
    assert (result["delivered"], result["status"], result["answer"]) == (True, 200, "ok")


def test_a_test_that_does_not_arrive_ends_with_1(webhooks: Webhooks) -> None:
    with receiving(lambda got, before: 500, b"\x1b[31mno\nway\xff") as receiver:
        made = webhooks.create("--url", receiver.url)
        done = webhooks("test", made["id"])
    assert (done.code, done.err) == (1, "")
    first, second = done.out.splitlines()
    assert first.startswith("not delivered after ") and " ms: 500 from " in first
    assert second == "\\u001b[31mno\\u000away\N{REPLACEMENT CHARACTER}"
    done = webhooks("test", made["id"])
    assert (done.code, "connect: Connection refused" in done.out) == (1, True)


def test_pausing_resuming_and_deleting(webhooks: Webhooks) -> None:
    made = webhooks.create("--url", URL)
    assert webhooks("pause", made["id"]).out == f"the webhook {made['id']} is disabled (asked)\n"
    assert "disabled (asked)" in webhooks("list").out
    assert webhooks("resume", made["id"], "--json").json["state"] == "active"
    assert webhooks("delete", made["id"]).out == f"deleted the webhook {made['id']}\n"
    assert made["id"] not in [endpoint["id"] for endpoint in webhooks.listed()]


@pytest.mark.parametrize("endpoint_id", ["x", "0" * 24])
@pytest.mark.parametrize("verb", ["show", "update", "pause"])
def test_an_endpoint_that_is_not_there(webhooks: Webhooks, verb: str, endpoint_id: str) -> None:
    done = webhooks(verb, endpoint_id)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("leadloop: there is no webhook with this id in the account")
