"""On a signal, the server answers the requests in flight, lets the application drain, and exits with 0."""

import signal
import time

import pytest

from tests.server.process import Stub, one_answer, rest_of


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_request_in_flight_is_answered(number: int) -> None:
    with Stub() as stub, stub.connect() as busy, stub.connect() as idle:
        idle.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert one_answer(idle).startswith(b"HTTP/1.1 200")
        busy.sendall(b"GET /slow?1 HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.3)
        code, out, err = stub.stop(number)
        answer = rest_of(busy)
        assert answer.startswith(b"HTTP/1.1 200")
        assert b"connection: close" in answer
        assert answer.endswith(b"at last")
        assert rest_of(idle) == b""
        assert (code, out.splitlines(), err) == (0, ["drained"], "")


def test_signals_that_repeat_change_nothing() -> None:
    with Stub() as stub, stub.connect() as busy:
        busy.sendall(b"GET /slow?1 HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.3)
        stub.process.send_signal(signal.SIGTERM)
        time.sleep(0.2)
        code, out, _ = stub.stop(signal.SIGTERM)
        assert rest_of(busy).endswith(b"at last")
        assert (code, out.splitlines()) == (0, ["drained"])


def test_a_second_ctrl_c_gives_up_on_what_is_in_flight_and_still_drains() -> None:
    with Stub() as stub, stub.connect() as busy:
        busy.sendall(b"GET /slow?15 HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.3)
        stub.process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        begun = time.monotonic()
        code, out, _ = stub.stop(signal.SIGINT)
        assert time.monotonic() - begun < 5
        assert (code, out.splitlines()) == (0, ["drained"])


def test_a_request_that_takes_too_long_is_abandoned() -> None:
    with Stub({"stop_seconds": 1}) as stub, stub.connect() as busy:
        busy.sendall(b"GET /slow?30 HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.3)
        begun = time.monotonic()
        code, out, _ = stub.stop(signal.SIGTERM)
        assert 0.8 < time.monotonic() - begun < 6
        assert (code, out.splitlines()) == (0, ["drained"])
