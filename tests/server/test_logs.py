"""Log lines are JSON unless stderr is a terminal, and contain no values of errors."""

import json
import signal

from tests.server.process import Stub, one_answer
from tests.server.stub import PLANTED


def test_an_exception_is_logged_by_type_and_place_only() -> None:
    with Stub() as stub, stub.connect() as client:
        client.sendall(b"GET /broken HTTP/1.1\r\nHost: x\r\n\r\n")
        assert one_answer(client).startswith(b"HTTP/1.1 500")
        code, _, err = stub.stop(signal.SIGTERM)
    assert code == 0
    [line] = err.splitlines()
    logged = json.loads(line)
    assert (logged["level"], logged["error"]) == ("error", "builtins.ValueError")
    assert logged["at"][-1].endswith(" application")
    assert_nothing_planted(err)


def test_what_python_reports_itself_is_logged_without_values() -> None:
    """Errors of tasks, callbacks, threads and finalizers, warnings, and the lines of libraries."""
    with Stub() as stub, stub.connect() as client:
        client.sendall(b"GET /careless HTTP/1.1\r\nHost: x\r\n\r\n")
        assert one_answer(client).startswith(b"HTTP/1.1 200")
        code, _, err = stub.stop(signal.SIGTERM)
    assert code == 0
    lines = [json.loads(line) for line in err.splitlines()]
    events = sorted(line["event"] for line in lines)
    assert events == [
        "Python warns",
        "a log line could not be made",
        "a thread ended by an error",
        "an error could not be raised",
        "an error in the event loop that nothing handled",
        "an error in the event loop that nothing handled",
        "it failed",
    ]
    assert [line["error"] for line in lines if "at" in line and line["event"] != "Python warns"] == [
        "builtins.ValueError"
    ] * 5
    assert_nothing_planted(err)


def assert_nothing_planted(log: str) -> None:
    assert [word for word in PLANTED.split() if word in log] == []
