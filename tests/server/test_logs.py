"""Log lines are JSON where nobody reads along, and hold no value of what went wrong."""

import json
import signal

from tests.server.process import Stub, one_answer


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
    assert "ana@" not in err
