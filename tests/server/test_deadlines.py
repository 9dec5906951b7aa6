"""A client that takes too long loses its connection, after an error answer if possible."""

import socket
import time
from collections.abc import Iterator

import pytest

from tests.server.process import Stub, one_answer, rest_of

LIMITS = {
    "header_seconds": 1.0,
    "body_idle_seconds": 0.8,
    "body_seconds": 2.0,
    "keep_alive_seconds": 1.5,
    "untaken_seconds": 1.0,
    "linger_seconds": 0.5,
    "sweep_seconds": 0.1,
}
HEAD = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"


@pytest.fixture(scope="module")
def stub() -> Iterator[Stub]:
    with Stub(LIMITS) as stub:
        yield stub


def trickle(connection: socket.socket, text: bytes, pause: float, times: int) -> bytes:
    """Sends `text` repeatedly until the server closes the connection; returns its answer."""
    for _ in range(times):
        try:
            connection.sendall(text)
        except OSError:
            break
        time.sleep(pause)
    return rest_of(connection)


def test_a_silent_connection_is_closed_without_a_word(stub: Stub) -> None:
    with stub.connect() as client:
        begun = time.monotonic()
        assert rest_of(client) == b""
        assert 0.9 < time.monotonic() - begun < 3


@pytest.mark.parametrize("sent", [b"G", b"GET / HTTP/1.1\r\nHost: x\r\nX-Half: "])
def test_a_header_that_stops_is_answered_408(stub: Stub, sent: bytes) -> None:
    with stub.connect() as client:
        client.sendall(sent)
        answer = rest_of(client)
        assert answer.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
        assert b"content-type: application/problem+json" in answer
        assert b"connection: close" in answer
        assert b"x-request-id: req_" in answer


def test_bytes_do_not_postpone_the_deadline_of_the_header(stub: Stub) -> None:
    with stub.connect() as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        begun = time.monotonic()
        assert trickle(client, b"a", 0.2, 15).startswith(b"HTTP/1.1 408")
        assert time.monotonic() - begun < 6


def test_a_body_that_stops_is_answered_408_and_the_application_notified(stub: Stub) -> None:
    with stub.connect() as client:
        client.sendall(HEAD + b"some")
        begun = time.monotonic()
        assert rest_of(client).startswith(b"HTTP/1.1 408")
        assert 0.7 < time.monotonic() - begun < 2.5


def test_a_body_that_trickles_has_a_deadline_too(stub: Stub) -> None:
    with stub.connect() as client:
        client.sendall(HEAD)
        begun = time.monotonic()
        assert trickle(client, b"a", 0.3, 12).startswith(b"HTTP/1.1 408")
        assert time.monotonic() - begun > 1.9


def test_a_slow_answer_is_waited_for(stub: Stub) -> None:
    with stub.connect() as client:
        client.sendall(b"GET /slow?2.5 HTTP/1.1\r\nHost: x\r\n\r\n")
        assert one_answer(client).endswith(b"at last")
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert one_answer(client).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("noise", [b"", b"\r\n"])
def test_an_idle_connection_is_closed(stub: Stub, noise: bytes) -> None:
    with stub.connect() as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        one_answer(client)
        begun = time.monotonic()
        assert (trickle(client, noise, 0.3, 10) if noise else rest_of(client)) == b""
        assert 1.4 < time.monotonic() - begun < 5


def test_a_later_request_has_its_own_deadline(stub: Stub) -> None:
    with stub.connect() as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        one_answer(client)
        time.sleep(1.2)
        client.sendall(b"GET / HT")
        time.sleep(0.7)
        client.sendall(b"TP/1.1\r\nHost: x\r\n\r\n")
        assert one_answer(client).startswith(b"HTTP/1.1 200")


def test_an_unread_body_does_not_keep_the_connection(stub: Stub) -> None:
    with stub.connect() as client:
        client.sendall(b"POST /unread HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nabc")
        assert one_answer(client).startswith(b"HTTP/1.1 401")
        begun = time.monotonic()
        assert rest_of(client) == b""
        assert time.monotonic() - begun < 4


def test_an_answer_that_is_not_taken_is_given_up(stub: Stub) -> None:
    with stub.connect() as client:
        client.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(3.0)
        try:
            taken = len(rest_of(client))
        except ConnectionResetError:
            taken = 0
        assert taken < 30_000_000
