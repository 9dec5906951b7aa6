"""A queue in front of a file descriptor, so that writers never wait for its reader: a container's log driver, a pipe, a
full disk.

Each queue has one daemon thread that writes line by line and in order. A line that does not fit into the queue or
cannot be written is dropped and counted; the thread writes the count in its place once the output accepts lines again.
"""

import os
import select
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Condition, Thread
from typing import Final

LINES_LIMIT, BYTES_LIMIT = 10_000, 1_048_576
FLUSH_S: Final = 2.0
"""How long a process that ends waits for an output that does not accept its last lines."""

Gap = int
"""How many lines were dropped at this point."""


class QueuedOutput:
    def __init__(self, descriptor: int, describe_gap: Callable[[int], str]) -> None:
        """`describe_gap` returns the line that says how many lines were dropped; the thread calls it."""
        self._descriptor = descriptor
        self._describe_gap = describe_gap
        self._queue: deque[bytes | Gap] = deque()
        self._bytes = 0
        self._changed = Condition()  # with a reentrant lock: a finalizer may log at any point
        self._is_writing = False
        self._failed = 0
        """Lines that could not be written since the last success. Used by the thread only."""
        self._is_torn = False
        """Whether the last line was written in part. Used by the thread only."""
        Thread(target=self._serve, name=f"output-{descriptor}", daemon=True).start()

    def write(self, text: str) -> None:
        """Queues one line, or several that belong together, including the line end. Never waits."""
        line = text.encode(errors="backslashreplace")
        with self._changed:
            if self._has_room_for(line):
                self._queue.append(line)
                self._bytes += len(line)
            elif self._queue and isinstance(self._queue[-1], Gap):
                self._queue[-1] += 1
            else:
                self._queue.append(1)
            self._changed.notify_all()

    def flush(self, seconds: float = FLUSH_S) -> bool:
        """Waits until every line is written or dropped, at most so long; whether all were written."""
        with self._changed:
            done = self._changed.wait_for(lambda: not self._queue and not self._is_writing, seconds)
            return done and not self._failed

    def _has_room_for(self, line: bytes) -> bool:
        """After a gap, only once half of the queue is free: otherwise each freed place would cause another gap."""
        share = 2 if self._queue and isinstance(self._queue[-1], Gap) else 1
        return len(self._queue) < LINES_LIMIT // share and self._bytes + len(line) <= BYTES_LIMIT // share

    def _serve(self) -> None:
        while True:
            with self._changed:
                self._is_writing = False
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._queue)
                self._is_writing = True
                item = self._queue.popleft()
                if not isinstance(item, Gap):
                    self._bytes -= len(item)
            self._write(item)

    def _write(self, item: bytes | Gap) -> None:
        dropped = self._failed + (item if isinstance(item, Gap) else 0)
        if dropped and self._put(self._describe_gap(dropped).encode()):
            dropped = 0
        if isinstance(item, bytes) and (dropped or not self._put(item)):
            dropped += 1
        self._failed = dropped

    def _put(self, line: bytes) -> bool:
        """Whether the whole line was written; waits while the output accepts nothing."""
        rest = whole = memoryview(b"\n" + line if self._is_torn else line)
        while rest:
            try:
                rest = rest[os.write(self._descriptor, rest) :]
            except BlockingIOError:  # another process that shares the file made it non-blocking
                _wait_until_writable(self._descriptor)
            except OSError:
                self._is_torn = self._is_torn or len(rest) < len(whole)
                return False
        self._is_torn = False
        return True


def _wait_until_writable(descriptor: int) -> None:
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    poll.poll()


def _describe(dropped: int) -> str:
    return f"leadloop: {dropped} lines could not be written\n"


@contextmanager
def queued_output(descriptor: int, describe_gap: Callable[[int], str] = _describe) -> Iterator[QueuedOutput]:
    """At the end it waits for queued lines, at most `FLUSH_S`."""
    output = QueuedOutput(descriptor, describe_gap)
    try:
        yield output
    finally:
        output.flush()
