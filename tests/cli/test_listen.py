"""`leadloop listen` shows what this server sends, and removes everything that it creates."""

import json
import signal
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from lab.forks import ForkedProcess
from leadloop.cli.listen import DESCRIPTION
from leadloop.webhooks import sign
from tests.cli.command import Done, leadloop, running, stop
from tests.cli.instance import Instance

SECRET = sign.new_secret()


def url_of(process: ForkedProcess) -> str:
    """Waits until it listens."""
    assert process.stderr is not None
    line = process.stderr.readline()
    assert line.startswith("listening on http://127.0.0.1:"), line or process.errors()
    return line.split()[2].rstrip(";")


def read_line(process: ForkedProcess) -> Any:
    return json.loads(process.stdout.readline())


def post(url: str, body: bytes, headers: Mapping[str, str], method: str = "POST") -> int:
    request = urllib.request.Request(url, data=body, headers=dict(headers), method=method)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def signed(body: bytes, secret: str = SECRET, at_ms: int | None = None) -> dict[str, str]:
    return sign.headers("evt_1", at_ms or time.time_ns() // 1_000_000, body, [secret])


def webhooks(instance: Instance) -> list[Any]:
    return list(instance("webhooks", "list", "--account", instance.account, "--json").json)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_accounts_webhooks_are_shown_as_long_as_it_listens(migrated: Instance, number: int) -> None:
    with migrated.serving() as owner:
        with migrated.running("listen", "--account", migrated.account, "--port", "0", "--json") as listener:
            url = url_of(listener)
            [webhook] = webhooks(migrated)
            assert (webhook["url"], webhook["description"]) == (url, DESCRIPTION)
            lead_id = owner.new_lead(name="Zoë")
            owner.patch(lead_id, {"note": "n"})
            created, updated = read_line(listener), read_line(listener)
            assert stop(listener, number) == (0, "", "")
        assert webhooks(migrated) == []
        assert [event["event"] for event in (created, updated)] == ["lead.created", "lead.updated"]
        assert all(event["verified"] and event["leadId"] == f"lead_{lead_id}" for event in (created, updated))
        assert (updated["version"], updated["changed"]) == (2, ["/notes/note"])
        assert created["body"]["data"]["lead"]["firstName"] == "Zoë"


def test_the_webhook_of_a_killed_process_is_deleted(migrated: Instance) -> None:
    command = ["listen", "--port"]
    with migrated.running(*command, "0") as listener:
        url = url_of(listener)
        listener.kill()
        listener.wait()
    [left] = webhooks(migrated)
    with migrated.running(*command, url.rstrip("/").rpartition(":")[2]) as listener:
        assert url_of(listener) == url
        [made] = webhooks(migrated)
        assert (made["url"], made["id"] == left["id"]) == (url, False)
        assert stop(listener).code == 0
    assert webhooks(migrated) == []


def test_it_says_when_the_server_does_not_send_here(migrated: Instance) -> None:
    """`listen` cannot ask this server for its rules; its attempts show them, whatever the environment of `listen`."""
    allowed = {"WEBHOOKS_ALLOW_HTTP": "true", "WEBHOOKS_ALLOW_PRIVATE": "true", "SERVER": "http://127.0.0.1:1"}
    with migrated.serving(lenient=False) as owner, migrated.running("listen", "--port", "0", **allowed) as listener:
        url_of(listener)
        owner.new_lead(name="Zoë")
        assert listener.stderr is not None
        line = listener.stderr.readline()
        assert "LEADLOOP_WEBHOOKS_ALLOW_HTTP=true LEADLOOP_WEBHOOKS_ALLOW_PRIVATE=true" in line
        done = stop(listener)
    assert (done.code, done.out) == (0, "")
    assert webhooks(migrated) == []


def test_with_a_secret_it_verifies_whatever_comes(tmp_path: Path) -> None:
    body = b'{"type":"lead.created","data":{"leadId":"lead_a","version":1},"x":"\xc2\x9b1m"}'
    forged, old = signed(body, sign.new_secret()), signed(body, at_ms=time.time_ns() // 1_000_000 - 600_000)
    with running("listen", "--port", "0", folder=tmp_path, LISTEN_SECRET=SECRET) as listener:
        url = url_of(listener)
        assert post(url, body, signed(body)) == 200
        assert [post(url + "any/path", body, headers) for headers in (forged, old, {})] == [401, 401, 401]
        assert post(url, b"", {}, "GET") == 405
        assert post(url, b"x" * 1_048_577, {}) == 413
        done = stop(listener)
    assert (done.code, done.err) == (0, "")
    assert SECRET not in done.out
    verdicts = [line for line in done.out.splitlines() if "verified" in line]
    assert [line.split("  ")[-1] for line in verdicts[:2]] == [
        "✓ verified",
        "✗ not verified: it is not signed with this secret, or was changed in transit",
    ]
    assert "away from this machine's clock" in verdicts[2] and "it has no webhook-id" in verdicts[3]
    assert len(verdicts) == 4
    assert '  "x": "\\u009b1m"' in done.out.splitlines()
    assert list(tmp_path.iterdir()) == []


def test_it_ends_when_its_output_is_closed(tmp_path: Path) -> None:
    body = b"{}"
    with running("listen", "--port", "0", "--json", folder=tmp_path, LISTEN_SECRET=SECRET) as listener:
        url = url_of(listener)
        listener.stdout.close()
        post(url, body, signed(body))
        assert (listener.wait(30), listener.errors()) == (0, "")


def refused(done: Done, code: int, words: str) -> None:
    assert (done.code, done.out, len(done.err.splitlines())) == (code, "", 1)
    assert done.err.startswith("leadloop: ") and words in done.err


def test_it_takes_an_account_or_a_secret(tmp_path: Path) -> None:
    both = ("listen", "--account", "0" * 24, "--secret", SECRET)
    refused(leadloop(*both, folder=tmp_path), 2, "takes either --account or a secret")
    done = leadloop("listen", "--port", "0", folder=tmp_path, LISTEN_SECRET=SECRET[6:])
    refused(done, 2, "this is not a webhook secret")
    assert SECRET[6:] not in done.err
    done = leadloop("listen", "--port", "0", "--account", "0" * 24, folder=tmp_path)
    refused(done, 1, "there is no database ./leadloop.db")


def test_a_port_in_use(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = leadloop("listen", "--port", str(port), folder=tmp_path, LISTEN_SECRET=SECRET)
    refused(done, 1, f"cannot listen on 127.0.0.1 port {port}: something else listens there")


def test_an_account_that_is_not_there(migrated: Instance) -> None:
    done = migrated("listen", "--port", "0", "--account", "0" * 24)
    refused(done, 1, "there is no such account")
