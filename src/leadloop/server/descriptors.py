"""How many connections the process can hold open, and a warning when it cannot open more files."""

import os
import resource
from collections.abc import Callable

import structlog

RESERVE = 256
"""File descriptors for everything but connections (the database, webhooks, logs); at most a quarter of the limit."""
WARN_EVERY_S = 5.0

_log = structlog.get_logger("leadloop.server")


class Descriptors:
    """`clock` is the event loop's."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._warned_at = -WARN_EVERY_S
        limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.limit = 2**31 if limit == resource.RLIM_INFINITY else limit
        self.connections = self.limit - min(RESERVE, self.limit // 4)
        """How many connections may be open."""

    def probe(self) -> None:
        """Warns if no file can be opened. The event loop then closes new connections without a response."""
        try:
            os.close(os.open(os.devnull, os.O_RDONLY))
        except OSError:
            self.warn()

    def warn(self) -> None:
        """Logs at most every `WARN_EVERY_S`."""
        now = self._clock()
        if now >= self._warned_at + WARN_EVERY_S:
            self._warned_at = now
            _log.warning(
                "too many open connections or files: new connections are closed or take the place of idle ones; raise "
                "the limit of open files (ulimit -n, or LimitNOFILE= of the systemd unit) and restart leadloop",
                limit=self.limit,
            )
