"""Doing a thing once, however often it is asked for (semantics section 4).

What the caller was told is stored in the transaction of the effect, under the caller's key. So there is no moment at
which the effect is there and the answer is not.
"""

from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from msgspec import Struct

from leadloop.core.errors import KeyReused

T = TypeVar("T")

KEPT_MS = 48 * 3_600_000
"""Answers are kept at least so long."""


class Kept(NamedTuple):
    """A stored answer. `fingerprint` is of the request that it answered; `answer` is the caller's own text of it."""

    fingerprint: str
    at_ms: int
    answer: str


class Once(Struct, Generic[T], frozen=True, kw_only=True):
    """That a request is to be done once. `key` is unique to account, method, path and the client's key."""

    key: str
    fingerprint: str
    keep: Callable[[T], str]
    replay: Callable[[str], T]

    def again(self, kept: Kept) -> T:
        """The stored answer. Raises `KeyReused` when it answered another request."""
        if kept.fingerprint != self.fingerprint:
            raise KeyReused
        return self.replay(kept.answer)
