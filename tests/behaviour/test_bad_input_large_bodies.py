"""A body over 1 MiB: 413, read no further, and the connection closed (semantics section 7)."""

import json
from collections.abc import Iterator

import httpx
import pytest

from lab.server import Client
from tests.support.dialects import JSON, Bare, api_of, fields, lines

LIMIT = 1024 * 1024
DIALECTS = ["expad", "leadsail"]


@pytest.fixture
def bare(client: Client) -> Iterator[Bare]:
    bare = Bare(client)
    yield bare
    bare.close()


def _refused(bare: Bare, dialect: str) -> None:
    status, headers, body = bare.answer()
    answer = httpx.Response(status, headers=headers, content=body)
    lines(answer, dialect, 413)
    assert headers["connection"].lower() == "close"
    assert bare.is_closed()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_exactly_1_mib_is_read(client: Client, dialect: str) -> None:
    api = api_of(client, dialect)
    lead = api.new()
    start = f'{{"{api.text}": "x"'
    assert api.patch(lead, start + " " * (LIMIT - len(start) - 1) + "}").status_code == 200
    assert api.shown(lead)[api.text] == "x"
    text = "x" * (LIMIT - len(f'{{"{api.text}": ""}}'))
    assert fields(api.patch(lead, f'{{"{api.text}": "{text}"}}'), dialect) == [api.text]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_one_byte_more_by_its_length(client: Client, bare: Bare, dialect: str) -> None:
    api = api_of(client, dialect)
    lead = api.new()
    bare.head("PATCH", api.lead(lead), "Content-Type: application/json", f"Content-Length: {LIMIT + 1}")
    _refused(bare, dialect)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_far_more_by_its_length(client: Client, bare: Bare, dialect: str) -> None:
    bare.head("POST", api_of(client, dialect).leads, "Content-Type: application/json", f"Content-Length: {10**15}")
    _refused(bare, dialect)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_one_byte_more_in_chunks(client: Client, bare: Bare, dialect: str) -> None:
    api = api_of(client, dialect)
    lead = api.new()
    bare.head("PATCH", api.lead(lead), "Content-Type: application/json", "Transfer-Encoding: chunked")
    piece = b" " * 65536
    for _ in range(LIMIT // len(piece)):
        bare.send(b"%x\r\n%b\r\n" % (len(piece), piece))
    bare.send(b"1\r\n}\r\n")
    _refused(bare, dialect)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_exactly_1_mib_in_chunks(client: Client, dialect: str) -> None:
    api = api_of(client, dialect)
    lead = api.new()
    raw = json.dumps({api.text: "x"}).encode().ljust(LIMIT)

    def pieces() -> Iterator[bytes]:
        for at in range(0, LIMIT, 65536):
            yield raw[at : at + 65536]

    answer = client.http.request("PATCH", api.lead(lead), content=pieces(), headers=JSON)
    assert answer.status_code == 200, answer.text


def test_a_whole_body_that_is_too_large_is_answered_to_a_plain_client(client: Client) -> None:
    lead = client.new_leadsail_lead()
    answer = client.leadsail("PATCH", f"leads/{lead}", content=b" " * (3 * LIMIT), headers=JSON)
    lines(answer, "leadsail", 413)
    assert client.get_leadsail(lead)["leadId"] == lead
