"""A request with an ambiguous host or body length is refused, and its connection closed."""

import json
import time
from pathlib import Path

import pytest

from lab.server import Leadloop
from tests.conftest import new_database
from tests.support.dialects import CODES, REQUEST_ID, Bare, DialectClient, api_of
from tests.support.writes import at

ALL_CODES = {**CODES, 408: "REQUEST_TIMEOUT", 501: "NOT_IMPLEMENTED"}
LENGTH, CHUNKED = "Content-Length: 2", "Transfer-Encoding: chunked"


def raw(api: DialectClient, path: str, version: str, headers: list[str], method: str = "PATCH") -> Bare:
    bare = Bare(api.client)
    key, kind = f"X-API-Key: {api.client.key}", "Content-Type: application/json"
    bare.send("\r\n".join([f"{method} {path} HTTP/{version}", key, kind, *headers, "", ""]).encode("latin-1"))
    return bare


def refused(bare: Bare, name: str, status: int) -> None:
    """The answer has the dialect's error body, and the server closes the connection."""
    actual, headers, text = bare.answer()
    assert actual == status, text
    assert REQUEST_ID.fullmatch(headers["x-request-id"]) and headers["connection"] == "close"
    assert headers["content-type"] == "application/json"
    body = json.loads(text)
    if name == "expad":
        assert body["code"] == status and body["message"] == body["messge"]
    else:
        assert body["error"]["code"] == ALL_CODES[status]
    assert bare.is_closed()
    bare.close()


def paths(api: DialectClient, lead: str) -> list[tuple[str, str]]:
    """Methods and paths: a lead, a list, and nothing at all."""
    return [("PATCH", api.lead(lead)), ("GET", api.leads), ("GET", api.leads + "/x/y/z")]


def test_http_1_1_has_one_host(api: DialectClient) -> None:
    lead = api.new()
    for hosts in ([], ["Host: a", "Host: b"], ["Host: a", "host: a"]):
        for method, path in paths(api, lead):
            bare = raw(api, path, "1.1", [*hosts, LENGTH], method)
            bare.send(b"{}")
            refused(bare, api.name, 400)
        bare = raw(api, "/healthz", "1.1", hosts, "GET")
        refused(bare, "leadsail", 400)
    for version, hosts in (("1.0", []), ("1.0", ["Host: a"]), ("1.1", ["Host:"])):
        bare = raw(api, api.lead(lead), version, [*hosts, LENGTH])
        bare.send(b"{}")
        assert bare.answer()[0] == 200
        bare.close()


@pytest.mark.parametrize("length", ["0" * 5_000, "0" * 4_000 + "2", "0" * 20])
def test_an_invalid_content_length(api: DialectClient, length: str) -> None:
    lead = api.new()
    for method, path in paths(api, lead):
        refused(raw(api, path, "1.1", ["Host: a", f"Content-Length: {length}"], method), api.name, 400)


@pytest.mark.parametrize("length", ["-1", "+2", "0x2", "2, 2", "2 2", "1e3", "", "9" * 30])
def test_a_content_length_that_the_parser_refuses(api: DialectClient, length: str) -> None:
    bare = raw(api, api.lead(api.new()), "1.1", ["Host: a", f"Content-Length: {length}"])
    bare.send(b"{}")
    assert bare.answer()[0] == 400
    bare.close()


@pytest.mark.parametrize(
    "headers",
    [
        [LENGTH, LENGTH],
        [LENGTH, "Content-Length: 3"],
        [LENGTH, CHUNKED],
        [CHUNKED, CHUNKED],
        ["Transfer-Encoding: gzip"],
    ],
)
def test_two_body_lengths_or_none(api: DialectClient, headers: list[str]) -> None:
    bare = raw(api, api.lead(api.new()), "1.1", ["Host: a", *headers])
    assert bare.answer()[0] == 400
    bare.close()


@pytest.mark.parametrize("headers", [["Transfer-Encoding: gzip, chunked"], ["Transfer-Encoding: gzip", CHUNKED]])
def test_an_unknown_transfer_coding(api: DialectClient, headers: list[str]) -> None:
    lead = api.new()
    for method, path in paths(api, lead):
        bare = raw(api, path, "1.1", ["Host: a", *headers], method)
        bare.send(b"2\r\n{}\r\n0\r\n\r\n")
        refused(bare, api.name, 501)
    bare = raw(api, api.lead(lead), "1.1", ["Host: a", "Transfer-Encoding:  Chunked "])
    bare.send(b"2\r\n{}\r\n0\r\n\r\n")
    assert bare.answer()[0] == 200 and at(api, lead) == 1
    bare.close()


@pytest.mark.slow
def test_a_half_sent_body_does_not_keep_the_server(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """A stopping server answers in each dialect that the body is late, and exits within ten seconds."""
    server = Leadloop("sqlite", new_database("sqlite", tmp_path, request))
    server.start()
    client = server.client()
    apis = [api_of(client, name) for name in ("expad", "leadsail")]
    sent = [(api, raw(api, api.lead(api.new()), "1.1", ["Host: a", "Content-Length: 9"])) for api in apis]
    for _, bare in sent:
        bare.send(b"{")
    client.close()
    time.sleep(0.5)
    begun = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - begun < 10
    for api, bare in sent:
        refused(bare, api.name, 408)
