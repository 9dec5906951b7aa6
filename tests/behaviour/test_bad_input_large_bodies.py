"""A body over 1 MiB: 413, read no further, and the connection closed (semantics section 7)."""

import json
from collections.abc import Iterator

import httpx
import pytest

from lab.server import Client
from tests.support.dialects import JSON, Bare, face, fields, lines

LIMIT = 1024 * 1024
DIALECTS = ["expad", "leadsail"]


@pytest.fixture
def bare(client: Client) -> Iterator[Bare]:
    found = Bare(client)
    yield found
    found.close()


def _refused(found: Bare, dialect: str) -> None:
    status, headers, body = found.answer()
    answer = httpx.Response(status, headers=headers, content=body)
    lines(answer, dialect, 413)
    assert headers["connection"].lower() == "close"
    assert found.is_closed()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_exactly_1_mib_is_read(client: Client, dialect: str) -> None:
    one = face(client, dialect)
    lead = one.new()
    start = f'{{"{one.text}": "x"'
    assert one.patch(lead, start + " " * (LIMIT - len(start) - 1) + "}").status_code == 200
    assert one.shown(lead)[one.text] == "x"
    text = "x" * (LIMIT - len(f'{{"{one.text}": ""}}'))
    assert fields(one.patch(lead, f'{{"{one.text}": "{text}"}}'), dialect) == [one.text]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_one_byte_more_by_its_length(client: Client, bare: Bare, dialect: str) -> None:
    one = face(client, dialect)
    lead = one.new()
    bare.head("PATCH", one.lead(lead), "Content-Type: application/json", f"Content-Length: {LIMIT + 1}")
    _refused(bare, dialect)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_far_more_by_its_length(client: Client, bare: Bare, dialect: str) -> None:
    bare.head("POST", face(client, dialect).leads, "Content-Type: application/json", f"Content-Length: {10**15}")
    _refused(bare, dialect)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_one_byte_more_in_chunks(client: Client, bare: Bare, dialect: str) -> None:
    one = face(client, dialect)
    lead = one.new()
    bare.head("PATCH", one.lead(lead), "Content-Type: application/json", "Transfer-Encoding: chunked")
    piece = b" " * 65536
    for _ in range(LIMIT // len(piece)):
        bare.send(b"%x\r\n%b\r\n" % (len(piece), piece))
    bare.send(b"1\r\n}\r\n")
    _refused(bare, dialect)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_exactly_1_mib_in_chunks(client: Client, dialect: str) -> None:
    one = face(client, dialect)
    lead = one.new()
    raw = json.dumps({one.text: "x"}).encode().ljust(LIMIT)

    def pieces() -> Iterator[bytes]:
        for at in range(0, LIMIT, 65536):
            yield raw[at : at + 65536]

    answer = client.http.request("PATCH", one.lead(lead), content=pieces(), headers=JSON)
    assert answer.status_code == 200, answer.text


def test_a_whole_body_that_is_too_large_is_answered_to_a_plain_client(client: Client) -> None:
    lead = client.new_leadsail_lead()
    answer = client.leadsail("PATCH", f"leads/{lead}", content=b" " * (3 * LIMIT), headers=JSON)
    lines(answer, "leadsail", 413)
    assert client.get_leadsail(lead)["leadId"] == lead
