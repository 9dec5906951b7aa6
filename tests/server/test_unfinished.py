"""Incomplete requests hold a bounded amount of memory, and do not keep other clients from being served."""

import signal
import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadloop.server.unfinished import OVERHEAD_BYTES, ClientIdentity, Unfinished
from tests.server.process import Stub, one_answer, rest_of

OK, BUSY = b"HTTP/1.1 200 OK", b"HTTP/1.1 503 Service Unavailable"
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
ROOM = 10
"""So many bodies of 100 KB, not complete, are let in."""
LIMITS = {"unfinished_bytes": ROOM * (100_000 + OVERHEAD_BYTES + 200), "linger_seconds": 0.5, "sweep_seconds": 0.1}


@pytest.fixture(scope="module")
def stub() -> Iterator[Stub]:
    with Stub(LIMITS) as stub:
        yield stub
        code, _, err = stub.stop(signal.SIGTERM)
        assert (code, err) == (0, "")


def begin(stub: Stub, key: str = "", source: str = "127.0.0.1") -> socket.socket:
    """A request with 100,000 of 100,001 bytes of a body."""
    client = stub.connect(source)
    key = f"X-API-Key: {key}\r\n" if key else ""
    client.sendall(f"POST / HTTP/1.1\r\nHost: x\r\n{key}Content-Length: 100001\r\n\r\n".encode() + b"x" * 100_000)
    return client


def answered(client: socket.socket) -> bytes:
    """The answer that arrived without the rest of the request; empty if there was none."""
    client.settimeout(0.3)
    try:
        return rest_of(client)
    except TimeoutError:
        return b""


def finish(client: socket.socket) -> bytes:
    client.settimeout(20)
    client.sendall(b"x")
    return one_answer(client)


def test_of_many_half_bodies_some_are_refused_and_the_others_go_on(stub: Stub) -> None:
    with ExitStack() as closing:
        clients = [closing.enter_context(begin(stub)) for _ in range(4 * ROOM)]
        with stub.connect() as other:
            other.sendall(GET)
            assert one_answer(other).startswith(OK)
        answers = [answered(client) for client in clients]
        left = [client for client, answer in zip(clients, answers, strict=True) if not answer]
        assert len(left) == ROOM
        refused = [answer for answer in answers if answer]
        assert all(answer.startswith(BUSY) and b"\r\nretry-after: " in answer.lower() for answer in refused)
        assert all(b"connection: close" in answer and b"x-request-id: req_" in answer for answer in refused)
        assert all(finish(client).endswith(b"100001") for client in left)


def test_whoever_is_slow_and_sends_little_is_not_refused_for_another(stub: Stub) -> None:
    with begin(stub, "honest") as honest, ExitStack() as closing:
        others = [closing.enter_context(begin(stub, "greedy")) for _ in range(3 * ROOM)]
        assert sum(not answered(client) for client in others) == ROOM - 1
        assert finish(honest).endswith(b"100001")


def test_invented_keys_do_not_help(stub: Stub) -> None:
    with begin(stub, "honest", "127.0.0.2") as honest, ExitStack() as closing:
        others = [closing.enter_context(begin(stub, f"invented {n}")) for n in range(3 * ROOM)]
        assert sum(not answered(client) for client in others) == ROOM - 1
        assert finish(honest).endswith(b"100001")


def test_of_one_sender_the_body_that_still_grows_is_kept(stub: Stub) -> None:
    with stub.connect() as slow, ExitStack() as closing:
        slow.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 300\r\n\r\n")
        for _ in range(3 * ROOM):
            closing.enter_context(begin(stub))
            slow.sendall(b"x" * 10)
            time.sleep(0.02)
        assert one_answer(slow).endswith(b"300")


def test_room_is_given_back(stub: Stub) -> None:
    for _ in range(3):
        with ExitStack() as closing:
            clients = [closing.enter_context(begin(stub)) for _ in range(ROOM)]
            assert all(finish(client).startswith(OK) for client in clients[::2])
            more = [closing.enter_context(begin(stub)) for _ in range(ROOM // 2)]
            assert all(finish(client).startswith(OK) for client in more + clients[1::2])
        time.sleep(0.3)


def test_headers_that_do_not_end_and_small_bodies_count_too(stub: Stub) -> None:
    for text in (
        b"GET / HTTP/1.1\r\nHost: x\r\nX-Half: " + b"x" * 30_000,
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nx",
    ):
        with ExitStack() as closing:
            clients = [closing.enter_context(stub.connect()) for _ in range(10 * ROOM)]
            for client in clients:
                client.sendall(text)
            answers = [client.recv(len(BUSY)) for client in clients[: 2 * ROOM]]
            assert set(answers) == {BUSY}
            with stub.connect() as other:
                other.sendall(GET)
                assert one_answer(other).startswith(OK)


def test_a_body_behind_an_answer_holds_nothing(stub: Stub) -> None:
    """The answer is given without reading it; the rest of it is dropped."""
    with begin(stub) as slow, ExitStack() as closing:
        for _ in range(3 * ROOM):
            client = closing.enter_context(stub.connect())
            client.sendall(b"POST /unread HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n" + b"x" * 100_000)
            assert one_answer(client).startswith(b"HTTP/1.1 401")
        assert finish(slow).startswith(OK)


SENDERS = [ClientIdentity(address, key) for address in "ab" for key in ("", "k")]
GROW = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 200_000), st.booleans()), max_size=60)


def of(request: int) -> ClientIdentity:
    return SENDERS[request % len(SENDERS)]


@given(GROW)
def test_the_bound_is_kept_and_who_holds_the_most_pays(steps: list[tuple[int, int, bool]]) -> None:
    """Against a model: requests 0 to 9 of four clients grow or end; the expected ones are refused."""
    limit = 400_000
    unfinished = Unfinished[int](limit)
    held: dict[int, int] = {}
    for request, size, ends in steps:
        held.pop(request, None)
        if ends:
            unfinished.release(request)
            continue
        held[request] = size + OVERHEAD_BYTES
        unfinished.hold(request, of(request), size)
        while (excess := unfinished.excess()) is not None:
            assert sum(held.values()) > limit
            addresses, senders = Counter[str](), Counter[ClientIdentity]()
            for other, held_bytes in held.items():
                addresses[of(other).address] += held_bytes
                senders[of(other)] += held_bytes
            address = of(excess).address
            assert addresses[address] == max(addresses.values())
            assert senders[of(excess)] == max(senders[sender] for sender in senders if sender.address == address)
            assert excess == next(other for other in held if of(other) == of(excess))
            unfinished.release(excess)
            del held[excess]
        assert sum(held.values()) <= limit and len(unfinished) == len(held)
