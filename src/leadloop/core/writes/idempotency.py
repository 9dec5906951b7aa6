"""Doing a thing once, however often it is asked for (semantics section 4).

What is needed to repeat the answer is stored under the caller's key, in the transaction of the effect. So there is no
moment at which the effect is there and the answer is not.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Generic, NamedTuple, NoReturn, TypeVar

from msgspec import Struct

from leadloop.core.errors import KeyReused, LeadloopError

T = TypeVar("T")

KEPT_MS = 48 * 3_600_000
"""Answers are kept at least so long."""


class StoredAnswer(NamedTuple):
    """A stored answer. `fingerprint` is of the request that it answered; `answer` is the caller's own text of it, which
    must stay small: the lead and its change log, not this text, hold the lead that was shown."""

    fingerprint: str
    at_ms: int
    lead_id: str
    answer: str


class AnsweredBefore(LeadloopError):
    """The request was done before, and its answer was stored. Nothing was written now."""

    def __init__(self, kept: StoredAnswer) -> None:
        super().__init__("the request was answered before")
        self.kept = kept


class IdempotentCall(Struct, Generic[T], frozen=True, kw_only=True):
    """That a request is to be done once. `key` is unique to account, method, path and the client's key.

    `keep` makes the text to store of what was written, `replay` the answer of what is stored.
    """

    key: str
    fingerprint: str
    keep: Callable[[Any], str]
    replay: Callable[[StoredAnswer], Awaitable[T]]

    def refuse_again(self, kept: StoredAnswer) -> NoReturn:
        """Raises `AnsweredBefore`, or `KeyReused` when the stored answer is that of another request."""
        if kept.fingerprint != self.fingerprint:
            raise KeyReused
        raise AnsweredBefore(kept)
