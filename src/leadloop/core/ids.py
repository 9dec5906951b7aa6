"""Identifiers and the stamp of a request.

The application makes all identifiers, never a database: 12 bytes in lower-case hex, 6 of milliseconds since 1970 and 6
random ones, so that they sort by creation time (semantics section 1).
"""

import os
import re
from hashlib import blake2b

from msgspec import Struct

ID = re.compile(r"[0-9a-f]{24}")


def new_id(at_ms: int) -> str:
    return at_ms.to_bytes(6, "big").hex() + os.urandom(6).hex()


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
