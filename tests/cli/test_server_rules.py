"""The server decides where webhooks may go: the commands request its rules, whatever their own environment says."""

from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from lab.server import Client
from tests.cli.command import Done, stop
from tests.cli.instance import Instance
from tests.cli.test_listen import url_of

PUBLIC = "https://receiver.example/hook"
NOT_PUBLIC = ("http://receiver.example/hook", "https://127.0.0.1:8090/", "https://receiver/hook")
ALLOWED = {"WEBHOOKS_ALLOW_HTTP": "true", "WEBHOOKS_ALLOW_PRIVATE": "true"}
NOBODY = "http://127.0.0.1:1"


def create(instance: Instance, url: str, server: str, **variables: str) -> Done:
    done = instance("webhooks", "create", "--url", url, "--server", server, **variables)
    assert done.code == 0 and done.out.startswith("whsec_")
    return done


def key_ids(instance: Instance) -> list[Any]:
    return [key["id"] for key in instance("keys", "list", "--json").json]


def test_a_server_that_sends_to_public_addresses_only(migrated: Instance) -> None:
    keys = key_ids(migrated)
    with migrated.serving(lenient=False) as owner:
        for url in NOT_PUBLIC:
            done = create(migrated, url, owner.url, **ALLOWED)
            assert "the server does not send to this URL (the URL must" in done.err
            assert "LEADLOOP_WEBHOOKS_ALLOW_PRIVATE=true" in done.err
        assert "LEADLOOP" not in create(migrated, PUBLIC, owner.url).err
        made = allows(owner, http=False)["webhooks"][0]["id"]
        update = ("webhooks", "update", made, "--server", owner.url)
        assert "the server does not send to this URL" in migrated(*update, "--url", NOT_PUBLIC[0]).err
        assert migrated(*update, "--url", PUBLIC).err == migrated(*update, "--description", "CRM").err == ""
        with migrated.running("listen", "--port", "0", **ALLOWED, SERVER=owner.url) as listener:
            assert listener.stderr is not None
            assert listener.stderr.readline().startswith("the server does not send to http and private addresses")
            url_of(listener)
            assert stop(listener).code == 0
    assert key_ids(migrated) == keys  # the temporary key is deleted


def test_a_server_that_sends_everywhere(migrated: Instance) -> None:
    with migrated.serving() as owner:
        for url in NOT_PUBLIC:
            assert "LEADLOOP" not in create(migrated, url, owner.url + "/").err
        allows(owner, http=True)


def allows(owner: Client, *, http: bool) -> dict[str, Any]:
    data = dict(owner.leadsail("GET", "webhooks").json()["data"])
    assert data["allows"] == {"http": http, "privateAddresses": http}
    return data


class Foreign(BaseHTTPRequestHandler):
    answers = ((200, b"[]"), (200, b"no JSON"), (401, b"{}"), (302, b""))

    def do_GET(self) -> None:
        status, body = self.answers[int(self.path[1])]
        self.send_response(status)
        self.send_header("Location", "/0")
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words: Any) -> None:
        pass


@pytest.fixture
def foreign() -> Any:
    with HTTPServer(("127.0.0.1", 0), Foreign) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_server_that_does_not_answer(migrated: Instance, foreign: str) -> None:
    for server in (NOBODY, "http://no.such.host.invalid", "no address", *(f"{foreign}/{n}" for n in range(4))):
        done = create(migrated, NOT_PUBLIC[0], server)
        assert f"no server of this database answers at {server}, so whether it sends to this URL is unknown" in done.err
    assert create(migrated, PUBLIC, NOBODY).err.count("\n") == 1  # sends no request for what every server allows
