"""Limits on the time and size of a request before it reaches a route."""

from typing import NamedTuple


class Limits(NamedTuple):
    """In seconds and bytes. The server checks deadlines every `sweep_seconds`, so one may be exceeded by that much."""

    header_seconds: float = 10.0
    """From the connection, or the first byte of a later request, to the end of its header."""
    body_idle_seconds: float = 20.0
    """Without a byte of the body."""
    body_seconds: float = 60.0
    """For the whole body."""
    keep_alive_seconds: float = 75.0
    """Between a response and the next request."""
    untaken_seconds: float = 60.0
    """How long the client may read nothing of a response before the connection is closed."""
    linger_seconds: float = 5.0
    """How long a client may continue to send discarded bytes, so that it can still read the response."""
    stop_body_seconds: float = 5.0
    """For the rest of a body while the server stops."""
    stop_linger_seconds: float = 2.0
    """`linger_seconds` while the server stops."""
    stop_seconds: int = 30
    """For requests in flight while the server stops."""
    sweep_seconds: float = 0.5
    unfinished_bytes: int = 64 * 1024 * 1024
    """The memory of all incomplete requests together; above it, some are refused."""
    header_bytes: int = 32_768
    url_bytes: int = 8_192
    pipelined: int = 64
    """Most requests of one connection that may wait while an earlier one is answered."""


LIMITS = Limits()
