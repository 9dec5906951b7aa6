"""How long and how large a request may be before it reaches a route."""

from typing import NamedTuple


class Limits(NamedTuple):
    """Seconds and bytes. Time is looked at every `sweep_seconds`, so a deadline may pass by that much."""

    header_seconds: float = 10.0
    """From the connection, or the first byte of a later request, to the end of its header."""
    body_idle_seconds: float = 20.0
    """Without a byte of the body."""
    body_seconds: float = 60.0
    """For the whole body."""
    keep_alive_seconds: float = 75.0
    """Between an answer and the next request."""
    untaken_seconds: float = 60.0
    """An answer of which the client takes nothing for so long is given up."""
    linger_seconds: float = 5.0
    """How long a client may go on sending what is not read any more, so that it gets to read the answer."""
    stop_body_seconds: float = 5.0
    """For the rest of a body when the server is told to stop."""
    stop_linger_seconds: float = 2.0
    """`linger_seconds` from then on."""
    stop_seconds: int = 30
    """For what is in flight when the server is told to stop."""
    sweep_seconds: float = 0.5
    unfinished_bytes: int = 64 * 1024 * 1024
    """What requests that are not complete may hold in memory, in all; over it, some are refused."""
    header_bytes: int = 32_768
    url_bytes: int = 8_192
    pipelined: int = 64
    """Requests that may wait behind one that is being answered, on one connection."""


LIMITS = Limits()
