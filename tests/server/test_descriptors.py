"""A process that can open no more files logs it, continues to serve, and recovers."""

import signal
import socket
import time
from contextlib import ExitStack, suppress

from tests.server.process import Stub, allow_files, one_answer

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
WARNING = "too many open connections or files"


def ask(client: socket.socket) -> bytes:
    client.sendall(GET)
    return one_answer(client)


def stopped(stub: Stub) -> list[str]:
    """The lines that it logged."""
    code, _, err = stub.stop(signal.SIGTERM)
    assert code == 0, err
    return err.splitlines()


def test_a_new_connection_takes_the_place_of_one_that_says_nothing() -> None:
    with Stub(open_files=80) as stub, ExitStack() as closing:
        busy = closing.enter_context(stub.connect())
        busy.sendall(b"GET /slow?3 HTTP/1.1\r\nHost: x\r\n\r\n")
        for _ in range(300):
            closing.enter_context(stub.connect())
            time.sleep(0.002)
        for _ in range(20):
            with stub.connect() as client:
                assert ask(client).startswith(b"HTTP/1.1 200")
        assert one_answer(busy).endswith(b"at last")
        logged = stopped(stub)
    assert 1 <= len(logged) <= 4 and all(WARNING in line and "LimitNOFILE" in line for line in logged)


def test_it_goes_on_when_no_file_can_be_opened() -> None:
    with Stub() as stub, stub.connect() as early:
        assert ask(early).startswith(b"HTTP/1.1 200")
        allow_files(4, stub.process.pid)
        for _ in range(5):
            with stub.connect() as client:
                client.settimeout(1)
                with suppress(OSError):
                    assert ask(client) == b""
            time.sleep(0.3)
        assert ask(early).startswith(b"HTTP/1.1 200")
        allow_files(1_000, stub.process.pid)
        with stub.connect() as client:
            assert ask(client).startswith(b"HTTP/1.1 200")
        logged = stopped(stub)
    assert 1 <= len(logged) <= 2 and all(WARNING in line for line in logged)
