"""A log without a reader, with a closed pipe or on a full disk: the server continues, and stops cleanly."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from lab.postgres import PostgresServer
from tests.cli.command import PEPPER, environment, leadloop
from tests.server.process import ENOUGH_SECONDS, REPOSITORY, one_answer

REQUESTS = 2_000
STUB = ("-m", "tests.server.stub", "{}")
BROKEN = b"GET /deep HTTP/1.1\r\nHost: x\r\n\r\n"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def full_pipe() -> tuple[int, int]:
    """Both ends of a pipe whose buffer is full."""
    end, start = os.pipe()
    os.set_blocking(start, False)
    try:
        while os.write(start, b"-" * 4_096):
            pass
    except BlockingIOError:
        os.set_blocking(start, True)
    return end, start


@contextmanager
def started(
    command: Sequence[str], out: int, err: int, folder: Path, **settings: str
) -> Iterator["subprocess.Popen[bytes]"]:
    variables = environment(**settings)
    paths = [str(REPOSITORY), str(REPOSITORY / "src"), variables["PYTHONPATH"]]
    with subprocess.Popen(
        [sys.executable, *command],
        cwd=folder,
        env={**variables, "PYTHONPATH": os.pathsep.join(paths)},
        stdout=out,
        stderr=err,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def connected(port: int) -> socket.socket:
    give_up_at = time.monotonic() + ENOUGH_SECONDS
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=ENOUGH_SECONDS)
        except ConnectionRefusedError:
            assert time.monotonic() < give_up_at
            time.sleep(0.05)


def stopped(process: "subprocess.Popen[bytes]") -> int:
    process.send_signal(signal.SIGTERM)
    return process.wait(30)


def ask(port: int, request: bytes, count: int, status: bytes) -> None:
    for _ in range(count):
        with connected(port) as client:
            client.sendall(request)
            assert one_answer(client).startswith(b"HTTP/1.1 " + status)


def test_thousands_of_requests_that_log_while_nobody_reads(tmp_path: Path) -> None:
    """The log counts the dropped lines when its output is read again."""
    (err, into_err), port = full_pipe(), free_port()
    with started((*STUB, str(port)), subprocess.DEVNULL, into_err, tmp_path) as process:
        ask(port, BROKEN, REQUESTS, b"500")
        with os.fdopen(os.dup(err)) as log:
            lines = [log.readline().lstrip("-")]
            while "dropped" not in lines[-1]:
                lines.append(log.readline())
        logged = [json.loads(line) for line in lines]
        assert len(logged) - 1 + logged[-1]["dropped"] == REQUESTS
        ask(port, BROKEN, 300, b"500")  # the log fills again, and now nobody reads it to the end
        assert stopped(process) == 0
    os.close(err)
    os.close(into_err)


@pytest.mark.parametrize("output", ["blocked", "closed", "full"])
def test_leadloop_serves_and_ends_whatever_becomes_of_its_output(tmp_path: Path, output: str) -> None:
    """Its first lines included: an account is made, and its key cannot be printed."""
    end, start, port = -1, -1, free_port()
    if output == "full":
        start = os.open("/dev/full", os.O_WRONLY)
    else:
        end, start = full_pipe()
        if output == "closed":
            os.close(end)
    command = ("-m", "leadloop", "serve", "--port", str(port), "--log-level", "debug")
    with started(command, start, start, tmp_path) as process:
        ask(port, b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n", 1, b"200")
        ask(port, b"no HTTP at all\r\n\r\n", 300, b"400")
        ask(port, b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n", 1, b"200")
        assert stopped(process) == 0
    os.close(start)


def test_processes_that_serve_together_go_on_and_end(tmp_path: Path, postgres_server: PostgresServer) -> None:
    settings = {"DATABASE": postgres_server.create_database("blocked_output"), "PEPPER": PEPPER}
    assert leadloop("migrate", folder=tmp_path, **settings).code == 0
    (end, start), port = full_pipe(), free_port()
    command = ("-m", "leadloop", "serve", "--port", str(port), "--workers", "2", "--log-level", "debug")
    with started(command, start, start, tmp_path, **settings) as process:
        ask(port, b"no HTTP at all\r\n\r\n", 100, b"400")
        ask(port, b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n", 1, b"200")
        assert stopped(process) == 0
    os.close(end)
    os.close(start)


def test_a_key_that_could_not_be_printed_is_logged(tmp_path: Path) -> None:
    port = free_port()
    with started(
        ("-m", "leadloop", "serve", "--port", str(port)), os.open("/dev/full", os.O_WRONLY), subprocess.PIPE, tmp_path
    ) as process:
        assert process.stderr is not None
        ask(port, b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n", 1, b"200")
        line = next(line for line in iter(process.stderr.readline, b"") if b"printed" in line)
        assert "leadloop keys create" in json.loads(line)["event"]
        assert stopped(process) == 0


def test_standard_files_that_are_closed(tmp_path: Path) -> None:
    """Some supervisors start processes like this: no file of the database may get their numbers."""
    port = free_port()
    shell = f'exec "$0" -m leadloop serve --port {port} <&- >&- 2>&-'
    with subprocess.Popen(["sh", "-c", shell, sys.executable], cwd=tmp_path, env=environment()) as process:
        try:
            ask(port, b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n", 1, b"200")
            files = {number: os.readlink(f"/proc/{process.pid}/fd/{number}") for number in (0, 1, 2)}
            assert not [file for file in files.values() if file != "/dev/null"], files
        finally:
            assert stopped(process) == 0
