"""Too large and invalid requests are answered and their connection closed, whatever the application does."""

import signal
import socket
from collections.abc import Iterator

import pytest

from tests.server.process import Stub, one_answer, rest_of

OK = b"HTTP/1.1 200 OK"
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture(scope="module")
def stub() -> Iterator[Stub]:
    with Stub() as stub:
        yield stub
        code, _, err = stub.stop(signal.SIGTERM)
        assert (code, err) == (0, "")


def say(stub: Stub, *parts: bytes) -> bytes:
    """Sends the parts, and reads until the server closes."""
    with stub.connect() as client:
        for part in parts:
            try:
                client.sendall(part)
            except OSError:
                break
        return rest_of(client)


@pytest.mark.parametrize(
    "text",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 what a TLS client says first",
        b"hello\r\n\r\n",
        b"GET /\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost x\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -3\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nno length\r\n",
    ],
)
def test_garbage_is_answered_400(stub: Stub, text: bytes) -> None:
    answer = say(stub, text)
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert answer.count(b"HTTP/1.1") == 2  # the status line, and the advice


def test_a_header_of_almost_32_kib_is_fine(stub: Stub) -> None:
    with stub.connect() as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-A: " + b"a" * 32_000 + b"\r\n\r\n")
        assert one_answer(client).startswith(OK)


@pytest.mark.parametrize(
    "parts",
    [
        [b"X-A: " + b"a" * 32_768 + b"\r\n\r\n"],
        [b"X-A: ", *[b"a" * 4_096] * 800],
        [b"X-%d: a\r\n" % number for number in range(5_000)],
    ],
    ids=["one field", "one endless field", "many fields"],
)
def test_a_larger_header_is_answered_431(stub: Stub, parts: list[bytes]) -> None:
    assert say(stub, b"GET / HTTP/1.1\r\nHost: x\r\n", *parts).startswith(b"HTTP/1.1 431 ")


def test_an_address_of_8_kib_is_fine(stub: Stub) -> None:
    with stub.connect() as client:
        client.sendall(b"GET /" + b"a" * 8_191 + b" HTTP/1.1\r\nHost: x\r\n\r\n")
        assert one_answer(client).startswith(OK)


@pytest.mark.parametrize("parts", [[b"a" * 8_192 + b" HTTP/1.1\r\nHost: x\r\n\r\n"], [b"a" * 1_000] * 3_000])
def test_a_longer_address_is_answered_414(stub: Stub, parts: list[bytes]) -> None:
    assert say(stub, b"GET /", *parts).startswith(b"HTTP/1.1 414 ")


def test_an_answer_in_the_midst_of_an_upload_can_be_read(stub: Stub) -> None:
    head = b"POST /refused HTTP/1.1\r\nHost: x\r\nContent-Length: 8000000\r\n\r\n"
    answer = say(stub, head, *[b"x" * 100_000] * 80)
    assert answer.startswith(b"HTTP/1.1 413")
    assert answer.endswith(b"too large")


def test_a_large_body_arrives_whole(stub: Stub) -> None:
    with stub.connect() as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 8000000\r\n\r\n" + b"x" * 8_000_000)
        assert one_answer(client).endswith(b"\r\n\r\n8000000")


def test_garbage_behind_a_request_leaves_its_answer_alone(stub: Stub) -> None:
    answer = say(stub, b"GET /slow?0.3 HTTP/1.1\r\nHost: x\r\n\r\n", b"garbage\r\n\r\n")
    assert answer.startswith(OK)
    assert answer.endswith(b"at last")


def test_requests_sent_together_are_answered_in_order(stub: Stub) -> None:
    post = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b"
    with stub.connect() as client:
        client.sendall(b"".join(post % (length, b"x" * length) for length in range(1, 31)))
        assert [int(one_answer(client).rpartition(b"\r\n")[2]) for _ in range(30)] == list(range(1, 31))
        client.sendall(GET)
        assert one_answer(client).startswith(OK)


def test_a_flood_of_requests_on_one_connection_ends(stub: Stub) -> None:
    with stub.connect() as client:
        client.settimeout(5)
        client.sendall(b"GET /slow?0.5 HTTP/1.1\r\nHost: x\r\n\r\n" + GET * 2_000)
        assert 2 <= rest_of(client).count(OK) <= 66


def test_a_header_after_a_long_body_is_not_taken_for_longer_than_it_is(stub: Stub) -> None:
    post = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n" + b"x" * 200_000
    with stub.connect() as client:
        client.sendall(post + post[:30])
        assert one_answer(client).endswith(b"200000")
        client.sendall(post[30:])
        assert one_answer(client).endswith(b"200000")


def test_fields_behind_a_body_do_not_join_the_header(stub: Stub) -> None:
    head = b"POST /fields HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    with stub.connect() as client:
        client.sendall(head + b"3\r\nabc\r\n0\r\nX-API-Key: y\r\n\r\n")
        assert one_answer(client).endswith(b"host,transfer-encoding")


def test_an_offer_of_another_protocol_is_declined(stub: Stub) -> None:
    answer = say(stub, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n", GET)
    assert answer.startswith(OK)
    assert answer.count(OK) == 1


def test_the_server_does_not_name_itself(stub: Stub) -> None:
    with stub.connect() as client:
        client.sendall(GET)
        head = one_answer(client).lower()
        assert b"\r\nserver:" not in head
        assert b"\r\ndate:" in head


def test_100_continue(stub: Stub) -> None:
    with stub.connect() as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
        assert client.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"abc")
        assert one_answer(client).endswith(b"\r\n\r\n3")


def test_a_client_that_goes_away_is_no_error(stub: Stub) -> None:
    for text in (b"", b"GET / HT", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc", GET):
        with stub.connect() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
            client.sendall(text)
    with stub.connect() as client:
        client.sendall(GET)
        assert one_answer(client).startswith(OK)
