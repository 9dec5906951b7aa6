"""Identifiers and the stamp of a request.

The application makes all identifiers, never a database: 12 bytes in lower-case hex, 6 of milliseconds since 1970 and 6
random ones, so that they sort by creation time (semantics section 1).
"""

import os
import re
from hashlib import blake2b
from threading import Lock

from msgspec import Struct

ID = re.compile(r"[0-9a-f]{24}")


class _IdSequence:
    """Of two identifiers that this process makes for one millisecond, the later one is greater."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._last = 0

    def next(self, at_ms: int) -> int:
        first, end = at_ms << 48, (at_ms + 1) << 48
        tail = int.from_bytes(os.urandom(6), "big")
        with self._lock:
            following = self._last + 1 + (tail >> 16)
            value = following if first < following < end else first + tail
            self._last = max(self._last, value)
            return value


_sequence = _IdSequence()


def new_id(at_ms: int) -> str:
    return _sequence.next(at_ms).to_bytes(12, "big").hex()


def first_id(at_ms: int) -> str:
    """The smallest identifier with this creation time: a bound for searching by creation time."""
    return min(max(at_ms, 0), 2**48 - 1).to_bytes(6, "big").hex() + "0" * 12


def stable_id(*parts: str) -> str:
    """24 hex digits that depend on nothing but `parts`, for things that have only a name."""
    return blake2b("\x1f".join(parts).encode(), digest_size=12).hexdigest()


class Stamp(Struct, frozen=True):
    """Actor and time of a request, taken when it arrives and reused on every rerun.

    Everything that a change needs besides its input (the time, new ids) comes from here, so that running the same unit
    twice gives the same result.
    """

    at_ms: int
    entropy: bytes
    request_id: str
    actor: str
    """`key:<key id>`, `user:<id>` or `system`."""
    dialect: str

    def child_id(self, ordinal: int) -> str:
        """The identifier of the `ordinal`-th thing that this request creates."""
        tail = blake2b(ordinal.to_bytes(4, "big"), key=self.entropy, digest_size=6)
        return self.at_ms.to_bytes(6, "big").hex() + tail.hexdigest()


def stamp(at_ms: int, request_id: str, actor: str, dialect: str) -> Stamp:
    return Stamp(at_ms, os.urandom(16), request_id, actor, dialect)


def system_stamp(at_ms: int) -> Stamp:
    """For a command of the operator."""
    return stamp(at_ms, "", "system", "")
