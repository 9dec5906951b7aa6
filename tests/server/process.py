"""The stub application's process, and a bare socket to talk to it."""

import json
import os
import resource
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

REPOSITORY = Path(__file__).resolve().parents[2]
ENOUGH_SECONDS = 20.0


def allow_files(number: int, pid: int) -> None:
    """So many to a process."""
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (number, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))


class Stub:
    """Started as a context manager; killed at its end if it still runs."""

    def __init__(self, limits: Mapping[str, float] | None = None, open_files: int | None = None) -> None:
        """`open_files` is how many the process may have."""
        paths = [str(REPOSITORY), str(REPOSITORY / "src"), os.environ.get("PYTHONPATH", "")]
        allowed = [] if open_files is None else ["prlimit", f"--nofile={open_files}"]
        self.process = subprocess.Popen(
            [*allowed, sys.executable, "-m", "tests.server.stub", json.dumps(limits or {}), "0"],
            cwd=REPOSITORY,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline().split()
        if not line:
            raise RuntimeError(self.process.communicate()[1])
        self.port = int(line[1])

    def connect(self, source: str = "127.0.0.1") -> socket.socket:
        """From one address of this machine or another."""
        return socket.create_connection(("127.0.0.1", self.port), ENOUGH_SECONDS, (source, 0))

    def stop(self, number: int) -> tuple[int, str, str]:
        """Sends a signal and waits for the end; returns the exit code, stdout and stderr."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=40)
        return self.process.returncode, out, err

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


def rest_of(connection: socket.socket) -> bytes:
    """Everything until the server closes."""
    parts = []
    while part := connection.recv(1 << 16):
        parts.append(part)
    return b"".join(parts)


def one_answer(connection: socket.socket) -> bytes:
    """Header and body of an answer with a content-length, read byte by byte past neither."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = connection.recv(1)
        if not byte:
            return head
        head += byte
    length = int(next(line for line in head.split(b"\r\n") if line.startswith(b"content-length:"))[15:])
    body = b""
    while len(body) < length:
        body += connection.recv(length - len(body))
    return head + body
