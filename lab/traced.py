"""The process of `lab.trace`: `python traced.py ACCOUNT KEY FILE` serves with a profiler and sends itself requests.

It uses nothing of leadloop but its command line, and nothing of the lab, so that it can serve a leadloop of any age.
"""

import http.client
import json
import os
import signal
import socket
import sys
import threading
import time
import traceback
from pathlib import Path
from types import FrameType
from typing import Any

WARM_UPS = 3
MEASURED = 5
"""The shortest of these traces counts: a timer may add calls to the others."""
START_SECONDS = 30.0
QUIET_SECONDS = 0.1
"""Pause after an answer, for background work, and before the next request."""
RESUMED = 3
"""Bits of RESUME's argument that are not 0 after a yield or an await; the profiler reports a call at RESUME."""
POSTED = {"name": "Ana Souza", "phoneNumber": "11 98765-4321"}
EXPAD = {"status": "ACTIVE", "saleValue": 1250.50, "conversionSteps": {"visited": True}}
LEADSAIL = {"status": "contacted", "notes": [{"text": "Wants a call on Monday"}], "tags": ["vip"]}

Calls = list[tuple[str, str, str]]


class Recorder:
    """A profile function. Records calls between `start` and `stop`."""

    def __init__(self, package: Path) -> None:
        self._package = f"{package}{os.sep}"
        self._calls: Calls | None = None

    def start(self) -> None:
        self._calls = []

    def stop(self) -> Calls:
        calls, self._calls = self._calls, None
        return calls or []

    def __call__(self, frame: FrameType, event: str, _: Any) -> None:
        if event != "call" or self._calls is None or not frame.f_code.co_filename.startswith(self._package):
            return
        if frame.f_code.co_code[frame.f_lasti + 1] & RESUMED:
            return
        caller = frame.f_back
        while caller is not None and not caller.f_code.co_filename.startswith(self._package):
            caller = caller.f_back
        file = frame.f_code.co_filename
        if caller is None or caller.f_code.co_filename != file:
            name = threading.current_thread().name
            self._calls.append((name, file.removeprefix(self._package), frame.f_code.co_qualname))


class Client:
    """One connection to a listening server. It sends a request in one piece, as curl does."""

    def __init__(self, port: int, key: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), START_SECONDS)
        self._key = key

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Sends a request and returns the JSON of the answer. Raises `RuntimeError` when the status is not 200."""
        text = b"" if body is None else json.dumps(body).encode()
        fields = {"Host": "localhost", "X-API-Key": self._key, "Content-Type": "application/json"}
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {field}" for name, field in fields.items())]
        head = "\r\n".join([*lines, f"Content-Length: {len(text)}", "", ""])
        self._socket.sendall(head.encode() + text)
        answer = http.client.HTTPResponse(self._socket, method=method)
        answer.begin()
        text = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{method} {path} was answered {answer.status}: {text[:300]!r}")
        return json.loads(text)


def connect(port: int, key: str) -> Client:
    """Connects once the server listens."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            return Client(port, key)
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def main() -> None:
    account, key, file = sys.argv[1:]
    from leadloop import cli

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = int(listener.getsockname()[1])
    recorder = Recorder(Path(cli.__file__).resolve().parents[1])
    arguments = recorder, port, key, account, Path(file)
    threading.Thread(target=_request_and_stop, args=arguments, daemon=True).start()
    threading.setprofile(recorder)
    sys.setprofile(recorder)
    sys.argv = ["leadloop", "serve", "--port", str(port), "--log-level", "warning"]
    sys.exit(cli.main())


def _request_and_stop(recorder: Recorder, port: int, key: str, account: str, file: Path) -> None:
    try:
        client = connect(port, key)
        leads = f"/v1/account/{account}/lead"
        paths = (f"{leads}/", EXPAD), ("/api/v1/leads/lead_", LEADSAIL)
        file.write_text(json.dumps([_shortest(recorder, client, leads, path, body) for path, body in paths]))
    except Exception:
        traceback.print_exc()
    finally:
        os.kill(os.getpid(), signal.SIGTERM)


def _shortest(recorder: Recorder, client: Client, leads: str, path: str, body: Any) -> Calls:
    traces = []
    for _ in range(WARM_UPS + MEASURED):
        lead_id = client.ask("POST", leads, POSTED)["leadId"]
        time.sleep(QUIET_SECONDS)
        recorder.start()
        client.ask("PATCH", f"{path}{lead_id}", body)
        time.sleep(QUIET_SECONDS)
        traces.append(recorder.stop())
    return min(traces[WARM_UPS:], key=len)


if __name__ == "__main__":
    main()
